//! `[turn]`: the relays for those who reach the media address neither by UDP nor by TCP.

use std::path::PathBuf;

use serde::Deserialize;

use super::Section;

/// Seconds in a day.
const DAY: u32 = 24 * 60 * 60;

/// TURN servers that share a secret with this server.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Turn {
    /// Where they are reached (RFC 7065); empty when there is none.
    pub urls: Vec<String>,
    /// The file with the secret; needed when there are any.
    pub secret_file: PathBuf,
    /// Seconds during which a relay can be asked for with one password.
    pub lifetime_seconds: u32,
}

impl Default for Turn {
    fn default() -> Self {
        Self { urls: Vec::new(), secret_file: PathBuf::new(), lifetime_seconds: DAY / 2 }
    }
}

impl Section for Turn {
    const EXAMPLE: &'static str = r#"[turn]
# TURN servers (coturn) that relay to the media address, told to browsers, rooms, WHIP and WHEP
# clients: "turn:HOST:3478?transport=udp", "turn:HOST:3478?transport=tcp" and, for networks that
# let out nothing but https, "turns:HOST:443?transport=tcp". Empty when there is none.
urls = []
# The file with the secret that they share with this server (static-auth-secret of coturn).
secret_file = ""
# Seconds during which a relay can be asked for with one password. Clients get the next one in
# time; a relay that is in use goes on.
lifetime_seconds = 43200
"#;

    fn check(&self) -> Result<(), String> {
        if let Some(url) = self.urls.iter().find(|url| !is_turn(url)) {
            return Err(format!("turn.urls: {url:?} is not like turn:HOST:PORT?transport=udp"));
        }
        if !self.urls.is_empty() && self.secret_file.as_os_str().is_empty() {
            return Err("turn.urls needs turn.secret_file".into());
        }
        if !(60..=7 * DAY).contains(&self.lifetime_seconds) {
            return Err("turn.lifetime_seconds must be between 60 and 604800".into());
        }
        Ok(())
    }
}

/// Whether a browser takes it (RFC 7065 §3.1): one that does not refuses the whole connection.
fn is_turn(url: &str) -> bool {
    let Some((scheme @ ("turn" | "turns"), rest)) = url.split_once(':') else { return false };
    let (place, transport) = rest.split_once("?transport=").unwrap_or((rest, "tcp"));
    let is_known = transport == "tcp" || (transport == "udp" && scheme == "turn");
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) if host.parse::<std::net::Ipv6Addr>().is_ok() => (host, port),
        Some(_) => return false,
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok_and(|it| it > 0));
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    is_known && is_port && !host.is_empty() && host.chars().all(is_host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v13_turn_addresses_are_what_browsers_take() {
        let cases = [
            ("turn:turn.hanam.gov.vn", true),
            ("turn:turn.hanam.gov.vn:3478?transport=udp", true),
            ("turn:203.113.0.7:3478?transport=tcp", true),
            ("turns:turn.hanam.gov.vn:443?transport=tcp", true),
            ("turn:[2001:db8::1]:3478?transport=udp", true),
            ("turns:turn.hanam.gov.vn:443?transport=udp", false),
            ("turn:turn.hanam.gov.vn?transport=sctp", false),
            ("turn://turn.hanam.gov.vn", false),
            ("turn:user@turn.hanam.gov.vn", false),
            ("turn:host:0", false),
            ("turn:host:70000", false),
            ("turn:[2001:db8::1", false),
            ("turn:[host]:3478", false),
            ("turn:", false),
            ("stun:turn.hanam.gov.vn", false),
            ("turn:host>; rel=\"x\"", false),
        ];
        for (url, is_one) in cases {
            assert_eq!(is_turn(url), is_one, "{url}");
            let secret_file = PathBuf::from("/s");
            let turn = Turn { urls: vec![url.to_owned()], secret_file, ..Turn::default() };
            assert_eq!(turn.check().is_ok(), is_one, "{url}");
        }
    }
}
