//! Everything the worker has under it, and what it tells the outside after each event.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use protocol::meeting::{Microphone, RecordingState, Timestamp};
use protocol::room::Part;
use protocol::stills::to_server;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Event;
use super::page::PageDesk;
use crate::config::{Config, ScreenKind};
use crate::edge::clock::SystemEntropy;
use crate::edge::key::DeviceKey;
use crate::edge::link::Link;
use crate::edge::media::{DeviceParts, MediaEngine, MediaEvent};
use crate::edge::pages::Pages;
use crate::edge::papers::{Judge, Shelf};
use crate::edge::screen::{Screen, ScreenEvent};
use crate::edge::status::{self, RefusedStatus, ShownStatus, Status};
use crate::edge::store::Store;
use crate::edge::tls::Clients;
use crate::limits::STATUS_MS_MAX;
use crate::machine::{Entropy, Facts, Input, MediaInput, Quality, RememberedView, Room, StillWish};

/// The worker's parts.
pub(super) struct Crew {
    pub(super) config: Config,
    pub(super) room: Room,
    pub(super) entropy: SystemEntropy,
    pub(super) store: Store,
    pub(super) key: Arc<DeviceKey>,
    pub(super) clients: Clients,
    pub(super) shelf: Arc<Shelf>,
    pub(super) judge: Option<Arc<Judge>>,
    pub(super) link: Option<Link>,
    pub(super) media: Option<MediaEngine>,
    pub(super) media_events: Option<mpsc::Receiver<MediaEvent>>,
    /// What is seen of the meeting and not yet kept.
    pub(super) view: Option<Box<RememberedView>>,
    /// The stills of the camera that are wanted.
    pub(super) stills: Option<StillWish>,
    pub(super) screen: Screen,
    pub(super) page: PageDesk,
    /// Everything asynchronous that was begun; ends with the worker.
    pub(super) tasks: JoinSet<()>,
    pub(super) events: mpsc::Sender<Event>,
    frames_decoded: u64,
    written: Option<Status>,
}

impl Crew {
    pub(super) fn assemble(
        config: Config,
        events: mpsc::Sender<Event>,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let data_dir = &config.data_dir;
        let store = Store::open(data_dir)
            .with_context(|| format!("cannot use the data folder {}", data_dir.display()))?;
        let key = Arc::new(DeviceKey::load_or_make(data_dir)?);
        let clients = Clients::new(config.authority.as_deref())?;
        let shelf = Arc::new(Shelf::open(data_dir).context("cannot use the paper folder")?);
        let screen =
            Screen::start(&config.screen, events.clone()).context("cannot start the screen")?;
        let pages = match config.screen.kind {
            ScreenKind::None => None,
            _ => Some(Pages::start(config.pdfium.clone(), events.clone())?),
        };
        let mut entropy = SystemEntropy::new();
        let facts = Facts { server: config.server.clone(), helper: config.helper.clone() };
        let room = Room::new(facts, store.identity(), store.memory(), now, &mut entropy);
        let mut crew = Self {
            config,
            room,
            entropy,
            store,
            key,
            clients,
            shelf,
            judge: None,
            link: None,
            media: None,
            media_events: None,
            view: None,
            stills: None,
            screen,
            page: PageDesk::new(pages),
            tasks: JoinSet::new(),
            events,
            frames_decoded: 0,
            written: None,
        };
        crew.become_known();
        Ok(crew)
    }

    /// What an enrolled room has and an unknown one cannot have.
    pub(super) fn become_known(&mut self) {
        let Some(identity) = self.room.identity().cloned() else { return };
        if self.judge.is_none() {
            match Judge::new(Arc::clone(&self.shelf), &identity) {
                Ok(judge) => self.judge = Some(Arc::new(judge)),
                Err(error) => tracing::error!(%error, "no paper can be checked"),
            }
        }
        if self.media.is_none() {
            self.start_media();
        }
    }

