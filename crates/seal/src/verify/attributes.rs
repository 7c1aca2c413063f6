//! The signed attributes.

use cms::signed_data::{SignedAttributes, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Decode, Encode};

use crate::code::{Check, Code, Refused, refuse};
use crate::verify::ber;
use crate::{ess, oids};

/// The attributes of a signature, each at most once and with one value.
pub(crate) struct Attributes<'a>(&'a SignedAttributes);

impl<'a> Attributes<'a> {
    pub(crate) const fn new(attributes: &'a SignedAttributes) -> Self {
        Self(attributes)
    }

    /// The signature is over content of this type.
    pub(crate) fn check_content_type(&self, expected: ObjectIdentifier) -> Check<()> {
        let expected = expected.to_der().map_err(malformed)?;
        match self.value(oids::CONTENT_TYPE)? {
            Some(value) if value == expected => Ok(()),
            _ => refuse(Code::Cms, "the content-type attribute is missing or another"),
        }
    }

    /// The digest that was signed is that of the file.
    pub(crate) fn check_digest(&self, digest: &[u8]) -> Check<()> {
        let Some(value) = self.value(oids::MESSAGE_DIGEST)? else {
            return refuse(Code::Cms, "the message-digest attribute is missing");
        };
        let signed = OctetString::from_der(&value).map_err(malformed)?;
        if signed.as_bytes() == digest {
            Ok(())
        } else {
            refuse(Code::Digest, "the signed digest is not that of the file")
        }
    }

    /// Whether the signature names this certificate; `None` when it names none.
    pub(crate) fn names_certificate(&self, certificate: &[u8]) -> Check<Option<bool>> {
        if let Some(value) = self.value(oids::SIGNING_CERTIFICATE_V2)? {
            return ess::names_v2(&value, certificate).map(Some).map_err(malformed);
        }
        match self.value(oids::SIGNING_CERTIFICATE)? {
            Some(value) => ess::names_v1(&value, certificate).map(Some).map_err(malformed),
            None => Ok(None),
        }
    }

    fn value(&self, oid: ObjectIdentifier) -> Check<Option<Vec<u8>>> {
        let mut found = self.0.iter().filter(|attribute| attribute.oid == oid);
        let Some(attribute) = found.next() else { return Ok(None) };
        match (attribute.values.as_ref(), found.next()) {
            ([value], None) => value.to_der().map(Some).map_err(malformed),
            _ => refuse(Code::Cms, format!("attribute {oid} is repeated")),
        }
    }
}

/// The bytes that the signature's value may be over: the attributes in DER, as the standard says,
/// and as they stand in the container, for signers that did not sort them.
#[derive(Debug)]
pub(crate) struct ByteForms {
    pub(crate) sorted: Vec<u8>,
    pub(crate) as_written: Option<Vec<u8>>,
}

impl ByteForms {
    pub(crate) fn of(container: &[u8], signer_info: &SignerInfo) -> Check<Self> {
        let sorted = match &signer_info.signed_attrs {
            Some(attributes) => attributes.to_der().map_err(malformed)?,
            None => Vec::new(),
        };
        Ok(Self { sorted, as_written: as_written(container) })
    }
}

/// The signed attributes with the tag of a set: `ContentInfo` → `[0]` → `SignedData` → its last
/// element → the only signer → the first element tagged `[0]`.
fn as_written(container: &[u8]) -> Option<Vec<u8>> {
    let content = children(container)?.into_iter().nth(1)?;
    let signed_data = children(content)?.into_iter().next()?;
    let signer_infos = children(signed_data)?.into_iter().next_back()?;
    let signer_info = children(signer_infos)?.into_iter().next()?;
    let attributes = children(signer_info)?.into_iter().find(|child| child[0] == 0xa0)?;
    let mut bytes = attributes.to_vec();
    bytes[0] = 0x31;
    Some(bytes)
}

fn children(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let (_, start, end) = ber::element(bytes)?;
    let mut rest = &bytes[start..end];
    let mut children = Vec::new();
    while !rest.is_empty() {
        let (_, _, end) = ber::element(rest)?;
        let (child, after) = rest.split_at_checked(end)?;
        children.push(child);
        rest = after;
    }
    Some(children)
}

fn malformed(error: der::Error) -> Refused {
    Refused::new(Code::Cms, error.to_string())
}
