//! The thread that plays what the room hears.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel,
};
use std::time::{Duration, Instant};

use rodio::cpal::BufferSize;
use rodio::{
    ChannelCount, CpalErrorKind, DeviceSinkBuilder, DeviceSinkError, MixerDeviceSink, SampleRate,
    Source,
};

use super::super::clock;
use super::super::devices::Gauge;
use super::super::limits::{DEVICE_RETRY, FRAME_SAMPLES, FRAMES_TO_PLAY, SAMPLE_RATE};
use super::jitter::{Heard, VoiceFrame};
use super::microphone::Frame;
use super::mixer::Mixer;
use super::recording::describe;
use super::silence::quietly;
use crate::config::LoudspeakerKind;

/// How often the mixer looks whether the sound card wants more.
const LOOK: Duration = Duration::from_millis(10);
/// A sound card that takes nothing for so long is opened again.
const STUCK_AFTER: Duration = Duration::from_secs(3);

const RATE: SampleRate = match NonZero::new(SAMPLE_RATE) {
    Some(rate) => rate,
    None => NonZero::<u32>::MIN,
};

/// Errors in a row without a frame being played, after which a sound card is opened again.
const COMPLAINTS_MAX: u32 = 100;

/// What the loudspeaker's thread is given. It ends when the channel closes.
pub(in super::super) enum SoundInput {
    /// A frame of one voice, counted from 0, as it came off the line.
    Voice(usize, VoiceFrame),
    /// Play the chime.
    Chime,
    /// Whether voices are heard; the chime always is.
    On(bool),
    /// The call ended.
    Quiet,
}

/// How many frames of voices were played since the engine started, from call to call.
#[derive(Debug, Default)]
pub(in super::super) struct HeardSoFar {
    frames: AtomicU32,
    concealed: AtomicU32,
}

impl HeardSoFar {
    /// All of them, and those that were made up.
    pub(in super::super) fn frames(&self) -> (u32, u32) {
        (self.frames.load(Ordering::Relaxed), self.concealed.load(Ordering::Relaxed))
    }
}

