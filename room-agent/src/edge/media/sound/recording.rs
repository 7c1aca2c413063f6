//! The system's microphone.

use std::collections::VecDeque;
use std::num::NonZero;

use rodio::Source;
use rodio::microphone::{Microphone, MicrophoneBuilder};

use super::super::limits::{FRAME_SAMPLES, SAMPLE_RATE};
use super::microphone::{Frame, SoundError, SoundSource};
use super::resample::Resampler;

/// An open microphone.
pub(super) struct Recording {
    microphone: Microphone,
    resampler: Resampler,
    samples: VecDeque<f32>,
}

impl Recording {
    pub(super) fn open() -> Result<Self, SoundError> {
        let builder = MicrophoneBuilder::new()
            .default_device()
            .and_then(|builder| builder.default_config())
            .map_err(|error| SoundError::Missing(describe(&error)))?
            .prefer_sample_rates(NonZero::new(SAMPLE_RATE))
            .prefer_channel_counts([NonZero::<u16>::MIN]);
        let microphone =
            builder.open_stream().map_err(|error| SoundError::Missing(describe(&error)))?;
        let (channels, rate) = (microphone.channels().get(), microphone.sample_rate().get());
        tracing::info!(
            sound.channels = channels,
            sound.rate = rate,
            sound.resampled = rate != SAMPLE_RATE,
            "The microphone is open."
        );
        let resampler = Resampler::new(channels, rate);
        Ok(Self { microphone, resampler, samples: VecDeque::new() })
    }
}

impl SoundSource for Recording {
    fn read(&mut self) -> Option<Frame> {
        // `next` waits for ever when nothing is there; the lower bound of `size_hint` is what is.
        let ready = self.microphone.size_hint().0;
        for sample in self.microphone.by_ref().take(ready) {
            self.resampler.push(sample, |sample| self.samples.push_back(sample));
        }
        if self.samples.len() < FRAME_SAMPLES {
            return None;
        }
        let mut frame = [0.0; FRAME_SAMPLES];
        for (target, sample) in frame.iter_mut().zip(self.samples.drain(..FRAME_SAMPLES)) {
            *target = sample;
        }
        Some(frame)
    }

    fn paces_itself(&self) -> bool {
        true
    }
}

/// An error with what caused it, which is where the sound system says something.
pub(super) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
