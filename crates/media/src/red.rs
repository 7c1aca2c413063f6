//! Redundant sound (RFC 2198): a packet that carries, besides its own frame, those before it.
//!
//! The forwarding unit makes none. It finds the packet's own frame, for receivers and recorders
//! that take plain Opus, and writes the payload type of a receiver into the blocks' headers.

use crate::limits::RED_BLOCKS_MAX;

/// Bytes of the header of a redundant block; that of the last one is a single byte.
const HEADER_BYTES: usize = 4;
/// Says in a header that another follows.
const FOLLOWS: u8 = 0x80;

/// Where the blocks of a payload are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Red {
    /// How many redundant blocks there are.
    redundant: usize,
    /// Where the packet's own frame begins, which ends with the payload.
    primary: usize,
}

impl Red {
    /// Finds the blocks; nothing of a payload that contradicts itself or has no frame of its own.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let (mut redundant, mut bytes) = (0, 0);
        while payload.get(redundant * HEADER_BYTES)? & FOLLOWS != 0 {
            let header = payload.get(redundant * HEADER_BYTES..)?.first_chunk::<HEADER_BYTES>()?;
            bytes += usize::from(u16::from_be_bytes([header[2] & 0x03, header[3]]));
            redundant += 1;
            if redundant > RED_BLOCKS_MAX {
                return None;
            }
        }
        let primary = redundant * HEADER_BYTES + 1 + bytes;
        (primary < payload.len()).then_some(Self { redundant, primary })
    }

    /// Where the packet's own frame begins.
    pub(crate) fn primary(self) -> usize {
        self.primary
    }

    /// Writes the payload for a receiver that calls Opus `payload_type`; its length.
    pub(crate) fn write(self, payload: &[u8], payload_type: u8, room: &mut [u8]) -> Option<usize> {
        let written = room.get_mut(..payload.len())?;
        written.copy_from_slice(payload);
        for block in 0..=self.redundant {
            let header = written.get_mut(block * HEADER_BYTES)?;
            *header = *header & FOLLOWS | payload_type & !FOLLOWS;
        }
        Some(payload.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A payload of these redundant blocks and this frame.
    fn payload(payload_type: u8, redundant: &[Vec<u8>], primary: &[u8]) -> Vec<u8> {
        let mut payload = Vec::new();
        for (age, block) in (1..=redundant.len()).rev().zip(redundant) {
            let offset = u32::try_from(age * 960).unwrap();
            let length = u32::try_from(block.len()).unwrap();
            let header = u32::from(payload_type | FOLLOWS) << 24 | offset << 10 | length;
            payload.extend(header.to_be_bytes());
        }
        payload.push(payload_type);
        payload.extend(redundant.iter().flatten());
        payload.extend(primary);
        payload
    }

    /// What it is, its bytes, and the frame in it.
    type Case<'a> = (&'a str, Vec<u8>, Option<&'a [u8]>);

    #[test]
    fn blocks_are_found() {
        let cases: [Case<'_>; 7] = [
            ("nothing", vec![], None),
            ("no frame", vec![111], None),
            ("a frame alone", vec![111, 7, 8], Some(&[7, 8])),
            ("two before it", payload(111, &[vec![1], vec![2, 3]], &[7]), Some(&[7])),
            ("a header cut short", vec![0x80 | 0x6f, 0, 0], None),
            ("a block cut short", vec![0x80 | 0x6f, 0, 0, 9, 111, 1, 2], None),
            ("too many", payload(111, &vec![vec![1]; RED_BLOCKS_MAX + 1], &[7]), None),
        ];
        for (name, payload, primary) in cases {
            let found = Red::read(&payload).map(|red| &payload[red.primary()..]);
            assert_eq!(found, primary, "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            redundant in prop::collection::vec(
                prop::collection::vec(any::<u8>(), 0..200), 0..=RED_BLOCKS_MAX,
            ),
            primary in prop::collection::vec(any::<u8>(), 1..200),
            types in (0..128_u8, 0..128_u8),
        ) {
            let written = payload(types.0, &redundant, &primary);
            let red = Red::read(&written).unwrap();
            prop_assert_eq!(&written[red.primary()..], &primary[..]);
            let mut room = vec![0; written.len()];
            prop_assert_eq!(red.write(&written, types.1, &mut room), Some(written.len()));
            prop_assert_eq!(room, payload(types.1, &redundant, &primary));
            prop_assert_eq!(red.write(&written, types.1, &mut [0; 1]), None);
        }

        /// Whatever comes: the frame that is found lies within the payload, and is not empty.
        #[test]
        fn nothing_is_found_outside(payload in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Some(red) = Red::read(&payload) {
                prop_assert!(red.primary() < payload.len());
                let mut room = vec![0; payload.len()];
                prop_assert_eq!(red.write(&payload, 100, &mut room), Some(payload.len()));
            }
        }
    }
}
