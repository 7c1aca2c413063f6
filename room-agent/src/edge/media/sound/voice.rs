//! One received voice: a small jitter buffer and its decoder.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use opus::{Channels, Decoder};

use super::super::call::extend;
use super::super::limits::{
    FRAME_SAMPLES, OPUS_PACKET_SAMPLES_MAX, SAMPLE_RATE, VOICE_CONCEALED_MAX, VOICE_PACKETS_MAX,
    VOICE_TARGET_PACKETS,
};

/// A jump of the sequence by more than this is another stream.
const JUMP: u64 = 500;
/// After so many frames with more packets than wanted, one is left out to be in time again.
const CROWDED_MAX: u32 = 50;

/// A voice that can be asked for its next 20 ms whenever the loudspeaker wants them.
pub(super) struct Voice {
    buffer: JitterBuffer,
    decoder: Decoder,
    decoded: VecDeque<f32>,
    /// Samples of the last packet: what a lost one is replaced by.
    packet_samples: usize,
    /// Where a packet is decoded into.
    samples: Vec<f32>,
}

impl Voice {
    pub(super) fn new() -> Result<Self, opus::Error> {
        Ok(Self {
            buffer: JitterBuffer::default(),
            decoder: Decoder::new(SAMPLE_RATE, Channels::Mono)?,
            decoded: VecDeque::new(),
            packet_samples: FRAME_SAMPLES,
            samples: vec![0.0; OPUS_PACKET_SAMPLES_MAX],
        })
    }

    /// Takes a packet as it came off the line.
    pub(super) fn push(&mut self, sequence: u16, payload: Bytes) {
        self.buffer.push(sequence, payload);
    }

    /// Adds the next 20 ms to `mix`.
    pub(super) fn add_to(&mut self, mix: &mut [f32; FRAME_SAMPLES]) {
        while self.decoded.len() < FRAME_SAMPLES {
            if !self.decode_next() {
                break;
            }
        }
        let ready = self.decoded.len().min(FRAME_SAMPLES);
        for (target, sample) in mix.iter_mut().zip(self.decoded.drain(..ready)) {
            *target += sample;
        }
    }

    /// Decodes one packet, or makes one up; false when the voice is silent.
    fn decode_next(&mut self) -> bool {
        let samples = &mut self.samples[..];
        let gap = self.packet_samples;
        let decoded = match self.buffer.pop() {
            Next::Packet(payload) => {
                let decoded = self.decoder.decode_float(&payload, samples, false);
                if let Ok(count) = decoded {
                    self.packet_samples = count;
                }
                decoded
            }
            // The packet after a lost one carries a coarse copy of it.
            Next::Lost { following: Some(payload) } => {
                self.decoder.decode_float(&payload, &mut samples[..gap], true)
            }
            Next::Lost { following: None } => {
                self.decoder.decode_float(&[], &mut samples[..gap], false)
            }
            Next::Silence => return false,
        };
        if let Ok(count) = decoded {
            self.decoded.extend(&samples[..count.min(samples.len())]);
            return count > 0;
        }
        // Rubbish is played as silence.
        self.decoded.extend(std::iter::repeat_n(0.0, gap));
        true
    }
}

/// What is played next.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Packet(Bytes),
    Lost { following: Option<Bytes> },
    Silence,
}

/// Puts packets in order and evens out their arrival. It begins to play when
/// [`VOICE_TARGET_PACKETS`] are there. When it runs dry it makes up sound and waits, so that it
/// holds more afterwards; when it holds too much for a while it leaves a packet out.
#[derive(Debug, Default)]
struct JitterBuffer {
    /// By sequence number, continued beyond 16 bits.
    packets: BTreeMap<u64, Bytes>,
    highest: Option<u64>,
    /// The packet to be played next; `None` while filling.
    next: Option<u64>,
    concealed: u32,
    crowded: u32,
}

impl JitterBuffer {
    fn push(&mut self, sequence: u16, payload: Bytes) {
        let Some(highest) = self.highest else {
            // Far from 0, so that earlier packets have numbers too.
            let first = (1 << 32) + u64::from(sequence);
            self.highest = Some(first);
            self.packets.insert(first, payload);
            return;
        };
        let number = extend(highest, sequence);
        if number.abs_diff(highest) > JUMP {
            *self = Self::default();
            self.push(sequence, payload);
            return;
        }
        if self.next.is_some_and(|next| number < next) {
            return;
        }
        self.highest = Some(highest.max(number));
        self.packets.insert(number, payload);
        while self.packets.len() > VOICE_PACKETS_MAX {
            self.packets.pop_first();
            if self.next.is_some() {
                self.next = self.packets.keys().next().copied();
            }
        }
    }

