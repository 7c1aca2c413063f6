//! The calls of this server: enters, leaves, and keeps the forwarding unit at what the meetings
//! show.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use media::allocation::Class;
use media::{Event, GoneReason, Kind, PeerId, Protection, Refusal, Shape, StreamId};
use meeting::{Actor, Hearing, MeetingId, PointId, Speaker, audience_of, may_view, speaker_of};
use prometheus_client::registry::Registry;
use protocol::call::{CallMids, CallOffer, CallSlots, TILES, VOICES};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk::{Desk, Orders};
use super::figures::Figures;
use super::lines::{Measured, Meter};
use super::participant::{CallKey, CallNotice, Link, Participant, Publisher, SlotUse, Wish};
use super::preview::may_look;
use crate::meetings::{Changed, Meetings};
use crate::sfu::{Events, JoinError, Sfu};
use crate::store;

/// Speakers remembered to need another SRTP profile.
const WEAK_MAX: usize = 4_096;

/// The calls of this server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Calls(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) sfu: Sfu,
    pub(super) meetings: Meetings,
    desk: Mutex<Desk>,
    /// Who never connected with AES-GCM alone.
    weak: Mutex<BTreeSet<Speaker>>,
    pub(super) figures: Figures,
    meter: Mutex<Meter>,
    /// What the lines of points do.
    pub(super) lines: watch::Sender<Arc<[Measured]>>,
    /// In thousands of bits a second.
    pub(super) ceilings: Mutex<BTreeMap<PointId, u32>>,
    /// Counts the changes of who is in which call.
    moves: watch::Sender<u64>,
}

/// Who comes by WHIP or WHEP.
#[derive(Clone, Debug)]
pub(crate) enum Visitor {
    /// Somebody known, into the call of a meeting.
    Known(Actor, MeetingId),
    /// Whoever has the token for measuring.
    Bench,
}

impl Visitor {
    /// The speaker he would be.
    pub(crate) fn speaker(&self) -> Option<Speaker> {
        match self {
            Self::Known(actor, _) => Some(speaker_of(actor)),
            Self::Bench => None,
        }
    }
}

/// An offer by WHIP or WHEP.
pub(crate) struct HttpEntry {
    /// Who.
    pub(crate) visitor: Visitor,
    /// The name of the stream to publish or to watch; without it as a speaker, or the floor.
    pub(crate) stream: Option<String>,
    /// The offer.
    pub(crate) sdp: String,
    /// The last part of the session's path, unguessable.
    pub(crate) session: String,
    /// The session's first entity tag.
    pub(crate) etag: String,
}

/// A WHIP or WHEP session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// The offer it made last.
    pub(crate) offer: String,
    /// Its entity tag.
    pub(crate) etag: String,
}

/// A participant was not taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnterError {
    /// There is no such meeting, or he may not know it.
    #[error("no such meeting")]
    NoSuchMeeting,
    /// The offer is not newer than the last one of its channel.
    #[error("the offer is older than the last one")]
    Stale,
    /// The offer publishes nothing, or asks for nothing.
    #[error("the offer has no m-line for this")]
    Useless,
    /// The offer is of a screen that the meeting does not show.
    #[error("the meeting does not show this screen")]
    NotSharing,
    /// The offer cannot be answered.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The forwarding unit is busy or stopped.
    #[error("calls: the forwarding unit is busy")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<JoinError> for EnterError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Refused(refusal) => Self::Refused(refusal),
            JoinError::Busy => Self::Busy,
        }
    }
}

impl Calls {
    /// Calls over this forwarding unit, following these meetings until `stop`.
    pub(crate) fn start(
        sfu: Sfu,
        events: Events,
        meetings: Meetings,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let changes = meetings.changes();
        let (desk, weak, figures) = (Mutex::default(), Mutex::default(), Figures::default());
        let (moves, _) = watch::channel(0);
        let (meter, ceilings) = (Mutex::default(), Mutex::default());
        let lines = watch::Sender::new(Arc::default());
        let inner = Inner { sfu, meetings, desk, weak, figures, meter, lines, ceilings, moves };
        let calls = Self(Arc::new(inner));
        tasks.spawn(calls.clone().run(events, changes, stop));
        calls
    }

    /// Hears when somebody enters or leaves a call.
    pub(crate) fn moves(&self) -> watch::Receiver<u64> {
        self.0.moves.subscribe()
    }

    /// Which streams the speakers of a meeting publish now.
    pub(crate) fn publishers(&self, meeting: MeetingId) -> Vec<(Speaker, StreamId)> {
        self.desk().publishers(meeting)
    }

    /// Adds the numbers about pictures and sound.
    pub(crate) fn register(&self, registry: &mut Registry) {
        self.0.figures.register(registry);
    }

