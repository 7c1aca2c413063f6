//! Whether a device is who it says: an Ed25519 signature over host, nonce and expiry.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use meeting::Timestamp;
use protocol::room::DeviceProof;
use ring::signature::{ED25519, UnparsedPublicKey};

/// What the server expects the proof to be about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// Host and port as the client asked for them.
    pub(crate) host: &'a str,
    /// The nonce of the greeting.
    pub(crate) nonce: &'a str,
    /// The server's clock.
    pub(crate) now: Timestamp,
}

/// Whether the key signed this proof for this server and this connection, and recently.
pub(super) fn holds(proof: &DeviceProof, public_key: &str, expected: &Expected<'_>) -> bool {
    let left = proof.expires_at.millis_since(expected.now);
    // A clock that is a minute off must not lock a room out; the nonce is fresh in any case.
    if !(-DeviceProof::MILLIS_MAX..=2 * DeviceProof::MILLIS_MAX).contains(&left) {
        return false;
    }
    let (Ok(key), Ok(signature)) = (STANDARD.decode(public_key), STANDARD.decode(&proof.signature))
    else {
        return false;
    };
    let message = DeviceProof::message(expected.host, expected.nonce, proof.expires_at);
    UnparsedPublicKey::new(&ED25519, key).verify(&message, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use meeting::DeviceId;
    use ring::signature::{Ed25519KeyPair, KeyPair as _};
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

    fn prove(pair: &Ed25519KeyPair, host: &str, nonce: &str, expires_at: Timestamp) -> DeviceProof {
        let signature = pair.sign(&DeviceProof::message(host, nonce, expires_at));
        DeviceProof {
            device: DeviceId::new(Uuid::from_u128(1)),
            expires_at,
            signature: STANDARD.encode(signature.as_ref()),
        }
    }

    #[test]
    fn only_the_own_key_for_this_server_now() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).expect("a key");
        let other = Ed25519KeyPair::from_seed_unchecked(&[2; 32]).expect("a key");
        let key = STANDARD.encode(pair.public_key().as_ref());
        let expected = Expected { host: "hop.example:443", nonce: "n1", now: NOW };
        let soon = NOW.plus_millis(30_000);
        let cases = [
            ("good", prove(&pair, expected.host, "n1", soon), true),
            ("another key", prove(&other, expected.host, "n1", soon), false),
            ("another server", prove(&pair, "evil.example", "n1", soon), false),
            ("another connection", prove(&pair, expected.host, "n2", soon), false),
            ("too old", prove(&pair, expected.host, "n1", NOW.plus_millis(-60_001)), false),
            ("too far ahead", prove(&pair, expected.host, "n1", NOW.plus_millis(120_001)), false),
        ];
        for (what, proof, good) in cases {
            assert_eq!(holds(&proof, &key, &expected), good, "{what}");
        }
        let changed = DeviceProof {
            expires_at: soon.plus_millis(1),
            ..prove(&pair, "hop.example:443", "n1", soon)
        };
        assert!(!holds(&changed, &key, &expected), "a changed expiry");
        assert!(!holds(&prove(&pair, expected.host, "n1", soon), "nonsense", &expected));
    }
}
