//! `[media]`: where pictures and sound come in.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::Section;
use crate::limits::MEDIA_SHARDS_MAX;

/// The media plane's socket.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// UDP address and port; port 0 takes a free one, `[::]` takes IPv4 too.
    pub listen: SocketAddr,
    /// The addresses told to clients; empty means the one of `listen`.
    pub candidates: Vec<IpAddr>,
    /// Whether clients that get no UDP out may come by TCP, at the same address and port.
    pub tcp: bool,
    /// Into how many threads the calls are divided, each with a port of its own: that of `listen`
    /// and those after it.
    pub shards: u16,
}

impl Default for Media {
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen, candidates: Vec::new(), tcp: false, shards: 1 }
    }
}

impl Section for Media {
    const EXAMPLE: &'static str = r#"[media]
# UDP address and port of pictures and sound. Port 0 takes a free one. [::] takes IPv4 too.
listen = "127.0.0.1:0"
# The addresses told to clients; empty means the one of listen.
candidates = []
# Whether those whose network lets no UDP out may come by TCP, at the same address and port.
tcp = false
# Into how many threads the calls are divided, at most as many as there are processors. Each has a
# port of its own: that of listen and those after it.
shards = 1
"#;

    fn check(&self) -> Result<(), String> {
        if self.listen.ip().is_unspecified() && self.candidates.is_empty() {
            return Err("media.candidates must name an address when media.listen names none".into());
        }
        if !(1..=MEDIA_SHARDS_MAX).contains(&self.shards) {
            return Err(format!("media.shards must lie between 1 and {MEDIA_SHARDS_MAX}"));
        }
        let last = u32::from(self.listen.port()) + u32::from(self.shards) - 1;
        if last > u32::from(u16::MAX) {
            return Err("media.listen leaves no ports for so many media.shards".into());
        }
        Ok(())
    }
}