    /// Enters a call from the live channel: the SDP answer. Slots and the end come by `notices`.
    pub(crate) async fn enter(
        &self,
        actor: Actor,
        offer: CallOffer,
        notices: mpsc::Sender<CallNotice>,
    ) -> Result<String, EnterError> {
        let key = CallKey::Meeting(offer.meeting);
        let is_screen = offer.mids.screen.is_some();
        if self.desk().is_stale(key, &notices, (offer.generation, is_screen)) {
            return Err(EnterError::Stale);
        }
        let hearing = self.hearing(&actor, offer.meeting).await?;
        let speaker = speaker_of(&actor);
        if is_screen && hearing.content != Some(speaker) {
            return Err(EnterError::NotSharing);
        }
        let (shape, uses) = shape_of(offer.mids);
        let kinds = kinds_of(&shape);
        let protection = self.protection(speaker);
        let classes = classes_of(&uses);
        let (peer, sdp) =
            self.0.sfu.join(key.home(), offer.sdp, (shape, classes), protection).await?;
        let link = Link::Live { notices, generation: offer.generation, is_resumed: false };
        let (publishes, wish) = if is_screen {
            (Some(Publisher::Screen(speaker)), Wish::Nothing)
        } else {
            (Some(Publisher::Speaker(speaker)), Wish::Floor)
        };
        let (slots, actor) = (CallSlots::default(), Some(actor));
        let views = None;
        let participant =
            Participant { actor, publishes, kinds, wish, uses, hearing, views, slots, link };
        self.admit(key, peer, participant).await;
        Ok(sdp)
    }

    /// Restarts ICE of the call that a client is in over its live channel: the SDP answer.
    pub(crate) async fn restart(
        &self,
        meeting: MeetingId,
        (generation, offer): (u32, String),
        notices: &mpsc::Sender<CallNotice>,
    ) -> Result<String, EnterError> {
        let peer = {
            let desk = self.desk();
            if desk.is_stale(CallKey::Meeting(meeting), notices, (generation, false)) {
                return Err(EnterError::Stale);
            }
            desk.peer_of(meeting, notices).ok_or(EnterError::Refused(Refusal::NoSuchPeer))?
        };
        let answer = self.0.sfu.restart(peer, offer).await?;
        self.desk().call_restarted(peer, generation);
        Ok(answer)
    }

    /// Looks at somebody alone, unseen by others, or at what everybody sees again. The answer
    /// comes by `notices`, as does a refusal.
    pub(crate) async fn view(
        &self,
        actor: &Actor,
        meeting: MeetingId,
        speaker: Option<Speaker>,
        notices: &mpsc::Sender<CallNotice>,
    ) -> Result<(), store::Error> {
        let loaded = self.0.meetings.load(meeting).await?;
        let may = |speaker| loaded.is_some_and(|it| may_view(&it.state, actor, speaker));
        let code = if speaker.is_none_or(may) {
            let mut desk = self.desk();
            let orders = desk.view(meeting, notices, speaker);
            let is_in_call = orders.is_some();
            self.carry_out(orders.unwrap_or_default());
            if is_in_call {
                return Ok(());
            }
            "NOT_IN_CALL"
        } else {
            "NOT_ALLOWED"
        };
        let refused = CallNotice::Viewing { meeting, speaker: None, code: Some(code) };
        // Who is too slow to take it is cut by the live channel.
        let _ = notices.try_send(refused);
        Ok(())
    }

    /// Leaves the call of a meeting, over the channel that entered it.
    pub(crate) fn hang_up(&self, meeting: MeetingId, notices: &mpsc::Sender<CallNotice>) {
        let mut desk = self.desk();
        let orders = desk.hang_up(meeting, notices);
        self.carry_out(orders);
    }

    /// A client is back on a new live channel: the calls it is still in go on there.
    pub(crate) fn attach(&self, actor: &Actor, notices: &mpsc::Sender<CallNotice>) {
        self.desk().attach(speaker_of(actor), notices);
    }

    /// Publishes by WHIP: the SDP answer.
    pub(crate) async fn publish(&self, entry: HttpEntry) -> Result<String, EnterError> {
        let shape = Shape { slots: vec![], ..Shape::of_offer(&entry.sdp)? };
        if shape.video.is_none() && shape.audio.is_none() {
            return Err(EnterError::Useless);
        }
        self.visit(entry, shape, vec![]).await
    }

    /// Watches by WHEP: the SDP answer.
    pub(crate) async fn watch(&self, entry: HttpEntry) -> Result<String, EnterError> {
        let shape = Shape { video: None, audio: None, ..Shape::of_offer(&entry.sdp)? };
        let uses = shape.slot_kinds(&entry.sdp)?.into_iter().map(SlotUse::from).collect::<Vec<_>>();
        if uses.is_empty() {
            return Err(EnterError::Useless);
        }
        self.visit(entry, shape, uses).await
    }

