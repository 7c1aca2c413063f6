//! Other rates than 48 kHz, by linear interpolation: good enough for a voice from a device that
//! offers nothing better.

use super::super::limits::SAMPLE_RATE;

/// Turns interleaved samples of any rate into mono at 48 kHz, keeping its place between calls.
pub(super) struct Resampler {
    channels: usize,
    /// Input samples per output sample.
    step: f64,
    /// Where the next output sample is, after `last`, in input samples.
    position: f64,
    last: f32,
    frame: Vec<f32>,
}

impl Resampler {
    pub(super) fn new(channels: u16, rate: u32) -> Self {
        Self {
            channels: usize::from(channels.max(1)),
            step: f64::from(rate.max(1)) / f64::from(SAMPLE_RATE),
            position: 0.0,
            last: 0.0,
            frame: Vec::new(),
        }
    }

    /// Takes one sample of one channel and gives what can be said then.
    pub(super) fn push(&mut self, sample: f32, mut out: impl FnMut(f32)) {
        self.frame.push(sample);
        if self.frame.len() < self.channels {
            return;
        }
        let count = u16::try_from(self.channels).unwrap_or(u16::MAX);
        let mono = self.frame.iter().sum::<f32>() / f32::from(count);
        self.frame.clear();
        while self.position < 1.0 {
            let share = super::tone::narrow(self.position);
            out(self.last + (mono - self.last) * share);
            self.position += self.step;
        }
        self.position -= 1.0;
        self.last = mono;
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::super::tone::narrow;
    use super::super::tone::tests::amplitude_at;
    use super::*;

    #[test]
    fn a_tone_keeps_its_pitch_whatever_the_rate() {
        for (channels, rate) in [(1, 48_000), (2, 48_000), (1, 44_100), (2, 16_000), (1, 96_000)] {
            let mut resampler = Resampler::new(channels, rate);
            let mut out = Vec::new();
            for index in 0..rate {
                let sample = narrow(0.3 * (TAU * 440.0 * f64::from(index) / f64::from(rate)).sin());
                for _ in 0..channels {
                    resampler.push(sample, |sample| out.push(sample));
                }
            }
            assert!(out.len().abs_diff(48_000) <= 3, "{rate}: {} samples", out.len());
            let amplitude = amplitude_at(&out[..47_990], 440.0);
            assert!((amplitude - 0.3).abs() < 0.01, "{channels} × {rate}: {amplitude}");
        }
    }
}
