//! What flows: packets to those who listen, keyframe requests back to those who publish.

use std::collections::VecDeque;
use std::time::Instant;

use crate::egress::Lost;
use crate::ids::{Kind, LayerId, PeerId, StreamId};
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
                Happening::KeyframeWanted(layer) => self.want_keyframe(layer),
                Happening::Lost(lost) => self.lost(id, lost),
                Happening::LineJudged => self.line_judged(now, id),
                Happening::Connected => self.connected(now, id),
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
    pub(super) fn route(&mut self, now: Instant, receiver: PeerId, wanted: &[Option<StreamId>]) {
        let Some(peer) = self.peers.get_mut(&receiver) else { return };
        let changed = self.routes.reconcile(receiver, wanted, peer.egress.slots.len());
        for &(slot, source) in &changed {
            if let Some(slot) = peer.egress.slots.get_mut(slot) {
                slot.point(source);
            }
        }
        if !changed.is_empty() {
            self.share(now, receiver);
        }
    }

    /// Somebody cannot show anything before a keyframe of `layer` comes.
    pub(super) fn want_keyframe(&mut self, layer: LayerId) {
        let publisher = self.peers.get(&layer.stream.peer);
        if layer.stream.kind == Kind::Video && publisher.is_some_and(|it| it.is_layer_open(layer)) {
            self.keyframes.want(layer);
        }
    }

    /// Asks the publishers of whom that is due.
    pub(super) fn ask_for_keyframes(&mut self, now: Instant) {
        while let Some(layer) = self.keyframes.pop_due(now) {
            let Some(peer) = self.peers.get_mut(&layer.stream.peer) else { continue };
            if peer.ask_for_keyframe(now, layer) {
                touch(&mut self.talking, peer);
                self.events.push_back(Event::KeyframeRequested { stream: layer.stream });
            }
        }
    }

    fn media(&mut self, now: Instant, media: Media, is_first: bool) {
        let stream = media.stream;
        if is_first {
            self.opened(now, stream);
        }
        self.recorder.take(now, &media);
        if let Some(loudness) = media.read.loudness {
            self.levels.note(now, stream, loudness);
            self.tell_levels(now);
        }
        if media.read.is_start {
            self.keyframes.came(LayerId { stream, layer: media.layer });
        }
        // Whoever hands in more at once than there is room for has it asked for again.
        if self.pending.len() < PENDING_MAX {
            self.pending.push(media);
        }
    }

    /// The first packet of a layer came, or the first after a silence.
    fn opened(&mut self, now: Instant, stream: StreamId) {
        let publisher = self.peers.get(&stream.peer);
        let open = publisher.map_or(0, |publisher| publisher.open_layers(stream.kind));
        if open == 1 {
            self.events.push_back(Event::StreamOpened { stream });
        }
        self.share_stream(now, stream);
    }

    /// Tells how loud the voices are, when that is due.
    pub(super) fn tell_levels(&mut self, now: Instant) {
        let report = self.levels.report(now);
        self.events.extend(report.map(|voices| Event::Levels { at: now, voices }));
    }

    fn lost(&mut self, receiver: PeerId, lost: Vec<Lost>) {
        let room = RESENDS_MAX.saturating_sub(self.resends.len());
        self.resends.extend(lost.into_iter().take(room).map(|lost| (receiver, lost)));
    }

    /// Slots that were pointed before their receiver was there can be filled now.
    fn connected(&mut self, now: Instant, id: PeerId) {
        self.events.push_back(Event::Connected { peer: id });
        self.share(now, id);
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
