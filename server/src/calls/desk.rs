//! Who is in which call, and what has to follow when that changes. No IO: what must be done is
//! returned as [`Orders`].

use std::collections::{BTreeMap, BTreeSet};

use media::{PeerId, RouteTable, StreamId};
use meeting::{Actor, Hearing, MeetingId, PointId, Speaker};
use tokio::sync::mpsc;

use super::participant::{CallKey, CallNotice, Link, Participant, Publisher, SlotUse, Wish};
use super::routes::{self, Publishers};
use super::voices::Voices;

/// Who is in which call.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) calls: BTreeMap<CallKey, BTreeMap<PeerId, Entry>>,
    pub(super) voices: BTreeMap<CallKey, Voices>,
    places: BTreeMap<PeerId, CallKey>,
    sessions: BTreeMap<String, PeerId>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) participant: Participant,
    routed: Vec<Option<StreamId>>,
    /// How many layers of its picture are wanted, once not all are.
    layers: Option<u8>,
}

impl Entry {
    /// Tells the participant what it was told before.
    fn tell_again(&self, meeting: MeetingId) {
        if self.participant.is_screen() {
            return;
        }
        let slots = self.participant.slots.clone();
        self.participant.notify(CallNotice::Slots { meeting, slots });
        if let Some(layers) = self.layers {
            self.participant.notify(CallNotice::Layers { meeting, layers });
        }
    }
}

/// A WHIP or WHEP session as it is kept.
pub(super) struct SessionOf<'a> {
    pub(super) key: CallKey,
    pub(super) peer: PeerId,
    pub(super) participant: &'a Participant,
    pub(super) offer: &'a str,
    pub(super) etag: &'a str,
}

/// What the forwarding unit has to be told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Orders {
    pub(super) routes: RouteTable,
    pub(super) leave: Vec<PeerId>,
}

/// Why a call ends in whose place its client made another.
const REPLACED: &str = "REPLACED";

impl Desk {
    /// Takes a participant in. An older one of the same client is replaced.
    pub(super) fn enter(&mut self, key: CallKey, peer: PeerId, participant: Participant) -> Orders {
        let replaced: Vec<PeerId> = self
            .calls
            .get(&key)
            .into_iter()
            .flatten()
            .filter(|(_, entry)| is_replaced(&entry.participant, &participant))
            .map(|(peer, _)| *peer)
            .collect();
        for old in &replaced {
            self.take_out(*old, REPLACED);
        }
        if let Link::Http { session, .. } = &participant.link {
            self.sessions.insert(session.clone(), peer);
        }
        self.places.insert(peer, key);
        let entry = Entry { participant, routed: Vec::new(), layers: None };
        self.calls.entry(key).or_default().insert(peer, entry);
        Orders { leave: replaced, routes: self.reroute(key) }
    }

    /// Whether an offer of this generation is not newer than the one its channel made before, for
    /// a screen or for the rest.
    pub(super) fn is_stale(
        &self,
        key: CallKey,
        notices: &mpsc::Sender<CallNotice>,
        (generation, is_screen): (u32, bool),
    ) -> bool {
        self.calls.get(&key).into_iter().flatten().any(|(_, entry)| {
            matches!(&entry.participant.link, Link::Live { notices: other, generation: had, is_resumed }
                if other.same_channel(notices) && !is_resumed && *had >= generation)
                && entry.participant.is_screen() == is_screen
        })
    }

    /// A peer is gone.
    pub(super) fn gone(&mut self, peer: PeerId) -> Orders {
        let key = self.take_out(peer, "GONE");
        Orders { routes: key.map(|key| self.reroute(key)).unwrap_or_default(), leave: vec![] }
    }

    /// A WHIP or WHEP session ends; `None` when there is none.
    pub(super) fn end_session(&mut self, session: &str) -> Option<Orders> {
        let peer = *self.sessions.get(session)?;
        Some(Orders { leave: vec![peer], ..self.gone(peer) })
    }

