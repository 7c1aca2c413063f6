//! Sealing a file that nobody signed yet: `PAdES` B-B by an incremental update, B-T with a time
//! stamping authority, B-LT and B-LTA by updates of a signed file.

mod archive;
mod container;
mod date;
mod field;
mod syntax;
mod update;

use thiserror::Error;

use crate::code::{Code, Refused};
use crate::document::{
    catalog, certified_level, load, refuse_active_content, resolve, signature_fields,
};
use crate::signer::{Signer, SignerError};
use crate::stamper::{TimeStampError, TimeStamper};
use crate::verify::examine;

pub use archive::{Evidence, add_evidence, stamp_document};
pub(crate) use date::from_pdf_date;

use update::Update;

/// What the seal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealRequest {
    /// The signature field's name; a number is added when the form already has such a field.
    pub field: String,
    /// The time to write into the signature, seconds since 1970 UTC. It proves nothing.
    pub signed_at: u64,
    /// Why it was sealed, for readers that show it.
    pub reason: Option<String>,
}

/// The file is not one that may be sealed: the person who sent it can act.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignRefusal {
    /// It is encrypted, cannot be read, or carries active content.
    #[error(transparent)]
    File(#[from] Refused),
    /// It is certified and says that nothing may be changed, not even by a signature.
    #[error("the file is certified and forbids any change (DocMDP P=1)")]
    Certified,
    /// It carries a signature already; nobody adds a second one to an official document.
    #[error("the file is signed already")]
    AlreadySigned,
}

/// Why there is no sealed file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignError {
    /// The file may not be sealed.
    #[error(transparent)]
    Refused(#[from] SignRefusal),
    /// The key could not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// There is no time stamp.
    #[error(transparent)]
    TimeStamp(#[from] TimeStampError),
    /// The time stamping authority answered with something that is no stamp on what was asked.
    #[error("what the time stamping authority sent is no time stamp: {0}")]
    BadTimeStamp(Refused),
    /// More proofs of a kind than a verifier would read.
    #[error("{0} proofs of a kind are too many")]
    Evidence(usize),
    /// The signature's container could not be built, most likely from a broken certificate.
    #[error("the signature's container could not be built: {0}")]
    Container(String),
    /// The time to write cannot be written.
    #[error("{0} seconds since 1970 are no time that a PDF can say")]
    Time(u64),
    /// What was made does not verify; nothing is given away.
    #[error("the sealed file does not verify: {0}")]
    SelfCheck(Refused),
}

impl From<Refused> for SignError {
    fn from(refused: Refused) -> Self {
        Self::Refused(SignRefusal::File(refused))
    }
}

impl From<der::Error> for SignError {
    fn from(error: der::Error) -> Self {
        Self::Container(error.to_string())
    }
}

/// Seals a file. The bytes of the file stay as they are; the seal follows them. What comes out
/// was checked as [`crate::verify`] would, up to the signature's value.
pub fn sign(pdf: &[u8], request: &SealRequest, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    seal(pdf, request, signer, None)
}

/// The same with a time stamp on the signature (`PAdES` B-T).
pub fn sign_stamped(
    pdf: &[u8],
    request: &SealRequest,
    signer: &dyn Signer,
    stamper: &dyn TimeStamper,
) -> Result<Vec<u8>, SignError> {
    seal(pdf, request, signer, Some(stamper))
}

fn seal(
    pdf: &[u8],
    request: &SealRequest,
    signer: &dyn Signer,
    stamper: Option<&dyn TimeStamper>,
) -> Result<Vec<u8>, SignError> {
    let document = load(pdf)?;
    refuse_signed(&document)?;
    refuse_active_content(&document)?;

    let placeholder = container::placeholder_bytes(signer, stamper.is_some());
    let mut update = Update::new(pdf, &document)?;
    let kind = field::signature_entries(request)?;
    let signature = field::add(&mut update, &request.field, &kind, placeholder)?;
    let unsigned = update.write()?;
    let sealed =
        field::fill(unsigned, &signature, |digest| container::build(digest, signer, stamper))?;
    checked(pdf, sealed)
}

/// What is given away: a file whose own bytes are as they were, and which holds by itself.
fn checked(before: &[u8], after: Vec<u8>) -> Result<Vec<u8>, SignError> {
    if after.get(..before.len()) != Some(before) {
        let refused = Refused::new(Code::ByteRange, "the file's own bytes were changed");
        return Err(SignError::SelfCheck(refused));
    }
    match examine(&after) {
        Ok(_) => Ok(after),
        Err(refused) => Err(SignError::SelfCheck(refused)),
    }
}

/// Refuses a file with a signature, whatever it is worth.
fn refuse_signed(document: &lopdf::Document) -> Result<(), SignRefusal> {
    let (_, catalog) = catalog(document)?;
    let signatures: Vec<_> = signature_fields(document)?
        .into_iter()
        .filter_map(|field| field.signature)
        .chain(
            crate::document::dictionary(document, catalog, b"Perms")
                .and_then(|permissions| permissions.get(b"DocMDP").ok().cloned()),
        )
        .collect();
    let certified = signatures.iter().any(|signature| {
        let signature = resolve(document, signature).as_dict();
        signature.is_ok_and(|signature| certified_level(document, signature) == Some(1))
    });
    match (certified, signatures.is_empty()) {
        (true, _) => Err(SignRefusal::Certified),
        (false, false) => Err(SignRefusal::AlreadySigned),
        (false, true) => Ok(()),
    }
}
