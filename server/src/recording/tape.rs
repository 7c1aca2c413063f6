//! One speaker on a recording: his packets become frames, his frames become files.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use media::{Kind, PeerId, Recorded, StreamId};
use meeting::Timestamp;
use uuid::Uuid;

use super::chain::Chain;
use super::clock::Clock;
use super::frames::{Frame, OPUS_SILENCE, OPUS_SILENCE_MILLIS, Pictures, opus_micros};
use super::part::Part;
use super::webm::{AUDIO, Shape, VIDEO};
use super::window::{Popped, Window};
use crate::limits::{
    KEYFRAME_MILLIS, PART_BYTES_MAX, PART_MILLIS_MAX, PICTURE_WAIT_MILLIS, SILENCE_MILLIS,
};

/// How long a picture stands when nobody knows the next one.
const PICTURE_MILLIS: i64 = 40;

/// One speaker on a recording.
#[derive(Debug)]
pub(super) struct Tape {
    peer: PeerId,
    /// Whether he publishes a picture, and a sound.
    kinds: Shape,
    folder: PathBuf,
    /// When the tape began; frames are counted from here.
    origin: Instant,
    began_at: Timestamp,
    video: Track,
    audio: Track,
    pictures: Pictures,
    last_key: Option<i64>,
    /// The moment up to which there is sound.
    sound_until: i64,
    part: Option<Running>,
}

#[derive(Debug)]
struct Track {
    window: Window,
    clock: Clock,
}

/// A file that is being written, with the moment of the tape at which it begins.
#[derive(Debug)]
struct Running {
    part: Part,
    from: i64,
}

/// What happened to the files of a tape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filed {
    /// A file was begun.
    Begun {
        /// Which.
        part: Uuid,
        /// When.
        at: Timestamp,
        /// What it holds.
        shape: Shape,
    },
    /// A file is complete.
    Ended {
        /// Which.
        part: Uuid,
        /// When it ends.
        at: Timestamp,
        /// Its bytes.
        bytes: u64,
    },
}

/// What a tape writes with.
pub(super) struct Desk<'a> {
    /// The chain of its recording.
    pub(super) chain: &'a mut Chain,
    /// An id for a new file.
    pub(super) mint: &'a dyn Fn() -> Uuid,
    /// What happened.
    pub(super) filed: &'a mut Vec<Filed>,
    /// Streams whose publisher must send a keyframe.
    pub(super) wanted: &'a mut Vec<StreamId>,
}

impl Tape {
    /// A tape that begins now.
    pub(super) fn new(
        (peer, kinds): (PeerId, Shape),
        folder: PathBuf,
        (origin, began_at): (Instant, Timestamp),
    ) -> Self {
        let track = |rate| Track { window: Window::default(), clock: Clock::new(rate) };
        Self {
            peer,
            kinds,
            folder,
            origin,
            began_at,
            video: track(90_000),
            audio: track(48_000),
            pictures: Pictures::default(),
            last_key: None,
            sound_until: 0,
            part: None,
        }
    }

    /// Takes a packet in.
    pub(super) fn take(&mut self, packet: Recorded) {
        match packet.stream.kind {
            Kind::Video => self.video.window.push(packet),
            Kind::Audio => self.audio.window.push(packet),
        }
    }

    /// Writes what can be written at `now`.
    pub(super) fn run(&mut self, now: Instant, desk: &mut Desk<'_>) -> io::Result<()> {
        while let Some(popped) = self.video.window.pop(now) {
            match popped {
                Popped::Packet(packet) => {
                    let was_whole = !self.pictures.needs_keyframe();
                    match self.pictures.take(&packet) {
                        Some(frame) => self.picture(&frame, desk)?,
                        None if was_whole && self.pictures.needs_keyframe() => self.ask(desk),
                        None => {}
                    }
                }
                Popped::Gap => {
                    self.pictures.lost();
                    self.ask(desk);
                }
            }
        }
        while let Some(popped) = self.audio.window.pop(now) {
            if let Popped::Packet(packet) = popped {
                self.sound(&packet, desk)?;
            }
        }
        let moment = self.moment(now);
        if self.audio.window.is_empty() {
            self.silence_until(moment - SILENCE_MILLIS, desk)?;
        }
        if let Some(key) = self.last_key
            && moment - key >= KEYFRAME_MILLIS
        {
            // Asked once; the next one sets it again.
            self.last_key = None;
            self.ask(desk);
        }
        match &mut self.part {
            Some(Running { part, from }) => part.flush_old(moment - *from, desk.chain),
            None => Ok(()),
        }
    }

