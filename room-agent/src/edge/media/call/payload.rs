//! VP8 in RTP packets (RFC 7741): cutting a picture up, and looking into a packet.

use bytes::{BufMut, Bytes, BytesMut};

use super::super::limits::RTP_PAYLOAD_BYTES_MAX;

/// The S bit of the payload descriptor: a partition begins here.
const START: u8 = 0x10;

/// The number of the partition.
const PARTITION: u8 = 0x07;

/// Cuts a compressed picture into payloads, each with the shortest descriptor.
pub(super) fn cut(picture: &[u8]) -> Vec<Bytes> {
    let pieces = picture.chunks(RTP_PAYLOAD_BYTES_MAX - 1).enumerate();
    pieces
        .map(|(number, piece)| {
            let mut payload = BytesMut::with_capacity(piece.len() + 1);
            payload.put_u8(if number == 0 { START } else { 0 });
            payload.put_slice(piece);
            payload.freeze()
        })
        .collect()
}

/// What a payload holds: whether a picture begins with it, and its compressed bytes. `None` if
/// the descriptor is cut short.
pub(super) fn look(payload: &[u8]) -> Option<(bool, &[u8])> {
    let (&first, mut rest) = payload.split_first()?;
    let begins = first & START != 0 && first & PARTITION == 0;
    if first & 0x80 == 0 {
        return Some((begins, rest));
    }
    let (&extensions, after) = rest.split_first()?;
    rest = after;
    if extensions & 0x80 != 0 {
        let long = rest.first()? & 0x80 != 0;
        rest = rest.get(if long { 2 } else { 1 }..)?;
    }
    if extensions & 0x40 != 0 {
        rest = rest.get(1..)?;
    }
    if extensions & 0x30 != 0 {
        rest = rest.get(1..)?;
    }
    Some((begins, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_understood() {
        type Case = (&'static [u8], Option<(bool, &'static [u8])>);
        let cases: [Case; 12] = [
            (&[], None),
            (&[0x10, 7, 8], Some((true, &[7, 8]))),
            (&[0x00, 7, 8], Some((false, &[7, 8]))),
            // The start of the second partition is not the start of the picture.
            (&[0x11, 7, 8], Some((false, &[7, 8]))),
            (&[0x90], None),
            (&[0x90, 0x00, 7], Some((true, &[7]))),
            (&[0x90, 0x80, 0x05, 7], Some((true, &[7]))),
            (&[0x90, 0x80, 0x85, 0x01, 7], Some((true, &[7]))),
            (&[0x90, 0x80, 0x85], None),
            (&[0x90, 0xe0, 0x85, 0x01, 2, 3, 7], Some((true, &[7]))),
            (&[0x80, 0x10, 3, 7], Some((false, &[7]))),
            (&[0x80, 0x10], None),
        ];
        for (payload, expected) in cases {
            assert_eq!(look(payload), expected, "{payload:x?}");
        }
    }

    #[test]
    fn what_was_cut_can_be_joined() {
        for length in [1, RTP_PAYLOAD_BYTES_MAX - 1, RTP_PAYLOAD_BYTES_MAX, 50_000] {
            let picture: Vec<u8> = (0..=250).cycle().take(length).collect();
            let payloads = cut(&picture);
            assert!(payloads.iter().all(|payload| payload.len() <= RTP_PAYLOAD_BYTES_MAX));
            let parts: Vec<_> = payloads.iter().map(|payload| look(payload).unwrap()).collect();
            assert_eq!(parts.iter().filter(|(begins, _)| *begins).count(), 1);
            assert!(parts[0].0);
            let joined: Vec<u8> = parts.iter().flat_map(|(_, piece)| piece.to_vec()).collect();
            assert_eq!(joined, picture);
        }
    }
}
