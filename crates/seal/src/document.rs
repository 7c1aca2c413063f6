//! Reading a PDF strictly: what signing and verifying both stand on.

mod active;
mod fields;
mod validation;

use lopdf::{Dictionary, Document, Error, LoadOptions, Object, ObjectId};

use crate::code::{Check, Code, Refused, refuse};
use crate::limits::{DECOMPRESSED_BYTES_MAX, OBJECTS_MAX, PDF_BYTES_MAX, REFERENCE_HOPS_MAX};

pub(crate) use active::refuse_active_content;
pub(crate) use fields::signature_fields;
pub(crate) use validation::validation_data;

/// Loads a file as it is written: nothing is repaired, nothing decrypted.
pub(crate) fn load(pdf: &[u8]) -> Check<Document> {
    if !pdf.starts_with(b"%PDF-") {
        return refuse(Code::Malformed, "the file does not begin with %PDF-");
    }
    if pdf.len() > PDF_BYTES_MAX {
        return refuse(Code::Malformed, format!("{} bytes are too many", pdf.len()));
    }
    let options = LoadOptions::with_max_decompressed_size(DECOMPRESSED_BYTES_MAX);
    let document =
        Document::load_mem_with_options(pdf, options).map_err(|error| load_refusal(&error))?;
    if document.trailer.has(b"Encrypt") || document.encryption_state.is_some() {
        return refuse(Code::Encrypted, "the trailer names an encryption dictionary");
    }
    if let Some(recovery) = document.xref_recovery {
        return refuse(Code::Malformed, format!("the cross-reference data is wrong: {recovery:?}"));
    }
    if document.objects.len() > OBJECTS_MAX {
        return refuse(Code::Malformed, format!("{} objects are too many", document.objects.len()));
    }
    Ok(document)
}

fn load_refusal(error: &Error) -> Refused {
    let code = match error {
        Error::Decryption(_) | Error::InvalidPassword | Error::UnsupportedSecurityHandler(_) => {
            Code::Encrypted
        }
        _ => Code::Malformed,
    };
    Refused::new(code, error.to_string())
}

/// The document's catalog and its id.
pub(crate) fn catalog(document: &Document) -> Check<(ObjectId, &Dictionary)> {
    document
        .trailer
        .get(b"Root")
        .and_then(Object::as_reference)
        .and_then(|id| Ok((id, document.get_dictionary(id)?)))
        .map_err(|error| Refused::new(Code::Malformed, format!("no catalog: {error}")))
}

/// Follows references to a value. What is not there is null, as the standard says.
pub(crate) fn resolve<'a>(document: &'a Document, object: &'a Object) -> &'a Object {
    let mut object = object;
    for _ in 0..REFERENCE_HOPS_MAX {
        let Object::Reference(id) = object else { return object };
        object = document.objects.get(id).unwrap_or(&Object::Null);
    }
    &Object::Null
}

/// A dictionary's value, references followed.
pub(crate) fn value<'a>(
    document: &'a Document,
    dictionary: &'a Dictionary,
    key: &[u8],
) -> Option<&'a Object> {
    dictionary.get(key).ok().map(|object| resolve(document, object))
}

/// A dictionary's value that is itself a dictionary.
pub(crate) fn dictionary<'a>(
    document: &'a Document,
    of: &'a Dictionary,
    key: &[u8],
) -> Option<&'a Dictionary> {
    value(document, of, key).and_then(|object| object.as_dict().ok())
}

/// A dictionary's value that is an array.
pub(crate) fn array<'a>(
    document: &'a Document,
    of: &'a Dictionary,
    key: &[u8],
) -> Option<&'a [Object]> {
    value(document, of, key).and_then(|object| object.as_array().ok()).map(Vec::as_slice)
}

/// A dictionary's value that is a name.
pub(crate) fn name<'a>(document: &'a Document, of: &'a Dictionary, key: &[u8]) -> Option<&'a [u8]> {
    value(document, of, key).and_then(|object| object.as_name().ok())
}

/// The dictionary of a dictionary or of a stream.
pub(crate) const fn dictionary_of(object: &Object) -> Option<&Dictionary> {
    match object {
        Object::Dictionary(dictionary) => Some(dictionary),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    }
}

/// The permission of a certification signature (DocMDP): 1 = no change at all, 2 = forms and
/// signatures, 3 = annotations too. `None` for an ordinary signature.
pub(crate) fn certified_level(document: &Document, signature: &Dictionary) -> Option<i64> {
    array(document, signature, b"Reference")?.iter().find_map(|reference| {
        let reference = resolve(document, reference).as_dict().ok()?;
        if name(document, reference, b"TransformMethod") != Some(b"DocMDP") {
            return None;
        }
        let level = dictionary(document, reference, b"TransformParams")
            .and_then(|parameters| value(document, parameters, b"P")?.as_i64().ok());
        // The standard's default.
        Some(level.unwrap_or(2))
    })
}

/// Whether a dictionary says that it is of a type.
pub(crate) fn is_type(dictionary: &Dictionary, kind: &[u8]) -> bool {
    dictionary.get(b"Type").and_then(Object::as_name).is_ok_and(|name| name == kind)
}