    /// A WHIP or WHEP session.
    pub(super) fn session(&self, session: &str) -> Option<SessionOf<'_>> {
        let peer = *self.sessions.get(session)?;
        let key = *self.places.get(&peer)?;
        let participant = &self.calls.get(&key)?.get(&peer)?.participant;
        match &participant.link {
            Link::Http { offer, etag, .. } => {
                Some(SessionOf { key, peer, participant, offer, etag })
            }
            Link::Live { .. } => None,
        }
    }

    /// ICE of a session was restarted.
    pub(super) fn restarted(&mut self, session: &str, new_offer: String, new_etag: String) {
        let Some(peer) = self.sessions.get(session) else { return };
        let Some(entries) = self.places.get(peer).and_then(|key| self.calls.get_mut(key)) else {
            return;
        };
        if let Some(entry) = entries.get_mut(peer)
            && let Link::Http { offer, etag, .. } = &mut entry.participant.link
        {
            *offer = new_offer;
            *etag = new_etag;
        }
    }

    /// The peer with which a client is in the call of a meeting, over the channel with these
    /// notices.
    pub(super) fn peer_of(
        &self,
        meeting: MeetingId,
        notices: &mpsc::Sender<CallNotice>,
    ) -> Option<PeerId> {
        let entries = self.calls.get(&CallKey::Meeting(meeting))?;
        let is_his = |entry: &Entry| {
            matches!(&entry.participant.link, Link::Live { notices: other, .. }
                if other.same_channel(notices))
                && !entry.participant.is_screen()
        };
        entries.iter().find(|(_, entry)| is_his(entry)).map(|(peer, _)| *peer)
    }

    /// ICE of a call on the live channel was restarted by this generation.
    pub(super) fn call_restarted(&mut self, peer: PeerId, by: u32) {
        let key = self.places.get(&peer);
        let entry = key.and_then(|key| self.calls.get_mut(key)?.get_mut(&peer));
        if let Some(entry) = entry
            && let Link::Live { generation, is_resumed, .. } = &mut entry.participant.link
        {
            (*generation, *is_resumed) = (by, false);
        }
    }

    /// An actor leaves the call over the channel with these notices.
    pub(super) fn hang_up(
        &mut self,
        meeting: MeetingId,
        notices: &mpsc::Sender<CallNotice>,
    ) -> Orders {
        let key = CallKey::Meeting(meeting);
        let entries = self.calls.get(&key).into_iter().flatten();
        let is_his = |entry: &Entry| {
            matches!(&entry.participant.link, Link::Live { notices: other, .. }
                if other.same_channel(notices))
        };
        let leave: Vec<PeerId> =
            entries.filter(|(_, entry)| is_his(entry)).map(|(peer, _)| *peer).collect();
        for peer in &leave {
            self.take_out(*peer, "GONE");
        }
        Orders { routes: self.reroute(key), leave }
    }

    /// A client came back on a new live channel: its calls go on, and it is told their slots.
    pub(super) fn attach(&mut self, speaker: Speaker, fresh: &mpsc::Sender<CallNotice>) {
        for (key, entries) in &mut self.calls {
            let CallKey::Meeting(meeting) = *key else { continue };
            for entry in entries.values_mut() {
                let is_his = entry.participant.speaker() == Some(speaker);
                // A room is one client: its old channel is dead even if nobody noticed yet.
                let is_room = matches!(speaker, Speaker::Point(_));
                if let Link::Live { notices, is_resumed, .. } = &mut entry.participant.link
                    && is_his
                    && (is_room || notices.is_closed())
                {
                    (*notices, *is_resumed) = (fresh.clone(), true);
                    entry.tell_again(meeting);
                }
            }
        }
    }

    /// So many layers of a picture are wanted by anybody: its publisher is told.
    pub(super) fn tell_layers(&mut self, stream: StreamId, layers: usize) {
        let Some(key) = self.places.get(&stream.peer) else { return };
        let entry = self.calls.get_mut(key).and_then(|entries| entries.get_mut(&stream.peer));
        let entry = entry.filter(|entry| !entry.participant.is_screen());
        let (CallKey::Meeting(meeting), Some(entry)) = (*key, entry) else { return };
        let layers = u8::try_from(layers).unwrap_or(u8::MAX);
        entry.layers = Some(layers);
        entry.participant.notify(CallNotice::Layers { meeting, layers });
    }

    /// The client of this channel looks at another point, or at none.
    pub(super) fn preview(
        &mut self,
        meeting: MeetingId,
        notices: &mpsc::Sender<CallNotice>,
        point: Option<PointId>,
    ) -> Orders {
        let key = CallKey::Meeting(meeting);
        for entry in self.calls.get_mut(&key).into_iter().flat_map(BTreeMap::values_mut) {
            if matches!(&entry.participant.link, Link::Live { notices: other, .. }
                if other.same_channel(notices))
                && !entry.participant.is_screen()
            {
                look_at(meeting, &mut entry.participant, point);
            }
        }
        Orders { routes: self.reroute(key), leave: vec![] }
    }

    /// A meeting changed: whoever may not look at a point any more looks at none. The routes
    /// follow with [`Desk::hearing_changed`].
    pub(super) fn previews_changed(
        &mut self,
        meeting: MeetingId,
        may_look: impl Fn(&Actor, PointId) -> bool,
    ) {
        let entries = self.calls.get_mut(&CallKey::Meeting(meeting)).into_iter();
        for entry in entries.flat_map(BTreeMap::values_mut) {
            let participant = &mut entry.participant;
            let seen = participant.slots.preview.zip(participant.actor.as_ref());
            if seen.is_some_and(|(point, actor)| !may_look(actor, point)) {
                look_at(meeting, participant, None);
            }
        }
    }

    /// A meeting changed: `hearing_of` says who is seen and heard by whom, `None` for who may not
    /// be in the call any more.
    pub(super) fn hearing_changed(
        &mut self,
        meeting: MeetingId,
        hearing_of: impl Fn(&Actor) -> Option<Hearing>,
    ) -> Orders {
        let key = CallKey::Meeting(meeting);
        let mut leave = Vec::new();
        for (peer, entry) in self.calls.get_mut(&key).into_iter().flatten() {
            let Some(actor) = &entry.participant.actor else { continue };
            let hearing = hearing_of(actor);
            let is_known = hearing.is_some();
            entry.participant.hearing = hearing.unwrap_or_default();
            if !is_known || !entry.participant.is_wanted() {
                leave.push(*peer);
            }
        }
        for peer in &leave {
            self.take_out(*peer, "GONE");
        }
        Orders { routes: self.reroute(key), leave }
    }

    /// A participant looks at somebody alone, or at what everybody sees again; whether it is in
    /// the call over this channel.
    pub(super) fn view(
        &mut self,
        meeting: MeetingId,
        channel: &mpsc::Sender<CallNotice>,
        speaker: Option<Speaker>,
    ) -> Option<Orders> {
        let key = CallKey::Meeting(meeting);
        let entries = self.calls.get_mut(&key)?.values_mut();
        let participant = entries.map(|entry| &mut entry.participant).find(|participant| {
            matches!(&participant.link, Link::Live { notices, .. } if notices.same_channel(channel))
                && !participant.is_screen()
        })?;
        participant.views = speaker;
        participant.notify(CallNotice::Viewing { meeting, speaker, code: None });
        Some(Orders { routes: self.reroute(key), leave: vec![] })
    }

    /// Nobody goes on looking alone at somebody whom he may not.
    pub(super) fn end_views(
        &mut self,
        meeting: MeetingId,
        may_view: impl Fn(&Actor, Speaker) -> bool,
    ) {
        let entries = self.calls.get_mut(&CallKey::Meeting(meeting)).into_iter().flatten();
        for (_, Entry { participant, .. }) in entries {
            let (Some(actor), Some(speaker)) = (&participant.actor, participant.views) else {
                continue;
            };
            if !may_view(actor, speaker) {
                participant.views = None;
                let code = Some("NOT_ALLOWED");
                participant.notify(CallNotice::Viewing { meeting, speaker: None, code });
            }
        }
    }

    /// The meetings that have a call.
    pub(super) fn meetings(&self) -> BTreeSet<MeetingId> {
        let meeting = |key: &CallKey| match key {
            CallKey::Meeting(meeting) => Some(*meeting),
            CallKey::Bench => None,
        };
        self.calls.keys().filter_map(meeting).collect()
    }

    /// Which peer publishes what of a speaker in the call of a meeting.
    pub(super) fn publishers(&self, meeting: MeetingId) -> Vec<(Speaker, StreamId)> {
        let Some(entries) = self.calls.get(&CallKey::Meeting(meeting)) else { return Vec::new() };
        let of_speaker = |((publisher, kind), peer)| match publisher {
            Publisher::Speaker(speaker) => Some((speaker, StreamId { peer, kind })),
            Publisher::Screen(_) | Publisher::Named(_) => None,
        };
        publishers(entries).into_iter().filter_map(of_speaker).collect()
    }

    /// In which call a peer is.
    pub(super) fn place(&self, peer: PeerId) -> Option<CallKey> {
        self.places.get(&peer).copied()
    }

    /// Who a peer is.
    pub(super) fn speaker(&self, peer: PeerId) -> Option<Speaker> {
        self.calls.get(self.places.get(&peer)?)?.get(&peer)?.participant.speaker()
    }

    /// The meeting whose call a peer is in.
    pub(super) fn meeting_of(&self, peer: PeerId) -> Option<MeetingId> {
        match self.places.get(&peer)? {
            CallKey::Meeting(meeting) => Some(*meeting),
            CallKey::Bench => None,
        }
    }

    /// Whose screen a peer is, and in which meeting.
    pub(super) fn screen(&self, peer: PeerId) -> Option<(MeetingId, Actor)> {
        let meeting = self.meeting_of(peer)?;
        let participant = &self.calls.get(self.places.get(&peer)?)?.get(&peer)?.participant;
        let actor = participant.actor.clone().filter(|_| participant.is_screen())?;
        Some((meeting, actor))
    }

    /// Whether somebody's screen is in the call of a meeting.
    pub(super) fn has_screen(&self, meeting: MeetingId, actor: &Actor) -> bool {
        let entries = self.calls.get(&CallKey::Meeting(meeting)).into_iter().flatten();
        let mut screens = entries.filter(|(_, entry)| entry.participant.is_screen());
        screens.any(|(_, entry)| entry.participant.actor.as_ref() == Some(actor))
    }

    /// The peers of a speaker, in all calls.
    pub(super) fn peers_of(&self, speaker: Speaker) -> Vec<PeerId> {
        let entries = self.calls.values().flatten();
        let his = entries.filter(|(_, entry)| entry.participant.speaker() == Some(speaker));
        his.map(|(peer, _)| *peer).collect()
    }

    fn take_out(&mut self, peer: PeerId, code: &'static str) -> Option<CallKey> {
        let key = self.places.remove(&peer)?;
        let entries = self.calls.get_mut(&key)?;
        let entry = entries.remove(&peer);
        if entries.is_empty() {
            self.calls.remove(&key);
            self.voices.remove(&key);
        }
        match entry.as_ref().map(|entry| &entry.participant.link) {
            Some(Link::Http { session, .. }) => {
                self.sessions.remove(session);
            }
            // Whoever counts anew on a new channel would take the end of the old call for his own.
            Some(Link::Live { is_resumed: true, .. }) if code == REPLACED => {}
            Some(Link::Live { generation, .. }) => {
                if let (CallKey::Meeting(meeting), Some(entry)) = (key, &entry) {
                    let generation = *generation;
                    entry.participant.notify(CallNotice::Ended { meeting, generation, code });
                }
            }
            None => {}
        }
        Some(key)
    }

    /// What changes in the table of a call; tells the participants whose slots change.
    pub(super) fn reroute(&mut self, key: CallKey) -> RouteTable {
        self.settle(key);
        let mut table = RouteTable::new();
        let Some(entries) = self.calls.get_mut(&key) else { return table };
        let publishers = publishers(entries);
        let voices = self.voices.get(&key);
        for (peer, entry) in entries {
            let participant = &mut entry.participant;
            let sources = match &participant.wish {
                Wish::Stream(name)
                    if key == CallKey::Bench || participant.hearing.main.is_some() =>
                {
                    routes::sources_of_stream(&participant.uses, name, &publishers)
                }
                // A stream under a name is as closed as the item the meeting is at.
                Wish::Stream(_) | Wish::Nothing => vec![None; participant.uses.len()],
                Wish::Floor => {
                    follow_floor(key, participant, voices);
                    routes::sources(&participant.uses, &participant.slots, &publishers)
                }
            };
            if entry.routed != sources {
                entry.routed.clone_from(&sources);
                table.insert(*peer, sources);
            }
        }
        table
    }
}

