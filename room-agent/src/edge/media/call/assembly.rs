//! Whole pictures out of RTP packets that come late, twice, out of order or not at all.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use bytes::Bytes;

use super::super::limits::{
    KEYFRAME_REQUEST_EVERY, PICTURE_BYTES_MAX, REORDER_PACKETS, REORDER_WAIT,
};
use super::super::vp8::is_keyframe;
use super::payload::look;

/// A jump of the sequence by more than this is another stream.
const JUMP: u64 = 3000;

/// One packet of video.
#[derive(Clone, Debug)]
pub(super) struct VideoPacket {
    /// Its RTP sequence number.
    pub(super) sequence: u16,
    /// Whether the picture ends with it.
    pub(super) marker: bool,
    /// Descriptor and bytes; empty when it is padding only.
    pub(super) payload: Bytes,
}

/// Puts packets in order and pictures together. A missing packet is waited for; when it does not
/// come, nothing more is delivered until a key frame, because what refers to a picture that was
/// not seen looks smeared.
#[derive(Debug)]
pub(super) struct Assembler {
    packets: BTreeMap<u64, VideoPacket>,
    highest: Option<u64>,
    next: u64,
    gap_since: Option<Instant>,
    /// Bytes of the picture that is being put together; `None` between pictures.
    picture: Option<Vec<u8>>,
    needs_keyframe: bool,
    asked_at: Option<Instant>,
    whole: VecDeque<Vec<u8>>,
}

impl Assembler {
    pub(super) fn new() -> Self {
        Self {
            packets: BTreeMap::new(),
            highest: None,
            next: 0,
            gap_since: None,
            picture: None,
            needs_keyframe: true,
            asked_at: None,
            whole: VecDeque::new(),
        }
    }

    /// Takes a packet as it came off the line.
    pub(super) fn push(&mut self, packet: VideoPacket, now: Instant) {
        let highest = self.highest.unwrap_or_else(|| {
            // Far from 0, so that earlier packets have numbers too.
            self.next = (1 << 32) + u64::from(packet.sequence);
            self.next
        });
        let number = super::reception::extend(highest, packet.sequence);
        if number.abs_diff(highest) > JUMP {
            let asked_at = self.asked_at;
            *self = Self { asked_at, whole: std::mem::take(&mut self.whole), ..Self::new() };
            self.push(packet, now);
            return;
        }
        if number < self.next {
            return;
        }
        self.highest = Some(highest.max(number));
        self.packets.insert(number, packet);
        self.drain();
        self.expire(now);
    }

    /// Gives up on packets that are missing for too long. To be called now and then even when
    /// nothing arrives.
    pub(super) fn expire(&mut self, now: Instant) {
        loop {
            let Some(&first) = self.packets.keys().next() else {
                self.gap_since = None;
                return;
            };
            let since = *self.gap_since.get_or_insert(now);
            let late = now.saturating_duration_since(since) >= REORDER_WAIT;
            if !late && self.packets.len() <= REORDER_PACKETS {
                return;
            }
            self.gap_since = None;
            self.next = first;
            self.picture = None;
            self.needs_keyframe = true;
            self.drain();
        }
    }

    /// Whether something has to be done even when nothing arrives.
    pub(super) fn is_waiting(&self) -> bool {
        !self.packets.is_empty() || (self.needs_keyframe && self.highest.is_some())
    }

    /// Nothing is delivered from now on until a key frame: what came after the last picture
    /// could not be used.
    pub(super) fn broken(&mut self) {
        self.needs_keyframe = true;
    }

    /// The next whole picture.
    pub(super) fn pop(&mut self) -> Option<Vec<u8>> {
        self.whole.pop_front()
    }

    /// Whether a key frame should be asked for now; asks for one only so often.
    pub(super) fn ask_for_keyframe(&mut self, now: Instant) -> bool {
        let due = |asked_at| now.saturating_duration_since(asked_at) >= KEYFRAME_REQUEST_EVERY;
        let ask = self.needs_keyframe && self.highest.is_some() && self.asked_at.is_none_or(due);
        if ask {
            self.asked_at = Some(now);
        }
        ask
    }

    fn drain(&mut self) {
        while let Some(packet) = self.packets.remove(&self.next) {
            self.next += 1;
            self.gap_since = None;
            self.append(&packet);
        }
    }

