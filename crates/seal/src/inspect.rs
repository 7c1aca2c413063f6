//! A first look at a file: how many pages it has and whether anybody signed it.

use crate::code::{Check, Code, refuse};
use crate::document::{load, signature_fields};
use crate::limits::PAGES_MAX;

/// What a file is before anybody judged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// How many pages it has, at least one.
    pub pages: u32,
    /// Whether a signature field is signed, whatever the signature is worth.
    pub signed: bool,
}

/// Looks at a file without trusting it. Refused is what cannot be read as it is written, what is
/// encrypted, and what has no pages or more than can be meant.
pub fn inspect(pdf: &[u8]) -> Check<Inspection> {
    let document = load(pdf)?;
    let signed = signature_fields(&document)?.iter().any(|field| field.signature.is_some());
    let pages = document.page_iter().take(PAGES_MAX + 1).count();
    match u32::try_from(pages) {
        Ok(pages) if (1..=PAGES_MAX).contains(&(pages as usize)) => {
            Ok(Inspection { pages, signed })
        }
        _ => refuse(Code::Malformed, format!("{pages} pages")),
    }
}
