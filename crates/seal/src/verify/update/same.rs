//! When two objects are the same, and which objects name which.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::document::dictionary_of;
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
        (Object::String(one, _), Object::String(other, _)) => one == other,
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

fn same_dictionary(one: &Dictionary, other: &Dictionary, depth: usize) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .all(|(key, value)| other.get(key).is_ok_and(|other| same_at(value, other, depth)))
}

/// How often each object is named by the document's objects and its trailer.
pub(super) fn references(document: &Document) -> BTreeMap<ObjectId, usize> {
    let mut counts = BTreeMap::new();
    let objects = document.objects.values().flat_map(|object| match dictionary_of(object) {
        Some(dictionary) => dictionary.iter().map(|(_, value)| value).collect(),
        None => vec![object],
    });
    for object in objects.chain(document.trailer.iter().map(|(_, value)| value)) {
        count(object, &mut counts, 0);
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