    /// Ends a WHIP or WHEP session; false when there is none.
    pub(crate) fn end_session(&self, session: &str) -> bool {
        let mut desk = self.desk();
        let orders = desk.end_session(session);
        let was_there = orders.is_some();
        self.carry_out(orders.unwrap_or_default());
        was_there
    }

    /// A WHIP or WHEP session, for who began it.
    pub(crate) fn session(&self, session: &str, visitor: &Visitor) -> Option<Session> {
        let desk = self.desk();
        let found = desk.session(session)?;
        let is_his = match visitor {
            Visitor::Bench => found.key == CallKey::Bench,
            Visitor::Known(actor, meeting) => {
                found.key == CallKey::Meeting(*meeting)
                    && found.participant.speaker() == Some(speaker_of(actor))
            }
        };
        let (offer, etag) = (found.offer.to_owned(), found.etag.to_owned());
        is_his.then_some(Session { offer, etag })
    }

    /// Restarts ICE of a WHIP or WHEP session with its changed offer: the SDP answer.
    pub(crate) async fn restart_session(
        &self,
        session: &str,
        offer: String,
        etag: String,
    ) -> Result<String, EnterError> {
        let peer = self.desk().session(session).map(|found| found.peer);
        let peer = peer.ok_or(EnterError::Refused(Refusal::NoSuchPeer))?;
        let answer = self.0.sfu.restart(peer, offer.clone()).await?;
        self.desk().restarted(session, offer, etag);
        Ok(answer)
    }

    async fn visit(
        &self,
        entry: HttpEntry,
        shape: Shape,
        uses: Vec<SlotUse>,
    ) -> Result<String, EnterError> {
        let (key, actor, hearing) = match entry.visitor {
            Visitor::Bench => (CallKey::Bench, None, Hearing::default()),
            Visitor::Known(actor, meeting) => {
                let hearing = self.hearing(&actor, meeting).await?;
                (CallKey::Meeting(meeting), Some(actor), hearing)
            }
        };
        let speaker = actor.as_ref().map(speaker_of);
        let publishes = match &entry.stream {
            Some(name) => Some(Publisher::Named(name.clone())),
            None => speaker.map(Publisher::Speaker),
        };
        let wish = entry.stream.map_or(Wish::Floor, Wish::Stream);
        let kinds = kinds_of(&shape);
        let protection = speaker.map_or(Protection::Authenticated, |it| self.protection(it));
        let classes = classes_of(&uses);
        let sdp = entry.sdp.clone();
        let (peer, sdp) = self.0.sfu.join(key.home(), sdp, (shape, classes), protection).await?;
        let link = Link::Http { session: entry.session, offer: entry.sdp, etag: entry.etag };
        let slots = CallSlots::default();
        let views = None;
        let participant =
            Participant { actor, publishes, kinds, wish, uses, hearing, views, slots, link };
        self.admit(key, peer, participant).await;
        Ok(sdp)
    }

    /// Who is seen and heard by an actor, if he may know the meeting.
    async fn hearing(&self, actor: &Actor, meeting: MeetingId) -> Result<Hearing, EnterError> {
        let loaded = self.0.meetings.load(meeting).await?.ok_or(EnterError::NoSuchMeeting)?;
        hearing_of(&loaded.state, actor).ok_or(EnterError::NoSuchMeeting)
    }

    async fn admit(&self, key: CallKey, peer: PeerId, participant: Participant) {
        {
            let mut desk = self.desk();
            self.keep_below_ceiling(peer, participant.speaker());
            let orders = desk.enter(key, peer, participant);
            self.carry_out(orders);
        }
        // The meeting may have gone on between its look-up and now.
        if let CallKey::Meeting(meeting) = key {
            self.look_again(meeting).await;
        }
    }

