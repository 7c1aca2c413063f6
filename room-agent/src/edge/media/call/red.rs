//! Redundant sound (RFC 2198): packets that carry, besides their own frame, those before it.

use std::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};
use rtc_rtp::Packet;

use super::super::limits::{REDUNDANT_BLOCKS_MAX, REDUNDANT_FRAMES_MAX, REDUNDANT_LOSSES};
use super::codecs::{OPUS_TYPE, RED_TYPE};

/// Bytes of the header of a redundant block; that of the last one is a single byte.
const HEADER_BYTES: usize = 4;
/// Says in a header that another follows.
const FOLLOWS: u8 = 0x80;
/// What a header has room for: how many ticks ago a frame began, and how long it is.
const AGO_MAX: u32 = (1 << 14) - 1;
const FRAME_BYTES_MAX: usize = (1 << 10) - 1;
/// So many of the last reports on loss are looked at: they come once a second.
const REPORTS: usize = 10;

/// The frames of a packet of sound: number, timestamp and bytes, the oldest first. A packet that
/// contradicts itself has none.
pub(super) fn frames(packet: &Packet) -> Vec<(u16, u32, Bytes)> {
    let Packet { header, payload } = packet;
    let (sequence, timestamp) = (header.sequence_number, header.timestamp);
    if header.payload_type != RED_TYPE {
        let is_sound = !payload.is_empty();
        return is_sound.then(|| (sequence, timestamp, payload.clone())).into_iter().collect();
    }
    let Some((frame, before)) = read(payload) else { return Vec::new() };
    let numbers = (1..=before.len()).rev().map(|age| u16::try_from(age).unwrap_or(u16::MAX));
    let before = numbers.zip(before).filter(|(_, (_, frame))| !frame.is_empty());
    before
        .map(|(age, (ago, frame))| (sequence.wrapping_sub(age), timestamp.wrapping_sub(ago), frame))
        .chain([(sequence, timestamp, frame)])
        .collect()
}

/// A packet's own frame, and those before it with how many ticks ago they began, the oldest first.
fn read(payload: &Bytes) -> Option<(Bytes, Vec<(u32, Bytes)>)> {
    let mut headers = Vec::new();
    while payload.get(headers.len() * HEADER_BYTES)? & FOLLOWS != 0 {
        let at = headers.len() * HEADER_BYTES;
        let header = u32::from_be_bytes(*payload.get(at..)?.first_chunk()?);
        let length = usize::try_from(header).ok()? & FRAME_BYTES_MAX;
        headers.push((header >> 10 & AGO_MAX, length));
        if headers.len() > REDUNDANT_BLOCKS_MAX {
            return None;
        }
    }
    let mut at = headers.len() * HEADER_BYTES + 1;
    let mut before = Vec::with_capacity(headers.len());
    for (ago, length) in headers {
        if at + length >= payload.len() {
            return None;
        }
        before.push((ago, payload.slice(at..at + length)));
        at += length;
    }
    (at < payload.len()).then(|| (payload.slice(at..), before))
}

/// Carries frames again in the packets after theirs, as many as the line loses.
#[derive(Debug, Default)]
pub(super) struct Redundancy {
    /// Timestamp and bytes of the last frames, the newest last.
    sent: VecDeque<(u32, Bytes)>,
    /// The loss that the server reported last, in 1/256.
    reports: VecDeque<u8>,
}

impl Redundancy {
    /// The server reported how much it missed.
    pub(super) fn heard(&mut self, loss_256ths: u8) {
        if self.reports.len() == REPORTS {
            self.reports.pop_front();
        }
        self.reports.push_back(loss_256ths);
    }

    /// The next frame, with those before it that go with it; nothing if it goes alone.
    pub(super) fn wrap(&mut self, timestamp: u32, frame: &Bytes) -> Option<Bytes> {
        let loss = self.reports.iter().max().copied().unwrap_or(0);
        let wanted = REDUNDANT_LOSSES.iter().filter(|least| loss >= **least).count();
        let mut before: Vec<(u32, Bytes)> = self
            .sent
            .iter()
            .rev()
            .map(|(at, frame)| (timestamp.wrapping_sub(*at), frame.clone()))
            .take_while(|(ago, frame)| *ago <= AGO_MAX && frame.len() <= FRAME_BYTES_MAX)
            .take(wanted)
            .collect();
        before.reverse();
        if self.sent.len() == REDUNDANT_FRAMES_MAX {
            self.sent.pop_front();
        }
        self.sent.push_back((timestamp, frame.clone()));
        (!before.is_empty()).then(|| write(frame, &before))
    }
}

