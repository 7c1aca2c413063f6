//! The thread that takes the room's sound and compresses it.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use opus::{Application, Bitrate, Channels, Encoder};
use thiserror::Error;
use tokio::sync::mpsc::Sender;

use super::super::clock;
use super::super::devices::Gauge;
use super::super::limits::{
    DEVICE_RETRY, FRAME_SAMPLES, FRAME_TIME, OPUS_PACKET_BYTES_MAX, OPUS_QUIET_BYTES_MAX,
    SAMPLE_RATE, VOICE_BITRATE_BPS, VOICE_LOSS_PERCENT,
};
use super::recording::Recording;
use super::silence::quietly;
use super::tone::Tone;
use super::wav::WavFile;
use crate::config::{MicrophoneSource, SoundConfig};

/// 20 ms of mono sound.
pub(super) type Frame = [f32; FRAME_SAMPLES];

/// The power of the loudest frame: every sample is 1.
const FRAME_POWER: f32 = 960.0;
const _: () = assert!(FRAME_SAMPLES == 960);
/// The level of silence (RFC 6464 §3).
const LEVEL_SILENT: u8 = 127;
/// How often a microphone is looked at that delivers when it delivers.
const LOOK: Duration = Duration::from_millis(10);
/// A microphone that delivers nothing for so long is opened again.
const DEAF_AFTER: Duration = Duration::from_secs(2);

/// Why there is no sound. All of it is tried again for ever.
#[derive(Debug, Error)]
pub(super) enum SoundError {
    /// The device or file is not there.
    #[error("{0}")]
    Missing(String),
    /// It is there, but not in a form that is understood.
    #[error("{0}")]
    Unusable(String),
}

/// Something that delivers sound.
pub(super) trait SoundSource {
    /// The next frame; `None` if there is none yet. Never waits.
    fn read(&mut self) -> Option<Frame>;

    /// Whether frames come when they come (a device) or when asked for (everything else).
    fn paces_itself(&self) -> bool;
}

/// What the microphone's thread is told. It ends when the channel closes.
pub(in super::super) enum MicrophoneCommand {
    /// Compress sound from now on, as a new stream.
    Send(Sender<OutgoingVoice>),
    /// Only watch whether the source works.
    Idle,
    /// Whether the room may be heard. A muted room sends nothing at all.
    On(bool),
}

/// A compressed frame of this room.
pub(in super::super) struct OutgoingVoice {
    /// Its bytes.
    pub(in super::super) data: Vec<u8>,
    /// When it was taken, on RTP's clock for Opus.
    pub(in super::super) timestamp: u32,
    /// Whether it is the first after a silence.
    pub(in super::super) begins: bool,
    /// How far below the loudest it is, in decibels; 127 is silence (RFC 6464).
    pub(in super::super) level: u8,
}

