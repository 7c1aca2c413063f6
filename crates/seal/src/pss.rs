//! The parameters of RSASSA-PSS (RFC 4055): which hash, which mask, how much salt.

use der::asn1::{Any, ObjectIdentifier};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;

use crate::oids;

/// `RSASSA-PSS-params`. What is absent means SHA-1 and 20 bytes, which we refuse anyway.
#[derive(Sequence)]
struct PssParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_bytes: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

/// The identifier of RSASSA-PSS with SHA-256, MGF1 with SHA-256 and 32 bytes of salt.
pub(crate) fn sha256_identifier() -> der::Result<AlgorithmIdentifierOwned> {
    let hash = AlgorithmIdentifierOwned { oid: oids::SHA256, parameters: Some(Any::null()) };
    let mask = AlgorithmIdentifierOwned {
        oid: oids::MGF1,
        parameters: Some(Any::from_der(&hash.to_der()?)?),
    };
    let parameters =
        PssParameters { hash: Some(hash), mask: Some(mask), salt_bytes: Some(32), trailer: None };
    Ok(AlgorithmIdentifierOwned {
        oid: oids::RSA_PSS,
        parameters: Some(Any::encode_from(&parameters)?),
    })
}

/// The hash that the parameters speak of, when mask and salt are the usual ones for it: what
/// `ring` computes, whatever the parameters say. `None` for anything else.
pub(crate) fn hash_of(parameters: &Any) -> Option<ObjectIdentifier> {
    let parameters: PssParameters = parameters.decode_as().ok()?;
    let hash = parameters.hash?.oid;
    let mask = parameters.mask?;
    let mask_hash: AlgorithmIdentifierOwned = mask.parameters?.decode_as().ok()?;
    let salt_bytes = match hash {
        oids::SHA256 => 32,
        oids::SHA384 => 48,
        oids::SHA512 => 64,
        _ => return None,
    };
    let usual = mask.oid == oids::MGF1
        && mask_hash.oid == hash
        && parameters.salt_bytes == Some(salt_bytes)
        && parameters.trailer.unwrap_or(1) == 1;
    usual.then_some(hash)
}
