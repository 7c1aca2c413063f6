//! What the publisher sends: a picture of 30 frames a second in VP8's form, and a voice in Opus'.

use std::time::{Duration, Instant};

use crate::stamp::{self, Stamp};

const FRAMES_PER_SECOND: u64 = 30;
const FRAME: Duration = Duration::from_nanos(1_000_000_000 / FRAMES_PER_SECOND);
/// The packets of a frame leave within this, as a browser's pacer spreads them.
const SPREAD: Duration = Duration::from_millis(13);
const VOICE_FRAME: Duration = Duration::from_millis(20);
/// Bytes of a packet's payload.
const PICTURE_BYTES: usize = 1_100;
const VOICE_BYTES: usize = 100;
/// RFC 6716 §3.1: CELT, full band, 20 ms, mono, one frame.
const OPUS_TOC: u8 = 0xf8;
/// RFC 6386 §9.1: a keyframe, its start code, 1280 × 720.
const KEYFRAME: [u8; 10] = [0x10, 0x10, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02];
const INTERFRAME: [u8; 3] = [0x11, 0x10, 0x00];

/// Of what a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Picture,
    Voice,
}

/// A packet that is due.
pub(crate) struct Due {
    pub(crate) kind: Kind,
    /// The last of its frame.
    pub(crate) marker: bool,
    pub(crate) timestamp: u32,
    pub(crate) payload: Vec<u8>,
}

/// Packets by their time.
pub(crate) struct Source {
    began: Instant,
    bitrate: u64,
    frame: u64,
    packet: u64,
    is_keyframe: bool,
    voice_frame: u32,
    number: u32,
    /// Whether somebody asked for a keyframe.
    pub(crate) wants_keyframe: bool,
}

impl Source {
    pub(crate) fn new(began: Instant, bitrate: u64) -> Self {
        Self {
            began,
            bitrate,
            frame: 0,
            packet: 0,
            is_keyframe: false,
            voice_frame: 0,
            number: 0,
            wants_keyframe: true,
        }
    }

    /// When the next packet is due.
    pub(crate) fn due_at(&self) -> Instant {
        self.picture_due_at().min(self.voice_due_at())
    }

    /// The number of the next packet.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// The next packet, if it is due.
    pub(crate) fn take(&mut self, now: Instant, stamp: impl FnOnce(u32) -> Stamp) -> Option<Due> {
        if self.due_at() > now {
            return None;
        }
        let stamp = stamp(self.number);
        self.number += 1;
        if self.voice_due_at() <= self.picture_due_at() {
            Some(self.voice(stamp))
        } else {
            Some(self.picture(stamp))
        }
    }

    fn voice(&mut self, stamp: Stamp) -> Due {
        let mut payload = vec![OPUS_TOC];
        stamp.write(&mut payload);
        payload.resize(VOICE_BYTES, 0x55);
        let timestamp = self.voice_frame.wrapping_mul(960);
        self.voice_frame += 1;
        Due { kind: Kind::Voice, marker: false, timestamp, payload }
    }

    fn picture(&mut self, stamp: Stamp) -> Due {
        let is_first = self.packet == 0;
        if is_first {
            self.is_keyframe = std::mem::take(&mut self.wants_keyframe);
        }
        // RFC 7741 §4.2: the descriptor with a picture id of 15 bits.
        let [_, .., high, low] = self.frame.to_be_bytes();
        let mut payload = vec![if is_first { 0x90 } else { 0x80 }, 0x80, 0x80 | high, low];
        if is_first && self.is_keyframe {
            payload.extend_from_slice(&KEYFRAME);
        } else if is_first {
            payload.extend_from_slice(&INTERFRAME);
        }
        stamp.write(&mut payload);
        payload.resize(PICTURE_BYTES, 0x55);
        let ticks = self.frame * (90_000 / FRAMES_PER_SECOND);
        let timestamp = u32::try_from(ticks & u64::from(u32::MAX)).unwrap_or_default();
        self.packet += 1;
        let marker = self.packet == self.packets();
        if marker {
            self.packet = 0;
            self.frame += 1;
        }
        Due { kind: Kind::Picture, marker, timestamp, payload }
    }

    /// How many packets this frame has; their sum is the bitrate.
    fn packets(&self) -> u64 {
        let per_second = 8 * PICTURE_BYTES as u64 * FRAMES_PER_SECOND;
        let until = |frame: u64| frame * self.bitrate / per_second;
        (until(self.frame + 1) - until(self.frame)).max(1)
    }

    fn picture_due_at(&self) -> Instant {
        let of_frame = FRAME.mul_f64(to_f64(self.frame));
        self.began + of_frame + SPREAD.mul_f64(to_f64(self.packet) / to_f64(self.packets()))
    }

    fn voice_due_at(&self) -> Instant {
        self.began + VOICE_FRAME * self.voice_frame
    }
}

const _: () = assert!(stamp::BYTES < VOICE_BYTES);

#[expect(clippy::cast_precision_loss, reason = "frames of minutes, packets of one frame")]
fn to_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_its_bitrate_its_frames_and_its_voice() {
        let began = crate::clock::now();
        let mut source = Source::new(began, 1_500_000);
        let mut dues = vec![];
        let end = began + Duration::from_millis(999);
        let stamp = |number| Stamp { is_measured: false, number, sent_at: 0 };
        while let Some(due) = source.take(end, stamp) {
            assert_eq!(Stamp::read(&due.payload).unwrap().number as usize, dues.len());
            dues.push(due);
        }
        let (voices, pictures): (Vec<_>, Vec<_>) =
            dues.iter().partition(|due| due.kind == Kind::Voice);
        assert_eq!(voices.len(), 50);
        assert_eq!(pictures.iter().filter(|due| due.marker).count(), 30);
        let bits: usize = pictures.iter().map(|due| due.payload.len() * 8).sum();
        assert!((1_480_000..=1_500_000).contains(&bits), "{bits}");
        // Only the first frame is whole, until somebody asks.
        let keyframes = pictures.iter().filter(|due| due.payload[4..14] == KEYFRAME);
        assert_eq!(keyframes.count(), 1);
    }
}
