//! The signature's container: CMS `SignedData` as `PAdES` B-B wants it (EN 319 142-1).
//!
//! Built by hand from the types, because the builder of `cms` wants the key in the process.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode, Encode};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

use crate::ess::signing_certificate_v2;
use crate::limits::{CMS_OVERHEAD_BYTES, STAMP_BYTES};
use crate::sign::SignError;
use crate::signer::{Algorithm, Signer};
use crate::stamper::{TimeStampError, TimeStamper};
use crate::verify::check_token;
use crate::{oids, pss, tsp};

/// How many bytes to reserve for a container of this signer.
pub(crate) fn placeholder_bytes(signer: &dyn Signer, stamped: bool) -> usize {
    let stamp = if stamped { STAMP_BYTES } else { 0 };
    signer.chain().iter().map(Vec::len).sum::<usize>() + CMS_OVERHEAD_BYTES + stamp
}

/// Signs the SHA-256 of the file's bytes. The signed attributes are content type, digest and the
/// signer's certificate; `PAdES` wants the time in the PDF and nowhere else. A time stamp is on the
/// signature's value.
pub(crate) fn build(
    digest: &[u8],
    signer: &dyn Signer,
    stamper: Option<&dyn TimeStamper>,
) -> Result<Vec<u8>, SignError> {
    let leaf = signer
        .chain()
        .first()
        .ok_or_else(|| SignError::Container("the signer has no certificate".to_owned()))?;
    let attributes = SetOfVec::try_from(vec![
        attribute(oids::CONTENT_TYPE, Any::encode_from(&oids::DATA)?)?,
        attribute(oids::MESSAGE_DIGEST, Any::encode_from(&OctetString::new(digest)?)?)?,
        attribute(oids::SIGNING_CERTIFICATE_V2, signing_certificate_v2(leaf)?)?,
    ])?;
    let signature = signer.sign(&attributes.to_der()?)?;
    let unsigned_attrs = stamper.map(|stamper| stamp(&signature, stamper)).transpose()?;

    let certificates = signer
        .chain()
        .iter()
        .map(|der| Ok(CertificateChoices::Certificate(Certificate::from_der(der)?)))
        .collect::<der::Result<Vec<_>>>()?;
    let leaf = Certificate::from_der(leaf)?;
    let sha256 = AlgorithmIdentifierOwned { oid: oids::SHA256, parameters: None };
    let signer_info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: leaf.tbs_certificate().issuer().clone(),
            serial_number: leaf.tbs_certificate().serial_number().clone(),
        }),
        digest_alg: sha256.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: identifier(signer.algorithm())?,
        signature: OctetString::new(signature)?,
        unsigned_attrs,
    };
    let signed_data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![sha256])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: oids::DATA, econtent: None },
        certificates: Some(CertificateSet(SetOfVec::try_from(certificates)?)),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::try_from(vec![signer_info])?),
    };
    let content = Any::encode_from(&signed_data)?;
    Ok(ContentInfo { content_type: oids::SIGNED_DATA, content }.to_der()?)
}

fn stamp(signature: &[u8], stamper: &dyn TimeStamper) -> Result<SetOfVec<Attribute>, SignError> {
    let token = token(&tsp::sha256(signature), stamper)?;
    let token = attribute(oids::TIME_STAMP_TOKEN, Any::from_der(&token)?)?;
    Ok(SetOfVec::try_from(vec![token])?)
}

/// Asks for a time stamp on a SHA-256, and checks that it is one.
pub(crate) fn token(sha256: &[u8], stamper: &dyn TimeStamper) -> Result<Vec<u8>, SignError> {
    let response = stamper.stamp(&tsp::request(sha256)?)?;
    let token = tsp::token(&response).map_err(|reason| TimeStampError { reason })?;
    check_token(&token, sha256).map_err(SignError::BadTimeStamp)?;
    Ok(token)
}

fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}

fn identifier(algorithm: Algorithm) -> der::Result<AlgorithmIdentifierOwned> {
    match algorithm {
        Algorithm::RsaPss => pss::sha256_identifier(),
        Algorithm::RsaPkcs1 => {
            Ok(AlgorithmIdentifierOwned { oid: oids::RSA, parameters: Some(Any::null()) })
        }
        Algorithm::EcdsaP256 => {
            Ok(AlgorithmIdentifierOwned { oid: oids::ECDSA_SHA256, parameters: None })
        }
    }
}
