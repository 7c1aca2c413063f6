//! Everything that the room hears, in one.

use bytes::Bytes;
use opus::{Channels, SoftClip};
use protocol::call::VOICES;

use super::super::limits::FRAME_SAMPLES;
use super::chime::Chime;
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

    /// Takes a packet of one voice; one beyond the last voice is left out.
    pub(super) fn push(&mut self, voice: usize, sequence: u16, payload: Bytes) {
        if let Some(voice) = self.voices.get_mut(voice) {
            voice.push(sequence, payload);
        }
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

    /// The next 20 ms, within full scale.
    pub(super) fn frame(&mut self) -> Frame {
        let mut mix = [0.0; FRAME_SAMPLES];
        for voice in &mut self.voices {
            voice.add_to(&mut mix);
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
    use opus::{Application, Encoder};

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

    /// Two seconds of mix, one packet of each voice per frame unless `lost` says otherwise.
    fn mix(voices: &[u32], lost: impl Fn(usize) -> bool) -> Vec<f32> {
        let mut mixer = Mixer::new().unwrap();
        let packets: Vec<Vec<Bytes>> = voices.iter().map(|&hertz| packets(hertz, 100)).collect();
        let mut samples = Vec::new();
        for number in 0..100 {
            for (voice, packets) in packets.iter().enumerate() {
                if !lost(number) {
                    mixer.push(voice, u16::try_from(number).unwrap(), packets[number].clone());
                }
            }
            samples.extend_from_slice(&mixer.frame());
        }
        samples
    }

    #[test]
    fn all_voices_are_heard_and_nothing_else() {
        let samples = mix(&[440, 700, 1000, 1300], |_| false);
        for (hertz, expected) in
            [(440.0, AMPLITUDE), (700.0, AMPLITUDE), (1000.0, AMPLITUDE), (1300.0, 0.0)]
        {
            let amplitude = amplitude_at(&samples[24_000..], hertz);
            assert!((amplitude - expected).abs() < 0.06, "{hertz}: {amplitude}");
        }
        assert!(samples.iter().all(|sample| sample.abs() <= 1.0));
    }

    #[test]
    fn a_lost_packet_is_hardly_heard() {
        let samples = mix(&[440], |number| number % 7 == 5);
        let amplitude = amplitude_at(&samples[24_000..], 440.0);
        // What is made up is in tune, but not quite in phase.
        assert!((0.2..AMPLITUDE + 0.03).contains(&amplitude), "{amplitude}");
    }

    #[test]
    fn v03_a_loudspeaker_that_is_off_is_silent() {
        let mut mixer = Mixer::new().unwrap();
        mixer.turn(false);
        for (number, packet) in (0..).zip(packets(440, 50)) {
            mixer.push(0, number, packet);
            assert!(mixer.frame().iter().all(|sample| sample.abs() < 1e-6));
        }
        mixer.turn(true);
        let mut heard = false;
        for (number, packet) in (50..).zip(packets(440, 20)) {
            mixer.push(0, number, packet);
            heard |= mixer.frame().iter().any(|sample| sample.abs() > 0.05);
        }
        assert!(heard);
    }

    #[test]
    fn a_call_that_ended_is_silent_and_a_chime_is_not() {
        let mut mixer = Mixer::new().unwrap();
        for (number, packet) in (0..).zip(packets(440, 10)) {
            mixer.push(0, number, packet);
        }
        mixer.quiet().unwrap();
        assert!(mixer.frame().iter().all(|sample| sample.abs() < 1e-6));
        mixer.chime();
        assert!(mixer.frame().iter().any(|sample| sample.abs() > 0.05));
    }
}
