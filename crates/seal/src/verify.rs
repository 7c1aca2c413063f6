//! Judging a file. The first fault wins, in this order: the file loads as it is written; it has a
//! signature; each byte range leaves out its own container and nothing else; each signed revision
//! is a whole file of which the rest is a permitted update; the container has the shape of `PAdES`;
//! digest; the certificate it names; the signature's value; the imprints of its time stamps; the
//! time stamps' authorities; key usage; the path to an anchor and its revocation, at the time that
//! is proven; the list of allowed signers; no active content.

mod attributes;
mod ber;
mod container;
mod gap;
mod path;
mod proof;
mod revision;
mod stamp;
mod update;
mod value;

use lopdf::Object;
use serde::{Deserialize, Serialize};

use crate::certificate::name_part;
use crate::code::{Check, Code, Proof, Refused, refuse};
use crate::document::{self, load, refuse_active_content, signature_fields};
use crate::limits::SIGNATURES_MAX;
use crate::oids;
use crate::sign::from_pdf_date;
use crate::trust::Trust;

use container::Container;
use gap::SignedRange;
use proof::Proofs;
use stamp::Stamp;

pub(crate) use container::ContainedCertificate;
pub(crate) use stamp::check_token;
pub(crate) use value::check_by_key;

/// A file that may be shown: every signature is good and nothing was added to what they cover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Who signed, in the order of signing.
    pub signers: Vec<SignerInfo>,
    /// What is proven about the time of all of them.
    pub proof: Proof,
    /// How many bytes from the beginning the last signature covers.
    pub signed_bytes: u64,
}

/// One signature's signer, as the certificate names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerInfo {
    /// The certificate's common name; empty when it has none.
    pub common_name: String,
    /// The organisation in the certificate.
    pub organisation: Option<String>,
    /// The common name of the authority that issued the certificate.
    pub issuer: String,
    /// The certificate's serial number, hexadecimal.
    pub serial: String,
    /// From when the certificate is valid, seconds since 1970 UTC.
    pub not_before: u64,
    /// Until when it is valid, seconds since 1970 UTC.
    pub not_after: u64,
    /// When the signer says to have signed, seconds since 1970 UTC. A claim, never a proof.
    pub claimed_at: Option<i64>,
    /// Why, in the signer's words.
    pub reason: Option<String>,
    /// When the signature was there at the latest, by a trusted time stamp. The certificate was
    /// judged as of that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven: Option<ProvenTime>,
}

/// A time that a trusted authority vouches for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenTime {
    /// Seconds since 1970 UTC.
    pub at: u64,
    /// The common name of the time stamping authority; empty when it has none.
    pub authority: String,
    /// Whether the stamp is on the whole document, not on one signature.
    pub on_document: bool,
}

/// Judges a file against what is trusted, at a time given in seconds since 1970 UTC. `pdf` must
/// be the very buffer that is shown afterwards.
pub fn verify(pdf: &[u8], trust: &Trust, at: u64) -> Result<Verified, Refused> {
    let examined = examine(pdf)?;
    let mut proofs = Proofs::new(pdf, &examined, trust, at)?;
    let mut signers = Vec::new();
    let mut weakest = Proof::Archived;
    for signature in &examined.signatures {
        path::check_usage(&signature.container.signer_certificate)?;
        let proven = proofs.time_of(signature)?;
        proofs.check_signer(signature, proven.as_ref())?;
        weakest = weakest.min(proofs.strength(signature, proven.as_ref()));
        signers.push(signature.describe(proven));
    }
    if let Some(allowed) = &trust.allowed {
        let stranger = signers.iter().find(|signer| !allowed.contains(&signer.common_name));
        if let Some(signer) = stranger {
            return refuse(Code::Signer, format!("{:?} is not allowed", signer.common_name));
        }
    }
    refuse_active_content(&examined.document)?;
    Ok(Verified { signers, proof: weakest, signed_bytes: examined.signed_bytes })
}

/// A file whose signatures hold by themselves, whoever made them.
#[derive(Debug)]
pub(crate) struct Examined {
    document: lopdf::Document,
    signatures: Vec<Signature>,
    /// Time stamps over the whole document, in the order of what they cover.
    document_stamps: Vec<DocumentStamp>,
    signed_bytes: u64,
}

