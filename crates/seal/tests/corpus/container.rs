//! A second hand at CMS, for containers that the product would never write.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode, Encode};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use seal::authority::Identity;
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

use crate::stamps::Stamper;

/// What is wrong (or at least unusual) with a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Usual,
    TwoSigners,
    NoSigner,
    /// No signing-certificate attribute.
    NamesNobody,
    /// The signing-certificate attribute names the intermediate authority.
    NamesAnother,
    /// The file's digest inside, as encapsulated content.
    WithContent,
    /// The digest algorithm is SHA-1.
    Sha1,
    /// The content type is not data.
    OtherContentType,
    /// No signed attributes: the value is over the content itself.
    NoAttributes,
    /// The signer's certificate is not in it.
    NoCertificate,
    /// The value's last bit is another.
    FlippedValue,
    /// A message digest of another file.
    OtherDigest,
    /// The message digest twice.
    RepeatedDigest,
    /// ECDSA with SHA-384 on a SHA-256 digest.
    OtherAlgorithm,
    /// Lengths left open, as BER allows.
    Ber,
    /// Something behind the container.
    DirtyPadding,
}

const fn oid(dotted: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(dotted)
}

const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");

/// A container over content whose signed parts are joined.
pub(crate) fn build(
    signed: &[u8],
    identity: &Identity,
    shape: Shape,
    stamper: Option<Stamper<'_>>,
) -> Vec<u8> {
    let pair = EcdsaKeyPair::from_pkcs8(
        &ECDSA_P256_SHA256_ASN1_SIGNING,
        &identity.pkcs8,
        &SystemRandom::new(),
    )
    .unwrap();
    let attributes = attributes(signed, identity, shape);
    let message = match &attributes {
        Some(attributes) => attributes.to_der().unwrap(),
        None => signed.to_vec(),
    };
    let mut value = pair.sign(&SystemRandom::new(), &message).unwrap().as_ref().to_vec();
    if shape == Shape::FlippedValue {
        *value.last_mut().unwrap() ^= 1;
    }
    let unsigned_attrs = stamper.map(|stamper| {
        let token = Any::from_der(&stamper.token(digest(&SHA256, &value).as_ref())).unwrap();
        let values = SetOfVec::try_from(vec![token]).unwrap();
        let attribute = Attribute { oid: oid("1.2.840.113549.1.9.16.2.14"), values };
        SetOfVec::try_from(vec![attribute]).unwrap()
    });
    let leaf = Certificate::from_der(&identity.chain[0]).unwrap();
    let digest_algorithm = match shape {
        Shape::Sha1 => "1.3.14.3.2.26",
        _ => "2.16.840.1.101.3.4.2.1",
    };
    let signature_algorithm = match shape {
        Shape::OtherAlgorithm => "1.2.840.10045.4.3.3",
        _ => "1.2.840.10045.4.3.2",
    };
    let algorithm = |dotted| AlgorithmIdentifierOwned { oid: oid(dotted), parameters: None };
    let signer_info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: leaf.tbs_certificate().issuer().clone(),
            serial_number: leaf.tbs_certificate().serial_number().clone(),
        }),
        digest_alg: algorithm(digest_algorithm),
        signed_attrs: attributes,
        signature_algorithm: algorithm(signature_algorithm),
        signature: OctetString::new(value).unwrap(),
        unsigned_attrs,
    };
    let mut other = signer_info.clone();
    other.version = CmsVersion::V3;
    let signers = match shape {
        Shape::TwoSigners => vec![signer_info, other],
        Shape::NoSigner => vec![],
        _ => vec![signer_info],
    };
    wrap(signed, identity, shape, signers)
}

fn wrap(signed: &[u8], identity: &Identity, shape: Shape, signers: Vec<SignerInfo>) -> Vec<u8> {
    let skipped = usize::from(shape == Shape::NoCertificate);
    let certificates: Vec<CertificateChoices> = identity.chain[skipped..]
        .iter()
        .map(|der| CertificateChoices::Certificate(Certificate::from_der(der).unwrap()))
        .collect();
    let econtent = (shape == Shape::WithContent).then(|| {
        let content = digest(&SHA256, signed);
        Any::encode_from(&OctetString::new(content.as_ref()).unwrap()).unwrap()
    });
    let signed_data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::new(),
        encap_content_info: EncapsulatedContentInfo { econtent_type: DATA, econtent },
        certificates: Some(CertificateSet(SetOfVec::try_from(certificates).unwrap())),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::try_from(signers).unwrap()),
    };
    let content = Any::encode_from(&signed_data).unwrap();
    let der = ContentInfo { content_type: SIGNED_DATA, content }.to_der().unwrap();
    match shape {
        Shape::Ber => with_open_lengths(&der, 4),
        Shape::DirtyPadding => [der.as_slice(), &[0, 0, 1]].concat(),
        _ => der,
    }
}

fn attributes(signed: &[u8], identity: &Identity, shape: Shape) -> Option<SetOfVec<Attribute>> {
    if shape == Shape::NoAttributes {
        return None;
    }
    let attribute = |dotted, value: Any| Attribute {
        oid: oid(dotted),
        values: SetOfVec::try_from(vec![value]).unwrap(),
    };
    let content_type = if shape == Shape::OtherContentType { SIGNED_DATA } else { DATA };
    let signed = if shape == Shape::OtherDigest { b"another" } else { signed };
    let octets = |bytes: &[u8]| Any::encode_from(&OctetString::new(bytes).unwrap()).unwrap();
    let mut attributes = vec![
        attribute("1.2.840.113549.1.9.3", Any::encode_from(&content_type).unwrap()),
        attribute("1.2.840.113549.1.9.4", octets(digest(&SHA256, signed).as_ref())),
    ];
    if shape == Shape::RepeatedDigest {
        let zeros = octets(&[0; 32]);
        attributes.push(attribute("1.2.840.113549.1.9.4", zeros));
    }
    if shape != Shape::NamesNobody {
        let named = usize::from(shape == Shape::NamesAnother);
        let hash = digest(&SHA256, &identity.chain[named]);
        // SEQUENCE { SEQUENCE { SEQUENCE { OCTET STRING } } }
        let value = [&[0x30, 38, 0x30, 36, 0x30, 34, 0x04, 32], hash.as_ref()].concat();
        let value = Any::from_der(&value).unwrap();
        attributes.push(attribute("1.2.840.113549.1.9.16.2.47", value));
    }
    Some(SetOfVec::try_from(attributes).unwrap())
}

/// Leaves the lengths of the outermost elements open.
fn with_open_lengths(der: &[u8], levels: usize) -> Vec<u8> {
    let head = match der[1] {
        0..0x80 => 2,
        more => 2 + usize::from(more & 0x7f),
    };
    let constructed = der[0] & 0x20 != 0;
    if levels == 0 || !constructed {
        return der.to_vec();
    }
    let mut out = vec![der[0], 0x80];
    let mut rest = &der[head..];
    while !rest.is_empty() {
        let length = element_length(rest);
        // Signed attributes and certificates stay as they are.
        out.extend(with_open_lengths(&rest[..length], levels - 1));
        rest = &rest[length..];
    }
    out.extend([0, 0]);
    out
}

fn element_length(der: &[u8]) -> usize {
    match der[1] {
        short @ 0..0x80 => 2 + usize::from(short),
        more => {
            let count = usize::from(more & 0x7f);
            let length =
                der[2..2 + count].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            2 + count + length
        }
    }
}
