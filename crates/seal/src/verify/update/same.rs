//! When two objects are the same, and which objects name which.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::certificate::utf16_be;
use crate::document::{dictionary_of, is_type};
use crate::limits::NESTING_MAX;

/// Whether two objects mean the same, however a string is written. Too deep is not the same.
pub(super) fn same(one: &Object, other: &Object) -> bool {
    same_at(one, other, 0)
}

fn same_at(one: &Object, other: &Object, depth: usize) -> bool {
    if depth > NESTING_MAX {
        return false;
    }
    match (one, other) {
        (Object::String(one, _), Object::String(other, _)) => same_string(one, other),
        (Object::Array(one), Object::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| same_at(one, other, depth + 1))
        }
        (Object::Dictionary(one), Object::Dictionary(other)) => {
            same_dictionary(one, other, depth + 1)
        }
        (Object::Stream(one), Object::Stream(other)) => {
            one.content == other.content && same_dictionary(&one.dict, &other.dict, depth + 1)
        }
        (one, other) => one == other,
    }
}

/// Whether two strings say the same. Writers that copy a dictionary may write a text in UTF-16
/// as plain ASCII, or the other way round.
fn same_string(one: &[u8], other: &[u8]) -> bool {
    one == other || ascii_text(one).is_some_and(|text| ascii_text(other) == Some(text))
}

fn ascii_text(bytes: &[u8]) -> Option<String> {
    let text = match bytes.strip_prefix(&[0xfe, 0xff]) {
        Some(text) => utf16_be(text)?,
        None => String::from_utf8(bytes.to_vec()).ok()?,
    };
    text.is_ascii().then_some(text)
}

fn same_dictionary(one: &Dictionary, other: &Dictionary, depth: usize) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .all(|(key, value)| other.get(key).is_ok_and(|other| same_at(value, other, depth)))
}

/// Keys of a trailer, and of a cross-reference stream, which is one.
const TRAILER_KEYS: [&[u8]; 3] = [b"Root", b"Info", b"ID"];

/// How often each object is named by the document's objects and by its trailer. The trailers of
/// earlier cross-reference streams, which stand among the objects, do not count again.
pub(super) fn references(document: &Document) -> BTreeMap<ObjectId, usize> {
    let mut counts = BTreeMap::new();
    for object in document.objects.values() {
        let Some(dictionary) = dictionary_of(object) else {
            count(object, &mut counts, 0);
            continue;
        };
        let is_trailer = is_type(dictionary, b"XRef");
        for (key, value) in dictionary {
            if !(is_trailer && TRAILER_KEYS.contains(&key.as_slice())) {
                count(value, &mut counts, 0);
            }
        }
    }
    for (_, value) in &document.trailer {
        count(value, &mut counts, 0);
    }
    counts
}

fn count(object: &Object, counts: &mut BTreeMap<ObjectId, usize>, depth: usize) {
    if depth > NESTING_MAX {
        return;
    }
    match object {
        Object::Reference(id) => *counts.entry(*id).or_default() += 1,
        Object::Array(items) => items.iter().for_each(|item| count(item, counts, depth + 1)),
        Object::Dictionary(dictionary) => {
            dictionary.iter().for_each(|(_, value)| count(value, counts, depth + 1));
        }
        _ => {}
    }
}
