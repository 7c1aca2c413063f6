//! What is read from certificates for people to see.

use der::asn1::{Any, ObjectIdentifier};
use der::{Tag, Tagged};
use x509_cert::name::Name;

/// The first value of a kind in a name, as text.
pub(crate) fn name_part(name: &Name, kind: ObjectIdentifier) -> Option<String> {
    name.iter().find(|part| part.oid == kind).and_then(|part| text(&part.value))
}

fn text(value: &Any) -> Option<String> {
    let bytes = value.value();
    match value.tag() {
        Tag::Utf8String => String::from_utf8(bytes.to_vec()).ok(),
        Tag::PrintableString | Tag::Ia5String | Tag::TeletexString => {
            // T.61 is read as Latin-1, as everybody does; the other two are ASCII.
            Some(bytes.iter().copied().map(char::from).collect())
        }
        Tag::BmpString => utf16_be(bytes),
        _ => None,
    }
}

/// UTF-16, big-endian; `None` when it is not.
pub(crate) fn utf16_be(bytes: &[u8]) -> Option<String> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
    char::decode_utf16(units).collect::<Result<_, _>>().ok()
}

/// A text string of a PDF.
pub(crate) fn pdf_text(bytes: &[u8]) -> String {
    bytes
        .strip_prefix(&[0xfe, 0xff])
        .and_then(utf16_be)
        .or_else(|| {
            let utf8 = bytes.strip_prefix(&[0xef, 0xbb, 0xbf])?;
            String::from_utf8(utf8.to_vec()).ok()
        })
        .unwrap_or_else(|| bytes.iter().copied().map(char::from).collect())
}
