//! The threads that do the work, and what they are told.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::time::Instant;

use fleet::Picture;
use tokio::sync::mpsc::Sender;

use super::call::{Decoding, Loss, Reception};
use super::devices::Gauge;
use super::engine::{DeviceParts, MediaConfig};
use super::limits::{
    COMMANDS, LAYER_WIDTH_MIN, LAYERS_MAX, PICTURES_TO_DECODE, VOICE_PACKETS_TO_MIX,
};
use super::picture::{
    CaptureCommand, DecodeInput, OutgoingPicture, PictureSetup, PictureSink, PictureSlot,
    PictureSlots, Size, capture, decode,
};
use super::sound::{HeardSoFar, MicrophoneCommand, OutgoingVoice, SoundInput, listen, play};
use super::threads::Threads;
use crate::config::{LoudspeakerKind, MicrophoneSource};

/// The threads that do the work, as the call's thread sees them.
pub(super) struct Workshop {
    capture: Arc<SyncSender<CaptureCommand>>,
    microphone: SyncSender<MicrophoneCommand>,
    reception: Reception,
    heard: Arc<HeardSoFar>,
    slot: PictureSlot,
    gauges: [Gauge; 3],
    bounds: Size,
    frames_per_second_max: u8,
    loopback: bool,
}

impl Workshop {
    pub(super) fn start(
        threads: &mut Threads,
        config: MediaConfig,
        slots: &PictureSlots,
    ) -> io::Result<Self> {
        let MediaConfig { picture, sound, point, point_name, loopback } = config;
        let frames_per_second_max = u8::try_from(picture.frames_per_second).unwrap_or(u8::MAX);
        let setup = PictureSetup { config: picture, point, point_name };
        let bounds = setup.bounds();
        let gauges = [
            Gauge::new(true),
            Gauge::new(sound.microphone != MicrophoneSource::None),
            Gauge::new(sound.loudspeaker != LoudspeakerKind::None),
        ];
        let [camera_gauge, microphone_gauge, loudspeaker_gauge] = gauges.clone();

        let (capture_commands, inbox) = sync_channel(COMMANDS);
        threads.start("media-camera", move || capture(&setup, &inbox, &camera_gauge))?;

        let (microphone, inbox) = sync_channel(COMMANDS);
        let loudspeaker = sound.loudspeaker;
        if sound.microphone != MicrophoneSource::None {
            threads.start("media-voice", move || listen(&sound, &inbox, &microphone_gauge))?;
        }
        let (to_mix, inbox) = sync_channel(VOICE_PACKETS_TO_MIX);
        let heard = Arc::new(HeardSoFar::default());
        let count = Arc::clone(&heard);
        threads.start("media-sound", move || {
            play(loudspeaker, &inbox, &loudspeaker_gauge, &count);
        })?;

        let main = decoding(threads, "media-decode", slots.main.clone())?;
        let content = decoding(threads, "media-content", slots.content.clone())?;
        let tiles = slots.tiles.iter();
        let tiles: io::Result<_> =
            tiles.map(|slot| decoding(threads, "media-tile", slot.clone())).collect();
        let loss = Arc::new(Loss::default());
        let reception = Reception { main, content, tiles: tiles?, sound: to_mix, loss };
        Ok(Self {
            capture: Arc::new(capture_commands),
            microphone,
            reception,
            heard,
            slot: slots.main.clone(),
            gauges,
            bounds,
            frames_per_second_max,
            loopback,
        })
    }

    /// Begins to send in a new call, in at most so many layers. The picture is as the plan wants
    /// it, within what the room can.
    pub(super) fn send(
        &self,
        wanted: Picture,
        layers: usize,
        pictures: &Sender<OutgoingPicture>,
        voice: &Sender<OutgoingVoice>,
    ) {
        self.tell_capture(CaptureCommand::Layers(LAYERS_MAX));
        self.send_picture(wanted, layers, pictures);
        self.tell_microphone(MicrophoneCommand::Send(voice.clone()));
    }

