//! A time stamping authority, honest or not, by a second hand at CMS.

use std::time::Duration;

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{Any, GeneralizedTime, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode, Encode};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use seal::authority::Identity;
use seal::{TimeStampError, TimeStamper};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    /// It is on something else.
    OtherImprint,
    /// The value's last bit is another.
    FlippedValue,
    /// The certificate it names is its issuer's.
    NamesAnother,
    /// The content is not of the type of time stamps.
    OtherContentType,
    /// No certificate is in it.
    NoCertificate,
}

/// Who stamps, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamper<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) at: u64,
    pub(crate) fault: Fault,
}

const fn oid(dotted: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(dotted)
}

const SHA_256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");

/// An element from its parts.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..0x80 => out.push(u8::try_from(length).unwrap()),
        0x80..0x1_0000 => {
            out.push(0x82);
            out.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        _ => panic!("{length} bytes"),
    }
    // Lengths under 256 in three bytes would not be DER.
    if (0x80..0x100).contains(&length) {
        out = vec![tag, 0x81, u8::try_from(length).unwrap()];
    }
    out.extend(content);
    out
}

pub(crate) fn time(at: u64) -> Vec<u8> {
    GeneralizedTime::from_unix_duration(Duration::from_secs(at)).unwrap().to_der().unwrap()
}

pub(crate) fn sign(identity: &Identity, message: &[u8]) -> Vec<u8> {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, &identity.pkcs8, &random).unwrap();
    pair.sign(&random, message).unwrap().as_ref().to_vec()
}

impl<'a> Stamper<'a> {
    pub(crate) const fn new(identity: &'a Identity, at: u64) -> Self {
        Self { identity, at, fault: Fault::None }
    }

    pub(crate) const fn with(self, fault: Fault) -> Self {
        Self { fault, ..self }
    }

    /// A token on a SHA-256.
    pub(crate) fn token(&self, hash: &[u8]) -> Vec<u8> {
        let content = self.content(hash);
        let attributes = self.attributes(&content);
        let mut value = sign(self.identity, &attributes.to_der().unwrap());
        if self.fault == Fault::FlippedValue {
            *value.last_mut().unwrap() ^= 1;
        }
        let leaf = Certificate::from_der(&self.identity.chain[0]).unwrap();
        let algorithm = |oid| AlgorithmIdentifierOwned { oid, parameters: None };
        let signer_info = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: leaf.tbs_certificate().issuer().clone(),
                serial_number: leaf.tbs_certificate().serial_number().clone(),
            }),
            digest_alg: algorithm(SHA_256),
            signed_attrs: Some(attributes),
            signature_algorithm: algorithm(oid("1.2.840.10045.4.3.2")),
            signature: OctetString::new(value).unwrap(),
            unsigned_attrs: None,
        };
        let count = if self.fault == Fault::NoCertificate { 0 } else { 2 };
        let certificates: Vec<_> = self.identity.chain[..count]
            .iter()
            .map(|der| CertificateChoices::Certificate(Certificate::from_der(der).unwrap()))
            .collect();
        let econtent = Any::encode_from(&OctetString::new(content).unwrap()).unwrap();
        let signed_data = SignedData {
            version: CmsVersion::V3,
            digest_algorithms: SetOfVec::try_from(vec![algorithm(SHA_256)]).unwrap(),
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: self.content_type(),
                econtent: Some(econtent),
            },
            certificates: Some(CertificateSet(SetOfVec::try_from(certificates).unwrap())),
            crls: None,
            signer_infos: SignerInfos(SetOfVec::try_from(vec![signer_info]).unwrap()),
        };
        let content = Any::encode_from(&signed_data).unwrap();
        ContentInfo { content_type: oid("1.2.840.113549.1.7.2"), content }.to_der().unwrap()
    }

    fn content_type(&self) -> ObjectIdentifier {
        match self.fault {
            Fault::OtherContentType => oid("1.2.840.113549.1.7.1"),
            _ => oid("1.2.840.113549.1.9.16.1.4"),
        }
    }

    /// `TSTInfo`.
    fn content(&self, hash: &[u8]) -> Vec<u8> {
        let other = digest(&SHA256, b"something else");
        let hash = if self.fault == Fault::OtherImprint { other.as_ref() } else { hash };
        let algorithm = element(0x30, &[&SHA_256.to_der().unwrap(), &[5, 0]]);
        let imprint = element(0x30, &[&algorithm, &element(0x04, &[hash])]);
        let policy = oid("1.3.6.1.4.1.99999.1").to_der().unwrap();
        element(0x30, &[&[2, 1, 1], &policy, &imprint, &[2, 1, 77], &time(self.at)])
    }

    fn attributes(&self, content: &[u8]) -> SetOfVec<Attribute> {
        let index = usize::from(self.fault == Fault::NamesAnother);
        let hash = digest(&SHA256, &self.identity.chain[index]);
        let inner = element(0x30, &[&element(0x04, &[hash.as_ref()])]);
        let names = element(0x30, &[&element(0x30, &[&inner])]);
        let digest = element(0x04, &[digest(&SHA256, content).as_ref()]);
        let attributes = [
            ("1.2.840.113549.1.9.3", self.content_type().to_der().unwrap()),
            ("1.2.840.113549.1.9.4", digest),
            ("1.2.840.113549.1.9.16.2.47", names),
        ];
        let attributes = attributes.map(|(kind, value)| Attribute {
            oid: oid(kind),
            values: SetOfVec::try_from(vec![Any::from_der(&value).unwrap()]).unwrap(),
        });
        SetOfVec::try_from(attributes.to_vec()).unwrap()
    }
}

impl TimeStamper for Stamper<'_> {
    fn stamp(&self, request: &[u8]) -> Result<Vec<u8>, TimeStampError> {
        // The imprint is the request's only octet string of 32 bytes.
        let at = request.windows(2).position(|head| head == [0x04, 32]).unwrap() + 2;
        let token = self.token(&request[at..at + 32]);
        Ok(element(0x30, &[&element(0x30, &[&[2, 1, 0]]), &token]))
    }
}
