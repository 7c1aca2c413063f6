//! The thread that takes the room's pictures and compresses them.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Sender;

use super::super::clock;
use super::super::devices::Gauge;
use super::super::limits::{DEVICE_RETRY, KEYFRAME_EVERY, LAYERS_MAX};
use super::super::vp8::{Encoder, EncoderSettings, TICKS_PER_SECOND};
use super::scale::Scaler;
use super::source::{FrameSource, PictureSetup, SourceError};
use super::still::{StillSink, StillTaker};
use super::{I420, Size};

/// Pictures outside a call are taken this far apart: enough to know that the camera works.
const IDLE_INTERVAL: Duration = Duration::from_secs(1);
/// Bits per pixel beyond which VP8 looks no better.
const PIXELS_PER_BIT: u32 = 5;
/// Below this a picture is mush whatever its size.
const BITRATE_BPS_MIN: u32 = 150_000;

/// What the capture thread is told. It ends when the channel closes.
pub(in super::super) enum CaptureCommand {
    /// Compress pictures from now on, as a new stream.
    Send(PictureSink),
    /// Only watch whether the source works.
    Idle,
    /// Take small stills besides, or none.
    Stills(Option<StillSink>),
    /// Somebody needs a picture of this layer that can be decoded by itself.
    Keyframe(usize),
    /// Compress so many layers from now on, the smallest first.
    Layers(usize),
}

/// Where compressed pictures go, and how they should be.
pub(in super::super) struct PictureSink {
    /// Where they go. While it is full pictures are left out *before* they are compressed, so
    /// that none is missing between two that were.
    pub(in super::super) pictures: Sender<OutgoingPicture>,
    /// At most this large.
    pub(in super::super) size: Size,
    /// In so many layers, each half as wide and high as the next.
    pub(in super::super) layers: usize,
    /// At most so many a second.
    pub(in super::super) frames_per_second: u8,
    /// At most so many bits a second, in all layers together.
    pub(in super::super) bitrate_bps_max: u32,
}

/// A compressed picture of this room.
pub(in super::super) struct OutgoingPicture {
    /// Its layer, counted from the smallest.
    pub(in super::super) layer: usize,
    /// Its bytes.
    pub(in super::super) data: Vec<u8>,
    /// When it was taken, on RTP's clock for video.
    pub(in super::super) timestamp: u32,
}