    /// Makes what was written durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.part.as_ref().map_or(Ok(()), |running| running.part.sync())
    }

    /// Ends the file that is being written.
    pub(super) fn finish(&mut self, desk: &mut Desk<'_>) -> io::Result<()> {
        let Some(Running { mut part, from }) = self.part.take() else { return Ok(()) };
        let ended = part.finish(desk.chain);
        let at = self.began_at.plus_millis(from + part.millis);
        desk.filed.push(Filed::Ended { part: part.id, at, bytes: part.length });
        ended
    }

    fn moment(&self, at: Instant) -> i64 {
        i64::try_from(at.saturating_duration_since(self.origin).as_millis()).unwrap_or(i64::MAX)
    }

    fn micros(&self, at: Instant) -> i64 {
        i64::try_from(at.saturating_duration_since(self.origin).as_micros()).unwrap_or(i64::MAX)
    }

    fn ask(&self, desk: &mut Desk<'_>) {
        desk.wanted.push(StreamId::video(self.peer));
    }

    fn picture(&mut self, frame: &Frame, desk: &mut Desk<'_>) -> io::Result<()> {
        let came = self.micros(frame.at);
        let moment = self.video.clock.micros(frame.timestamp, came).max(0) / 1000;
        if let Some(size) = frame.key {
            self.last_key = Some(moment);
            let shape = Shape { video: Some(size), audio: self.kinds.audio };
            let goes_on = |running: &Running| running.part.shape == shape && !running.is_long();
            if !self.part.as_ref().is_some_and(goes_on) {
                self.finish(desk)?;
                self.begin(shape, moment, desk)?;
            }
        }
        let Some(Running { part, from }) = &mut self.part else { return Ok(()) };
        if part.shape.video.is_none() {
            return Ok(());
        }
        let time = ((moment - *from).max(0), PICTURE_MILLIS);
        part.push((VIDEO, frame.key.is_some()), time, &frame.data, desk.chain)?;
        // Without a keyframe a file that is far too long ends all the same.
        if self.part.as_ref().is_some_and(Running::is_far_too_long) {
            self.finish(desk)?;
            self.pictures.lost();
            self.ask(desk);
        }
        Ok(())
    }

    fn sound(&mut self, packet: &Recorded, desk: &mut Desk<'_>) -> io::Result<()> {
        let Some(micros) = opus_micros(&packet.payload) else { return Ok(()) };
        let came = self.micros(packet.at);
        let moment = self.audio.clock.micros(packet.timestamp, came).max(0) / 1000;
        if self.part.is_none() {
            // The picture comes first, unless it does not come.
            if self.kinds.video.is_some() && moment < PICTURE_WAIT_MILLIS {
                return Ok(());
            }
            self.begin(Shape { video: None, audio: true }, moment, desk)?;
        } else if self.part.as_ref().is_some_and(Running::is_long_sound) {
            self.finish(desk)?;
            self.begin(Shape { video: None, audio: true }, moment, desk)?;
        }
        self.silence_until(moment, desk)?;
        // Frames follow one another without overlap, whatever the clock says.
        let moment = moment.max(self.sound_until);
        self.sound_until = moment + micros / 1000;
        let Some(Running { part, from }) = &mut self.part else { return Ok(()) };
        if part.shape.audio && moment >= *from {
            let time = (moment - *from, micros / 1000);
            part.push((AUDIO, true), time, &packet.payload, desk.chain)?;
        }
        Ok(())
    }

    /// Fills a silence: players count sounds, and would play those after it too early.
    fn silence_until(&mut self, moment: i64, desk: &mut Desk<'_>) -> io::Result<()> {
        let Some(Running { part, from }) = &mut self.part else { return Ok(()) };
        if !part.shape.audio {
            return Ok(());
        }
        self.sound_until = self.sound_until.max(*from);
        while self.sound_until + OPUS_SILENCE_MILLIS <= moment {
            let time = (self.sound_until - *from, OPUS_SILENCE_MILLIS);
            part.push((AUDIO, true), time, &OPUS_SILENCE, desk.chain)?;
            self.sound_until += OPUS_SILENCE_MILLIS;
        }
        Ok(())
    }

    fn begin(&mut self, shape: Shape, from: i64, desk: &mut Desk<'_>) -> io::Result<()> {
        let id = (desk.mint)();
        let part = Part::begin(&self.folder, id, shape, desk.chain)?;
        let at = self.began_at.plus_millis(from);
        desk.filed.push(Filed::Begun { part: id, at, shape });
        self.sound_until = self.sound_until.max(from);
        self.part = Some(Running { part, from });
        Ok(())
    }
}

impl Running {
    fn is_long(&self) -> bool {
        self.part.length >= PART_BYTES_MAX || self.part.millis >= PART_MILLIS_MAX
    }

    fn is_long_sound(&self) -> bool {
        self.part.shape.video.is_none() && self.is_long()
    }

    fn is_far_too_long(&self) -> bool {
        self.part.length >= PART_BYTES_MAX / 8 * 9 || self.part.millis >= PART_MILLIS_MAX / 8 * 9
    }
}
