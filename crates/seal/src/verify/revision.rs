//! Revisions: every signed part is a whole file by itself, and what follows it is a permitted
//! update of it.

use std::collections::BTreeSet;

use lopdf::xref::XrefEntry;
use lopdf::{Document, Object, ObjectId, Stream};

use crate::code::{Check, Code, Refused, refuse};
use crate::document::{certified_level, is_type, load, signature_fields};
use crate::limits::DECOMPRESSED_BYTES_MAX;
use crate::scan;
use crate::verify::gap::SignedRange;
use crate::verify::is_document_timestamp;
use crate::verify::update;

/// Checks every signature's revision against the file. `ranges` are in the order of their ends.
pub(crate) fn check(pdf: &[u8], document: &Document, ranges: &[SignedRange]) -> Check<()> {
    for pair in ranges.windows(2) {
        if let [earlier, later] = pair
            && later.gap < earlier.end
        {
            return refuse(Code::ByteRange, "two signatures cover each other's containers");
        }
    }
    let signatures: BTreeSet<ObjectId> = ranges.iter().map(|range| range.id).collect();
    for (index, range) in ranges.iter().enumerate() {
        if !trimmed(&pdf[..range.end]).ends_with(b"%%EOF") {
            return refuse(Code::ByteRange, "the signed bytes end inside a revision");
        }
        if pdf[range.end..].trim_ascii().is_empty() {
            continue;
        }
        let signed = load(&pdf[..range.end])?;
        check_tail(pdf, document, &signed, range)?;
        update::check(&signed, document, &signatures)?;
        let later = &ranges[index + 1..];
        check_permission(document, &signed, range, later)?;
    }
    Ok(())
}

/// What stands behind the signed bytes must be a whole update that readers agree on.
fn check_tail(
    pdf: &[u8],
    document: &Document,
    signed: &Document,
    range: &SignedRange,
) -> Check<()> {
    if !trimmed(pdf).ends_with(b"%%EOF") || document.xref_start < range.end {
        return refuse(Code::ByteRange, "bytes follow the signed ones that are no update");
    }
    let holds_signature = signature_fields(signed)?
        .iter()
        .any(|field| field.signature == Some(Object::Reference(range.id)));
    if !holds_signature {
        return refuse(Code::ByteRange, "the signed revision does not hold its own signature");
    }
    if document.trailer.has(b"XRefStm") {
        return refuse(Code::Malformed, "an update after signing has two cross-reference sections");
    }
    for (number, entry) in &document.reference_table.entries {
        if let XrefEntry::Normal { offset, generation } = entry
            && *offset as usize >= range.end
        {
            check_object(pdf, document, (*number, *generation), *offset as usize)?;
        }
    }
    Ok(())
}

/// An object of an update: readable, and with every key once.
fn check_object(pdf: &[u8], document: &Document, id: ObjectId, offset: usize) -> Check<()> {
    let malformed = |detail: String| Refused::new(Code::Malformed, detail);
    let object = scan::indirect_object(pdf, offset)
        .map_err(|fault| malformed(format!("{} at byte {}", fault.what, fault.at)))?;
    let loaded = document.objects.get(&id);
    let Some(loaded) = loaded.filter(|_| (object.number, object.generation) == id) else {
        return refuse(
            Code::Malformed,
            format!("object {} {} is not where it should be", id.0, id.1),
        );
    };
    match loaded {
        Object::Stream(stream) if is_type(&stream.dict, b"ObjStm") => check_members(stream),
        _ => Ok(()),
    }
}

fn check_members(stream: &Stream) -> Check<()> {
    let malformed = |detail: String| Refused::new(Code::Malformed, detail);
    let content = stream
        .get_plain_content_with_limit(DECOMPRESSED_BYTES_MAX)
        .map_err(|error| malformed(error.to_string()))?;
    let first = stream.dict.get(b"First").and_then(Object::as_i64).ok();
    let members = first
        .and_then(|first| content.get(usize::try_from(first).ok()?..))
        .ok_or_else(|| malformed("an object stream's /First".to_owned()))?;
    scan::values(members).map_err(|fault| malformed(format!("{} in an object stream", fault.what)))
}

/// Certified as unchangeable means unchangeable; and after the last signature only what proves it
/// may be added.
fn check_permission(
    document: &Document,
    signed: &Document,
    range: &SignedRange,
    later: &[SignedRange],
) -> Check<()> {
    let signed_again = later.iter().any(|range| !is_document_timestamp(&range.dictionary));
    if signed_again && certified_level(signed, &range.dictionary) == Some(1) {
        return refuse(Code::Modified, "signed again although certified as unchangeable");
    }
    let proof_added = document.catalog().is_ok_and(|catalog| catalog.has(b"DSS"));
    if later.is_empty() && !proof_added {
        return refuse(Code::Modified, "an update follows the last signature");
    }
    Ok(())
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_end()
}
