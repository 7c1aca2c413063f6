//! The signature's container: its shape, the digest, the certificate it names, its value.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use ring::digest::{Algorithm, Context, SHA256, SHA384, SHA512};
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use crate::code::{Check, Code, Refused, refuse};
use crate::limits::{CMS_CERTIFICATES_MAX, STAMPS_MAX};
use crate::oids;
use crate::verify::attributes::{Attributes, ByteForms};
use crate::verify::gap::SignedRange;
use crate::verify::{ber, value};

/// A certificate of the container.
#[derive(Clone, Debug)]
pub(crate) struct ContainedCertificate {
    pub(crate) parsed: Certificate,
    pub(crate) der: Vec<u8>,
}

/// A container of the right shape.
#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) signer_certificate: ContainedCertificate,
    pub(crate) other_certificates: Vec<ContainedCertificate>,
    /// Time stamps on the signature's value.
    pub(crate) stamps: Vec<Vec<u8>>,
    signer_info: SignerInfo,
    attribute_bytes: ByteForms,
    content_type: ObjectIdentifier,
    names_certificate_by_rule: bool,
}

impl Container {
    /// The signature's value, which is what its time stamps are on.
    pub(crate) fn value(&self) -> &[u8] {
        self.signer_info.signature.as_bytes()
    }
}

/// Reads a signature's container and refuses what has not the shape of `PAdES`, or of the detached
/// CMS that came before it.
pub(crate) fn read(range: &SignedRange) -> Check<Container> {
    let names_certificate_by_rule = check_format(range)?;
    let der = from_padded(&range.container)?;
    let signed_data = signed_data(&der).map_err(|error| malformed(&error))?;
    if signed_data.encap_content_info.econtent.is_some() {
        return refuse(Code::Cms, "the container brings content of its own");
    }
    let container = container(&der, signed_data, oids::DATA)?;
    Ok(Container { names_certificate_by_rule, ..container })
}

/// The container in a placeholder, in definite lengths.
pub(crate) fn from_padded(padded: &[u8]) -> Check<Vec<u8>> {
    ber::container(padded)
        .ok_or_else(|| Refused::new(Code::Cms, "/Contents is not one padded container"))
}

/// Reads a container that brings its content, of this type, and gives both.
pub(crate) fn read_with_content(
    der: &[u8],
    content_type: ObjectIdentifier,
) -> Check<(Container, Vec<u8>)> {
    let signed_data = signed_data(der).map_err(|error| malformed(&error))?;
    let content = &signed_data.encap_content_info;
    let octets = content.econtent.as_ref().map(Any::decode_as::<OctetString>);
    let (Some(Ok(octets)), true) = (octets, content.econtent_type == content_type) else {
        return refuse(Code::Cms, format!("the container brings no {content_type}"));
    };
    let container = container(der, signed_data, content_type)?;
    Ok((container, octets.into_bytes().into()))
}

fn container(
    der: &[u8],
    signed_data: SignedData,
    content_type: ObjectIdentifier,
) -> Check<Container> {
    let mut signer_infos = signed_data.signer_infos.0.into_vec();
    let (Some(signer_info), true) = (signer_infos.pop(), signer_infos.is_empty()) else {
        return refuse(Code::Cms, "the container has not exactly one signer");
    };
    let mut certificates = Vec::new();
    for choice in signed_data.certificates.into_iter().flat_map(|set| set.0.into_vec()) {
        if let CertificateChoices::Certificate(parsed) = choice {
            let der = parsed.to_der().map_err(|error| malformed(&error))?;
            certificates.push(ContainedCertificate { parsed, der });
        }
    }
    if certificates.len() > CMS_CERTIFICATES_MAX {
        return refuse(Code::Cms, format!("{} certificates", certificates.len()));
    }
    let signer = certificates
        .iter()
        .position(|certificate| is_meant(&signer_info.sid, &certificate.parsed))
        .ok_or_else(|| Refused::new(Code::Cms, "the signer's certificate is missing"))?;
    let signer_certificate = certificates.swap_remove(signer);
    let attribute_bytes = ByteForms::of(der, &signer_info)?;
    Ok(Container {
        signer_certificate,
        other_certificates: certificates,
        stamps: stamps(&signer_info)?,
        signer_info,
        attribute_bytes,
        content_type,
        names_certificate_by_rule: true,
    })
}

