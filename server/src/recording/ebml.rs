//! EBML (RFC 8794): elements into bytes, and the heads of elements out of them.

/// An element of unknown size, in eight bytes.
pub(super) const UNKNOWN_SIZE: u64 = 0x00ff_ffff_ffff_ffff;

/// Appends an element's id, which carries its own length.
pub(super) fn id(out: &mut Vec<u8>, id: u32) {
    let bytes = id.to_be_bytes();
    let skip = bytes.iter().take_while(|byte| **byte == 0).count();
    out.extend_from_slice(bytes.get(skip..).unwrap_or_default());
}

/// A size in eight bytes.
pub(super) fn size8(size: u64) -> [u8; 8] {
    (1_u64 << 56 | size & UNKNOWN_SIZE).to_be_bytes()
}

/// Appends an element with this content.
pub(super) fn binary(out: &mut Vec<u8>, element: u32, content: &[u8]) {
    id(out, element);
    match content.len() {
        length @ 0..=0x7e => out.push(0x80 | u8::try_from(length).unwrap_or(0)),
        length => out.extend_from_slice(&size8(length as u64)),
    }
    out.extend_from_slice(content);
}

/// Appends an element with a number.
pub(super) fn uint(out: &mut Vec<u8>, element: u32, value: u64) {
    let bytes = value.to_be_bytes();
    let skip = bytes.iter().take(7).take_while(|byte| **byte == 0).count();
    binary(out, element, bytes.get(skip..).unwrap_or_default());
}

/// Appends an element with a number of 64 bits.
pub(super) fn float(out: &mut Vec<u8>, element: u32, value: f64) {
    binary(out, element, &value.to_be_bytes());
}

/// Appends an element that fills `length` bytes, itself included; from 2 to 128.
pub(super) fn void(out: &mut Vec<u8>, length: usize) {
    binary(out, 0xec, &vec![0; length.saturating_sub(2)]);
}

/// The head of an element: its id, where its content begins, and its size, `None` when unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: u32,
    pub(super) length: usize,
    pub(super) size: Option<u64>,
}

/// Reads the head of the element at the beginning of `bytes`; `None` when it is cut off or none.
pub(super) fn head(bytes: &[u8]) -> Option<Head> {
    let first = *bytes.first()?;
    let id_length = usize::try_from(first.leading_zeros()).ok()? + 1;
    if id_length > 4 {
        return None;
    }
    let element = number(bytes.get(..id_length)?);
    let marker = *bytes.get(id_length)?;
    let size_length = usize::try_from(marker.leading_zeros()).ok()? + 1;
    if size_length > 8 {
        return None;
    }
    let raw = number(bytes.get(id_length..id_length + size_length)?);
    let mask = (1_u64 << (7 * size_length)) - 1;
    let size = (raw & mask != mask).then_some(raw & mask);
    Some(Head { id: u32::try_from(element).ok()?, length: id_length + size_length, size })
}

/// A big-endian number of at most eight bytes.
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v11_recording_elements() {
        let mut out = Vec::new();
        uint(&mut out, 0x4286, 1);
        uint(&mut out, 0xd7, 0x0102);
        void(&mut out, 11);
        assert_eq!(hex::encode(&out), "42868101d7820102ec89000000000000000000");
        assert_eq!(head(&out), Some(Head { id: 0x4286, length: 3, size: Some(1) }));
        let unknown = [&[0x18, 0x53, 0x80, 0x67][..], &size8(UNKNOWN_SIZE)].concat();
        assert_eq!(head(&unknown), Some(Head { id: 0x1853_8067, length: 12, size: None }));
        for cut in 0..unknown.len() {
            assert_eq!(head(&unknown[..cut]), None, "{cut}");
        }
        assert_eq!(head(&[0x01, 0x81]), None, "an id of eight bytes");
    }
}
