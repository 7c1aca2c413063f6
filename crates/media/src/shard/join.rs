//! Peers come and go.

use std::time::Instant;

use rtc::sansio::Protocol;

use crate::engine;
use crate::ids::{Kind, PeerId, StreamId};
use crate::limits::{PEERS_MAX, TICK};
use crate::line::Line;
use crate::messages::{Event, GoneReason, Join, Refusal};
use crate::offer;
use crate::peer::Peer;
use crate::shard::Shard;

impl Shard {
    pub(super) fn join(&mut self, now: Instant, join: &Join) {
        let peer = join.peer;
        let event = match self.admit(now, join) {
            Ok(sdp) => Event::Answered { peer, sdp },
            Err(refusal) => Event::Refused { peer, refusal },
        };
        self.events.push_back(event);
    }

    pub(super) fn restart(&mut self, now: Instant, id: PeerId, offer: &str) {
        let event = match self.renegotiate(now, id, offer) {
            Ok(sdp) => Event::Answered { peer: id, sdp },
            Err(refusal) => Event::Refused { peer: id, refusal },
        };
        self.events.push_back(event);
        self.drain(now, id);
    }

    pub(super) fn leave(&mut self, _now: Instant, id: PeerId) {
        self.remove(id, GoneReason::Left);
    }

    /// Removes a peer with everything that is known of it.
    pub(super) fn remove(&mut self, id: PeerId, reason: GoneReason) {
        let Some(mut peer) = self.peers.remove(&id) else { return };
        // Tells the other side, where there still is one.
        let _ = peer.connection.close();
        while let Some(message) = peer.next_message() {
            self.farewells.push_back(message);
        }
        if let Some(at) = peer.deadline {
            self.timers.remove(&(at, id));
        }
        self.talking.retain(|other| *other != id);
        self.resends.retain(|(receiver, _)| *receiver != id);
        self.padding.retain(|receiver| *receiver != id);
        self.demux.forget(id);
        self.recorder.forget(id);
        self.levels.forget(id);
        self.routes.forget_receiver(id, peer.egress.slots.len());
        for kind in [Kind::Video, Kind::Audio] {
            let stream = StreamId { peer: id, kind };
            self.demands.forget(stream);
            self.end_stream(stream, peer.is_open(kind));
        }
        if self.peers.is_empty() {
            self.tick_at = None;
        }
        self.events.push_back(Event::Gone { peer: id, reason });
    }

    fn admit(&mut self, now: Instant, join: &Join) -> Result<String, Refusal> {
        if self.peers.contains_key(&join.peer) {
            return Err(Refusal::PeerExists);
        }
        if self.peers.len() >= PEERS_MAX {
            return Err(Refusal::TooManyPeers);
        }
        let answered = self.engine.answer(now, join)?;
        let mut slots = answered.slots;
        for (slot, class) in slots.iter_mut().zip(&join.classes) {
            slot.class = *class;
        }
        let line = Line::new(now, answered.extension);
        let mut peer = Peer::new(join.peer, now, answered.connection, answered.keys, (slots, line));
        for (mid, kind) in [(&join.shape.video, Kind::Video), (&join.shape.audio, Kind::Audio)] {
            let Some(mid) = mid else { continue };
            let transceiver = engine::transceiver_of(&mut peer.connection, mid)
                .ok_or_else(|| Refusal::NoSuchMid(mid.clone()))?;
            let rids = if kind == Kind::Video { &answered.rids[..] } else { &[] };
            peer.publishes(kind, transceiver, rids);
        }
        self.learn_user(join.peer, &answered.sdp)?;
        let picture = StreamId::video(join.peer);
        if let Some(layers) = peer.layers(now, Kind::Video) {
            self.demands.begin(picture, layers.count());
        }
        self.peers.insert(join.peer, peer);
        self.tick_at.get_or_insert(now + TICK);
        self.drain(now, join.peer);
        Ok(answered.sdp)
    }

    fn renegotiate(&mut self, now: Instant, id: PeerId, offer: &str) -> Result<String, Refusal> {
        let sections = offer::sections(offer)?;
        let peer = self.peers.get_mut(&id).ok_or(Refusal::NoSuchPeer)?;
        for section in sections {
            if engine::transceiver_of(&mut peer.connection, &section.mid).is_none() {
                return Err(Refusal::NoSuchMid(section.mid));
            }
        }
        let sdp = self.engine.negotiate(now, &mut peer.connection, offer)?;
        peer.path.restart();
        self.learn_user(id, &sdp)?;
        Ok(sdp)
    }

    fn learn_user(&mut self, id: PeerId, sdp: &str) -> Result<(), Refusal> {
        let user = offer::user_fragment(sdp)
            .ok_or_else(|| Refusal::BadOffer("the answer has no ICE credentials".to_owned()))?;
        self.demux.set_user(id, user);
        Ok(())
    }
}
