//! The signature's value: is it one of the certificate's key over the signed attributes?

use cms::signed_data::SignerInfo;
use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode, Reader, SliceReader};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::Certificate;

use crate::code::{Check, Code, refuse};
use crate::limits::RSA_BITS_MIN;
use crate::verify::attributes::ByteForms;
use crate::{oids, pss};

/// Checks the value. An algorithm that contradicts the key or the digest is no signature.
pub(crate) fn check(
    certificate: &Certificate,
    signer_info: &SignerInfo,
    attributes: &ByteForms,
) -> Check<()> {
    let key_info = certificate.tbs_certificate().subject_public_key_info();
    let signature_algorithm = &signer_info.signature_algorithm;
    let algorithm = algorithm(key_info, signature_algorithm, signer_info.digest_alg.oid)?;
    let key = UnparsedPublicKey::new(algorithm, key_info.subject_public_key.raw_bytes());
    let signature = signer_info.signature.as_bytes();
    let holds = |message: &Vec<u8>| key.verify(message, signature).is_ok();
    if holds(&attributes.sorted) || attributes.as_written.as_ref().is_some_and(holds) {
        Ok(())
    } else {
        refuse(Code::Signature, "the value does not belong to the certificate's key")
    }
}

/// Checks the value on a certificate, a revocation list or an answer about one, whose algorithm
/// names the hash.
pub(crate) fn check_by_key(
    key_info: &SubjectPublicKeyInfoOwned,
    signature_algorithm: &AlgorithmIdentifierOwned,
    message: &[u8],
    signature: &[u8],
) -> Check<()> {
    let digest = match signature_algorithm.oid {
        oids::RSA_SHA256 | oids::ECDSA_SHA256 => Some(oids::SHA256),
        oids::RSA_SHA384 | oids::ECDSA_SHA384 => Some(oids::SHA384),
        oids::RSA_SHA512 => Some(oids::SHA512),
        oids::RSA_PSS => signature_algorithm.parameters.as_ref().and_then(pss::hash_of),
        _ => None,
    };
    let Some(digest) = digest else {
        return refuse(Code::Weak, format!("signed with {}", signature_algorithm.oid));
    };
    let algorithm = algorithm(key_info, signature_algorithm, digest)?;
    UnparsedPublicKey::new(algorithm, key_info.subject_public_key.raw_bytes())
        .verify(message, signature)
        .or_else(|_| refuse(Code::Signature, "the value does not belong to the issuer's key"))
}

fn algorithm(
    key_info: &SubjectPublicKeyInfoOwned,
    signature: &AlgorithmIdentifierOwned,
    digest: ObjectIdentifier,
) -> Check<&'static dyn VerificationAlgorithm> {
    match key_info.algorithm.oid {
        oids::RSA | oids::RSA_PSS => {
            let bits = rsa_bits(key_info.subject_public_key.raw_bytes()).unwrap_or(0);
            if bits < RSA_BITS_MIN {
                return refuse(Code::Weak, format!("an RSA key of {bits} bits"));
            }
            rsa(signature, digest)
        }
        oids::EC_KEY => {
            let parameters = key_info.algorithm.parameters.as_ref();
            let curve = parameters.and_then(|curve| curve.decode_as().ok());
            ecdsa(curve, signature.oid, digest)
        }
        other => refuse(Code::Weak, format!("a key of the kind {other}")),
    }
}

fn rsa(
    signature: &AlgorithmIdentifierOwned,
    digest: ObjectIdentifier,
) -> Check<&'static dyn VerificationAlgorithm> {
    if signature.oid == oids::RSA_PSS {
        let hash = signature.parameters.as_ref().and_then(pss::hash_of);
        return match (hash == Some(digest), digest) {
            (true, oids::SHA256) => Ok(&RSA_PSS_2048_8192_SHA256),
            (true, oids::SHA384) => Ok(&RSA_PSS_2048_8192_SHA384),
            (true, oids::SHA512) => Ok(&RSA_PSS_2048_8192_SHA512),
            _ => refuse(Code::Cms, "parameters of RSASSA-PSS that contradict the digest"),
        };
    }
    match (signature.oid, digest) {
        (oids::RSA | oids::RSA_SHA256, oids::SHA256) => Ok(&RSA_PKCS1_2048_8192_SHA256),
        (oids::RSA | oids::RSA_SHA384, oids::SHA384) => Ok(&RSA_PKCS1_2048_8192_SHA384),
        (oids::RSA | oids::RSA_SHA512, oids::SHA512) => Ok(&RSA_PKCS1_2048_8192_SHA512),
        (oids::RSA_SHA1 | oids::RSA_MD5, _) => refuse(Code::Weak, format!("{}", signature.oid)),
        (algorithm, _) => refuse(Code::Cms, format!("{algorithm} with an RSA key and {digest}")),
    }
}

fn ecdsa(
    curve: Option<ObjectIdentifier>,
    signature: ObjectIdentifier,
    digest: ObjectIdentifier,
) -> Check<&'static dyn VerificationAlgorithm> {
    match (curve, signature, digest) {
        (Some(oids::P256), oids::ECDSA_SHA256, oids::SHA256) => Ok(&ECDSA_P256_SHA256_ASN1),
        (Some(oids::P256), oids::ECDSA_SHA384, oids::SHA384) => Ok(&ECDSA_P256_SHA384_ASN1),
        (Some(oids::P384), oids::ECDSA_SHA256, oids::SHA256) => Ok(&ECDSA_P384_SHA256_ASN1),
        (Some(oids::P384), oids::ECDSA_SHA384, oids::SHA384) => Ok(&ECDSA_P384_SHA384_ASN1),
        (_, oids::ECDSA_SHA1, _) => refuse(Code::Weak, "ECDSA with SHA-1"),
        (curve, algorithm, digest) => {
            refuse(Code::Cms, format!("{algorithm} on the curve {curve:?} with {digest}"))
        }
    }
}

/// The length of an RSA modulus.
fn rsa_bits(key: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(key).ok()?;
    let modulus: der::Result<usize> = reader.sequence(|reader| {
        let modulus = UintRef::decode(reader)?;
        let _exponent = UintRef::decode(reader)?;
        let zeros = modulus.as_bytes().first().map_or(0, |byte| byte.leading_zeros() as usize);
        Ok(modulus.as_bytes().len() * 8 - zeros)
    });
    modulus.ok()
}
