//! What flows: packets to those who listen, keyframe requests back to those who publish.

use std::collections::VecDeque;
use std::time::Instant;

use crate::egress::Lost;
use crate::ids::{Kind, PeerId, StreamId};
use crate::limits::{PENDING_MAX, RESENDS_MAX};
use crate::messages::{Event, GoneReason};
use crate::peer::{Happening, Peer};
use crate::shard::Shard;
use crate::slot::Media;

impl Shard {
    /// Takes all that came of the last thing `id` was told.
    pub(super) fn drain(&mut self, now: Instant, id: PeerId) {
        while let Some(happening) = self.peers.get_mut(&id).and_then(|peer| peer.next(now)) {
            match happening {
                Happening::Media { media, is_first } => self.media(now, media, is_first),
                Happening::KeyframeWanted(stream) => self.want_keyframe(stream),
                Happening::Lost(lost) => self.lost(id, lost),
                Happening::Connected => self.connected(id),
                Happening::Closed => return self.remove(id, GoneReason::Closed),
                Happening::Failed => return self.failed(id),
            }
        }
        self.touch(id);
        self.arm(now, id);
    }

    /// Puts `id` among those with something to send.
    pub(super) fn touch(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.get_mut(&id) {
            touch(&mut self.talking, peer);
        }
    }

    /// Points the slots of a receiver.
    pub(super) fn route(&mut self, receiver: PeerId, wanted: &[Option<StreamId>]) {
        let Some(peer) = self.peers.get_mut(&receiver) else { return };
        let changed = self.routes.reconcile(receiver, wanted, peer.egress.slots.len());
        for &(slot, source) in &changed {
            if let Some(slot) = peer.egress.slots.get_mut(slot) {
                slot.point(source);
            }
        }
        if peer.is_connected() {
            for (_, source) in changed {
                if let Some(source) = source {
                    self.want_keyframe(source);
                }
            }
        }
    }

    /// Somebody cannot show anything before a keyframe of `stream` comes.
    pub(super) fn want_keyframe(&mut self, stream: StreamId) {
        let is_open = self.peers.get(&stream.peer).is_some_and(|peer| peer.is_open(stream.kind));
        if stream.kind == Kind::Video && is_open {
            self.keyframes.want(stream);
        }
    }

    /// Asks the publishers of whom that is due.
    pub(super) fn ask_for_keyframes(&mut self, now: Instant) {
        while let Some(stream) = self.keyframes.pop_due(now) {
            let Some(peer) = self.peers.get_mut(&stream.peer) else { continue };
            if peer.ask_for_keyframe(now, stream.kind) {
                touch(&mut self.talking, peer);
                self.events.push_back(Event::KeyframeRequested { stream });
            }
        }
    }

    fn media(&mut self, now: Instant, media: Media, is_first: bool) {
        let stream = media.stream;
        if is_first {
            self.events.push_back(Event::StreamOpened { stream });
        }
        self.recorder.take(now, &media);
        if let Some(loudness) = media.read.loudness {
            self.levels.note(now, stream, loudness);
            self.tell_levels(now);
        }
        let is_recorded = self.recorder.records(stream);
        if media.read.is_start {
            self.keyframes.came(stream);
        } else if is_first && (is_recorded || self.is_waited_for(stream)) {
            self.want_keyframe(stream);
        }
        // Whoever hands in more at once than there is room for has it asked for again.
        if self.pending.len() < PENDING_MAX {
            self.pending.push(media);
        }
    }

    /// Tells how loud the voices are, when that is due.
    pub(super) fn tell_levels(&mut self, now: Instant) {
        let report = self.levels.report(now);
        self.events.extend(report.map(|voices| Event::Levels { at: now, voices }));
    }

    fn is_waited_for(&self, stream: StreamId) -> bool {
        self.routes.listeners(stream).iter().any(|listener| {
            let peer = self.peers.get(&listener.receiver);
            let slot = peer.and_then(|peer| peer.egress.slots.get(listener.slot));
            slot.is_some_and(|slot| slot.waits_for().is_some())
        })
    }

    fn lost(&mut self, receiver: PeerId, lost: Vec<Lost>) {
        let room = RESENDS_MAX.saturating_sub(self.resends.len());
        self.resends.extend(lost.into_iter().take(room).map(|lost| (receiver, lost)));
    }

    /// Slots that were pointed before their receiver was there can be filled now.
    fn connected(&mut self, id: PeerId) {
        self.events.push_back(Event::Connected { peer: id });
        let Some(peer) = self.peers.get(&id) else { return };
        let waited: Vec<_> =
            peer.egress.slots.iter().filter_map(crate::slot::Slot::waits_for).collect();
        for stream in waited {
            self.want_keyframe(stream);
        }
    }

    fn failed(&mut self, id: PeerId) {
        let was_connected = self.peers.get(&id).is_some_and(Peer::is_connected);
        let reason = if was_connected { GoneReason::Silent } else { GoneReason::NeverConnected };
        self.remove(id, reason);
    }
}

fn touch(talking: &mut VecDeque<PeerId>, peer: &mut Peer) {
    if !peer.is_talking {
        peer.is_talking = true;
        talking.push_back(peer.id);
    }
}
