//! Everything that the room hears, in one.

use std::time::Instant;

use opus::{Channels, SoftClip};
use protocol::call::VOICES;

use super::super::limits::FRAME_SAMPLES;
use super::chime::Chime;
use super::jitter::{Heard, VoiceFrame};
use super::microphone::Frame;
use super::voice::Voice;

/// Mixes up to [`VOICES`] voices and a chime.
pub(super) struct Mixer {
    voices: Vec<Voice>,
    chime: Option<Chime>,
    off: bool,
    clip: SoftClip,
}

impl Mixer {
    pub(super) fn new() -> Result<Self, opus::Error> {
        let voices = (0..VOICES).map(|_| Voice::new()).collect::<Result<_, _>>()?;
        Ok(Self { voices, chime: None, off: false, clip: SoftClip::new(Channels::Mono) })
    }

    /// Takes a frame of one voice; one beyond the last voice is left out.
    pub(super) fn push(&mut self, voice: usize, frame: VoiceFrame) {
        if let Some(voice) = self.voices.get_mut(voice) {
            voice.push(frame);
        }
    }

    /// How many frames of voices were played in this call, and how many of them made up.
    pub(super) fn heard(&self) -> Heard {
        self.voices.iter().map(Voice::heard).fold(Heard::default(), |all, one| Heard {
            frames: all.frames + one.frames,
            concealed: all.concealed + one.concealed,
        })
    }

    /// Plays the chime, from its beginning.
    pub(super) fn chime(&mut self) {
        self.chime = Some(Chime::default());
    }

    /// Lets voices be heard, or not. They go on unheard, so that nothing late is heard after.
    pub(super) fn turn(&mut self, on: bool) {
        self.off = !on;
    }

    /// Forgets all voices: the call ended.
    pub(super) fn quiet(&mut self) -> Result<(), opus::Error> {
        for voice in &mut self.voices {
            *voice = Voice::new()?;
        }
        Ok(())
    }

    /// What is due at `now`, 20 ms of it, within full scale.
    pub(super) fn frame(&mut self, now: Instant) -> Frame {
        let mut mix = [0.0; FRAME_SAMPLES];
        for voice in &mut self.voices {
            voice.add_to(&mut mix, now);
        }
        if self.off {
            mix.fill(0.0);
        }
        if self.chime.as_mut().is_some_and(|chime| !chime.add_to(&mut mix)) {
            self.chime = None;
        }
        self.clip.apply(&mut mix);
        mix
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use opus::{Application, Encoder};

    use super::super::super::clock;
    use super::super::microphone::SoundSource;
    use super::super::tone::{AMPLITUDE, Tone, tests::amplitude_at};
    use super::*;

    fn packets(hertz: u32, count: usize) -> Vec<Bytes> {
        let mut encoder = Encoder::new(48_000, Channels::Mono, Application::Voip).unwrap();
        encoder.set_inband_fec(true).unwrap();
        encoder.set_packet_loss_perc(20).unwrap();
        let mut tone = Tone::new(hertz);
        (0..count)
            .map(|_| encoder.encode_vec_float(&tone.read().unwrap(), 1275).unwrap().into())
            .collect()
    }

    /// A mixer and the time in which packets come to it, 20 ms apart.
    struct Room {
        mixer: Mixer,
        start: Instant,
    }

    impl Room {
        fn new() -> Self {
            Self { mixer: Mixer::new().unwrap(), start: clock::now() }
        }

        fn at(&self, number: usize) -> Instant {
            self.start + Duration::from_millis(20) * u32::try_from(number).unwrap()
        }

        fn push(&mut self, voice: usize, number: usize, payload: Bytes) {
            let sequence = u16::try_from(number).unwrap();
            let (timestamp, at) = (u32::from(sequence) * 960, self.at(number));
            self.mixer.push(voice, VoiceFrame { sequence, timestamp, payload, at });
        }

        fn frame(&mut self, number: usize) -> Frame {
            self.mixer.frame(self.at(number))
        }
    }

    /// Two seconds of mix, one packet of each voice per frame unless `lost` says otherwise.
    fn mix(voices: &[u32], lost: impl Fn(usize) -> bool) -> (Vec<f32>, Heard) {
        let mut room = Room::new();
        let packets: Vec<Vec<Bytes>> = voices.iter().map(|&hertz| packets(hertz, 100)).collect();
        let mut samples = Vec::new();
        for number in 0..100 {
            for (voice, packets) in packets.iter().enumerate() {
                if !lost(number) {
                    room.push(voice, number, packets[number].clone());
                }
            }
            samples.extend_from_slice(&room.frame(number));
        }
        (samples, room.mixer.heard())
    }

    #[test]
    fn all_voices_are_heard_and_nothing_else() {
        let (samples, heard) = mix(&[440, 700, 1000, 1300], |_| false);
        for (hertz, expected) in
            [(440.0, AMPLITUDE), (700.0, AMPLITUDE), (1000.0, AMPLITUDE), (1300.0, 0.0)]
        {
            let amplitude = amplitude_at(&samples[24_000..], hertz);
            assert!((amplitude - expected).abs() < 0.06, "{hertz}: {amplitude}");
        }
        assert!(samples.iter().all(|sample| sample.abs() <= 1.0));
        assert_eq!(heard.concealed, 0);
    }

    #[test]
    fn a_lost_packet_is_hardly_heard() {
        let (samples, heard) = mix(&[440], |number| number % 7 == 5);
        let amplitude = amplitude_at(&samples[24_000..], 440.0);
        // What is made up is in tune, but not quite in phase.
        assert!((0.2..AMPLITUDE + 0.03).contains(&amplitude), "{amplitude}");
        assert!((12..=14).contains(&heard.concealed), "{heard:?}");
    }

    #[test]
    fn v03_a_loudspeaker_that_is_off_is_silent() {
        let mut room = Room::new();
        room.mixer.turn(false);
        let mut heard = false;
        for (number, packet) in packets(440, 70).into_iter().enumerate() {
            if number == 50 {
                room.mixer.turn(true);
            }
            room.push(0, number, packet);
            let frame = room.frame(number);
            let loudest = frame.iter().fold(0.0, |most: f32, sample| most.max(sample.abs()));
            assert!(number >= 50 || loudest < 1e-6);
            heard |= loudest > 0.05;
        }
        assert!(heard);
    }

    #[test]
    fn a_call_that_ended_is_silent_and_a_chime_is_not() {
        let mut room = Room::new();
        for (number, packet) in packets(440, 10).into_iter().enumerate() {
            room.push(0, number, packet);
        }
        room.mixer.quiet().unwrap();
        assert!(room.frame(10).iter().all(|sample| sample.abs() < 1e-6));
        room.mixer.chime();
        assert!(room.frame(11).iter().any(|sample| sample.abs() > 0.05));
    }
}
