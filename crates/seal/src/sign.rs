//! Sealing a file that nobody signed yet: `PAdES` B-B by an incremental update.

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
use crate::verify::examine;

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
    let document = load(pdf)?;
    refuse_signed(&document)?;
    refuse_active_content(&document)?;

    let placeholder = container::placeholder_bytes(signer);
    let mut update = Update::new(pdf, &document)?;
    let signature = field::add(&mut update, request, placeholder)?;
    let unsigned = update.write()?;
    let sealed = field::fill(unsigned, &signature, |digest| container::build(digest, signer))?;

    if sealed.get(..pdf.len()) != Some(pdf) {
        let refused = Refused::new(Code::ByteRange, "the file's own bytes were changed");
        return Err(SignError::SelfCheck(refused));
    }
    match examine(&sealed) {
        Ok(_) => Ok(sealed),
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