    /// Takes the packet that is next in order.
    fn append(&mut self, packet: &VideoPacket) {
        let Some((begins, piece)) = look(&packet.payload) else { return };
        if begins {
            self.picture = Some(Vec::new());
        }
        let Some(picture) = &mut self.picture else { return };
        picture.extend_from_slice(piece);
        if picture.len() > PICTURE_BYTES_MAX {
            self.picture = None;
            self.needs_keyframe = true;
            return;
        }
        if !packet.marker {
            return;
        }
        let picture = self.picture.take().unwrap_or_default();
        if !self.needs_keyframe || is_keyframe(&picture) {
            self.needs_keyframe = false;
            self.whole.push_back(picture);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::clock;
    use super::*;

    /// Packets of pictures of three each, the first of them a key frame, with sequence numbers
    /// from `first` on. The second byte of a picture is its number.
    fn stream(first: u16, pictures: u8, keyframes: &[u8]) -> Vec<VideoPacket> {
        let mut packets = Vec::new();
        for number in 0..pictures {
            let head = u8::from(!keyframes.contains(&number));
            for part in 0..3 {
                let payload = match part {
                    0 => Bytes::copy_from_slice(&[0x10, head, number]),
                    _ => Bytes::copy_from_slice(&[0x00, 9]),
                };
                let sequence = first.wrapping_add(u16::try_from(packets.len()).unwrap());
                packets.push(VideoPacket { sequence, marker: part == 2, payload });
            }
        }
        packets
    }

    /// The numbers of the pictures that came out when the packets came in this order, one a
    /// millisecond, and a long silence after.
    fn pictures(order: impl IntoIterator<Item = VideoPacket>) -> Vec<u8> {
        let mut now = clock::now();
        let mut assembler = Assembler::new();
        for packet in order {
            now += Duration::from_millis(1);
            assembler.push(packet, now);
        }
        assembler.expire(now);
        assembler.expire(now + REORDER_WAIT);
        std::iter::from_fn(|| assembler.pop()).map(|picture| picture[1]).collect()
    }

    #[test]
    fn pictures_are_put_together() {
        let without = |lost: &[usize], keyframes: &[u8]| {
            let packets = stream(65_530, 6, keyframes);
            (0..packets.len())
                .filter(|index| !lost.contains(index))
                .map(|index| packets[index].clone())
                .collect::<Vec<_>>()
        };
        let mut swapped = stream(65_530, 6, &[0]);
        swapped.swap(4, 5);
        swapped.swap(8, 10);
        let twice = stream(7, 6, &[0]).into_iter().flat_map(|packet| [packet.clone(), packet]);
        let mut padded = stream(0, 3, &[0]);
        let padding = VideoPacket { sequence: 9, marker: false, payload: Bytes::new() };
        padded.push(padding);
        padded.extend(stream(10, 3, &[]));
        let mut jumped = stream(0, 2, &[0]);
        jumped.extend(stream(30_000, 3, &[1]));
        let cases = [
            ("in order", without(&[], &[0]), vec![0, 1, 2, 3, 4, 5]),
            ("no key frame", without(&[], &[]), vec![]),
            ("a key frame later", without(&[], &[2]), vec![2, 3, 4, 5]),
            ("out of order", swapped, vec![0, 1, 2, 3, 4, 5]),
            ("twice", twice.collect(), vec![0, 1, 2, 3, 4, 5]),
            ("first packet lost", without(&[0], &[0, 3]), vec![3, 4, 5]),
            ("middle packet lost", without(&[7], &[0]), vec![0, 1]),
            ("last packet of a picture lost", without(&[8], &[0, 4]), vec![0, 1, 4, 5]),
            ("a whole picture lost", without(&[6, 7, 8], &[0]), vec![0, 1]),
            ("padding between", padded, vec![0, 1, 2, 0, 1, 2]),
            ("another stream", jumped, vec![0, 1, 1, 2]),
        ];
        for (name, packets, expected) in cases {
            assert_eq!(pictures(packets), expected, "{name}");
        }
    }

    #[test]
    fn a_resent_packet_in_time_heals_the_gap() {
        for (late_ms, healed) in [(50, true), (199, true), (200, false)] {
            let start = clock::now();
            let mut assembler = Assembler::new();
            let mut packets = stream(0, 4, &[0]);
            let lost = packets.remove(4);
            for packet in packets {
                assembler.push(packet, start);
            }
            assembler.expire(start + Duration::from_millis(late_ms));
            assembler.push(lost, start + Duration::from_millis(late_ms));
            let whole = std::iter::from_fn(|| assembler.pop()).count();
            assert_eq!(whole, if healed { 4 } else { 1 }, "{late_ms} ms");
        }
    }

    #[test]
    fn keyframes_are_asked_for_while_needed_and_not_too_often() {
        let start = clock::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut assembler = Assembler::new();
        assert!(!assembler.ask_for_keyframe(at(0)), "before anything arrived");
        let packets = stream(0, 4, &[2]);
        assembler.push(packets[0].clone(), at(0));
        assert!(assembler.ask_for_keyframe(at(1)));
        assert!(!assembler.ask_for_keyframe(at(400)));
        assert!(assembler.ask_for_keyframe(at(501)));
        for packet in packets {
            assembler.push(packet, at(600));
        }
        assert!(!assembler.ask_for_keyframe(at(2000)));
        assembler.broken();
        assert!(assembler.ask_for_keyframe(at(3000)));
    }

    #[test]
    fn a_flood_without_an_end_is_bounded() {
        let now = clock::now();
        let mut assembler = Assembler::new();
        let piece = Bytes::from(vec![0x10; 1100]);
        let begin = VideoPacket { sequence: 0, marker: false, payload: piece };
        assembler.push(begin, now);
        let piece = Bytes::from(vec![0x00; 1100]);
        for sequence in 1..4000 {
            assembler.push(VideoPacket { sequence, marker: false, payload: piece.clone() }, now);
            assert!(
                assembler.picture.as_ref().is_none_or(|bytes| bytes.len() <= PICTURE_BYTES_MAX)
            );
        }
        for sequence in (4001..7000).step_by(2) {
            assembler.push(VideoPacket { sequence, marker: false, payload: piece.clone() }, now);
            assert!(assembler.packets.len() <= REORDER_PACKETS + 1);
        }
    }
}
