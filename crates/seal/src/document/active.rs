//! What a file could do by itself. A paper is read; it does nothing.

use lopdf::{Dictionary, Document, Object};

use crate::code::{Check, Code, refuse};
use crate::document::dictionary_of;
use crate::limits::NESTING_MAX;

/// Action types that run, send or fetch something.
const ACTIONS: [&[u8]; 6] =
    [b"JavaScript", b"Launch", b"SubmitForm", b"ImportData", b"Rendition", b"RichMediaExecute"];

/// Keys that hold a program: a script, an XML form, embedded players.
const KEYS: [&[u8]; 3] = [b"JS", b"XFA", b"RichMediaContent"];

/// Refuses a file that carries any such thing, wherever it is.
pub(crate) fn refuse_active_content(document: &Document) -> Check<()> {
    document.objects.values().try_for_each(|object| walk(object, 0))
}

fn walk(object: &Object, depth: usize) -> Check<()> {
    if depth > NESTING_MAX {
        return refuse(Code::Malformed, "an object is nested too deeply");
    }
    if let Object::Array(items) = object {
        return items.iter().try_for_each(|item| walk(item, depth + 1));
    }
    let Some(dictionary) = dictionary_of(object) else { return Ok(()) };
    refuse_dictionary(dictionary)?;
    dictionary.iter().try_for_each(|(_, value)| walk(value, depth + 1))
}

fn refuse_dictionary(dictionary: &Dictionary) -> Check<()> {
    if let Some(key) = KEYS.iter().find(|key| dictionary.has(key)) {
        return refuse(Code::Active, format!("/{}", String::from_utf8_lossy(key)));
    }
    match dictionary.get(b"S").and_then(Object::as_name) {
        Ok(action) if ACTIONS.contains(&action) => {
            refuse(Code::Active, format!("action {}", String::from_utf8_lossy(action)))
        }
        _ => Ok(()),
    }
}