    fn pop(&mut self) -> Next {
        let Some(mut next) = self.next.or_else(|| self.filled()) else { return Next::Silence };
        if self.packets.len() > VOICE_TARGET_PACKETS + 1 {
            self.crowded += 1;
        } else {
            self.crowded = 0;
        }
        if self.crowded > CROWDED_MAX {
            self.crowded = 0;
            self.packets.remove(&next);
            next += 1;
        }
        if let Some(payload) = self.packets.remove(&next) {
            self.next = Some(next + 1);
            self.concealed = 0;
            return Next::Packet(payload);
        }
        self.concealed += 1;
        if self.concealed > VOICE_CONCEALED_MAX {
            self.next = None;
            self.concealed = 0;
            return Next::Silence;
        }
        if self.packets.is_empty() {
            self.next = Some(next);
            return Next::Lost { following: None };
        }
        self.next = Some(next + 1);
        Next::Lost { following: self.packets.get(&(next + 1)).cloned() }
    }

    fn filled(&self) -> Option<u64> {
        let first = self.packets.keys().next().copied();
        first.filter(|_| self.packets.len() >= VOICE_TARGET_PACKETS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(sequence: u16) -> Bytes {
        Bytes::copy_from_slice(&sequence.to_be_bytes())
    }

    /// Pushes and pops as a string says: numbers arrive, `.` plays; and says what was played:
    /// a number, `-` for one made up, `+` for one made up from the following, `_` for silence.
    fn play(script: &str) -> String {
        let mut buffer = JitterBuffer::default();
        let mut played = Vec::new();
        for word in script.split_whitespace() {
            if let Ok(sequence) = word.parse() {
                buffer.push(sequence, payload(sequence));
                continue;
            }
            for _ in word.chars() {
                played.push(match buffer.pop() {
                    Next::Packet(payload) => {
                        u16::from_be_bytes(payload[..2].try_into().unwrap()).to_string()
                    }
                    Next::Lost { following: Some(_) } => "+".to_owned(),
                    Next::Lost { following: None } => "-".to_owned(),
                    Next::Silence => "_".to_owned(),
                });
            }
        }
        played.join(" ")
    }

    #[test]
    fn packets_are_played_in_order_and_in_time() {
        let cases = [
            ("filling", "1 . 2 . 3 ...", "_ _ 1 2 3"),
            ("reordered", "1 3 2 ...", "1 2 3"),
            ("twice", "1 1 2 2 3 3 ....", "1 2 3 -"),
            ("around the end", "65534 65535 0 1 ....", "65534 65535 0 1"),
            ("one lost", "1 2 4 5 .....", "1 2 + 4 5"),
            ("two lost", "1 2 5 .....", "1 2 - + 5"),
            ("late", "1 2 4 ... 3 .", "1 2 + 4"),
            ("dry, then goes on", "1 2 3 ..... 4 5 ..", "1 2 3 - - 4 5"),
            ("dry for long, fills again", "1 2 3 ......... 4 .", "1 2 3 - - - - - _ _"),
            ("another stream", "1 2 3 . 30000 30001 30002 ...", "1 30000 30001 30002"),
        ];
        for (name, script, expected) in cases {
            assert_eq!(play(script), expected, "{name}");
        }
    }

    #[test]
    fn it_never_holds_more_than_its_limit_and_catches_up() {
        let mut buffer = JitterBuffer::default();
        (0..100).for_each(|sequence| buffer.push(sequence, payload(sequence)));
        assert_eq!(buffer.packets.len(), VOICE_PACKETS_MAX);
        for sequence in 100..1000 {
            buffer.push(sequence, payload(sequence));
            assert_ne!(buffer.pop(), Next::Silence);
        }
        assert!(buffer.packets.len() <= VOICE_TARGET_PACKETS + 1, "{}", buffer.packets.len());
    }

    #[test]
    fn rubbish_is_silence_and_not_the_end() {
        let mut voice = Voice::new().unwrap();
        for sequence in 0..6 {
            voice.push(sequence, Bytes::from_static(&[0xff, 0xff, 0xff]));
        }
        for _ in 0..20 {
            let mut mix = [0.0; FRAME_SAMPLES];
            voice.add_to(&mut mix);
            assert!(mix.iter().all(|sample| sample.abs() < 0.01));
        }
    }
}
