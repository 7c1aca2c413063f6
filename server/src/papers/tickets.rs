//! Tickets: short-lived proofs of who asks, for `GET /api/papers/{sha256}`, WHIP and WHEP.
//!
//! A ticket says who it is for and until when, under an HMAC of a key that this server alone
//! knows; nothing is kept per ticket. What its holder may read is decided at every use: a ticket
//! carries no right.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use meeting::{DeviceId, PersonId, Timestamp};
use ring::hmac;
use uuid::Uuid;

/// How long a ticket is good.
const TICKET_MILLIS: i64 = 10 * 60 * 1000;
/// Kind, id and end, before the HMAC.
const CLAIM_BYTES: usize = 1 + 16 + 8;
const PERSON: u8 = 1;
const DEVICE: u8 = 2;

/// Whom a ticket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Somebody who signed in.
    Person(PersonId),
    /// A machine; what it may read follows from the point it stands at when it asks.
    Device(DeviceId),
}

/// A ticket as it is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// To be sent as bearer token.
    pub(crate) token: String,
    /// The first moment at which it is refused.
    pub(crate) expires_at: Timestamp,
}

/// Makes and reads tickets.
pub(crate) struct Tickets(hmac::Key);

impl Tickets {
    /// With the server's key for tickets.
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// A ticket from `now` on.
    pub(crate) fn issue(&self, holder: Holder, now: Timestamp) -> Ticket {
        let expires_at = now.plus_millis(TICKET_MILLIS);
        let (kind, id) = match holder {
            Holder::Person(person) => (PERSON, person.uuid()),
            Holder::Device(device) => (DEVICE, device.uuid()),
        };
        let mut bytes = vec![kind];
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&expires_at.millis().to_be_bytes());
        let tag = hmac::sign(&self.0, &bytes);
        bytes.extend_from_slice(tag.as_ref());
        Ticket { token: URL_SAFE_NO_PAD.encode(bytes), expires_at }
    }

    /// Whom a token was made for, unless it is forged or too old.
    pub(crate) fn read(&self, token: &str, now: Timestamp) -> Option<Holder> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (claim, tag) = bytes.split_at_checked(CLAIM_BYTES)?;
        hmac::verify(&self.0, claim, tag).ok()?;
        let (&[kind], rest) = claim.split_first_chunk::<1>()?;
        let (id, end) = rest.split_first_chunk::<16>()?;
        let expires_at = Timestamp::from_millis(i64::from_be_bytes(*end.first_chunk::<8>()?));
        if now >= expires_at {
            return None;
        }
        let id = Uuid::from_bytes(*id);
        match kind {
            PERSON => Some(Holder::Person(PersonId::new(id))),
            DEVICE => Some(Holder::Device(DeviceId::new(id))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_for_its_holder_and_its_time() {
        let tickets = Tickets::new(&[1; 32]);
        let now = Timestamp::from_millis(1_000);
        let person = Holder::Person(PersonId::new(Uuid::from_u128(7)));
        let device = Holder::Device(DeviceId::new(Uuid::from_u128(7)));
        for holder in [person, device] {
            let ticket = tickets.issue(holder, now);
            let end = ticket.expires_at;
            assert_eq!(tickets.read(&ticket.token, now), Some(holder));
            assert_eq!(tickets.read(&ticket.token, end.plus_millis(-1)), Some(holder));
            assert_eq!(tickets.read(&ticket.token, end), None, "too old");
            assert_eq!(Tickets::new(&[2; 32]).read(&ticket.token, now), None, "another server");
        }
    }

    #[test]
    fn no_changed_letter_makes_a_ticket() {
        let tickets = Tickets::new(&[1; 32]);
        let now = Timestamp::from_millis(1_000);
        let holder = Holder::Person(PersonId::new(Uuid::from_u128(7)));
        let token = tickets.issue(holder, now).token;
        for place in 0..token.len() {
            let mut letters = token.clone().into_bytes();
            letters[place] = if letters[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(letters).expect("text");
            assert_eq!(tickets.read(&forged, now), None, "letter {place}");
        }
        for nonsense in ["", "AAAA", "not base64!", &token[..40]] {
            assert_eq!(tickets.read(nonsense, now), None, "{nonsense}");
        }
    }
}