/// Takes pictures until the commands end.
pub(in super::super) fn capture(
    setup: &PictureSetup,
    commands: &Receiver<CaptureCommand>,
    gauge: &Gauge,
) {
    let mut capture = Capture::new(setup, gauge, clock::now());
    loop {
        let wait = capture.due.saturating_duration_since(clock::now());
        match commands.recv_timeout(wait) {
            Ok(command) => capture.obey(command, clock::now()),
            Err(RecvTimeoutError::Timeout) => capture.take(clock::now()),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

struct Capture<'a> {
    setup: &'a PictureSetup,
    gauge: &'a Gauge,
    source: Option<Box<dyn FrameSource>>,
    sink: Option<PictureSink>,
    layers: [Layer; LAYERS_MAX],
    /// How many layers are wanted.
    wanted: usize,
    scaler: Scaler,
    began: Instant,
    /// When to look for a picture.
    due: Instant,
    /// When to compress the next one that comes.
    compress_at: Instant,
    stills: Option<StillTaker>,
}

/// What makes the pictures of one layer.
#[derive(Default)]
struct Layer {
    encoder: Option<Encoder>,
    keyframe_wanted: bool,
    keyframe_at: Option<Instant>,
}

impl<'a> Capture<'a> {
    fn new(setup: &'a PictureSetup, gauge: &'a Gauge, now: Instant) -> Self {
        Self {
            setup,
            gauge,
            source: None,
            sink: None,
            layers: Default::default(),
            wanted: LAYERS_MAX,
            scaler: Scaler::new(),
            began: now,
            due: now,
            compress_at: now,
            stills: None,
        }
    }

    fn obey(&mut self, command: CaptureCommand, now: Instant) {
        match command {
            CaptureCommand::Send(sink) => {
                self.layers = Default::default();
                self.sink = Some(sink);
                self.compress_at = now;
                if self.source.is_some() {
                    self.due = now;
                }
            }
            CaptureCommand::Idle => {
                self.sink = None;
                self.layers = Default::default();
            }
            CaptureCommand::Stills(sink) => {
                self.stills = sink.map(|sink| StillTaker::new(sink, now));
            }
            CaptureCommand::Keyframe(layer) => self.want_keyframe(layer, now),
            CaptureCommand::Layers(wanted) => {
                if self.wanted == 0 && wanted > 0 && self.source.is_some() {
                    (self.due, self.compress_at) = (now, now);
                }
                self.wanted = wanted;
                // A layer that comes back comes with a key frame.
                for layer in self.layers.iter_mut().skip(wanted) {
                    *layer = Layer::default();
                }
            }
        }
    }

    /// Somebody sees nothing until he gets one: the next picture is compressed whenever it comes,
    /// which on a line of few pictures a second is much sooner than its turn.
    fn want_keyframe(&mut self, layer: usize, now: Instant) {
        let Some(layer) = self.layers.get_mut(layer) else { return };
        layer.keyframe_wanted = true;
        if self.sink.is_some() && layer.may_make_keyframe(now) {
            self.compress_at = self.compress_at.min(now);
            self.due = self.due.min(now);
        }
    }

    /// Looks for a picture and does with it what is to be done.
    fn take(&mut self, now: Instant) {
        let wanted = self.wanted_size();
        let picture = match self.next_picture(wanted) {
            Ok(picture) => picture,
            Err(error) => {
                tracing::warn!(%error, "The source of pictures is tried again.");
                self.gauge.missing();
                self.source = None;
                self.due = now + DEVICE_RETRY;
                return;
            }
        };
        self.due = self.next_due(now);
        let Some(picture) = picture else { return };
        self.gauge.moved(now);
        if let Some(stills) = &mut self.stills {
            stills.offer(&picture, &mut self.scaler, now);
        }
        // A camera may be a little early; half an interval decides whose turn it is.
        if self.compress_at <= now + self.interval() / 2 {
            self.compress_at = (self.compress_at + self.interval()).max(now);
            self.compress(&picture, now);
        }
    }

    fn next_picture(&mut self, wanted: Size) -> Result<Option<I420>, SourceError> {
        if let Some(source) = &mut self.source {
            return source.next(wanted);
        }
        let source = self.source.insert(self.setup.open(wanted)?);
        self.gauge.opened();
        source.next(wanted)
    }

    fn compress(&mut self, picture: &I420, now: Instant) {
        let Some(sink) = &self.sink else { return };
        let count = sink.layers.clamp(1, LAYERS_MAX);
        let wanted = self.wanted.min(count);
        if sink.pictures.capacity() < wanted {
            return;
        }
        let whole = picture.size().fit_into(sink.size);
        let ticks = ticks_between(self.began, now);
        for (number, layer) in self.layers.iter_mut().enumerate().take(wanted) {
            let size = layer_size(whole, count - 1 - number);
            let scaled = (size != picture.size()).then(|| self.scaler.scale(picture, size));
            let scaled = scaled.flatten();
            let picture = scaled.as_ref().unwrap_or(picture);
            let bitrate_bps_max = share_of(sink.bitrate_bps_max, count, number);
            let settings = settings_for(sink.frames_per_second, bitrate_bps_max, picture.size());
            if let Some(data) = layer.compress(picture, settings, (ticks, now)) {
                let timestamp = u32::try_from(ticks & i64::from(u32::MAX)).unwrap_or(0);
                // There was room above, and nobody else sends.
                let _ = sink.pictures.try_send(OutgoingPicture { layer: number, data, timestamp });
            }
        }
    }

    fn wanted_size(&self) -> Size {
        let bounds = self.setup.bounds();
        self.sink.as_ref().map_or(bounds, |sink| bounds.fit_into(sink.size))
    }

    fn interval(&self) -> Duration {
        if self.wanted == 0 {
            return IDLE_INTERVAL;
        }
        let own = u8::try_from(self.setup.config.frames_per_second).unwrap_or(u8::MAX);
        let wanted = self.sink.as_ref().map(|sink| sink.frames_per_second.min(own).max(1));
        wanted.map_or(IDLE_INTERVAL, |wanted| Duration::from_secs(1) / u32::from(wanted))
    }

    fn next_due(&self, now: Instant) -> Instant {
        let paces_itself = self.source.as_ref().is_some_and(|source| source.paces_itself());
        if paces_itself && self.sink.is_some() && self.wanted > 0 {
            now
        } else {
            // From the last due time, so that pictures do not drift; but none is made up for.
            (self.due + self.interval()).max(now)
        }
    }
}

impl Layer {
    fn may_make_keyframe(&self, now: Instant) -> bool {
        self.keyframe_at.is_none_or(|at| now >= at + KEYFRAME_EVERY)
    }

    fn compress(
        &mut self,
        picture: &I420,
        settings: EncoderSettings,
        (ticks, now): (i64, Instant),
    ) -> Option<Vec<u8>> {
        if self.encoder.as_ref().is_none_or(|encoder| encoder.settings() != settings) {
            match Encoder::new(settings) {
                Ok(encoder) => self.encoder = Some(encoder),
                Err(error) => tracing::error!(%error, "The camera's picture cannot be compressed."),
            }
        }
        let keyframe = self.keyframe_wanted && self.may_make_keyframe(now);
        let encoder = self.encoder.as_mut()?;
        match encoder.encode(picture, ticks, keyframe) {
            Ok(Some(compressed)) => {
                if compressed.keyframe {
                    self.keyframe_wanted = false;
                    self.keyframe_at = Some(now);
                }
                Some(compressed.data)
            }
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(%error, "The encoder begins anew.");
                self.encoder = None;
                None
            }
        }
    }
}

/// A picture's size after halving it so often; both sides stay even.
fn layer_size(whole: Size, halvings: usize) -> Size {
    let side = |side: u16| ((side >> halvings) & !1).max(2);
    Size { width: side(whole.width), height: side(whole.height) }
}

/// What a layer may have of the bits that all have together: each a third of the next larger one.
fn share_of(bitrate_bps: u32, layers: usize, layer: usize) -> u32 {
    let weight = |layer: usize| 3_u32.saturating_pow(u32::try_from(layer).unwrap_or(u32::MAX));
    let all: u32 = (0..layers).map(weight).sum();
    let share = u64::from(bitrate_bps) * u64::from(weight(layer)) / u64::from(all.max(1));
    u32::try_from(share).unwrap_or(bitrate_bps)
}

fn settings_for(frames_per_second: u8, bitrate_bps_max: u32, size: Size) -> EncoderSettings {
    let pixels = u32::try_from(size.pixels()).unwrap_or(u32::MAX);
    let useful = pixels.saturating_mul(u32::from(frames_per_second)) / PIXELS_PER_BIT;
    let bitrate_bps = useful.max(BITRATE_BPS_MIN).min(bitrate_bps_max);
    EncoderSettings { size, frames_per_second: frames_per_second.max(1), bitrate_bps }
}

fn ticks_between(from: Instant, to: Instant) -> i64 {
    let micros = i64::try_from(to.saturating_duration_since(from).as_micros()).unwrap_or(i64::MAX);
    micros.saturating_mul(i64::from(TICKS_PER_SECOND / 10_000)) / 100
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::channel;

    use super::super::super::vp8::is_keyframe;
    use super::super::mark::Mark;
    use super::*;
    use crate::config::{PictureConfig, PictureSource};

    const SIZE: Size = Size { width: 320, height: 180 };

    fn setup(source: PictureSource) -> PictureSetup {
        let config = PictureConfig {
            source,
            device: "/dev/null".into(),
            width: 320,
            height: 180,
            frames_per_second: 20,
            ..PictureConfig::default()
        };
        PictureSetup { config, point: uuid::Uuid::from_u128(1), point_name: "Phủ Lý".to_owned() }
    }

    fn sink(pictures: Sender<OutgoingPicture>) -> PictureSink {
        PictureSink {
            pictures,
            size: SIZE,
            layers: 1,
            frames_per_second: 10,
            bitrate_bps_max: 300_000,
        }
    }

    /// Runs a capture on virtual time, taking whenever it is due.
    fn run(capture: &mut Capture<'_>, until: Instant) {
        while capture.due < until {
            capture.take(capture.due);
        }
    }

    #[test]
    fn a_call_gets_pictures_at_its_rate_and_keyframes_on_request() {
        let (setup, gauge, start) = (setup(PictureSource::Test), Gauge::new(true), clock::now());
        let mut capture = Capture::new(&setup, &gauge, start);
        run(&mut capture, start + Duration::from_secs(3));
        let (sender, mut sent) = channel(100);
        let call = start + Duration::from_secs(3);
        capture.obey(CaptureCommand::Send(sink(sender)), call);
        run(&mut capture, call + Duration::from_secs(2));
        capture.obey(CaptureCommand::Keyframe(0), call + Duration::from_secs(2));
        run(&mut capture, call + Duration::from_secs(3));
        capture.obey(CaptureCommand::Idle, call + Duration::from_secs(3));
        run(&mut capture, call + Duration::from_secs(6));

        let sent: Vec<OutgoingPicture> = std::iter::from_fn(|| sent.try_recv().ok()).collect();
        assert_eq!(sent.len(), 30);
        let keyframes: Vec<usize> =
            (0..sent.len()).filter(|&index| is_keyframe(&sent[index].data)).collect();
        assert_eq!(keyframes, [0, 20]);
        assert_eq!(sent[11].timestamp - sent[10].timestamp, 9000);
        let mut decoder = super::super::super::vp8::Decoder::new().unwrap();
        let first = decoder.decode(&sent[0].data).unwrap().unwrap();
        assert_eq!(Mark::read(first.y(), SIZE), Some(Mark::new(setup.point, 3)));
    }

    #[test]
    fn a_keyframe_does_not_wait_for_its_turn() {
        let (setup, gauge, start) = (setup(PictureSource::Test), Gauge::new(true), clock::now());
        let mut capture = Capture::new(&setup, &gauge, start);
        let (sender, mut sent) = channel(100);
        let slow = PictureSink { frames_per_second: 1, ..sink(sender) };
        capture.obey(CaptureCommand::Send(slow), start);
        run(&mut capture, start + Duration::from_millis(900));
        let mut keyframes_after = |capture: &mut Capture<'_>, millis, until| {
            while sent.try_recv().is_ok() {}
            capture.obey(CaptureCommand::Keyframe(0), start + Duration::from_millis(millis));
            run(capture, start + Duration::from_millis(until));
            let sent: Vec<OutgoingPicture> = std::iter::from_fn(|| sent.try_recv().ok()).collect();
            sent.iter().filter(|picture| is_keyframe(&picture.data)).count()
        };
        assert_eq!(keyframes_after(&mut capture, 900, 910), 1, "at once");
        assert_eq!(keyframes_after(&mut capture, 1_000, 1_100), 0, "but not twice in a row");
        assert_eq!(keyframes_after(&mut capture, 1_100, 2_500), 1, "only later");
    }

    #[test]
    fn a_full_sink_leaves_pictures_out_before_they_are_compressed() {
        let (setup, gauge, start) = (setup(PictureSource::Test), Gauge::new(true), clock::now());
        let mut capture = Capture::new(&setup, &gauge, start);
        let (sender, mut sent) = channel(2);
        capture.obey(CaptureCommand::Send(sink(sender)), start);
        let mut decoder = super::super::super::vp8::Decoder::new().unwrap();
        for second in 1..4 {
            run(&mut capture, start + Duration::from_secs(second));
            for _ in 0..2 {
                let picture = decoder.decode(&sent.try_recv().unwrap().data).unwrap().unwrap();
                assert!(Mark::read(picture.y(), SIZE).is_some());
            }
            assert!(sent.try_recv().is_err());
        }
    }

    #[test]
    fn layers_that_nobody_wants_are_not_compressed() {
        let (setup, gauge, start) = (setup(PictureSource::Test), Gauge::new(true), clock::now());
        let mut capture = Capture::new(&setup, &gauge, start);
        let (sender, mut sent) = channel(100);
        capture.obey(CaptureCommand::Send(PictureSink { layers: 2, ..sink(sender) }), start);
        let mut second = 0;
        let mut seen = |capture: &mut Capture<'_>, wanted: Option<usize>| {
            if let Some(wanted) = wanted {
                capture.obey(CaptureCommand::Layers(wanted), start + Duration::from_secs(second));
            }
            second += 1;
            run(capture, start + Duration::from_secs(second));
            let pictures: Vec<_> = std::iter::from_fn(|| sent.try_recv().ok()).collect();
            let first = |layer| pictures.iter().find(|picture| picture.layer == layer);
            let is_whole = |layer| first(layer).is_some_and(|picture| is_keyframe(&picture.data));
            let count = |layer| pictures.iter().filter(|picture| picture.layer == layer).count();
            ([count(0), count(1)], [is_whole(0), is_whole(1)])
        };
        assert_eq!(seen(&mut capture, None), ([10, 10], [true, true]));
        assert_eq!(seen(&mut capture, Some(1)), ([10, 0], [false, false]));
        assert_eq!(seen(&mut capture, Some(0)), ([0, 0], [false, false]));
        assert_eq!(seen(&mut capture, Some(2)), ([10, 10], [true, true]));
    }

    #[test]
    fn layers_share_what_there_is() {
        let whole = Size { width: 1280, height: 720 };
        assert_eq!(layer_size(whole, 2), Size { width: 320, height: 180 });
        assert_eq!(
            layer_size(Size { width: 854, height: 480 }, 1),
            Size { width: 426, height: 240 }
        );
        let shares: Vec<u32> = (0..3).map(|layer| share_of(1_300_000, 3, layer)).collect();
        assert_eq!(shares, [100_000, 300_000, 900_000]);
        assert_eq!(share_of(500_000, 1, 0), 500_000);
    }

    #[test]
    fn a_missing_device_is_told_and_tried_for_ever() {
        use protocol::room::Part;
        for source in [PictureSource::Camera, PictureSource::File] {
            let (setup, gauge, start) = (setup(source), Gauge::new(true), clock::now());
            let mut capture = Capture::new(&setup, &gauge, start);
            for _ in 0..3 {
                let due = capture.due;
                capture.take(due);
                assert_eq!(capture.due, due + DEVICE_RETRY);
                assert_eq!(gauge.part(due), Part::Missing);
            }
        }
    }
}