#[derive(Debug)]
struct Signature {
    container: Container,
    /// Time stamps on the signature's value.
    stamps: Vec<Stamp>,
    /// Where the signed bytes end.
    end: usize,
    claimed_at: Option<i64>,
    reason: Option<String>,
}

#[derive(Debug)]
struct DocumentStamp {
    stamp: Stamp,
    /// Where the stamped bytes end.
    end: usize,
}

/// Everything that can be checked without trusting anybody.
pub(crate) fn examine(pdf: &[u8]) -> Check<Examined> {
    let document = load(pdf)?;
    let ranges = signed_ranges(pdf, &document)?;
    revision::check(pdf, &document, &ranges)?;
    let mut signatures = Vec::new();
    let mut document_stamps = Vec::new();
    for range in &ranges {
        let (before, after) = range.signed_parts(pdf);
        if is_document_timestamp(&range.dictionary) {
            let stamp = stamp::on_document(range, &[before, after])?;
            document_stamps.push(DocumentStamp { stamp, end: range.end });
            continue;
        }
        let container = container::read(range)?;
        container::check(&container, &[before, after])?;
        signatures.push(Signature {
            stamps: stamp::on_signature(&container)?,
            container,
            end: range.end,
            claimed_at: text_of(range, b"M").and_then(|text| from_pdf_date(&text)),
            reason: text_of(range, b"Reason").map(|text| crate::certificate::pdf_text(&text)),
        });
    }
    if signatures.is_empty() {
        return refuse(Code::NoSignature, "the file is stamped and not signed");
    }
    let signed_bytes = ranges.iter().map(|range| range.end as u64).max().unwrap_or(0);
    Ok(Examined { document, signatures, document_stamps, signed_bytes })
}

/// The signatures of the form, in the order of what they cover.
fn signed_ranges(pdf: &[u8], document: &lopdf::Document) -> Check<Vec<SignedRange>> {
    let mut ids = Vec::new();
    for field in signature_fields(document)? {
        match field.signature {
            None => {}
            Some(Object::Reference(id)) if ids.contains(&id) => {
                return refuse(Code::Modified, "two fields share one signature");
            }
            Some(Object::Reference(id)) => ids.push(id),
            Some(_) => return refuse(Code::ByteRange, "a signature is not an object of its own"),
        }
    }
    if ids.is_empty() {
        return refuse(Code::NoSignature, "no signature field is signed");
    }
    if ids.len() > SIGNATURES_MAX {
        return refuse(Code::Malformed, format!("{} signatures are too many", ids.len()));
    }
    let ranges = ids.into_iter().map(|id| gap::check(pdf, document, id));
    let mut ranges = ranges.collect::<Check<Vec<_>>>()?;
    ranges.sort_by_key(|range| range.end);
    Ok(ranges)
}

fn text_of(range: &SignedRange, key: &[u8]) -> Option<Vec<u8>> {
    range.dictionary.get(key).and_then(Object::as_str).ok().map(<[u8]>::to_vec)
}

impl Signature {
    fn describe(&self, proven: Option<ProvenTime>) -> SignerInfo {
        let certificate = self.container.signer_certificate.parsed.tbs_certificate();
        let validity = certificate.validity();
        SignerInfo {
            common_name: name_part(certificate.subject(), oids::COMMON_NAME).unwrap_or_default(),
            organisation: name_part(certificate.subject(), oids::ORGANISATION),
            issuer: name_part(certificate.issuer(), oids::COMMON_NAME).unwrap_or_default(),
            serial: hex::encode(certificate.serial_number().as_bytes()),
            not_before: validity.not_before.to_unix_duration().as_secs(),
            not_after: validity.not_after.to_unix_duration().as_secs(),
            claimed_at: self.claimed_at,
            reason: self.reason.clone(),
            proven,
        }
    }
}

/// Whether a signature is only a document time stamp, which names no signer.
pub(crate) fn is_document_timestamp(dictionary: &lopdf::Dictionary) -> bool {
    dictionary.get(b"SubFilter").and_then(Object::as_name).ok() == Some(b"ETSI.RFC3161")
        || document::is_type(dictionary, b"DocTimeStamp")
}
