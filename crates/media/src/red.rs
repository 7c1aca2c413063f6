//! Redundant sound (RFC 2198): a packet that carries, besides its own frame, those before it.
//!
//! It is made and unmade hop by hop. What a publisher's packet carries for one that was lost is
//! taken out and goes on as that packet; and what a receiver's line loses decides how many frames
//! his packets carry again.

use bytes::Bytes;

use crate::limits::RED_BLOCKS_MAX;

/// Bytes of the header of a redundant block; that of the last one is a single byte.
pub(crate) const HEADER_BYTES: usize = 4;
/// Says in a header that another follows.
const FOLLOWS: u8 = 0x80;
/// What a header has room for: how many ticks ago a frame began, and how long it is.
const AGO_MAX: u32 = (1 << 14) - 1;
const FRAME_BYTES_MAX: usize = (1 << 10) - 1;

/// A frame that was sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Earlier {
    /// By how many ticks its timestamp is older.
    ago: u32,
    frame: Bytes,
}

impl Earlier {
    /// A frame that began so many ticks ago, if a packet can carry it again.
    pub(crate) fn new(ago: u32, frame: Bytes) -> Option<Self> {
        let fits = ago <= AGO_MAX && (1..=FRAME_BYTES_MAX).contains(&frame.len());
        fits.then_some(Self { ago, frame })
    }

    pub(crate) fn ago(&self) -> u32 {
        self.ago
    }

    pub(crate) fn frame(&self) -> &Bytes {
        &self.frame
    }
}

/// The frames of a payload: its own, and those before it, the newest first. Nothing of a payload
/// that contradicts itself or has no frame of its own.
pub(crate) fn read(payload: &Bytes) -> Option<(Bytes, Vec<Earlier>)> {
    let mut headers: [(u32, usize); RED_BLOCKS_MAX] = [(0, 0); RED_BLOCKS_MAX];
    let mut count = 0;
    while payload.get(count * HEADER_BYTES)? & FOLLOWS != 0 {
        let header = payload.get(count * HEADER_BYTES..)?.first_chunk::<HEADER_BYTES>()?;
        let value = u32::from_be_bytes(*header);
        let length = u16::from_be_bytes([header[2] & 0x03, header[3]]);
        *headers.get_mut(count)? = (value >> 10 & AGO_MAX, usize::from(length));
        count += 1;
    }
    let mut earlier = Vec::with_capacity(count);
    let mut at = count * HEADER_BYTES + 1;
    for &(ago, length) in headers.iter().take(count) {
        let end = at + length;
        if end >= payload.len() {
            return None;
        }
        earlier.extend(Earlier::new(ago, payload.slice(at..end)));
        at = end;
    }
    earlier.reverse();
    (at < payload.len()).then(|| (payload.slice(at..), earlier))
}

/// Writes a frame of this payload type with the frames before it, the newest first, at the
/// beginning of `room`; how many bytes.
pub(crate) fn write(
    payload_type: u8,
    frame: &[u8],
    earlier: &[Earlier],
    room: &mut [u8],
) -> Option<usize> {
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        room.get_mut(at..at + bytes.len())?.copy_from_slice(bytes);
        at += bytes.len();
        Some(at)
    };
    for Earlier { ago, frame } in earlier.iter().rev() {
        let length = u32::try_from(frame.len()).ok()?;
        let header = u32::from(payload_type | FOLLOWS) << 24 | ago << 10 | length;
        put(&header.to_be_bytes())?;
    }
    put(&[payload_type & !FOLLOWS])?;
    for Earlier { frame, .. } in earlier.iter().rev() {
        put(frame)?;
    }
    put(frame)
}

/// The last frames of a published voice.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    /// Number, timestamp and bytes, each at the place of its number.
    frames: [Option<(u16, u32, Bytes)>; 4],
}

const _: () = assert!(crate::limits::REDUNDANCY_MAX < 4);

impl Recent {
    /// The frames that lie without a gap before this one, the newest first.
    pub(crate) fn before(&self, sequence: u16, timestamp: u32) -> Vec<Earlier> {
        let numbers = (1..=crate::limits::REDUNDANCY_MAX).map_while(|age| {
            let number = sequence.wrapping_sub(u16::try_from(age).ok()?);
            let place = self.frames.get(usize::from(number % 4))?;
            let (of, at, frame) = place.as_ref()?;
            let frame = Earlier::new(timestamp.wrapping_sub(*at), frame.clone());
            frame.filter(|_| *of == number)
        });
        numbers.collect()
    }