/// Fills the slots of a participant, and tells it when they changed.
fn follow_floor(key: CallKey, participant: &mut Participant, voices: Option<&Voices>) {
    let hearing = voices.map(|voices| voices.narrow(&participant.hearing));
    let mut chosen = routes::choose(
        participant.speaker(),
        hearing.as_ref().unwrap_or(&participant.hearing),
        &participant.slots,
        (participant.count(SlotUse::Voice), participant.count(SlotUse::Tile)),
    );
    if participant.views.is_some() {
        chosen.main = participant.views;
    }
    if chosen == participant.slots {
        return;
    }
    participant.slots = chosen;
    if let CallKey::Meeting(meeting) = key {
        let slots = participant.slots.clone();
        participant.notify(CallNotice::Slots { meeting, slots });
    }
}

/// Puts a point into the preview slot of a participant, and tells it when that changed.
fn look_at(meeting: MeetingId, participant: &mut Participant, point: Option<PointId>) {
    if participant.slots.preview != point {
        participant.slots.preview = point;
        let slots = participant.slots.clone();
        participant.notify(CallNotice::Slots { meeting, slots });
    }
}

fn publishers(entries: &BTreeMap<PeerId, Entry>) -> Publishers {
    let mut publishers = Publishers::new();
    for (peer, Entry { participant, .. }) in entries {
        for kind in &participant.kinds {
            if let Some(publisher) = &participant.publishes {
                publishers.insert((publisher.clone(), *kind), *peer);
            }
        }
    }
    publishers
}

/// Whether a new participant takes the place of an old one: the same client offered again, or it
/// came back on another channel. A room is one client; a person may have several open.
fn is_replaced(old: &Participant, new: &Participant) -> bool {
    let (Link::Live { notices: had, .. }, Link::Live { notices: has, .. }) = (&old.link, &new.link)
    else {
        return false;
    };
    let is_same_speaker = old.speaker() == new.speaker() && old.is_screen() == new.is_screen();
    let is_room = matches!(new.actor, Some(Actor::Point(_)));
    is_same_speaker && (had.same_channel(has) || had.is_closed() || is_room)
}

#[cfg(test)]
mod tests;