/// Takes sound until the commands end.
pub(in super::super) fn listen(
    config: &SoundConfig,
    commands: &Receiver<MicrophoneCommand>,
    gauge: &Gauge,
) {
    let mut listener = Listener::new(config, gauge, clock::now());
    loop {
        let wait = listener.due.saturating_duration_since(clock::now());
        match commands.recv_timeout(wait) {
            Ok(command) => listener.obey(command),
            Err(RecvTimeoutError::Timeout) => listener.take(clock::now()),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

struct Listener<'a> {
    config: &'a SoundConfig,
    gauge: &'a Gauge,
    source: Option<Box<dyn SoundSource>>,
    heard_at: Instant,
    sink: Option<Sender<OutgoingVoice>>,
    encoder: Option<Encoder>,
    on: bool,
    begins: bool,
    timestamp: u32,
    due: Instant,
}

impl<'a> Listener<'a> {
    fn new(config: &'a SoundConfig, gauge: &'a Gauge, now: Instant) -> Self {
        Self {
            config,
            gauge,
            source: None,
            heard_at: now,
            sink: None,
            encoder: None,
            on: false,
            begins: true,
            timestamp: 0,
            due: now,
        }
    }

    fn obey(&mut self, command: MicrophoneCommand) {
        match command {
            MicrophoneCommand::Send(sink) => {
                self.encoder = new_encoder()
                    .inspect_err(|error| tracing::error!(%error, "The room cannot be heard."))
                    .ok();
                self.sink = Some(sink);
                self.begins = true;
            }
            MicrophoneCommand::Idle => self.sink = None,
            MicrophoneCommand::On(on) => {
                self.on = on;
                self.begins = true;
            }
        }
    }

    fn take(&mut self, now: Instant) {
        if self.source.is_none() {
            match open(self.config) {
                Ok(source) => {
                    self.source = Some(source);
                    self.gauge.opened();
                    (self.heard_at, self.due) = (now, now);
                }
                Err(error) => {
                    tracing::debug!(%error, "The microphone is tried again.");
                    self.gauge.missing();
                    self.due = now + DEVICE_RETRY;
                }
            }
            return;
        }
        let Some(source) = &mut self.source else { return };
        let paces_itself = source.paces_itself();
        let frame = source.read();
        match frame {
            Some(frame) => {
                self.heard_at = now;
                self.gauge.moved(now);
                self.send(&frame);
                self.due = if paces_itself { now } else { next_frame(self.due, now) };
            }
            None if now.saturating_duration_since(self.heard_at) > DEAF_AFTER => {
                tracing::warn!("The microphone delivers nothing and is opened again.");
                self.source = None;
                self.gauge.missing();
                self.due = now + DEVICE_RETRY;
            }
            None => self.due = now + LOOK,
        }
    }

    fn send(&mut self, frame: &Frame) {
        let timestamp = self.timestamp;
        self.timestamp = timestamp.wrapping_add(u32::try_from(FRAME_SAMPLES).unwrap_or(0));
        if !self.on {
            return;
        }
        let (Some(sink), Some(encoder)) = (&self.sink, &mut self.encoder) else { return };
        match encoder.encode_vec_float(frame, OPUS_PACKET_BYTES_MAX) {
            // The room is quiet, and the other side goes on with what it knows (DTX).
            Ok(data) if data.len() <= OPUS_QUIET_BYTES_MAX => self.begins = true,
            Ok(data) => {
                // A line that takes no packets has no use for old ones.
                let (begins, level) = (self.begins, level_of(frame));
                let _ = sink.try_send(OutgoingVoice { data, timestamp, begins, level });
                self.begins = false;
            }
            Err(error) => tracing::warn!(%error, "A frame of sound was left out."),
        }
    }
}

/// How far below the loudest possible sound a frame is, in decibels (RFC 6464 §3).
fn level_of(frame: &Frame) -> u8 {
    let power: f32 = frame.iter().map(|sample| sample * sample / FRAME_POWER).sum();
    // What is no number is no sound.
    (0..LEVEL_SILENT)
        .find(|level| power >= 10_f32.powf((f32::from(*level) + 0.5) / -10.0))
        .unwrap_or(LEVEL_SILENT)
}

/// When the next frame is due: from the last one, so that time does not drift, but without making
/// up for more than a few frames after the machine was suspended.
fn next_frame(due: Instant, now: Instant) -> Instant {
    let next = due + FRAME_TIME;
    if next + 10 * FRAME_TIME < now { now } else { next }
}

fn open(config: &SoundConfig) -> Result<Box<dyn SoundSource>, SoundError> {
    match config.microphone {
        MicrophoneSource::Device => Ok(Box::new(quietly(Recording::open)?)),
        MicrophoneSource::Tone => Ok(Box::new(Tone::new(config.tone_hz))),
        MicrophoneSource::File => {
            let file = config.file.clone().unwrap_or_default();
            Ok(Box::new(WavFile::open(&file)?))
        }
        MicrophoneSource::None => Err(SoundError::Missing("no microphone is set up".to_owned())),
    }
}

fn new_encoder() -> Result<Encoder, opus::Error> {
    let mut encoder = Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip)?;
    encoder.set_bitrate(Bitrate::Bits(VOICE_BITRATE_BPS))?;
    encoder.set_inband_fec(true)?;
    encoder.set_packet_loss_perc(VOICE_LOSS_PERCENT)?;
    encoder.set_dtx(true)?;
    Ok(encoder)
}

#[cfg(test)]
mod tests {
    use protocol::room::Part;
    use tokio::sync::mpsc::channel;

    use super::super::tone::{AMPLITUDE, tests::amplitude_at};
    use super::*;

    fn config(microphone: MicrophoneSource) -> SoundConfig {
        SoundConfig { microphone, ..SoundConfig::default() }
    }

    fn run(listener: &mut Listener<'_>, until: Instant) {
        while listener.due < until {
            listener.take(listener.due);
        }
    }

    #[test]
    fn a_room_is_heard_only_while_it_may_be() {
        let (config, gauge, start) =
            (config(MicrophoneSource::Tone), Gauge::new(true), clock::now());
        let mut listener = Listener::new(&config, &gauge, start);
        let (sender, mut sent) = channel(1000);
        let second = Duration::from_secs(1);
        listener.obey(MicrophoneCommand::Send(sender));
        run(&mut listener, start + second);
        assert!(sent.try_recv().is_err(), "sent before it was switched on");
        listener.obey(MicrophoneCommand::On(true));
        run(&mut listener, start + 2 * second);
        listener.obey(MicrophoneCommand::On(false));
        run(&mut listener, start + 3 * second);
        listener.obey(MicrophoneCommand::On(true));
        run(&mut listener, start + 4 * second);
        listener.obey(MicrophoneCommand::Idle);
        run(&mut listener, start + 5 * second);

        let sent: Vec<OutgoingVoice> = std::iter::from_fn(|| sent.try_recv().ok()).collect();
        let begins: Vec<usize> = (0..sent.len()).filter(|&index| sent[index].begins).collect();
        assert_eq!((sent.len(), begins), (100, vec![0, 50]));
        assert_eq!(sent[50].timestamp - sent[49].timestamp, 48_000 + 960);
        assert_eq!(gauge.part(listener.due), Part::Works);

        let mut decoder = opus::Decoder::new(SAMPLE_RATE, Channels::Mono).unwrap();
        let mut heard = Vec::new();
        for voice in &sent[..50] {
            let mut frame = [0.0; FRAME_SAMPLES];
            decoder.decode_float(&voice.data, &mut frame, false).unwrap();
            heard.extend_from_slice(&frame);
        }
        let amplitude = amplitude_at(&heard[9600..], 440.0);
        assert!((amplitude - AMPLITUDE).abs() < 0.05, "{amplitude}");
    }

    #[test]
    fn how_loud_a_frame_is() {
        for (amplitude, level) in [(1.0, 0), (0.1, 20), (0.001, 60), (0.0, 127), (f32::NAN, 127)] {
            assert_eq!(level_of(&[amplitude; FRAME_SAMPLES]), level, "{amplitude}");
        }
    }

    #[test]
    fn a_missing_file_is_told_and_tried_for_ever() {
        let config =
            SoundConfig { file: Some("/nonexistent.wav".into()), ..config(MicrophoneSource::File) };
        let (gauge, start) = (Gauge::new(true), clock::now());
        let mut listener = Listener::new(&config, &gauge, start);
        for _ in 0..3 {
            let due = listener.due;
            listener.take(due);
            assert_eq!(listener.due, due + DEVICE_RETRY);
            assert_eq!(gauge.part(due), Part::Missing);
        }
    }
}
