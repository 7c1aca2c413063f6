//! One received voice: its jitter buffer and its decoder.

use std::collections::VecDeque;
use std::time::Instant;

use opus::{Channels, Decoder};

use super::super::limits::{FRAME_SAMPLES, OPUS_PACKET_SAMPLES_MAX, SAMPLE_RATE};
use super::jitter::{Heard, JitterBuffer, Mending, Next, VoiceFrame};

/// A frame whose samples are smaller on average is a pause: 46 dB below the loudest.
const QUIET: f32 = 0.005;

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

    /// Takes a frame as it came off the line.
    pub(super) fn push(&mut self, frame: VoiceFrame) {
        self.buffer.push(frame);
    }

    /// How many frames were played so far, and how many of them made up.
    pub(super) fn heard(&self) -> Heard {
        self.buffer.heard()
    }

    /// Adds what is due at `now`, 20 ms of it, to `mix`.
    pub(super) fn add_to(&mut self, mix: &mut [f32; FRAME_SAMPLES], now: Instant) {
        while self.decoded.len() < FRAME_SAMPLES {
            if !self.decode_next(now) {
                break;
            }
        }
        let ready = self.decoded.len().min(FRAME_SAMPLES);
        for (target, sample) in mix.iter_mut().zip(self.decoded.drain(..ready)) {
            *target += sample;
        }
    }

    /// Decodes one packet, or makes one up; false when the voice is silent.
    fn decode_next(&mut self, now: Instant) -> bool {
        let samples = &mut self.samples[..];
        let gap = self.packet_samples;
        let mut mending = Mending::None;
        let decoded = match self.buffer.pop(now) {
            Next::Frame(payload, wanted) => {
                mending = wanted;
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
        let Ok(count) = decoded else {
            // Rubbish is played as silence.
            self.decoded.extend(std::iter::repeat_n(0.0, gap));
            return true;
        };
        let frame = samples.get(..count).unwrap_or_default();
        let times = match mending {
            Mending::Shorten if is_quiet(frame) => 0,
            Mending::ShortenNow => 0,
            Mending::Lengthen if is_quiet(frame) => 2,
            _ => 1,
        };
        if times != 1 {
            self.buffer.mended();
        }
        for _ in 0..times {
            self.decoded.extend(frame);
        }
        count > 0
    }
}

/// Whether nothing is heard in a frame.
fn is_quiet(frame: &[f32]) -> bool {
    let above: f32 = frame.iter().map(|sample| sample.abs() - QUIET).sum();
    above < 0.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use opus::{Application, Encoder};

    use super::super::super::clock;
    use super::super::microphone::SoundSource;
    use super::super::tone::Tone;
    use super::*;

    /// Plays frames that come every 20 ms, and says how loud each 20 ms were.
    fn play(voice: &mut Voice, payloads: &[Bytes]) -> Vec<f32> {
        let start = clock::now();
        let mut loud = Vec::new();
        for (sequence, payload) in (0..).zip(payloads) {
            let at = start + Duration::from_millis(20) * u32::from(sequence);
            let timestamp = u32::from(sequence) * 960;
            voice.push(VoiceFrame { sequence, timestamp, payload: payload.clone(), at });
            let mut mix = [0.0; FRAME_SAMPLES];
            voice.add_to(&mut mix, at);
            loud.push(mix.iter().fold(0.0, |most: f32, sample| most.max(sample.abs())));
        }
        loud
    }

    #[test]
    fn rubbish_is_silence_and_not_the_end() {
        let mut voice = Voice::new().unwrap();
        let rubbish = vec![Bytes::from_static(&[0xff, 0xff, 0xff]); 20];
        assert!(play(&mut voice, &rubbish).iter().all(|loud| *loud < 0.01));
        assert!(voice.heard().frames > 10);
    }

    /// A voice of 20 s over a line that stands still for 240 ms, once: its frames that wait after it,
    /// those that wait at the end, and the loud ones that were played. `speaks` says in which
    /// frames it is loud.
    fn over_a_line_that_stood(speaks: impl Fn(u32) -> bool) -> (usize, usize, u64) {
        let mut encoder = Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip).unwrap();
        let (mut tone, silence) = (Tone::new(440), [0.0; FRAME_SAMPLES]);
        let (mut voice, start) = (Voice::new().unwrap(), clock::now());
        let (mut line, mut played, mut after) = (VecDeque::new(), 0, 0);
        for step in 0..1_000_u32 {
            let now = start + Duration::from_millis(20) * step;
            let spoken = tone.read().unwrap();
            let frame = if speaks(step) { spoken } else { silence };
            line.push_back((step, encoder.encode_vec_float(&frame, 1275).unwrap()));
            while !(100..112).contains(&step)
                && let Some((number, payload)) = line.pop_front()
            {
                let (sequence, timestamp) = (u16::try_from(number).unwrap(), number * 960);
                voice.push(VoiceFrame { sequence, timestamp, payload: payload.into(), at: now });
            }
            let mut mix = [0.0; FRAME_SAMPLES];
            voice.add_to(&mut mix, now);
            played += u64::from(mix.iter().any(|sample| sample.abs() > 0.1));
            if step == 120 {
                after = voice.buffer.behind();
            }
        }
        (after, voice.buffer.behind(), played)
    }

    #[test]
    fn pauses_are_shortened_when_the_voice_is_late() {
        let (after, behind, played) = over_a_line_that_stood(|step| step % 50 < 25);
        assert!(after > behind && behind <= 4, "{after}, then {behind} frames");
        // Half of a thousand frames; the codec lets each utterance end a frame later.
        assert!((500..=540).contains(&played), "{played}: what is spoken is not shortened");
    }

    #[test]
    fn a_voice_without_pauses_is_hurried_too() {
        let (after, behind, _) = over_a_line_that_stood(|_| true);
        assert!(behind + 3 <= after, "{after}, then {behind} frames");
    }
}
