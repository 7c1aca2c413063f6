//! The loop of the call's thread: commands, the connection, and what is to be sent.

use std::time::{Duration, Instant};

use fleet::Picture;
use protocol::call::Relay;
use tokio::sync::mpsc;
use webrtc::error::Error;
use webrtc::peer_connection::RTCPeerConnectionState;

use super::call::{Call, CallEvent, CallSettings};
use super::clock;
use super::engine::{CallStats, DeviceParts, MediaCommand, MediaEvent};
use super::limits::{EVENTS, GATHERING_TIME, PICTURES_TO_SEND, VOICE_PACKETS_TO_SEND};
use super::picture::{CaptureCommand, OutgoingPicture, StillSink};
use super::sound::{MicrophoneCommand, OutgoingVoice, SoundInput};
use super::workshop::Workshop;

/// The call's thread.
pub(super) struct Desk {
    inbox: mpsc::Receiver<MediaCommand>,
    events: mpsc::Sender<MediaEvent>,
    seed: u64,
    generation: u32,
    begun: bool,
    /// The way through a relay that the server told last.
    relay: Option<Relay>,
}

/// The call that is being made or going on.
struct Current {
    call: Call,
    picture: Picture,
    stage: Stage,
    pictures: mpsc::Receiver<OutgoingPicture>,
    voice: mpsc::Receiver<OutgoingVoice>,
    sinks: (mpsc::Sender<OutgoingPicture>, mpsc::Sender<OutgoingVoice>),
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Addresses are being gathered, since then.
    Gathering(Instant),
    /// Offered, waiting for the answer and the line.
    Offered,
    /// Media flows.
    Connected,
}

/// Everything that the loop waits for.
enum Input {
    Command(Option<MediaCommand>),
    Call(Option<CallEvent>),
    Picture(OutgoingPicture),
    Voice(OutgoingVoice),
    Tick,
}

impl Desk {
    pub(super) fn new(
        inbox: mpsc::Receiver<MediaCommand>,
        events: mpsc::Sender<MediaEvent>,
        seed: u64,
    ) -> Self {
        Self { inbox, events, seed, generation: 0, begun: false, relay: None }
    }

