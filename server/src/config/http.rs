//! `[http]`: where people and rooms come in.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::Section;

/// Addresses and certificate.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Serves https itself; absent behind a reverse proxy and in the demo.
    pub tls: Option<Tls>,
    /// Believes `X-Forwarded-For` of the nearest proxy (for the sign-in limit per address) and
    /// its `X-Forwarded-Proto` (for the cookie).
    pub trust_proxy: bool,
}

/// Certificate chain and key, PEM.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The chain, the server's own certificate first.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8080)), tls: None, trust_proxy: false }
    }
}

impl Section for Http {
    const EXAMPLE: &'static str = r#"[http]
# Address and port of the web application and of every agent. Port 0 takes a free one.
listen = "127.0.0.1:8080"
# Believe X-Forwarded-For and X-Forwarded-Proto of the nearest proxy. Only behind one: anybody
# can send these headers. The proxy must pass Host on unchanged.
trust_proxy = false
# Serve https without a proxy in front: certificate chain and key, PEM.
# tls = { cert = "/etc/diemcau/cert.pem", key = "/etc/diemcau/key.pem" }
"#;

    fn check(&self) -> Result<(), String> {
        match &self.tls {
            Some(tls) if tls.cert.as_os_str().is_empty() || tls.key.as_os_str().is_empty() => {
                Err("http.tls needs both cert and key".into())
            }
            _ => Ok(()),
        }
    }
}
