//! Doing what the machine wants.

use std::sync::Arc;
use std::time::Duration;

use protocol::meeting::Timestamp;
use protocol::room::Enrolled;

use super::Event;
use super::crew::Crew;
use crate::config::Config;
use crate::edge::enrolment;
use crate::edge::link::{Caller, Link};
use crate::edge::media::{MediaCommand, MediaConfig};
use crate::edge::papers::{FetchOrder, fetch};
use crate::machine::{Effect, Input, Judgement, Verdict};

impl Crew {
    /// Does everything that is wanted now.
    pub(super) fn perform_effects(&mut self, now: Timestamp) {
        while let Some(effect) = self.room.poll_effect() {
            self.perform(now, effect);
        }
    }

    fn perform(&mut self, now: Timestamp, effect: Effect) {
        match effect {
            Effect::AskForCode { generation } => self.ask_for_code(generation),
            Effect::AskWhetherEnrolled { generation, secret } => {
                self.ask_whether_enrolled(generation, secret);
            }
            Effect::KeepIdentity(identity) => {
                log_disk("identity", self.store.keep_identity(&identity));
                self.become_known();
            }
            Effect::Connect { generation, device } => {
                let caller = Caller { device, generation, key: Arc::clone(&self.key) };
                let events = self.events.clone();
                let link = Link::open(&mut self.tasks, &self.config, &self.clients, caller, events);
                self.link = Some(link);
            }
            Effect::Disconnect { generation } => {
                self.link = self.link.take().filter(|link| link.generation() != generation);
            }
            Effect::Send { generation, frame } => {
                if let Some(link) = &self.link {
                    link.send(generation, *frame);
                }
            }
            Effect::KeepPlan(plan) => log_disk("plan", self.store.keep_plan(&plan)),
            Effect::KeepView(Some(view)) => self.view = Some(view),
            Effect::KeepView(None) => {
                self.view = None;
                log_disk("view", self.store.keep_view(None));
            }
            Effect::Fetch { generation, sha256, bytes, token } => {
                self.fetch(FetchOrder { generation, sha256, bytes, token });
            }
            Effect::Judge { generation, judgement } => self.judge(now, generation, *judgement),
            Effect::KeepPapers(wanted) => {
                let papers = Arc::clone(&self.shelf);
                self.tasks.spawn_blocking(move || papers.keep_only(&wanted));
            }
            Effect::OpenCall { generation, picture } => {
                self.tell_media(MediaCommand::Offer { generation, picture });
            }
            Effect::SendPicture(picture) => self.tell_media(MediaCommand::Picture(picture)),
            Effect::AnswerCall { generation, sdp } => {
                self.tell_media(MediaCommand::Answer { generation, sdp });
            }
            Effect::Stills(wish) => {
                self.stills = wish;
                self.order_stills();
            }
            Effect::Log(what) => tracing::warn!(%what, "the room's machine"),
            Effect::Relay(relay) => self.tell_media(MediaCommand::Relay(relay)),
            Effect::CloseCall => self.tell_media(MediaCommand::Close),
            Effect::Microphone(on) => self.tell_media(MediaCommand::Microphone(on)),
            Effect::Loudspeaker(on) => self.tell_media(MediaCommand::Loudspeaker(on)),
            Effect::Layers(layers) => self.tell_media(MediaCommand::Layers(layers)),
            Effect::ShowPage(page) => {
                self.page.turn(&self.screen, &self.shelf, page);
                self.verify_again(now);
            }
        }
    }

    /// Keeps what was seen of the meeting, once a second at most: after a power cut the server has
    /// the rest, and what is drawn need not wait for the disk.
    pub(super) fn keep_view(&mut self) {
        if let Some(view) = self.view.take() {
            log_disk("view", self.store.keep_view(Some(&view)));
        }
    }

    fn ask_for_code(&mut self, generation: u64) {
        let (client, server) = (self.clients.http.clone(), self.config.server.clone());
        let (public_key, events) = (self.key.public(), self.events.clone());
        self.tasks.spawn(async move {
            let code = enrolment::code(&client, &server, public_key).await;
            let _ = events.send(Event::Room(Input::Code { generation, code })).await;
        });
    }

    fn ask_whether_enrolled(&mut self, generation: u64, secret: String) {
        let (client, server) = (self.clients.http.clone(), self.config.server.clone());
        let events = self.events.clone();
        self.tasks.spawn(async move {
            let state = enrolment::state(&client, &server, &secret).await;
            let _ = events.send(Event::Room(Input::Enrolment { generation, state })).await;
        });
    }

    fn fetch(&mut self, order: FetchOrder) {
        let (client, server) = (self.clients.http.clone(), self.config.server.clone());
        let (papers, events) = (Arc::clone(&self.shelf), self.events.clone());
        self.tasks.spawn(fetch(client, server, papers, order, events));
    }

    fn judge(&mut self, now: Timestamp, generation: u64, judgement: Judgement) {
        let Some(judge) = self.judge.clone() else { return };
        let events = self.events.clone();
        self.tasks.spawn_blocking(move || {
            let verdict = judge.judge(&judgement, now);
            let _ = events.blocking_send(Event::Room(Input::Judged { generation, verdict }));
        });
    }

    /// Brings the wanted paper's buffer back, through the whole check, when it had to make room.
    fn verify_again(&mut self, now: Timestamp) {
        let Some(page) = self.page.missing(&self.shelf) else { return };
        let (Some(judge), Some(judgement)) =
            (self.judge.clone(), self.shelf.judgement(page.sha256))
        else {
            return;
        };
        let events = self.events.clone();
        self.tasks.spawn_blocking(move || {
            if matches!(judge.judge(&judgement, now), Verdict::Verified { .. }) {
                let _ = events.blocking_send(Event::Shelved);
            }
        });
    }

    /// Tells the camera how often a still is wanted.
    pub(super) fn order_stills(&mut self) {
        let every = self.stills.map(|wish| Duration::from_millis(wish.every_ms.into()));
        self.tell_media(MediaCommand::Stills(every));
    }

    /// An engine that takes no commands hangs: it is dropped and started anew by the loop.
    fn tell_media(&mut self, command: MediaCommand) {
        let Some(media) = &self.media else { return };
        if media.command(command).is_err() {
            self.media_ended();
        }
    }
}

/// How the engine is set up for this room.
pub(super) fn media_config(config: &Config, identity: &Enrolled) -> MediaConfig {
    let host = config.host().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    MediaConfig {
        picture: config.picture.clone(),
        sound: config.sound.clone(),
        point: identity.point.uuid(),
        point_name: identity.point_name.clone(),
        loopback: name == "localhost" || name.starts_with("127.") || name == "[::1]",
    }
}

fn log_disk(what: &'static str, result: std::io::Result<()>) {
    if let Err(error) = result {
        tracing::error!(what, %error, "cannot be kept on the disk");
    }
}