    /// Runs until the commands end.
    pub(super) fn run(&mut self, shop: &Workshop) {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!(%error, "There is no call: the thread has no runtime.");
                return;
            }
        };
        if std::mem::replace(&mut self.begun, true) {
            // The last run ended by a panic, and the call with it.
            shop.rest();
            self.fail("the media engine was restarted".to_owned());
        }
        runtime.block_on(self.serve(shop));
        shop.rest();
        runtime.shutdown_timeout(Duration::from_millis(200));
    }

    async fn serve(&mut self, shop: &Workshop) {
        let mut current: Option<Current> = None;
        let mut devices: Option<DeviceParts> = None;
        let mut decoded = shop.decoded();
        let mut timer = tokio::time::interval(Duration::from_secs(1));
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let input = tokio::select! {
                biased;
                command = self.inbox.recv() => Input::Command(command),
                input = next_of(current.as_mut()) => input,
                _ = timer.tick() => Input::Tick,
            };
            match input {
                Input::Command(None) => break,
                Input::Command(Some(command)) => self.obey(command, &mut current, shop).await,
                Input::Call(event) => self.follow(event, &mut current, shop).await,
                Input::Picture(picture) => send_picture(current.as_mut(), picture).await,
                Input::Voice(voice) => send_voice(current.as_mut(), voice).await,
                Input::Tick => {
                    let now = clock::now();
                    self.look_after(&mut current, now).await;
                    self.report(shop, current.as_ref(), &mut decoded);
                    let parts = shop.devices(now);
                    if devices != Some(parts) {
                        devices = Some(parts);
                        self.tell(MediaEvent::Devices(parts));
                    }
                }
            }
        }
        leave(&mut current, shop).await;
    }

    async fn obey(
        &mut self,
        command: MediaCommand,
        current: &mut Option<Current>,
        shop: &Workshop,
    ) {
        match command {
            MediaCommand::Offer { generation, picture } => {
                leave(current, shop).await;
                self.generation = generation;
                match self.begin(picture, shop).await {
                    Ok(begun) => *current = Some(begun),
                    Err(error) => self.fail(format!("no offer could be made: {error}")),
                }
            }
            MediaCommand::Answer { generation, sdp } => {
                let Some(open) = current.as_mut().filter(|_| generation == self.generation) else {
                    return;
                };
                if let Err(error) = open.call.answer(sdp).await {
                    leave(current, shop).await;
                    self.fail(format!("the answer cannot be used: {error}"));
                }
            }
            MediaCommand::Picture(picture) => {
                if let Some(open) = current {
                    open.picture = picture;
                    if open.stage == Stage::Connected {
                        shop.send_picture(picture, open.call.camera.layers(), &open.sinks.0);
                    }
                }
            }
            MediaCommand::Microphone(on) => shop.tell_microphone(MicrophoneCommand::On(on)),
            MediaCommand::Loudspeaker(on) => shop.tell_sound(SoundInput::On(on)),
            MediaCommand::Stills(every) => {
                let events = self.events.clone();
                shop.tell_capture(CaptureCommand::Stills(
                    every.map(|every| StillSink { every, events }),
                ));
            }
            MediaCommand::Layers(layers) => {
                shop.tell_capture(CaptureCommand::Layers(layers.into()));
            }
            MediaCommand::Relay(relay) => self.relay = Some(relay),
            MediaCommand::Chime => shop.tell_sound(SoundInput::Chime),
            MediaCommand::Close => leave(current, shop).await,
        }
    }

    async fn begin(&mut self, picture: Picture, shop: &Workshop) -> Result<Current, Error> {
        let settings = CallSettings {
            layers: shop.layers(picture),
            loopback: shop.loopback(),
            chance: [self.chance(), self.chance()],
            capture: shop.capture(),
            relay: self.relay.clone(),
        };
        let call = Call::begin(settings).await?;
        let (picture_sink, pictures) = mpsc::channel(PICTURES_TO_SEND);
        let (voice_sink, voice) = mpsc::channel(VOICE_PACKETS_TO_SEND);
        let stage = Stage::Gathering(clock::now());
        Ok(Current { call, picture, stage, pictures, voice, sinks: (picture_sink, voice_sink) })
    }

    async fn follow(
        &mut self,
        event: Option<CallEvent>,
        current: &mut Option<Current>,
        shop: &Workshop,
    ) {
        let Some(open) = current else { return };
        let reason = match event {
            Some(CallEvent::Gathered) => return self.offer(open).await,
            Some(CallEvent::Track(track)) => {
                return open.call.receive(track, shop.reception()).await;
            }
            Some(CallEvent::State(RTCPeerConnectionState::Connected)) => {
                if open.stage != Stage::Connected {
                    open.stage = Stage::Connected;
                    // Not before: what is sent without keys does not arrive.
                    shop.send(
                        open.picture,
                        open.call.camera.layers(),
                        &open.sinks.0,
                        &open.sinks.1,
                    );
                    self.tell(MediaEvent::Connected { generation: self.generation });
                }
                return;
            }
            Some(CallEvent::State(RTCPeerConnectionState::Failed)) => "the line was lost",
            Some(CallEvent::State(RTCPeerConnectionState::Closed)) | None => "the call was closed",
            Some(CallEvent::State(_)) => return,
        };
        leave(current, shop).await;
        self.fail(reason.to_owned());
    }

    async fn offer(&mut self, open: &mut Current) {
        if !matches!(open.stage, Stage::Gathering(_)) {
            return;
        }
        open.stage = Stage::Offered;
        let generation = self.generation;
        match open.call.offer().await {
            Some((sdp, mids)) => self.tell(MediaEvent::OfferReady { generation, sdp, mids }),
            None => self.fail("the offer was lost".to_owned()),
        }
    }

    /// An offer whose addresses take too long is made with those that are there.
    async fn look_after(&mut self, current: &mut Option<Current>, now: Instant) {
        let Some(open) = current else { return };
        if let Stage::Gathering(since) = open.stage
            && now.saturating_duration_since(since) >= GATHERING_TIME
        {
            self.offer(open).await;
        }
    }

    fn report(&self, shop: &Workshop, current: Option<&Current>, decoded: &mut u64) {
        let frames_decoded = shop.decoded();
        let frames = u16::try_from(frames_decoded - *decoded).unwrap_or(u16::MAX);
        *decoded = frames_decoded;
        let (loss_percent, voice_frames) = (shop.loss_percent(), shop.voice_frames());
        // What nobody reads is of no use, and must not take the place of what matters.
        if current.is_some() && self.events.capacity() > EVENTS / 2 {
            let frames_per_second = f32::from(frames);
            let stats = CallStats { frames_per_second, frames_decoded, loss_percent, voice_frames };
            self.tell(MediaEvent::Stats(stats));
        }
    }

    fn fail(&self, reason: String) {
        self.tell(MediaEvent::Failed { generation: self.generation, reason });
    }

    fn tell(&self, event: MediaEvent) {
        if self.events.try_send(event).is_err() && !self.events.is_closed() {
            tracing::error!("The worker does not listen to the media engine.");
        }
    }

    /// The next value of a `SplitMix64` sequence.
    fn chance(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// What happens next in a call; never, without one.
async fn next_of(current: Option<&mut Current>) -> Input {
    let Some(current) = current else { return std::future::pending().await };
    let Current { call, pictures, voice, .. } = current;
    // Voice first: it is little, and a late packet of it is heard.
    tokio::select! {
        biased;
        event = call.event() => Input::Call(event),
        Some(voice) = voice.recv() => Input::Voice(voice),
        Some(picture) = pictures.recv() => Input::Picture(picture),
    }
}

async fn send_picture(current: Option<&mut Current>, picture: OutgoingPicture) {
    let Some(current) = current else { return };
    let sent =
        current.call.camera.send_picture(picture.layer, &picture.data, picture.timestamp).await;
    if let Err(error) = sent {
        tracing::debug!(%error, "A picture was not sent.");
    }
}

async fn send_voice(current: Option<&mut Current>, voice: OutgoingVoice) {
    let Some(current) = current else { return };
    if let Err(error) = current.call.microphone.send_voice(voice).await {
        tracing::debug!(%error, "A frame of sound was not sent.");
    }
}

/// Leaves the call, if there is one.
async fn leave(current: &mut Option<Current>, shop: &Workshop) {
    if let Some(ended) = current.take() {
        ended.call.close().await;
        shop.rest();
    }
}
