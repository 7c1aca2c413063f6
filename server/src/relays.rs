//! Passwords for TURN servers, good for a while and for whoever gets them.
//!
//! The scheme is the one of coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00): the user
//! name says until when it is good, the password is its MAC under a secret that this server and the
//! TURN server share. Nothing is stored, and neither of the two asks the other.

use std::fs;
use std::io;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use meeting::{Speaker, Timestamp};
use protocol::call::Relay;
use ring::hmac;

use crate::config;

/// Bytes of a secret that nobody guesses from a password he was given.
const SECRET_BYTES_MIN: usize = 16;

/// The TURN servers of this server, if there are any.
pub(crate) struct Relays {
    urls: Vec<String>,
    key: hmac::Key,
    lifetime_seconds: i64,
}

/// The secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RelaysError {
    /// The file cannot be read.
    #[error("cannot read the secret of the TURN servers, {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It holds too little.
    #[error("the secret of the TURN servers, {0}, has fewer than {SECRET_BYTES_MIN} bytes")]
    Short(PathBuf),
}

impl Relays {
    /// Reads the secret; `None` where no TURN server is set.
    pub(crate) fn open(config: &config::Turn) -> Result<Option<Self>, RelaysError> {
        if config.urls.is_empty() {
            return Ok(None);
        }
        let path = config.secret_file.clone();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(RelaysError::Read { path, source }),
        };
        // An editor ends the line; the other server's configuration has no end of line in it.
        let secret = text.trim().as_bytes();
        if secret.len() < SECRET_BYTES_MIN {
            return Err(RelaysError::Short(path));
        }
        Ok(Some(Self::new(config.urls.clone(), secret, config.lifetime_seconds)))
    }

    fn new(urls: Vec<String>, secret: &[u8], lifetime_seconds: u32) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
        Self { urls, key, lifetime_seconds: i64::from(lifetime_seconds) }
    }

    /// The way for somebody, from now on. The TURN server's log and its quota know him by his id.
    pub(crate) fn way(&self, now: Timestamp, speaker: Option<Speaker>) -> Relay {
        let user = match speaker {
            Some(Speaker::Point(point)) => point.to_string(),
            Some(Speaker::Person(person)) => person.to_string(),
            None => "bench".to_owned(),
        };
        let until = now.millis().div_euclid(1_000).saturating_add(self.lifetime_seconds);
        let username = format!("{until}:{user}");
        let credential = STANDARD.encode(hmac::sign(&self.key, username.as_bytes()));
        let expires_at = Timestamp::from_millis(until.saturating_mul(1_000));
        Relay { urls: self.urls.clone(), username, credential, expires_at }
    }

    /// Whether somebody who was given a way should be given the next: half of its time is over.
    pub(crate) fn is_due(&self, now: Timestamp, way: &Relay) -> bool {
        way.expires_at.millis_since(now) < self.lifetime_seconds.saturating_mul(500)
    }
}

/// A way as `Link` headers of WHIP and WHEP (RFC 9725 §4.6), one for each server.
pub(crate) fn links(way: &Relay) -> impl Iterator<Item = String> + '_ {
    let Relay { urls, username, credential, .. } = way;
    urls.iter().map(move |url| {
        format!(
            "<{url}>; rel=\"ice-server\"; username=\"{username}\"; credential=\"{credential}\"; \
             credential-type=\"password\""
        )
    })
}

#[cfg(test)]
mod tests {
    use meeting::PointId;
    use uuid::Uuid;

    use super::*;

    fn relays() -> Relays {
        let url = "turn:turn.hanam.gov.vn:3478?transport=udp".to_owned();
        Relays::new(vec![url], b"thu-duong-truyen-chung", 600)
    }

    /// The password is what OpenSSL makes of the user name:
    ///
    ///     printf %s 1753750600:02020202-0202-0202-0202-020202020202 |
    ///         openssl dgst -sha1 -hmac thu-duong-truyen-chung -binary | base64
    #[test]
    fn v13_turn_passwords_are_those_of_the_scheme() {
        let point = Speaker::Point(PointId::new(Uuid::from_bytes([2; 16])));
        let way = relays().way(Timestamp::from_millis(1_753_750_000_999), Some(point));
        assert_eq!(way.username, "1753750600:02020202-0202-0202-0202-020202020202");
        assert_eq!(way.credential, "N/XEz96fYAqI8GLuKW4XHmySAEk=");
        assert_eq!(way.expires_at, Timestamp::from_millis(1_753_750_600_000));
        let links: Vec<_> = links(&way).collect();
        let expected = "<turn:turn.hanam.gov.vn:3478?transport=udp>; rel=\"ice-server\"; \
            username=\"1753750600:02020202-0202-0202-0202-020202020202\"; \
            credential=\"N/XEz96fYAqI8GLuKW4XHmySAEk=\"; credential-type=\"password\"";
        assert_eq!(links, [expected]);
    }

    #[test]
    fn v13_turn_passwords_are_renewed_at_half_time() {
        let relays = relays();
        let now = Timestamp::from_millis(1_753_750_000_000);
        let way = relays.way(now, None);
        assert!(!relays.is_due(now.plus_millis(300_000), &way));
        assert!(relays.is_due(now.plus_millis(300_001), &way));
    }

    #[test]
    fn v13_a_secret_that_is_not_there_stops_the_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let secret_file = folder.path().join("secret");
        let urls = vec!["turn:h".to_owned()];
        let config = config::Turn { urls, secret_file, ..config::Turn::default() };
        assert!(matches!(Relays::open(&config), Err(RelaysError::Read { .. })));
        fs::write(&config.secret_file, "  short\n").expect("written");
        assert!(matches!(Relays::open(&config), Err(RelaysError::Short(_))));
        fs::write(&config.secret_file, "thu-duong-truyen-chung\n").expect("written");
        let opened = Relays::open(&config).expect("it opens").expect("there is one");
        let now = Timestamp::from_millis(0);
        assert_eq!(opened.way(now, None).credential.len(), 28);
        let none = config::Turn::default();
        assert!(Relays::open(&none).expect("it opens").is_none());
    }
}
