//! A tone instead of a microphone.

use std::f64::consts::TAU;

use super::super::limits::{FRAME_SAMPLES, SAMPLE_RATE};
use super::microphone::{Frame, SoundSource};

/// Loudness of the tone, as a share of full scale.
pub(super) const AMPLITUDE: f64 = 0.3;

/// A sine whose phase runs on from frame to frame.
pub(super) struct Tone {
    /// Where in the period the next sample is, in turns.
    turn: f64,
    turns_per_sample: f64,
}

impl Tone {
    pub(super) fn new(hertz: u32) -> Self {
        Self { turn: 0.0, turns_per_sample: f64::from(hertz) / f64::from(SAMPLE_RATE) }
    }
}

impl SoundSource for Tone {
    fn read(&mut self) -> Option<Frame> {
        let mut frame = [0.0; FRAME_SAMPLES];
        for sample in &mut frame {
            *sample = narrow(AMPLITUDE * (TAU * self.turn).sin());
            self.turn = (self.turn + self.turns_per_sample).fract();
        }
        Some(frame)
    }

    fn paces_itself(&self) -> bool {
        false
    }
}

/// A sample as sound cards take it.
#[expect(clippy::cast_possible_truncation, reason = "24 bits of sound are more than can be heard")]
pub(super) fn narrow(sample: f64) -> f32 {
    sample as f32
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// How much of `hertz` is in the sound, as an amplitude (Goertzel).
    pub(in super::super) fn amplitude_at(samples: &[f32], hertz: f64) -> f64 {
        let omega = TAU * hertz / f64::from(SAMPLE_RATE);
        let (mut last, mut before) = (0.0, 0.0);
        for &sample in samples {
            (last, before) = (f64::from(sample) + 2.0 * omega.cos() * last - before, last);
        }
        let power = last * last + before * before - 2.0 * omega.cos() * last * before;
        2.0 * power.max(0.0).sqrt() / f64::from(u32::try_from(samples.len()).unwrap())
    }

    #[test]
    fn a_tone_is_pure_and_without_clicks() {
        let mut tone = Tone::new(440);
        let samples: Vec<f32> = (0..50).flat_map(|_| tone.read().unwrap()).collect();
        assert!((amplitude_at(&samples, 440.0) - AMPLITUDE).abs() < 0.001);
        assert!(amplitude_at(&samples, 441.5) < 0.2);
        assert!(amplitude_at(&samples, 1000.0) < 0.001);
        let step = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(step < 0.02, "a click of {step}");
    }
}
