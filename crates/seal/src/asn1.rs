//! Small pieces that certificates, lists, answers and time stamps share.

use der::asn1::{Any, BitString};
use der::{DateTime, Decode, Encode, Sequence, Tag, Tagged};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::code::{Check, Code, Refused};
use crate::verify::check_by_key;

/// A certificate or a revocation list: a body, and an issuer's signature on it.
#[derive(Clone, Debug, Sequence)]
pub(crate) struct Signed {
    pub(crate) body: Any,
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    pub(crate) signature: BitString,
}

impl Signed {
    /// Whether the signature is one of this key.
    pub(crate) fn check(&self, key: &SubjectPublicKeyInfoOwned) -> Check<()> {
        let body = self.body.to_der().map_err(|error| malformed(&error))?;
        check_by_key(key, &self.algorithm, &body, self.signature.raw_bytes())
    }

    /// Whether these bytes are something that this key signed.
    pub(crate) fn is_by(bytes: &[u8], key: &SubjectPublicKeyInfoOwned) -> bool {
        Self::from_der(bytes).is_ok_and(|signed| signed.check(key).is_ok())
    }
}

fn malformed(error: &der::Error) -> Refused {
    Refused::new(Code::Cms, error.to_string())
}

/// A time in seconds since 1970 UTC. A part of a second counts as a whole one: stamps may carry
/// it, and the later time is the one that is proven.
pub(crate) fn seconds(time: &Any) -> Option<u64> {
    let text = std::str::from_utf8(time.value()).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (time.tag(), whole.len(), text.contains('.')) {
        (Tag::UtcTime, 12, false) => {
            let year: u16 = whole[..2].parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, &whole[2..])
        }
        (Tag::GeneralizedTime, 14, _) => (whole[..4].parse().ok()?, &whole[4..]),
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2)?.parse::<u8>().ok();
    let time = DateTime::new(year, part(0)?, part(2)?, part(4)?, part(6)?, part(8)?).ok()?;
    let up = u64::from(fraction.bytes().any(|digit| digit != b'0'));
    Some(time.unix_duration().as_secs() + up)
}

/// The content of a sequence as the sequence.
pub(crate) fn sequence(content: &[u8]) -> der::Result<Vec<u8>> {
    Any::new(Tag::Sequence, content)?.to_der()
}

#[cfg(test)]
mod tests {
    use der::Tag;
    use der::asn1::Any;

    use super::seconds;

    #[test]
    fn times_are_read() {
        let cases = [
            (Tag::UtcTime, "700101000001Z", Some(1)),
            (Tag::GeneralizedTime, "19700101000001Z", Some(1)),
            (Tag::GeneralizedTime, "19700101000001.5Z", Some(2)),
            (Tag::GeneralizedTime, "19700101000001.0Z", Some(1)),
            (Tag::GeneralizedTime, "19700101000001", None),
            (Tag::GeneralizedTime, "19701301000001Z", None),
            (Tag::GeneralizedTime, "1970010100000\u{d1}Z", None),
            (Tag::UtcTime, "19700101000001Z", None),
            (Tag::Utf8String, "19700101000001Z", None),
        ];
        for (tag, text, expected) in cases {
            assert_eq!(seconds(&Any::new(tag, text.as_bytes()).unwrap()), expected, "{text}");
        }
    }
}
