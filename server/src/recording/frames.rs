//! Frames out of RTP payloads: VP8 (RFC 7741) and Opus (RFC 7587, RFC 6716).

use std::time::Instant;

use media::Recorded;

use crate::limits::FRAME_RECORDED_BYTES_MAX;

/// A whole frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// In ticks of the stream's RTP clock.
    pub(super) timestamp: u32,
    /// When its first packet came.
    pub(super) at: Instant,
    /// Width and height, when a decoder can begin with it.
    pub(super) key: Option<(u16, u16)>,
    /// Its bytes.
    pub(super) data: Vec<u8>,
}

/// Puts VP8 pictures together. After a loss nothing comes out before the next keyframe.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    /// The picture that is being put together.
    begun: Option<Frame>,
    /// Whether a decoder that has everything so far can go on.
    whole: bool,
}

impl Pictures {
    /// Packets were lost.
    pub(super) fn lost(&mut self) {
        self.begun = None;
        self.whole = false;
    }

    /// Whether only a keyframe helps.
    pub(super) fn needs_keyframe(&self) -> bool {
        !self.whole
    }

    /// Takes the next packet; the picture that it completes.
    pub(super) fn take(&mut self, packet: &Recorded) -> Option<Frame> {
        let Some((is_first, data)) = vp8_payload(&packet.payload) else {
            self.lost();
            return None;
        };
        if is_first {
            // A picture that never ended is lost, and those after it build on it.
            if self.begun.is_some() {
                self.lost();
            }
            let key = key_size(data);
            self.whole |= key.is_some();
            let (timestamp, at) = (packet.timestamp, packet.at);
            self.begun = Some(Frame { timestamp, at, key, data: Vec::new() });
        }
        let begun = self.begun.as_mut()?;
        let fits = begun.data.len() + data.len() <= FRAME_RECORDED_BYTES_MAX;
        if begun.timestamp != packet.timestamp || !fits {
            self.lost();
            return None;
        }
        begun.data.extend_from_slice(data);
        if !packet.marker {
            return None;
        }
        self.begun.take().filter(|_| self.whole)
    }
}

/// What a VP8 payload carries: whether a picture begins with it, and the bytes behind the
/// descriptor (RFC 7741 §4.2).
fn vp8_payload(payload: &[u8]) -> Option<(bool, &[u8])> {
    let (&first, mut rest) = payload.split_first()?;
    if first & 0x80 != 0 {
        let (&extension, after) = rest.split_first()?;
        rest = after;
        if extension & 0x80 != 0 {
            let (&picture, after) = rest.split_first()?;
            rest = if picture & 0x80 == 0 { after } else { after.get(1..)? };
        }
        if extension & 0x40 != 0 {
            rest = rest.get(1..)?;
        }
        if extension & 0x30 != 0 {
            rest = rest.get(1..)?;
        }
    }
    let begins = first & 0x17 == 0x10;
    (!rest.is_empty()).then_some((begins, rest))
}

/// Width and height of a keyframe (RFC 6386 §9.1).
fn key_size(data: &[u8]) -> Option<(u16, u16)> {
    let head = data.first_chunk::<10>()?;
    let [tag, _, _, 0x9d, 0x01, 0x2a, width @ .., height_low, height_high] = head else {
        return None;
    };
    let side = |bytes: [u8; 2]| u16::from_le_bytes(bytes) & 0x3fff;
    let (width, height) = (side(*width), side([*height_low, *height_high]));
    (tag & 1 == 0 && width > 0 && height > 0).then_some((width, height))
}

/// How long an Opus packet lasts, in microseconds (RFC 6716 §3.1); `None` when it is none.
pub(super) fn opus_micros(packet: &[u8]) -> Option<i64> {
    let (&toc, rest) = packet.split_first()?;
    let frame: i64 = match toc >> 3 {
        config @ 0..=11 => [10_000, 20_000, 40_000, 60_000][usize::from(config & 3)],
        config @ 12..=15 => [10_000, 20_000][usize::from(config & 1)],
        config => [2_500, 5_000, 10_000, 20_000][usize::from(config & 3)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => i64::from(rest.first()? & 0x3f),
    };
    let micros = frame * count;
    (1..=120_000).contains(&micros).then_some(micros)
}

/// 20 ms of silence, as an Opus packet.
pub(super) const OPUS_SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
/// How long it lasts.
pub(super) const OPUS_SILENCE_MILLIS: i64 = 20;

#[cfg(test)]
pub(super) mod tests {
    use media::{PeerId, StreamId};

    use super::*;
    use crate::edge::Edge;

    pub(in crate::recording) const KEY: [u8; 11] =
        [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01, 7];

    fn packet(timestamp: u32, marker: bool, payload: &[u8]) -> Recorded {
        Recorded {
            stream: StreamId::video(PeerId(1)),
            sequence: 0,
            timestamp,
            marker,
            payload: bytes::Bytes::copy_from_slice(payload),
            at: Edge::real().instant(),
        }
    }

    fn with(descriptor: &[u8], data: &[u8]) -> Vec<u8> {
        [descriptor, data].concat()
    }

    #[test]
    fn v11_recording_puts_pictures_together() {
        let mut pictures = Pictures::default();
        // Nothing before a keyframe.
        assert_eq!(pictures.take(&packet(1, true, &with(&[0x10], &[0x11, 5]))), None);
        assert!(pictures.needs_keyframe());
        // A keyframe in two packets, with every field of the descriptor.
        let long = [0x90, 0xf0, 0x92, 0x34, 7, 0x20];
        assert_eq!(pictures.take(&packet(2, false, &with(&long, &KEY))), None);
        let frame = pictures.take(&packet(2, true, &with(&[0x80, 0x80, 0x05], &[9]))).unwrap();
        assert_eq!(frame.key, Some((640, 360)));
        assert_eq!(frame.data, with(&KEY, &[9]));
        // An inter frame, then a loss: what builds on it is dropped until a keyframe.
        let inter = with(&[0x10], &[0x11, 5]);
        assert_eq!(pictures.take(&packet(3, true, &inter)).unwrap().key, None);
        pictures.lost();
        assert_eq!(pictures.take(&packet(4, true, &inter)), None);
        assert!(pictures.take(&packet(5, true, &with(&[0x10], &KEY))).is_some());
        // A picture whose end is missing.
        assert_eq!(pictures.take(&packet(6, false, &inter)), None);
        assert_eq!(pictures.take(&packet(7, true, &inter)), None);
        assert!(pictures.needs_keyframe());
    }

    #[test]
    fn v11_recording_knows_how_long_a_sound_lasts() {
        for (packet, micros) in [
            (&OPUS_SILENCE[..], Some(20_000)),
            (&[0x78, 1], Some(20_000)),
            (&[0x08], Some(20_000)),
            (&[0x18], Some(60_000)),
            (&[0xfb, 0x03], Some(60_000)),
            (&[0xfb, 0x00], None),
            (&[0xfb, 0x3f], None),
            (&[], None),
            (&[0xfb], None),
        ] {
            assert_eq!(opus_micros(packet), micros, "{packet:02x?}");
        }
    }

    #[test]
    fn v11_recording_survives_garbage() {
        let mut state = 7_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            u8::try_from(state >> 56).unwrap()
        };
        let mut pictures = Pictures::default();
        for round in 0..20_000_u32 {
            let length = usize::from(random() % 24);
            let payload: Vec<u8> = (0..length).map(|_| random()).collect();
            let _ = pictures.take(&packet(round / 3, random() & 1 == 0, &payload));
            let _ = opus_micros(&payload);
        }
    }
}
