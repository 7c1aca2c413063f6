//! What happens because time passes.

use std::time::Instant;

use rtc::sansio::Protocol;

use crate::ids::{PeerId, StreamId};
use crate::limits::{
    CONNECT_TIMEOUT, PEER_SILENCE, STREAM_SILENCE, TICK, TICKS_PER_STATS, TIMER_STEP_MIN,
};
use crate::messages::{Event, GoneReason};
use crate::peer::{Link, Peer};
use crate::shard::Shard;

impl Shard {
    pub(super) fn timeout(&mut self, now: Instant) {
        while let Some(&(at, id)) = self.timers.first()
            && at <= now
        {
            self.timers.pop_first();
            let Some(peer) = self.peers.get_mut(&id) else { continue };
            peer.deadline = None;
            if peer.report_at.is_some_and(|at| at <= now) {
                peer.report(now);
            }
            if peer.egress.line.padding_at().is_some_and(|at| at <= now) {
                self.padding.push_back(id);
            }
            // A handler that fails tells so by the connection's state, read in `drain`.
            let _ = peer.connection.handle_timeout(now);
            self.drain(now, id);
        }
        if self.tick_at.is_some_and(|at| at <= now) {
            self.tick_at = Some(now + TICK);
            self.tick(now);
        }
    }

    /// Sets when the timers of `id` run next.
    pub(super) fn arm(&mut self, now: Instant, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let padding_at = peer.egress.line.padding_at();
        let next = [peer.connection.poll_timeout(), peer.report_at, padding_at];
        let next = next.into_iter().flatten().min();
        let wanted = next.map(|at| at.max(now + TIMER_STEP_MIN));
        if peer.deadline == wanted {
            return;
        }
        if let Some(at) = std::mem::replace(&mut peer.deadline, wanted) {
            self.timers.remove(&(at, id));
        }
        if let Some(at) = wanted {
            self.timers.insert((at, id));
        }
    }

    /// A stream fell silent, or its peer is gone.
    pub(super) fn end_stream(&mut self, stream: StreamId, was_open: bool) {
        self.keyframes.forget(stream);
        if was_open {
            self.events.push_back(Event::StreamEnded { stream });
        }
    }

    fn tick(&mut self, now: Instant) {
        let lost = |peer: &Peer| match peer.link {
            Link::Connecting { since } => {
                let is_late = now.saturating_duration_since(since) >= CONNECT_TIMEOUT;
                is_late.then_some((peer.id, GoneReason::NeverConnected))
            }
            Link::Connected => {
                let is_silent = now.saturating_duration_since(peer.heard_at) >= PEER_SILENCE;
                is_silent.then_some((peer.id, GoneReason::Silent))
            }
        };
        let lost: Vec<_> = self.peers.values().filter_map(lost).collect();
        for (id, reason) in lost {
            self.remove(id, reason);
        }

        let mut quiet = Vec::new();
        for peer in self.peers.values_mut() {
            if peer.is_left_alone() {
                peer.report(now);
                quiet.push(peer.id);
            }
        }
        for id in quiet {
            self.drain(now, id);
        }

        let mut silent = Vec::new();
        for peer in self.peers.values_mut() {
            let id = peer.id;
            for incoming in &mut peer.incoming {
                let is_silent = |at: Instant| now.saturating_duration_since(at) >= STREAM_SILENCE;
                if incoming.heard_at.take_if(|at| is_silent(*at)).is_some() {
                    silent.push(StreamId { peer: id, kind: incoming.kind });
                }
            }
        }
        silent.dedup();
        for stream in silent {
            let publisher = self.peers.get(&stream.peer);
            if publisher.is_some_and(|publisher| !publisher.is_open(stream.kind)) {
                self.end_stream(stream, true);
            }
        }
        self.share_all(now);

        self.tell_levels(now);
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(TICKS_PER_STATS) && !self.peers.is_empty() {
            self.events.push_back(Event::Stats(self.peers.values().map(Peer::figures).collect()));
        }
    }
}