    async fn look_again(&self, meeting: MeetingId) {
        match self.0.meetings.load(meeting).await {
            Ok(Some(loaded)) => self.hearing_changed(meeting, &loaded.state),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(meeting.id = %meeting, error = %error, "a call is not followed");
            }
        }
    }

    fn hearing_changed(&self, meeting: MeetingId, state: &meeting::Meeting) {
        let mut desk = self.desk();
        desk.end_views(meeting, |actor, speaker| may_view(state, actor, speaker));
        desk.previews_changed(meeting, |actor, point| may_look(state, actor, point));
        desk.follow_voices(meeting, state.follows_voices());
        let orders = desk.hearing_changed(meeting, |actor| hearing_of(state, actor));
        self.carry_out(orders);
    }

    async fn run(
        self,
        mut events: Events,
        mut changes: broadcast::Receiver<Changed>,
        stop: CancellationToken,
    ) {
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                event = events.recv() => match event {
                    Some(event) => {
                        let screen = self.lost_screen(&event);
                        self.media_event(&event);
                        if let Some((meeting, actor)) = screen {
                            self.end_sharing(meeting, actor).await;
                        }
                    }
                    None => break,
                },
                change = changes.recv() => match change {
                    Ok(Changed { meeting, loaded, .. }) => {
                        self.hearing_changed(meeting, &loaded.state);
                    }
                    Err(RecvError::Lagged(_)) => self.look_at_all_again().await,
                    Err(RecvError::Closed) => break,
                },
            }
        }
        self.0.sfu.stop().await;
    }

    async fn look_at_all_again(&self) {
        let meetings = self.desk().meetings();
        for meeting in meetings {
            self.look_again(meeting).await;
        }
    }

    fn media_event(&self, event: &Event) {
        match *event {
            Event::Connected { peer } => tracing::info!(media.peer = peer.0, "a peer connected"),
            Event::Gone { peer, reason } => {
                tracing::info!(media.peer = peer.0, media.reason = ?reason, "a peer is gone");
                let mut desk = self.desk();
                if reason == GoneReason::NeverConnected
                    && let Some(speaker) = desk.speaker(peer)
                {
                    self.remember_weak(speaker);
                }
                let orders = desk.gone(peer);
                self.carry_out(orders);
            }
            Event::StreamOpened { stream } => {
                tracing::debug!(media.stream = ?stream, "a stream opened");
            }
            Event::StreamEnded { stream } => {
                tracing::debug!(media.stream = ?stream, "a stream ended");
            }
            Event::LayersWanted { stream, layers } => self.desk().tell_layers(stream, layers),
            Event::KeyframeRequested { .. } => self.0.figures.keyframe_requested(),
            Event::Levels { at, ref voices } => {
                let mut desk = self.desk();
                let routes = desk.heard(at, voices);
                if !routes.is_empty() {
                    self.carry_out(Orders { routes, leave: vec![] });
                }
            }
            Event::Stats(ref stats) => self.measure(stats),
            // Answers go to who asked.
            Event::Answered { .. } | Event::Refused { .. } => {}
        }
    }

    /// Called with the desk locked, so that orders reach the forwarding unit as they were made.
    pub(super) fn carry_out(&self, orders: Orders) {
        self.0.moves.send_modify(|moves| *moves = moves.wrapping_add(1));
        for peer in orders.leave {
            self.0.sfu.leave(peer);
        }
        if !orders.routes.is_empty() {
            self.0.sfu.route(orders.routes);
        }
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn meter(&self) -> MutexGuard<'_, Meter> {
        self.0.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn protection(&self, speaker: Speaker) -> Protection {
        let weak = self.0.weak.lock().unwrap_or_else(PoisonError::into_inner);
        if weak.contains(&speaker) { Protection::Any } else { Protection::Authenticated }
    }

    fn remember_weak(&self, speaker: Speaker) {
        let mut weak = self.0.weak.lock().unwrap_or_else(PoisonError::into_inner);
        if weak.len() >= WEAK_MAX {
            weak.clear();
        }
        weak.insert(speaker);
    }
}

fn hearing_of(state: &meeting::Meeting, actor: &Actor) -> Option<Hearing> {
    audience_of(state, actor).map(|_| state.hearing_of(actor))
}

fn shape_of(mids: CallMids) -> (Shape, Vec<SlotUse>) {
    if let Some(screen) = mids.screen {
        return (Shape { video: Some(screen), audio: None, slots: vec![] }, vec![]);
    }
    let voices = mids.voices.into_iter().take(VOICES).map(|mid| (mid, SlotUse::Voice));
    let tiles = mids.tiles.into_iter().take(TILES).map(|mid| (mid, SlotUse::Tile));
    let preview = mids.preview.into_iter().map(|mid| (mid, SlotUse::Preview));
    let main = mids.main.into_iter().map(|mid| (mid, SlotUse::Main));
    let content = mids.content.into_iter().map(|mid| (mid, SlotUse::Content));
    let slots = main.chain(voices).chain(tiles).chain(preview).chain(content);
    let (slots, uses) = slots.unzip();
    (Shape { video: mids.camera, audio: mids.microphone, slots }, uses)
}

/// Who goes short on a thin line: what only one person looks at before what all do.
fn classes_of(uses: &[SlotUse]) -> Vec<Class> {
    let class = |slot: &SlotUse| match slot {
        SlotUse::Main => Class::Main,
        SlotUse::Content => Class::Content,
        SlotUse::Voice => Class::Audio,
        SlotUse::Tile | SlotUse::Preview => Class::Tile,
    };
    uses.iter().map(class).collect()
}

fn kinds_of(shape: &Shape) -> Vec<Kind> {
    let video = shape.video.as_ref().map(|_| Kind::Video);
    let audio = shape.audio.as_ref().map(|_| Kind::Audio);
    video.into_iter().chain(audio).collect()
}
