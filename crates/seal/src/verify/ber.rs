//! Containers in BER: one in eight of what is found in the world is written with lengths left
//! open. Only those parts are written anew; parts with a length are copied, so that signed bytes
//! stay what was signed.

use crate::limits::CMS_NESTING_MAX;

/// The container without its zero padding, in definite lengths; `None` when it is not one.
///
/// The length comes from the container's own header: stripping zeros would cut every 256th
/// signature.
pub(crate) fn container(padded: &[u8]) -> Option<Vec<u8>> {
    let length = element_bytes(padded, 0)?;
    let (container, padding) = padded.split_at_checked(length)?;
    if container.first() != Some(&0x30) || padding.iter().any(|byte| *byte != 0) {
        return None;
    }
    definite(container, 0)
}

/// An element's tag, where its content begins and where the element ends. One-byte tags only,
/// which are all that CMS has. For elements with definite lengths.
pub(crate) fn element(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (head, length) = header(bytes)?;
    let end = head.checked_add(length?).filter(|end| *end <= bytes.len())?;
    Some((bytes[0], head, end))
}

/// How long the header is, and the content; `None` for a length that is left open.
fn header(bytes: &[u8]) -> Option<(usize, Option<usize>)> {
    let (tag, first) = (*bytes.first()?, *bytes.get(1)?);
    if tag & 0x1f == 0x1f {
        return None;
    }
    let constructed = tag & 0x20 != 0;
    match first {
        0..0x80 => Some((2, Some(usize::from(first)))),
        0x80 => constructed.then_some((2, None)),
        _ => {
            let count = usize::from(first & 0x7f);
            let digits = bytes.get(2..2 + count).filter(|_| count <= 4)?;
            let length = digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
            Some((2 + count, Some(length)))
        }
    }
}

fn element_bytes(bytes: &[u8], depth: usize) -> Option<usize> {
    if depth > CMS_NESTING_MAX {
        return None;
    }
    let (head, length) = header(bytes)?;
    if let Some(length) = length {
        return head.checked_add(length).filter(|end| *end <= bytes.len());
    }
    let mut at = head;
    loop {
        let rest = bytes.get(at..)?;
        if rest.starts_with(&[0, 0]) {
            return Some(at + 2);
        }
        at += element_bytes(rest, depth + 1)?;
    }
}

fn definite(bytes: &[u8], depth: usize) -> Option<Vec<u8>> {
    let (head, length) = header(bytes)?;
    if length.is_some() {
        return Some(bytes[..element_bytes(bytes, depth)?].to_vec());
    }
    let mut content = Vec::new();
    let mut rest = bytes.get(head..)?;
    while !rest.starts_with(&[0, 0]) {
        let length = element_bytes(rest, depth + 1)?;
        content.extend(definite(&rest[..length], depth + 1)?);
        rest = &rest[length..];
    }
    // An octet string in pieces is one octet string.
    if bytes[0] == 0x24 {
        content = joined(&content)?;
    }
    let mut element = vec![if bytes[0] == 0x24 { 0x04 } else { bytes[0] }];
    write_length(content.len(), &mut element);
    element.extend(content);
    Some(element)
}

fn joined(pieces: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    let mut rest = pieces;
    while !rest.is_empty() {
        let (tag, start, end) = element(rest)?;
        if tag != 0x04 {
            return None;
        }
        content.extend(&rest[start..end]);
        rest = &rest[end..];
    }
    Some(content)
}

fn write_length(length: usize, out: &mut Vec<u8>) {
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        out.push(short);
        return;
    }
    let bytes = length.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = &bytes[zeros..];
    // At most eight digits.
    out.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
    out.extend(digits);
}

#[cfg(test)]
mod tests {
    use super::container;

    #[test]
    fn open_lengths_are_closed() {
        let cases: [(&str, Option<&str>); 9] = [
            ("3003020105", Some("3003020105")),
            ("30030201050000", Some("3003020105")),
            ("3003020100", Some("3003020100")),
            ("300302010501", None),
            ("30800201050000", Some("3003020105")),
            ("308030800201050000000000", Some("30053003020105")),
            ("308024800401aa0402bbcc00000000", Some("30050403aabbcc")),
            ("3080020105", None),
            ("0401aa", None),
        ];
        for (ber, der) in cases {
            let closed = container(&hex::decode(ber).unwrap()).map(hex::encode);
            assert_eq!(closed.as_deref(), der, "{ber}");
        }
        let deep = [0x30, 0x80].repeat(100_000);
        assert_eq!(container(&deep), None);
    }
}
