//! `[media]`: where pictures and sound come in.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::Section;

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
}

impl Default for Media {
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen, candidates: Vec::new(), tcp: false }
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
"#;

    fn check(&self) -> Result<(), String> {
        if self.listen.ip().is_unspecified() && self.candidates.is_empty() {
            return Err("media.candidates must name an address when media.listen names none".into());
        }
        Ok(())
    }
}
