//! What a signature covers: everything but its own container, checked on the bytes themselves.
//!
//! Comparing values or lengths is not enough: `/Contents` may be written again as a short literal
//! string and the freed bytes filled with a page. The gap must be the very hexadecimal string
//! that the signature's dictionary has, in the place where the dictionary has it.

use lopdf::xref::XrefEntry;
use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::code::{Check, Code, Refused, refuse};
use crate::limits::CMS_BYTES_MAX;
use crate::scan::{Entry, indirect_object};

/// A signature with its bytes.
#[derive(Debug)]
pub(crate) struct SignedRange {
    /// The signature dictionary's id.
    pub(crate) id: ObjectId,
    /// The signature dictionary.
    pub(crate) dictionary: Dictionary,
    /// Where the gap begins, at the string's `<`.
    pub(crate) gap: usize,
    /// Where it ends, behind the `>`.
    pub(crate) gap_end: usize,
    /// Where the signed bytes end.
    pub(crate) end: usize,
    /// The container with its padding.
    pub(crate) container: Vec<u8>,
}

impl SignedRange {
    /// The signed bytes before and after the gap.
    pub(crate) fn signed_parts<'a>(&self, pdf: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        (&pdf[..self.gap], &pdf[self.gap_end..self.end])
    }
}

/// Checks a signature's byte range against the file.
pub(crate) fn check(pdf: &[u8], document: &Document, id: ObjectId) -> Check<SignedRange> {
    let dictionary = document
        .get_dictionary(id)
        .map_err(|error| Refused::new(Code::ByteRange, format!("the signature: {error}")))?;
    let (gap, gap_end, end) = byte_range(dictionary, pdf.len())?;
    let entries = entries_in_file(pdf, document, id)?;
    let contents = entries.iter().find(|entry| entry.key == b"Contents");
    if contents.map(|entry| entry.value.clone()) != Some(gap..gap_end) {
        return refuse(Code::ByteRange, "the gap is not the place of /Contents");
    }
    let digits = match &pdf[gap..gap_end] {
        [b'<', digits @ .., b'>'] if digits.len() <= CMS_BYTES_MAX * 2 => digits,
        _ => return refuse(Code::ByteRange, "the gap is not one hexadecimal string"),
    };
    let container = hex::decode(digits)
        .map_err(|error| Refused::new(Code::ByteRange, format!("the gap: {error}")))?;
    match dictionary.get(b"Contents") {
        Ok(Object::String(value, _)) if *value == container => {}
        _ => return refuse(Code::ByteRange, "/Contents has another value than the gap"),
    }
    Ok(SignedRange { id, dictionary: dictionary.clone(), gap, gap_end, end, container })
}

/// The three numbers that matter: where the gap begins and ends, and where the range ends.
fn byte_range(dictionary: &Dictionary, length: usize) -> Check<(usize, usize, usize)> {
    let Ok(Object::Array(numbers)) = dictionary.get(b"ByteRange") else {
        return refuse(Code::ByteRange, "the signature has no byte range");
    };
    let numbers: Vec<_> = numbers
        .iter()
        .map(|number| number.as_i64().ok().and_then(|number| usize::try_from(number).ok()))
        .collect();
    let [Some(0), Some(gap), Some(gap_end), Some(after)] = numbers[..] else {
        return refuse(Code::ByteRange, format!("the byte range is {numbers:?}"));
    };
    match gap_end.checked_add(after) {
        Some(end) if end <= length && gap < gap_end => Ok((gap, gap_end, end)),
        _ => refuse(Code::ByteRange, format!("{numbers:?} is not in {length} bytes")),
    }
}

/// The dictionary's entries as they stand in the file; a key that stands there twice is a fault.
fn entries_in_file(pdf: &[u8], document: &Document, id: ObjectId) -> Check<Vec<Entry>> {
    let Some(XrefEntry::Normal { offset, .. }) = document.reference_table.get(id.0) else {
        return refuse(Code::ByteRange, "the signature is inside an object stream");
    };
    let object = indirect_object(pdf, *offset as usize).map_err(|fault| {
        Refused::new(Code::ByteRange, format!("{} at byte {}", fault.what, fault.at))
    })?;
    if (object.number, object.generation) != id {
        return refuse(Code::ByteRange, "another object stands in the signature's place");
    }
    Ok(object.entries)
}
