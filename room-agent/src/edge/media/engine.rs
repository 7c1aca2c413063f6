//! The door of the engine: what it is told, what it tells, and when it ends.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use fleet::Picture;
use protocol::call::{CallMids, Relay};
use protocol::room::Part;
use thiserror::Error;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::desk::Desk;
use super::limits::{CLOSE_TIME, COMMANDS, EVENTS};
use super::picture::PictureSlots;
use super::threads::Threads;
use super::workshop::Workshop;
use crate::config::{PictureConfig, SoundConfig};

/// How the room is set up.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// What the camera sees. Its size and rate are the most that is sent, whatever a plan wants.
    pub picture: PictureConfig,
    /// What the room says and hears.
    pub sound: SoundConfig,
    /// The room's point: test pictures bear its mark.
    pub point: Uuid,
    /// The point's name: test pictures show it.
    pub point_name: String,
    /// Whether loopback addresses are offered: only where the server is on this machine.
    pub loopback: bool,
}

/// What the engine is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaCommand {
    /// Leave the call, if in one, and begin another: [`MediaEvent::OfferReady`] follows.
    Offer {
        /// Counts up with every offer.
        generation: u32,
        /// The picture that the plan wants sent.
        picture: Picture,
    },
    /// The server's answer. One to an offer that is no longer the last is left out.
    Answer {
        /// The offer's.
        generation: u32,
        /// Its SDP.
        sdp: String,
    },
    /// The picture to send from now on in this call. No bits are no picture.
    Picture(Picture),
    /// Whether the room may be heard. It may not, until this says so; it stays so from call to
    /// call.
    Microphone(bool),
    /// Whether the room hears. It does, until this says otherwise; it stays so from call to call.
    Loudspeaker(bool),
    /// Take a small still of the camera so often, or none.
    Stills(Option<Duration>),
    /// Send so many layers of the picture, the smallest first; all, until this says otherwise in a
    /// call.
    Layers(u8),
    /// A way through a relay, from the next offer on.
    Relay(Relay),
    /// Play the chime on the loudspeaker.
    Chime,
    /// Leave the call.
    Close,
}

/// What the engine tells.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaEvent {
    /// An offer is complete, addresses included.
    OfferReady {
        /// The command's.
        generation: u32,
        /// Its SDP.
        sdp: String,
        /// What its transceivers are for.
        mids: CallMids,
    },
    /// Media can flow.
    Connected {
        /// Of which offer.
        generation: u32,
    },
    /// The call is over without having been closed, and has to be offered anew.
    Failed {
        /// Of which offer.
        generation: u32,
        /// For the log.
        reason: String,
    },
    /// How the call is, once a second.
    Stats(CallStats),
    /// A small still of the camera, as a WebP picture.
    Still(Bytes),
    /// The devices changed.
    Devices(DeviceParts),
}

/// How a call is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallStats {
    /// Pictures of the main slot decoded in the last second.
    pub frames_per_second: f32,
    /// Pictures decoded since the engine started.
    pub frames_decoded: u64,
    /// Share of the packets lost in the last second, in percent.
    pub loss_percent: f32,
    /// Frames of voices played since the engine started, and those of them that did not come in
    /// time and were made up.
    pub voice_frames: (u32, u32),
}

/// How the devices are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceParts {
    /// The camera.
    pub camera: Part,
    /// The microphone.
    pub microphone: Part,
    /// The loudspeaker.
    pub loudspeaker: Part,
}

/// The engine takes no more commands: it has ended or hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the media engine takes no commands")]
pub struct MediaStuck;

/// The running engine. Its threads end when it is closed or dropped.
pub struct MediaEngine {
    commands: Option<mpsc::Sender<MediaCommand>>,
    threads: Option<Threads>,
    slots: PictureSlots,
}

impl MediaEngine {
    /// Starts all threads; `seed` is chance for the identifiers of streams. Missing devices are
    /// no error: they are told as [`MediaEvent::Devices`] and looked for for ever.
    pub fn start(config: MediaConfig, seed: u64) -> io::Result<(Self, mpsc::Receiver<MediaEvent>)> {
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let (events, outbox) = mpsc::channel(EVENTS);
        let slots = PictureSlots::default();
        let mut threads = Threads::default();
        let workshop = Workshop::start(&mut threads, config, &slots)?;
        let mut desk = Desk::new(inbox, events, seed);
        let mut workshop = Some(workshop);
        threads.start("media-call", move || {
            if let Some(shop) = &workshop {
                desk.run(shop);
            }
            // The other threads end when nobody can tell them anything any more.
            workshop = None;
        })?;
        Ok((Self { commands: Some(commands), threads: Some(threads), slots }, outbox))
    }

    /// Tells the engine something. Never waits.
    pub fn command(&self, command: MediaCommand) -> Result<(), MediaStuck> {
        let commands = self.commands.as_ref().ok_or(MediaStuck)?;
        commands.try_send(command).map_err(|_| MediaStuck)
    }

    /// The slots of the newest received pictures.
    #[must_use]
    pub fn pictures(&self) -> PictureSlots {
        self.slots.clone()
    }

    /// Leaves the call and ends all threads, within a second. Returns how many are left because
    /// they hang in a driver.
    #[must_use = "a thread that is left may still hold a device"]
    pub fn close(mut self) -> usize {
        self.end()
    }

    fn end(&mut self) -> usize {
        self.commands = None;
        self.threads.take().map_or(0, |threads| threads.join(CLOSE_TIME))
    }
}

impl Drop for MediaEngine {
    fn drop(&mut self) {
        self.end();
    }
}
