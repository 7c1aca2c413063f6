//! Who is sent which layer: each receiver's line is shared out among his slots, and publishers
//! are told which layers nobody wants.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::egress::PADDING_PACKET_BYTES;
use crate::ids::{Kind, LayerId, PeerId, StreamId};
use crate::layers::Layers;
use crate::messages::Event;
use crate::shard::Shard;

impl Shard {
    /// Shares a receiver's line out anew.
    pub(super) fn share(&mut self, now: Instant, receiver: PeerId) {
        let Some(peer) = self.peers.get(&receiver) else { return };
        let layers_of = |stream| self.layers_of(now, stream);
        let wishes = peer.wishes(layers_of);
        let layers: Vec<Option<Layers>> =
            peer.egress.slots.iter().map(|slot| slot.source().and_then(layers_of)).collect();
        let Some(peer) = self.peers.get_mut(&receiver) else { return };
        peer.protect_sound(now, &wishes);
        let egress = &mut peer.egress;
        let choice = egress.line.share(now, &wishes);
        let mut changes = Vec::new();
        for ((slot, layers), chosen) in egress.slots.iter_mut().zip(layers).zip(choice) {
            // Of what is not there yet, whatever comes first is shown.
            let Some(layers) = layers else { continue };
            slot.chosen = chosen;
            slot.aim(layers.shown(chosen));
            changes.extend(slot.source().zip(chosen).map(|it| (it, slot.waits_for())));
        }
        for ((stream, chosen), waited) in changes {
            if let Some(layer) = waited {
                self.want_keyframe(layer);
            }
            if stream.kind == Kind::Video && self.demands.want(stream, chosen + 1) {
                self.events.push_back(Event::LayersWanted { stream, layers: chosen + 1 });
            }
        }
    }

    /// A receiver told what arrived.
    pub(super) fn line_judged(&mut self, now: Instant, receiver: PeerId) {
        let Some(peer) = self.peers.get_mut(&receiver) else { return };
        if peer.egress.can_pad() {
            peer.egress.line.probe(now, PADDING_PACKET_BYTES as u64);
            if peer.egress.line.padding_at().is_some() {
                self.padding.push_back(receiver);
            }
        }
        if peer.egress.line.is_due(now) {
            self.share(now, receiver);
        }
    }

    /// A stream's layers began or ended: those who listen to it are served anew.
    pub(super) fn share_stream(&mut self, now: Instant, stream: StreamId) {
        let mut receivers: Vec<PeerId> =
            self.routes.listeners(stream).iter().map(|listener| listener.receiver).collect();
        receivers.dedup();
        for receiver in receivers {
            self.share(now, receiver);
        }
        self.aim_recording(now, stream);
    }

    /// Measures what comes, shares all lines anew, and tells publishers what is not wanted.
    pub(super) fn share_all(&mut self, now: Instant) {
        for peer in self.peers.values_mut() {
            for incoming in &mut peer.incoming {
                incoming.rate.measure(now);
            }
        }
        let receivers: Vec<PeerId> = self.peers.keys().copied().collect();
        for receiver in receivers {
            self.share(now, receiver);
        }
        let recorded: Vec<StreamId> = self.recorder.streams().collect();
        for stream in &recorded {
            self.aim_recording(now, *stream);
        }
        let mut wanted: BTreeMap<StreamId, usize> = BTreeMap::new();
        let slots = self.peers.values().flat_map(|peer| &peer.egress.slots);
        let shown = slots.filter_map(|slot| Some((slot.source()?, slot.chosen? + 1)));
        let kept = recorded.iter().filter_map(|it| Some((*it, self.layers_of(now, *it)?.count())));
        for (stream, layers) in shown.chain(kept) {
            let most = wanted.entry(stream).or_default();
            *most = layers.max(*most);
        }
        for (stream, layers) in self.demands.review(now, &wanted) {
            self.events.push_back(Event::LayersWanted { stream, layers });
        }
    }

    /// The best that comes is recorded.
    pub(super) fn aim_recording(&mut self, now: Instant, stream: StreamId) {
        if !self.recorder.records(stream) {
            return;
        }
        let Some(layers) = self.layers_of(now, stream) else { return };
        self.recorder.aim(stream, layers.shown(layers.count().checked_sub(1)));
        if stream.kind == Kind::Video && self.demands.want(stream, layers.count()) {
            self.events.push_back(Event::LayersWanted { stream, layers: layers.count() });
        }
        if let Some(layer) = self.recorder.waits_for(stream) {
            self.want_keyframe(layer);
        }
    }

    /// The layer of a stream that somebody who has none yet can begin with soonest, and the best.
    pub(super) fn best_of(&self, now: Instant, stream: StreamId) -> Option<LayerId> {
        let layers = self.layers_of(now, stream)?;
        let layer = layers.shown(layers.count().checked_sub(1))?;
        Some(LayerId { stream, layer })
    }

    fn layers_of(&self, now: Instant, stream: StreamId) -> Option<Layers> {
        self.peers.get(&stream.peer)?.layers(now, stream.kind)
    }
}
