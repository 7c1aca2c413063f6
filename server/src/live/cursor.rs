//! What a reader has, in a text that he keeps and sends back after a cut.
//!
//! Two parts with a dot between them: the sections he shares with others, and his own. Each part
//! is base64 of `key length, key, mark` by key. A cursor that cannot be read means that the reader
//! has nothing: he gets everything anew. One that was forged only misleads its forger about his
//! own sections.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::live::Cursor;
use uuid::Uuid;

use super::topics::{Mark, Marks};
use crate::limits::CURSOR_SECTIONS_MAX;

/// Set in the length of a key that ends in a UUID, which is then written as its 16 bytes.
const WITH_UUID: u8 = 0x80;
/// A reader of a topic this large gets everything anew after a cut.
const TOO_LARGE: &str = "*";

/// Marks as one part of a cursor.
pub(super) fn part(marks: &Marks) -> String {
    if marks.len() > CURSOR_SECTIONS_MAX {
        return TOO_LARGE.to_owned();
    }
    let mut bytes = Vec::with_capacity(marks.len() * 32);
    for (key, mark) in marks {
        put_key(&mut bytes, key);
        bytes.extend_from_slice(&mark.0);
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Both parts as the reader gets them.
pub(super) fn join(shared: &str, own: &str) -> String {
    format!("{shared}.{own}")
}

/// The marks of both parts; `None` when it is not a cursor of this server's making.
pub(super) fn read(cursor: &Cursor) -> Option<(Marks, Marks)> {
    let (shared, own) = cursor.0.split_once('.')?;
    Some((read_part(shared)?, read_part(own)?))
}

fn read_part(part: &str) -> Option<Marks> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    let mut rest = bytes.as_slice();
    let mut marks = Marks::new();
    while !rest.is_empty() {
        if marks.len() == CURSOR_SECTIONS_MAX {
            return None;
        }
        let key = take_key(&mut rest)?;
        let mark = take(&mut rest, Mark::BYTES)?.try_into().ok()?;
        marks.insert(key, Mark(mark));
    }
    Some(marks)
}

/// Keys are short names of kinds, most with a UUID behind a slash.
fn put_key(bytes: &mut Vec<u8>, key: &str) {
    let split = key.rsplit_once('/').and_then(|(kind, id)| {
        let uuid = Uuid::parse_str(id).ok()?;
        (uuid.to_string() == id).then_some((kind, uuid))
    });
    let (kind, flag) = split.map_or((key, 0), |(kind, _)| (kind, WITH_UUID));
    // Longer kinds do not exist; one cut short would only be sent anew after a cut.
    let kind = &kind.as_bytes()[..kind.len().min(usize::from(WITH_UUID - 1))];
    bytes.push(flag | u8::try_from(kind.len()).unwrap_or(0));
    bytes.extend_from_slice(kind);
    if let Some((_, uuid)) = split {
        bytes.extend_from_slice(uuid.as_bytes());
    }
}

fn take_key(rest: &mut &[u8]) -> Option<String> {
    let [length] = take(rest, 1)?.try_into().ok()?;
    let kind = take(rest, usize::from(length & !WITH_UUID))?;
    let mut key = String::from_utf8(kind.to_vec()).ok()?;
    if length & WITH_UUID != 0 {
        let uuid = Uuid::from_slice(take(rest, 16)?).ok()?;
        key = format!("{key}/{uuid}");
    }
    Some(key)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(keys: &[&str]) -> Marks {
        let mark = |key: &str| Mark([u8::try_from(key.len()).expect("short"); Mark::BYTES]);
        keys.iter().map(|key| ((*key).to_owned(), mark(key))).collect()
    }

    #[test]
    fn a_cursor_says_what_was_put_in() {
        let id = "point/0190a5b2-7d4e-7abc-8def-0123456789ab";
        let cases: [(&[&str], &[&str]); 4] = [
            (&[], &[]),
            (&["head", "agenda"], &["me"]),
            (&[id, "head"], &["me"]),
            (&["point/not-a-uuid", "a/b/c"], &[]),
        ];
        for (shared, own) in cases {
            let (shared, own) = (marks(shared), marks(own));
            let cursor = Cursor(join(&part(&shared), &part(&own)));
            assert_eq!(read(&cursor), Some((shared, own)), "{cursor:?}");
        }
    }

    #[test]
    fn what_is_no_cursor_is_nothing() {
        for text in ["", "abc", "!.!", "AAAA.BBBB", "*.", "."] {
            let said = read(&Cursor(text.into()));
            let nothing = Some((Marks::new(), Marks::new()));
            assert!(said.is_none() || said == nothing, "{text}: {said:?}");
        }
    }

    #[test]
    fn a_uuid_takes_its_sixteen_bytes() {
        let one = part(&marks(&["point/0190a5b2-7d4e-7abc-8def-0123456789ab"]));
        assert_eq!(one.len(), ((1 + 5 + 16 + Mark::BYTES) * 4).div_ceil(3));
    }
}
