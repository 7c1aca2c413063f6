//! Sections that can be compared: what a reader has against what there is. No IO, no time.

use std::collections::BTreeMap;
use std::sync::Arc;

use ring::hmac;

/// Says which version of a section somebody has: a truncated keyed hash, so that a cursor tells
/// its reader nothing about sections he does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark(pub(super) [u8; Mark::BYTES]);

impl Mark {
    /// 48 bits: two versions of one section look alike once in 10¹⁴ changes.
    pub(super) const BYTES: usize = 6;

    fn of(secret: &hmac::Key, key: &str, json: &str) -> Self {
        let mut context = hmac::Context::with_key(secret);
        context.update(key.as_bytes());
        context.update(&[0]);
        context.update(json.as_bytes());
        let mut mark = [0; Self::BYTES];
        for (byte, hashed) in mark.iter_mut().zip(context.sign().as_ref()) {
            *byte = *hashed;
        }
        Self(mark)
    }
}

/// The version of each section that somebody has, by key.
pub(super) type Marks = BTreeMap<String, Mark>;

/// The sections that some readers share at one moment.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    marks: Marks,
    json: BTreeMap<String, Arc<str>>,
    /// `marks` as a cursor writes them.
    pub(super) cursor: String,
}

impl Snapshot {
    /// Of these sections as JSON. What did not change since `before` is not hashed again.
    pub(super) fn new(
        secret: &hmac::Key,
        sections: impl IntoIterator<Item = (String, String)>,
        before: Option<&Self>,
    ) -> Self {
        let mut snapshot = Self::default();
        for (key, json) in sections {
            let same = before.and_then(|before| before.section(&key));
            let (mark, json) = match same.filter(|(_, kept)| ***kept == *json) {
                Some((mark, kept)) => (mark, Arc::clone(kept)),
                None => (Mark::of(secret, &key, &json), Arc::from(json)),
            };
            snapshot.marks.insert(key.clone(), mark);
            snapshot.json.insert(key, json);
        }
        snapshot.cursor = super::cursor::part(&snapshot.marks);
        snapshot
    }

    /// What a reader has once he got all of it.
    pub(super) fn marks(&self) -> &Marks {
        &self.marks
    }

    /// What somebody who has `known` lacks, and what he has too much.
    pub(super) fn since<'a>(&'a self, known: &'a Marks) -> Diff<'a> {
        let changed = self.json.iter().filter(|(key, _)| known.get(*key) != self.marks.get(*key));
        let removed = known.keys().filter(|key| !self.marks.contains_key(*key));
        Diff {
            changed: changed.map(|(key, json)| (key.as_str(), &**json)).collect(),
            removed: removed.map(String::as_str).collect(),
        }
    }

    fn section(&self, key: &str) -> Option<(Mark, &Arc<str>)> {
        Some((*self.marks.get(key)?, self.json.get(key)?))
    }
}

/// What changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Diff<'a> {
    /// New or changed sections as JSON, by key.
    pub(super) changed: Vec<(&'a str, &'a str)>,
    /// Keys that are gone.
    pub(super) removed: Vec<&'a str>,
}

impl<'a> Diff<'a> {
    /// Whether nothing changed.
    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty()
    }

    /// Both together.
    pub(super) fn and(mut self, other: Diff<'a>) -> Self {
        self.changed.extend(other.changed);
        self.removed.extend(other.removed);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, b"a secret of the tests")
    }

    fn snapshot(sections: &[(&str, &str)], before: Option<&Snapshot>) -> Snapshot {
        let sections = sections.iter().map(|(key, json)| ((*key).to_owned(), (*json).to_owned()));
        Snapshot::new(&secret(), sections, before)
    }

    #[test]
    fn a_reader_gets_what_he_lacks_and_nothing_else() {
        type Case<'a> =
            (&'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)], &'a [&'a str], &'a [&'a str]);
        let cases: [Case<'_>; 5] = [
            (&[], &[("a", "1")], &["a"], &[]),
            (&[("a", "1")], &[("a", "1")], &[], &[]),
            (&[("a", "1"), ("b", "1")], &[("a", "2"), ("b", "1")], &["a"], &[]),
            (&[("a", "1"), ("b", "1")], &[("b", "1")], &[], &["a"]),
            (&[("a", "1")], &[("b", "1")], &["b"], &["a"]),
        ];
        for (had, has, changed, removed) in cases {
            let before = snapshot(had, None);
            let after = snapshot(has, Some(&before));
            let diff = after.since(before.marks());
            let keys: Vec<&str> = diff.changed.iter().map(|(key, _)| *key).collect();
            assert_eq!((keys.as_slice(), diff.removed.as_slice()), (changed, removed));
            assert!(after.since(after.marks()).is_empty(), "twice changes nothing");
        }
    }

    #[test]
    fn what_is_carried_over_is_the_same_as_what_is_made_anew() {
        let before = snapshot(&[("a", "1"), ("b", "2")], None);
        let carried = snapshot(&[("a", "1"), ("b", "3")], Some(&before));
        let anew = snapshot(&[("a", "1"), ("b", "3")], None);
        assert_eq!(carried.marks(), anew.marks());
        assert_eq!(carried.cursor, anew.cursor);
    }

    #[test]
    fn the_mark_depends_on_key_and_secret() {
        let other = hmac::Key::new(hmac::HMAC_SHA256, b"another secret");
        let marks = [
            Mark::of(&secret(), "a", "1"),
            Mark::of(&secret(), "b", "1"),
            Mark::of(&secret(), "a", "2"),
            Mark::of(&other, "a", "1"),
        ];
        for (place, mark) in marks.iter().enumerate() {
            assert!(!marks[..place].contains(mark));
        }
    }
}
