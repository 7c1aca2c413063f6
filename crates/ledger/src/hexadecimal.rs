//! Fixed-size bytes as lower-case hexadecimal digits in JSON.

use serde::{Deserialize, Deserializer, Serializer, de};

pub(crate) fn serialize<S, const N: usize>(bytes: &[u8; N], to: S) -> Result<S::Ok, S::Error>
where
    S: Serializer,
{
    to.serialize_str(&hex::encode(bytes))
}

pub(crate) fn deserialize<'de, D, const N: usize>(from: D) -> Result<[u8; N], D::Error>
where
    D: Deserializer<'de>,
{
    let digits = String::deserialize(from)?;
    let mut bytes = [0; N];
    hex::decode_to_slice(&digits, &mut bytes).map_err(|_| {
        de::Error::custom(format_args!("expected {} hexadecimal digits", N.saturating_mul(2)))
    })?;
    Ok(bytes)
}
