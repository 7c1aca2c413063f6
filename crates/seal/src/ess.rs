//! Which certificate a signature names: RFC 5035 (and RFC 2634 before it), the attribute that
//! keeps a signature from being shown under another certificate of the same key.

use der::asn1::{Any, OctetString};
use der::{Decode, Sequence};
use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use spki::AlgorithmIdentifierOwned;

use crate::oids;

/// `SigningCertificateV2`.
#[derive(Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

/// `ESSCertIDv2`; without an algorithm the hash is SHA-256.
#[derive(Sequence)]
struct EssCertIdV2 {
    #[asn1(optional = "true")]
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

/// `SigningCertificate`, whose hashes are SHA-1.
#[derive(Sequence)]
struct SigningCertificate {
    certs: Vec<EssCertId>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

/// `ESSCertID`.
#[derive(Sequence)]
struct EssCertId {
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

/// The attribute's value for a signer's certificate.
pub(crate) fn signing_certificate_v2(certificate: &[u8]) -> der::Result<Any> {
    let cert_hash = OctetString::new(digest::digest(&SHA256, certificate).as_ref())?;
    Any::encode_from(&SigningCertificateV2 {
        certs: vec![EssCertIdV2 { hash_algorithm: None, cert_hash, issuer_serial: None }],
        policies: None,
    })
}

/// Whether the attribute's value, version 2, names this certificate as the signer's.
pub(crate) fn names_v2(attribute: &[u8], certificate: &[u8]) -> der::Result<bool> {
    let value = SigningCertificateV2::from_der(attribute)?;
    let Some(first) = value.certs.first() else { return Ok(false) };
    let algorithm = match first.hash_algorithm.as_ref().map(|algorithm| algorithm.oid) {
        None => &SHA256,
        Some(oid) if oid == oids::SHA256 => &SHA256,
        Some(oid) if oid == oids::SHA384 => &SHA384,
        Some(oid) if oid == oids::SHA512 => &SHA512,
        Some(_) => return Ok(false),
    };
    let hash = digest::digest(algorithm, certificate);
    Ok(hash.as_ref() == first.cert_hash.as_bytes())
}

/// Whether the attribute's value, version 1, names this certificate as the signer's. SHA-1 is
/// enough here: the attacker would need a second certificate for the hash of a given one.
pub(crate) fn names_v1(attribute: &[u8], certificate: &[u8]) -> der::Result<bool> {
    let value = SigningCertificate::from_der(attribute)?;
    let hash = digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate);
    Ok(value.certs.first().is_some_and(|first| first.cert_hash.as_bytes() == hash.as_ref()))
}
