//! Two soft notes that say that something concerns this room.

use std::f64::consts::TAU;

use super::super::limits::{FRAME_SAMPLES, SAMPLE_RATE};
use super::tone::narrow;

/// Pitch in hertz and beginning in seconds of each note: a rising fifth.
const NOTES: [(f64, f64); 2] = [(587.33, 0.0), (880.0, 0.18)];
const LOUDNESS: f64 = 0.2;
/// A note falls to about a third of its loudness in this time, in seconds.
const DECAY: f64 = 0.25;
const SAMPLES: u32 = SAMPLE_RATE * 12 / 10;

/// A chime being played.
#[derive(Debug, Default)]
pub(super) struct Chime {
    sample: u32,
}

impl Chime {
    /// Adds the next 20 ms to `mix`; false when it has died away.
    pub(super) fn add_to(&mut self, mix: &mut [f32; FRAME_SAMPLES]) -> bool {
        for target in mix {
            let at = f64::from(self.sample) / f64::from(SAMPLE_RATE);
            let sound: f64 = NOTES.iter().map(|&(hertz, begins)| note(hertz, at - begins)).sum();
            *target += narrow(LOUDNESS * sound);
            self.sample += 1;
        }
        self.sample < SAMPLES
    }
}

fn note(hertz: f64, at: f64) -> f64 {
    if at < 0.0 {
        return 0.0;
    }
    // Five milliseconds of rise, so that it does not click.
    (at / 0.005).min(1.0) * (-at / DECAY).exp() * (TAU * hertz * at).sin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sounds_and_dies_away() {
        let mut chime = Chime::default();
        let mut samples = Vec::new();
        loop {
            let mut mix = [0.0; FRAME_SAMPLES];
            let goes_on = chime.add_to(&mut mix);
            samples.extend_from_slice(&mix);
            if !goes_on {
                break;
            }
        }
        let loudest = samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!((0.1..0.5).contains(&loudest), "{loudest}");
        assert!(samples.last().unwrap().abs() < 0.01);
        assert_eq!(samples.len(), 48_000 * 12 / 10);
    }
}