/// Plays until the input ends, and counts the frames that were made up.
pub(in super::super) fn play(
    kind: LoudspeakerKind,
    input: &Receiver<SoundInput>,
    gauge: &Gauge,
    count: &HeardSoFar,
) {
    let heard = Heard::default();
    let mut player = match Mixer::new() {
        Ok(mixer) => Player { mixer, heard, output: None, retry_at: clock::now() },
        Err(error) => {
            tracing::error!(%error, "Nothing can be heard.");
            return;
        }
    };
    loop {
        let wait = if player.output.is_some() { LOOK } else { DEVICE_RETRY };
        match input.recv_timeout(wait) {
            Ok(input) => player.take(input),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if kind == LoudspeakerKind::Device {
            player.feed(clock::now(), gauge);
            player.count(count);
        }
    }
}

struct Player {
    mixer: Mixer,
    /// What has been counted.
    heard: Heard,
    output: Option<Output>,
    retry_at: Instant,
}

/// An open loudspeaker. Closes when dropped.
struct Output {
    frames: SyncSender<Box<Frame>>,
    waiting: Option<Box<Frame>>,
    complaints: Arc<AtomicU32>,
    took_at: Instant,
    _sink: MixerDeviceSink,
}

impl Player {
    fn take(&mut self, input: SoundInput) {
        match input {
            SoundInput::Voice(voice, frame) => self.mixer.push(voice, frame),
            SoundInput::On(on) => self.mixer.turn(on),
            SoundInput::Chime => self.mixer.chime(),
            SoundInput::Quiet => {
                self.heard = Heard::default();
                if let Err(error) = self.mixer.quiet() {
                    tracing::error!(%error, "Nothing can be heard.");
                }
            }
        }
    }

    fn count(&mut self, so_far: &HeardSoFar) {
        let heard = self.mixer.heard();
        let add = |total: &AtomicU32, now: u64, before: u64| {
            let more = u32::try_from(now.saturating_sub(before)).unwrap_or(0);
            total.fetch_add(more, Ordering::Relaxed);
        };
        add(&so_far.frames, heard.frames, self.heard.frames);
        add(&so_far.concealed, heard.concealed, self.heard.concealed);
        self.heard = heard;
    }

    /// Gives the sound card as much as it takes; opens it if it is not.
    fn feed(&mut self, now: Instant, gauge: &Gauge) {
        match &mut self.output {
            Some(output) => {
                if output.feed(&mut self.mixer, now, gauge) {
                    return;
                }
                tracing::warn!("The loudspeaker was lost and is tried again.");
                self.output = None;
                gauge.missing();
                self.retry_at = now + DEVICE_RETRY;
            }
            None if now >= self.retry_at => match quietly(|| Output::open(now)) {
                Ok(output) => {
                    gauge.opened();
                    self.output = Some(output);
                }
                Err(error) => {
                    tracing::debug!(error = describe(&error), "The loudspeaker is tried again.");
                    gauge.missing();
                    self.retry_at = now + DEVICE_RETRY;
                }
            },
            None => {}
        }
    }
}

impl Output {
    fn open(now: Instant) -> Result<Self, DeviceSinkError> {
        let complaints = Arc::new(AtomicU32::new(0));
        // 20 ms at a time where the card lets us choose, so that a voice is not late.
        let period = u32::try_from(FRAME_SAMPLES).unwrap_or(960);
        let mut sink =
            match builder(&complaints)?.with_buffer_size(BufferSize::Fixed(period)).open_stream() {
                Ok(sink) => sink,
                Err(_) => builder(&complaints)?.open_sink_or_fallback()?,
            };
        sink.log_on_drop(false);
        let (frames, outlet) = sync_channel(FRAMES_TO_PLAY);
        sink.mixer().add(Outlet { frames: outlet, frame: Box::new([0.0; FRAME_SAMPLES]), next: 0 });
        let config = sink.config();
        tracing::info!(
            sound.channels = config.channel_count().get(),
            sound.rate = config.sample_rate().get(),
            "The loudspeaker is open."
        );
        Ok(Self { frames, waiting: None, complaints, took_at: now, _sink: sink })
    }

    /// False when the loudspeaker is lost.
    fn feed(&mut self, mixer: &mut Mixer, now: Instant, gauge: &Gauge) -> bool {
        while self.complaints.load(Ordering::Relaxed) < COMPLAINTS_MAX {
            let frame = self.waiting.take().unwrap_or_else(|| Box::new(mixer.frame(now)));
            match self.frames.try_send(frame) {
                Ok(()) => {
                    self.took_at = now;
                    self.complaints.store(0, Ordering::Relaxed);
                    gauge.moved(now);
                }
                Err(TrySendError::Full(frame)) => {
                    self.waiting = Some(frame);
                    return now.saturating_duration_since(self.took_at) < STUCK_AFTER;
                }
                Err(TrySendError::Disconnected(_)) => return false,
            }
        }
        false
    }
}

fn builder(
    complaints: &Arc<AtomicU32>,
) -> Result<DeviceSinkBuilder<impl FnMut(rodio::CpalError) + Send + Clone + 'static>, DeviceSinkError>
{
    let complaints = Arc::clone(complaints);
    let builder = DeviceSinkBuilder::from_default_device()?;
    Ok(builder.with_sample_rate(RATE).with_error_callback(move |error| {
        let gone = [
            CpalErrorKind::DeviceNotAvailable,
            CpalErrorKind::HostUnavailable,
            CpalErrorKind::StreamInvalidated,
        ];
        // The others often mend themselves, an underrun for one; the card is given up when they
        // come in a row and nothing is played between them.
        let weight = if gone.contains(&error.kind()) { COMPLAINTS_MAX } else { 1 };
        if complaints.fetch_add(weight, Ordering::Relaxed) == 0 {
            tracing::debug!(%error, "The loudspeaker stumbled.");
        }
    }))
}

/// What the sound card's own thread pulls from: frames while there are some, silence otherwise.
struct Outlet {
    frames: Receiver<Box<Frame>>,
    frame: Box<Frame>,
    next: usize,
}

impl Iterator for Outlet {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.next == FRAME_SAMPLES {
            self.next = 0;
            match self.frames.try_recv() {
                Ok(frame) => self.frame = frame,
                Err(TryRecvError::Empty) => self.frame.fill(0.0),
                Err(TryRecvError::Disconnected) => return None,
            }
        }
        let sample = self.frame.get(self.next).copied();
        self.next += 1;
        sample
    }
}

impl Source for Outlet {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> ChannelCount {
        NonZero::<u16>::MIN
    }

    fn sample_rate(&self) -> SampleRate {
        RATE
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outlet_plays_frames_silence_and_ends() {
        let (sender, frames) = sync_channel(2);
        let mut outlet = Outlet { frames, frame: Box::new([0.0; FRAME_SAMPLES]), next: 0 };
        let mut pull = || outlet.by_ref().take(FRAME_SAMPLES).collect::<Vec<f32>>();
        assert_eq!(pull(), [0.0; FRAME_SAMPLES]);
        sender.send(Box::new([0.5; FRAME_SAMPLES])).unwrap();
        assert_eq!(pull(), [0.5; FRAME_SAMPLES]);
        assert_eq!(pull(), [0.0; FRAME_SAMPLES]);
        drop(sender);
        assert!(pull().is_empty());
    }
}