fn write(frame: &Bytes, before: &[(u32, Bytes)]) -> Bytes {
    let bytes: usize = before.iter().map(|(_, frame)| HEADER_BYTES + frame.len()).sum();
    let mut payload = BytesMut::with_capacity(bytes + 1 + frame.len());
    for (ago, frame) in before {
        let length = u32::try_from(frame.len()).unwrap_or(0);
        payload.put_u32(u32::from(OPUS_TYPE | FOLLOWS) << 24 | ago << 10 | length);
    }
    payload.put_u8(OPUS_TYPE);
    for (_, frame) in before {
        payload.put_slice(frame);
    }
    payload.put_slice(frame);
    payload.freeze()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rtc_rtp::Header;

    use super::*;

    fn packet(payload_type: u8, payload: impl Into<Bytes>) -> Packet {
        let header =
            Header { payload_type, sequence_number: 1, timestamp: 960, ..Header::default() };
        Packet { header, payload: payload.into() }
    }

    #[test]
    fn frames_go_again_as_often_as_the_line_loses_them() {
        let mut redundancy = Redundancy::default();
        let mut again = |loss: Option<u8>, frame: u32| {
            if let Some(loss) = loss {
                redundancy.heard(loss);
            }
            let bytes = Bytes::from(frame.to_be_bytes().to_vec());
            let wrapped = redundancy.wrap(frame * 960, &bytes);
            let packet = packet(RED_TYPE, wrapped.unwrap_or_default());
            frames(&packet).iter().map(|(number, ..)| 1_u16.wrapping_sub(*number)).max()
        };
        assert_eq!(again(None, 0), None, "nothing is lost");
        assert_eq!(again(Some(0), 1), None);
        assert_eq!(again(Some(3), 2), Some(1), "1 %");
        assert_eq!(again(Some(14), 3), Some(2), "5 %");
        assert_eq!(again(Some(51), 4), Some(3), "20 %");
        assert_eq!(again(Some(0), 60), None, "a second of silence before it");
        assert_eq!(again(None, 61), Some(1), "and two frames after that");
        for second in 0..8 {
            assert!(again(Some(0), 62 + second).is_some(), "{second}");
        }
        assert_eq!(again(Some(0), 80), None, "ten seconds without loss");
    }

    #[test]
    fn rubbish_has_no_frames() {
        let block = [0xef, 0x0f, 0, 1].repeat(REDUNDANT_BLOCKS_MAX + 1);
        let cases: [&[u8]; 5] =
            [&[], &[111], &[0xef, 0, 0], &[0xef, 0x0f, 0, 9, 111, 1, 2], &block];
        for payload in cases {
            let packet = packet(RED_TYPE, payload.to_vec());
            assert_eq!(frames(&packet), [], "{payload:?}");
        }
        assert_eq!(frames(&packet(OPUS_TYPE, vec![])), [], "padding");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            before in prop::collection::vec(
                (0..=AGO_MAX, prop::collection::vec(any::<u8>(), 1..200)), 1..=REDUNDANT_BLOCKS_MAX,
            ),
            frame in prop::collection::vec(any::<u8>(), 1..200),
        ) {
            let before: Vec<(u32, Bytes)> =
                before.into_iter().map(|(ago, frame)| (ago, frame.into())).collect();
            let frame = Bytes::from(frame);
            let payload = write(&frame, &before);
            prop_assert_eq!(read(&payload), Some((frame.clone(), before.clone())));
            let read = frames(&packet(RED_TYPE, payload));
            prop_assert_eq!(read.len(), before.len() + 1);
            prop_assert_eq!(&read.last().unwrap().2, &frame);
        }

        #[test]
        fn whatever_comes_is_taken(payload in prop::collection::vec(any::<u8>(), 0..300)) {
            frames(&packet(RED_TYPE, payload));
        }
    }
}