    /// Keeps a frame instead of the one that had its place.
    pub(crate) fn keep(&mut self, sequence: u16, timestamp: u32, frame: Bytes) {
        if let Some(place) = self.frames.get_mut(usize::from(sequence % 4)) {
            *place = Some((sequence, timestamp, frame));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn earlier(ago: u32, frame: &[u8]) -> Earlier {
        Earlier::new(ago, Bytes::copy_from_slice(frame)).unwrap()
    }

    /// What it is, its bytes, and the frames in it.
    type Case<'a> = (&'a str, &'a [u8], Option<(&'a [u8], Vec<Earlier>)>);

    #[test]
    fn blocks_are_found() {
        let two = b"\xef\x1e\x00\x01\xef\x0f\x00\x02\x6f\x01\x02\x03\x07";
        let found = vec![earlier(960, &[2, 3]), earlier(1_920, &[1])];
        let too_many = [b"\xef\x0f\x00\x01".repeat(RED_BLOCKS_MAX + 1), vec![7; 99]].concat();
        let cases: [Case<'_>; 8] = [
            ("nothing", &[], None),
            ("no frame", &[111], None),
            ("a frame alone", &[111, 7, 8], Some((&[7, 8], vec![]))),
            ("two before it, the newest first", two, Some((&[7], found))),
            ("one of no bytes", &[0xef, 0x0f, 0, 0, 111, 7], Some((&[7], vec![]))),
            ("a header cut short", &[0xef, 0, 0], None),
            ("a block cut short", &[0xef, 0, 0, 9, 111, 1, 2], None),
            ("too many", &too_many, None),
        ];
        for (name, payload, expected) in cases {
            let read = read(&Bytes::copy_from_slice(payload));
            let expected =
                expected.map(|(frame, earlier)| (Bytes::copy_from_slice(frame), earlier));
            assert_eq!(read, expected, "{name}");
        }
    }

    #[test]
    fn only_what_lies_without_a_gap_is_carried_again() {
        let mut recent = Recent::default();
        for (sequence, timestamp) in [(65_534, 0), (65_535, 960), (0, 1_920), (2, 3_840)] {
            recent.keep(sequence, timestamp, Bytes::from_static(b"x"));
        }
        let agos = |sequence, timestamp| -> Vec<u32> {
            recent.before(sequence, timestamp).iter().map(Earlier::ago).collect()
        };
        assert_eq!(agos(1, 2_880), [960, 1_920], "around the end of the numbers");
        assert_eq!(agos(3, 4_800), [960], "1 was lost");
        assert_eq!(agos(3, 4_800 + 48_000), [0; 0], "a second of silence between");
        assert_eq!(agos(4, 5_760), [0; 0], "3 was lost");
    }

    fn frames() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 1..200)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            before in prop::collection::vec((0..=AGO_MAX, frames()), 0..=RED_BLOCKS_MAX),
            frame in frames(),
            payload_type in 0..128_u8,
        ) {
            let before: Vec<Earlier> =
                before.iter().map(|(ago, frame)| earlier(*ago, frame)).collect();
            let mut room = [0; 4_096];
            let length = write(payload_type, &frame, &before, &mut room).unwrap();
            let payload = Bytes::copy_from_slice(&room[..length]);
            prop_assert_eq!(read(&payload), Some((frame.clone().into(), before.clone())));
            prop_assert_eq!(write(payload_type, &frame, &before, &mut room[..length - 1]), None);
        }

        /// Whatever comes: the frame that is found ends with the payload, and is not empty.
        #[test]
        fn nothing_is_found_outside(payload in prop::collection::vec(any::<u8>(), 0..300)) {
            let payload = Bytes::from(payload);
            if let Some((frame, earlier)) = read(&payload) {
                prop_assert!(!frame.is_empty() && payload.ends_with(&frame));
                prop_assert!(earlier.len() <= RED_BLOCKS_MAX);
            }
        }
    }
}