/// The time stamps that a signature carries unsigned, since they are made after it.
fn stamps(signer_info: &SignerInfo) -> Check<Vec<Vec<u8>>> {
    let stamps = signer_info
        .unsigned_attrs
        .iter()
        .flat_map(|attributes| attributes.iter())
        .filter(|attribute| attribute.oid == oids::TIME_STAMP_TOKEN)
        .flat_map(|attribute| attribute.values.iter())
        .map(|token| token.to_der().map_err(|error| malformed(&error)))
        .collect::<Check<Vec<_>>>()?;
    if stamps.len() > STAMPS_MAX {
        return refuse(Code::Timestamp, format!("{} time stamps on one signature", stamps.len()));
    }
    Ok(stamps)
}

/// Checks that the container signs these bytes, with the key of the certificate that it names.
pub(crate) fn check(container: &Container, parts: &[&[u8]]) -> Check<()> {
    let hash = hash_algorithm(container.signer_info.digest_alg.oid)?;
    let Some(attributes) = &container.signer_info.signed_attrs else {
        return refuse(Code::Cms, "nothing is signed but the digest");
    };
    let attributes = Attributes::new(attributes);
    attributes.check_content_type(container.content_type)?;
    attributes.check_digest(&hash_of(hash, parts))?;
    let named = attributes.names_certificate(&container.signer_certificate.der)?;
    if named.is_none() && container.names_certificate_by_rule {
        return refuse(Code::Cms, "PAdES without the signing-certificate attribute");
    }
    if named == Some(false) {
        return refuse(Code::Cms, "the signature names another certificate");
    }
    value::check(
        &container.signer_certificate.parsed,
        &container.signer_info,
        &container.attribute_bytes,
    )
}

/// The hash of bytes that stand apart.
pub(crate) fn hash_of(hash: &'static Algorithm, parts: &[&[u8]]) -> Vec<u8> {
    let mut digest = Context::new(hash);
    for part in parts {
        digest.update(part);
    }
    digest.finish().as_ref().to_vec()
}

/// The signature's format; says whether it must name its certificate.
fn check_format(range: &SignedRange) -> Check<bool> {
    let format = range.dictionary.get(b"SubFilter").and_then(lopdf::Object::as_name).ok();
    match format {
        Some(b"ETSI.CAdES.detached") => Ok(true),
        Some(b"adbe.pkcs7.detached") => Ok(false),
        Some(b"adbe.pkcs7.sha1" | b"adbe.x509.rsa_sha1") => {
            refuse(Code::Weak, "the signature's format rests on SHA-1")
        }
        other => {
            let other = String::from_utf8_lossy(other.unwrap_or_default()).into_owned();
            refuse(Code::Cms, format!("unknown format {other:?}"))
        }
    }
}

fn signed_data(der: &[u8]) -> der::Result<SignedData> {
    let content = ContentInfo::from_der(der)?;
    content.content_type.eq(&oids::SIGNED_DATA).then_some(()).ok_or(der::ErrorKind::Failed)?;
    content.content.decode_as()
}

fn is_meant(identifier: &SignerIdentifier, certificate: &Certificate) -> bool {
    let certificate = certificate.tbs_certificate();
    match identifier {
        SignerIdentifier::IssuerAndSerialNumber(meant) => {
            certificate.serial_number() == &meant.serial_number
                && certificate.issuer() == &meant.issuer
        }
        SignerIdentifier::SubjectKeyIdentifier(meant) => certificate
            .get_extension::<SubjectKeyIdentifier>()
            .is_ok_and(|found| found.is_some_and(|(_, found)| found == *meant)),
    }
}

/// The hash function behind an identifier.
pub(crate) fn hash_algorithm(oid: ObjectIdentifier) -> Check<&'static Algorithm> {
    match oid {
        oids::SHA256 => Ok(&SHA256),
        oids::SHA384 => Ok(&SHA384),
        oids::SHA512 => Ok(&SHA512),
        oids::SHA1 | oids::MD5 => refuse(Code::Weak, format!("hash function {oid}")),
        _ => refuse(Code::Cms, format!("hash function {oid}")),
    }
}

fn malformed(error: &der::Error) -> Refused {
    Refused::new(Code::Cms, error.to_string())
}