    /// Begins to send another picture. One of no bits is none: the line carries sound only.
    pub(super) fn send_picture(
        &self,
        wanted: Picture,
        layers: usize,
        pictures: &Sender<OutgoingPicture>,
    ) {
        if wanted.bitrate_bps_max == 0 {
            return self.tell_capture(CaptureCommand::Idle);
        }
        self.tell_capture(CaptureCommand::Send(PictureSink {
            pictures: pictures.clone(),
            size: self.size(wanted),
            layers: self.layers(wanted).min(layers),
            frames_per_second: wanted.frames_per_second.min(self.frames_per_second_max),
            bitrate_bps_max: wanted.bitrate_bps_max,
        }));
    }

    /// In how many layers a picture is sent: a small one has no use for smaller ones.
    pub(super) fn layers(&self, wanted: Picture) -> usize {
        match self.size(wanted).width {
            width if width >= 2 * LAYER_WIDTH_MIN => LAYERS_MAX,
            width if width >= LAYER_WIDTH_MIN => 2,
            _ => 1,
        }
    }

    fn size(&self, wanted: Picture) -> Size {
        let least = Size { width: 2, height: 2 };
        let size = Size::checked(wanted.width.into(), wanted.height.into()).unwrap_or(least);
        self.bounds.fit_into(size)
    }

    /// Who is told that a key frame is asked for, as long as the engine runs.
    pub(super) fn capture(&self) -> Weak<SyncSender<CaptureCommand>> {
        Arc::downgrade(&self.capture)
    }

    /// Where received media goes.
    pub(super) fn reception(&self) -> Reception {
        self.reception.clone()
    }

    /// Whether loopback addresses are offered.
    pub(super) fn loopback(&self) -> bool {
        self.loopback
    }

    /// How many pictures were decoded so far.
    pub(super) fn decoded(&self) -> u64 {
        self.slot.decoded()
    }

    /// The share of packets lost since the last question, in percent.
    pub(super) fn loss_percent(&self) -> f32 {
        self.reception.loss.take_percent()
    }

    /// Frames of voices that were played so far, and those of them that were made up.
    pub(super) fn voice_frames(&self) -> (u32, u32) {
        self.heard.frames()
    }

    /// How the devices are.
    pub(super) fn devices(&self, now: Instant) -> DeviceParts {
        let [camera, microphone, loudspeaker] = self.gauges.each_ref().map(|gauge| gauge.part(now));
        DeviceParts { camera, microphone, loudspeaker }
    }

    /// Tells a thread something. One that takes nothing hangs in a driver, and hears of it later
    /// by its channel's end.
    pub(super) fn tell_capture(&self, command: CaptureCommand) {
        if self.capture.try_send(command).is_err() {
            tracing::warn!("The camera's thread takes no commands.");
        }
    }

    pub(super) fn tell_microphone(&self, command: MicrophoneCommand) {
        // A room without a microphone has no such thread.
        let _ = self.microphone.try_send(command);
    }

    pub(super) fn tell_sound(&self, input: SoundInput) {
        let _ = self.reception.sound.try_send(input);
    }

    /// Stops sending and forgets what was received.
    pub(super) fn rest(&self) {
        self.tell_capture(CaptureCommand::Idle);
        self.tell_microphone(MicrophoneCommand::Idle);
        self.tell_sound(SoundInput::Quiet);
        // The decoder always moves on, so this waits for a few pictures at most; without it one
        // of them would stand on the screen for ever.
        let Reception { main, content, tiles, .. } = &self.reception;
        for decoding in [main, content].into_iter().chain(tiles.iter()) {
            let _ = decoding.pictures.send(DecodeInput::Clear);
            decoding.broken.store(false, Ordering::Relaxed);
        }
    }
}

/// A thread that decodes into a slot.
fn decoding(threads: &mut Threads, name: &'static str, slot: PictureSlot) -> io::Result<Decoding> {
    let (pictures, inbox) = sync_channel(PICTURES_TO_DECODE);
    let broken = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&broken);
    threads.start(name, move || decode(&inbox, &slot, &told))?;
    Ok(Decoding { pictures, broken })
}