    pub(super) fn event(&mut self, now: Timestamp, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Room(input) => self.room_input(now, input),
            Event::Media(event) => self.media_event(now, event),
            Event::Page(drawn) => self.page.drawn(&self.screen, drawn),
            Event::Shelved => self.page.wish(&self.shelf, None),
            Event::Screen(ScreenEvent::Key(key)) => self.room_input(now, Input::Key(key)),
            Event::Screen(ScreenEvent::Drawn(report)) => {
                self.page.on_screen(&self.shelf, *report, now);
            }
            // The display server is gone: a new worker finds the new one.
            Event::Screen(ScreenEvent::Lost(why)) => anyhow::bail!("the screen is lost: {why}"),
        }
        Ok(())
    }

    /// Gives the machine something and does what it wants.
    pub(super) fn room_input(&mut self, now: Timestamp, input: Input) {
        self.room.handle(now, input, &mut self.entropy);
        self.perform_effects(now);
    }

    /// Once a second: what nobody tells by himself.
    pub(super) fn second(&mut self, now: Timestamp) {
        let free_bytes = self.shelf.free_bytes();
        self.room_input(now, Input::Disk { free_bytes });
        let screen = match self.config.screen.kind {
            ScreenKind::None => Part::Unused,
            _ if self.page.screen_works() => Part::Works,
            _ => Part::Silent,
        };
        self.room_input(now, Input::Screen(screen));
        while self.tasks.try_join_next().is_some() {}
        self.keep_view();
        self.write_status(now, true);
    }

    /// When the loop must come back at the latest.
    pub(super) fn timeout(&self) -> Option<Timestamp> {
        self.room.poll_timeout()
    }

    /// Tells screen and status what is so after an event.
    pub(super) fn show(&mut self, now: Timestamp) {
        self.screen.show(self.room.screen(now));
        let word = self.room.state_word();
        if self.written.as_ref().is_none_or(|written| written.state != word) {
            tracing::info!(room.state = word, "the room's state");
        }
        self.write_status(now, false);
    }

    /// Writes what is on the screen to `data_dir/screen.png`.
    pub(super) fn take_picture(&self) {
        let path: PathBuf = self.config.data_dir.join("screen.png");
        self.screen.take_picture(path);
    }

    /// The media engine ended by itself: another one takes its place, and the call with it.
    pub(super) fn media_ended(&mut self) {
        tracing::error!("the media engine ended and is started again");
        self.media = None;
        self.media_events = None;
        self.start_media();
        if self.stills.is_some() && self.media.is_some() {
            self.order_stills();
        }
    }

    fn start_media(&mut self) {
        let Some(identity) = self.room.identity() else { return };
        let seed = u64::try_from(self.entropy.next() & u128::from(u64::MAX)).unwrap_or(0);
        let config = super::effects::media_config(&self.config, identity);
        match MediaEngine::start(config, seed) {
            Ok((engine, events)) => {
                self.screen.watch(engine.pictures());
                self.media = Some(engine);
                self.media_events = Some(events);
            }
            Err(error) => tracing::error!(%error, "the media engine cannot be started"),
        }
    }

    fn media_event(&mut self, now: Timestamp, event: MediaEvent) {
        let input = match event {
            MediaEvent::Still(still) => {
                if let (Some(link), Some(wish)) = (&self.link, self.stills) {
                    link.send_still(to_server(wish.meeting, &still).into());
                }
                return;
            }
            MediaEvent::OfferReady { generation, sdp, mids } => {
                MediaInput::Offer { generation, sdp, mids }
            }
            MediaEvent::Connected { generation } => MediaInput::Connected { generation },
            MediaEvent::Failed { generation, reason } => {
                tracing::warn!(call.generation = generation, %reason, "the call failed");
                MediaInput::Failed { generation }
            }
            MediaEvent::Stats(stats) => {
                self.frames_decoded = stats.frames_decoded;
                MediaInput::Stats(Quality {
                    frames_per_second: stats.frames_per_second,
                    loss_percent: stats.loss_percent,
                    voice_frames: stats.voice_frames,
                })
            }
            MediaEvent::Devices(DeviceParts { camera, microphone, loudspeaker }) => {
                MediaInput::Devices { camera, microphone, loudspeaker }
            }
        };
        self.room_input(now, Input::Media(input));
    }

    /// Writes the status when something in it changed, or anyway when `beat` says so.
    fn write_status(&mut self, now: Timestamp, beat: bool) {
        let status = self.status(now);
        let is_same = self.written.as_ref().is_some_and(|written| {
            Status { written_at: now, frames_decoded: status.frames_decoded, ..written.clone() }
                == status
        });
        if is_same && !beat {
            return;
        }
        let data_dir = &self.config.data_dir;
        let is_recent = self
            .written
            .as_ref()
            .is_some_and(|written| now.millis_since(written.written_at).abs() < STATUS_MS_MAX);
        if is_same && is_recent && status::touch(data_dir, now).is_ok() {
            return;
        }
        if let Err(error) = status::write(data_dir, &status) {
            tracing::error!(%error, "status.json cannot be written");
        }
        self.written = Some(status);
    }

    fn status(&self, now: Timestamp) -> Status {
        let on_screen = self.page.report();
        let shown = on_screen.and_then(|report| report.page).map(|page| ShownStatus {
            paper: page.paper,
            sha256: page.sha256,
            page: page.page,
        });
        let refused = self.room.papers_refused().into_iter().map(|refused| RefusedStatus {
            paper: refused.paper,
            code: refused.code,
            reason: refused.reason,
        });
        Status {
            state: self.room.state_word(),
            code: self.room.code().map(str::to_owned),
            point: self.room.point(),
            plan: self.room.plan_number(),
            online: self.room.is_online(),
            meeting: self.room.meeting(),
            shown,
            shown_drawn_at: self.page.drawn_at(),
            picture_rect: on_screen.and_then(|report| report.picture_rect),
            content_rect: on_screen.and_then(|report| report.content_rect),
            tile_rects: on_screen.map(|report| report.tile_rects).unwrap_or_default(),
            picture_tag: on_screen
                .and_then(|report| report.picture_tag)
                .map(|[high, low]| format!("{high:02x}{low:02x}")),
            picture_since: self.page.picture_since(),
            page_rect: on_screen.and_then(|report| report.page_rect),
            page_area: on_screen.and_then(|report| report.page_area),
            refused_shown: on_screen.and_then(|report| report.refused),
            screen: on_screen.map(|report| report.size),
            frames_decoded: self.frames_decoded,
            papers_verified: self.room.papers_verified(),
            refused: refused.collect(),
            microphone: match self.room.microphone() {
                Microphone::On => "on",
                Microphone::Muted => "muted",
                Microphone::Off => "off",
            },
            recording: match self.room.recording() {
                Some(RecordingState::On { .. }) => Some("on"),
                Some(RecordingState::Paused { .. }) => Some("paused"),
                Some(RecordingState::Interrupted { .. }) | None => None,
            },
            call_connected: self.room.is_call_connected(),
            worker_pid: std::process::id(),
            written_at: now,
        }
    }
}
