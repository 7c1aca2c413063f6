//! The machine: three doors, and what it is made of.

mod forward;
mod join;
mod share;
mod timers;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::Instant;

use bytes::BytesMut;

use crate::batch::Batch;
use crate::demand::Demands;
use crate::demux::{self, Demux};
use crate::egress::Lost;
use crate::endpoint::Endpoint;
use crate::engine::{Engine, Identity};
use crate::ids::PeerId;
use crate::keyframes::Keyframes;
use crate::level::Levels;
use crate::limits::{DATAGRAM_BYTES_MAX, PENDING_MAX};
use crate::messages::{Command, Event, Input, Output};
use crate::peer::Peer;
use crate::recorder::Recorder;
use crate::routes::Routes;
use crate::slot::Media;

/// What a shard has to be told once.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its DTLS certificate.
    pub identity: Identity,
    /// Where its sockets are reached, best first: the ICE candidates of every answer. Peers with
    /// an IPv6 address need one that is IPv6, those that only get out by TCP one that is TCP.
    pub candidates: Vec<Endpoint>,
}

/// Peers that share a socket and a thread.
///
/// Hand in what came, then drain [`Shard::poll_output`] until it is empty, then wait no longer
/// than [`Shard::poll_timeout`] says. Datagrams that came together may be handed in together.
pub struct Shard {
    engine: Engine,
    demux: Demux,
    peers: BTreeMap<PeerId, Peer>,
    routes: Routes,
    keyframes: Keyframes,
    demands: Demands,
    recorder: Recorder,
    levels: Levels,
    /// When which peer's timers run.
    timers: BTreeSet<(Instant, PeerId)>,
    tick_at: Option<Instant>,
    ticks: u32,
    /// Peers to whom `rtc` has something to send.
    talking: VecDeque<PeerId>,
    /// Last words of peers that are gone.
    farewells: VecDeque<(Endpoint, BytesMut)>,
    events: VecDeque<Event>,
    /// Packets that came since the last time all was sent, in order.
    pending: Vec<Media>,
    flush: Flush,
    /// Packets to be sent again.
    resends: VecDeque<(PeerId, Lost)>,
    /// Peers to whom padding may be due.
    padding: VecDeque<PeerId>,
    batch: Batch,
    scratch: BytesMut,
    /// The time of what was handed in last.
    now: Instant,
}

/// How far it is with sending what is pending.
#[derive(Debug, Default)]
pub(crate) struct Flush {
    /// How many of the pending packets are on their way.
    packets: usize,
    /// To whom, each once.
    receivers: Vec<PeerId>,
    /// Who is next, and what he gets next.
    receiver: usize,
    pub(crate) packet: usize,
    pub(crate) slot: usize,
}

impl fmt::Debug for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shard").field("peers", &self.peers.len()).finish_non_exhaustive()
    }
}

impl Shard {
    /// A shard without peers, at the time `now`.
    #[must_use]
    pub fn new(config: Config, now: Instant) -> Self {
        Self {
            engine: Engine::new(config.identity, config.candidates),
            demux: Demux::default(),
            peers: BTreeMap::new(),
            routes: Routes::default(),
            keyframes: Keyframes::default(),
            demands: Demands::default(),
            recorder: Recorder::default(),
            levels: Levels::default(),
            timers: BTreeSet::new(),
            tick_at: None,
            ticks: 0,
            talking: VecDeque::new(),
            farewells: VecDeque::new(),
            events: VecDeque::new(),
            pending: Vec::with_capacity(PENDING_MAX),
            flush: Flush::default(),
            resends: VecDeque::new(),
            padding: VecDeque::new(),
            batch: Batch::new(),
            scratch: BytesMut::new(),
            now,
        }
    }

    /// Takes in what happened at `now`.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.now = self.now.max(now);
        match input {
            Input::Datagram { from, bytes } => self.datagram(now, from, bytes),
            Input::Command(command) => self.command(now, command),
            Input::Timeout => self.timeout(now),
        }
        self.ask_for_keyframes(now);
    }

    /// The next thing to send or to tell.
    pub fn poll_output(&mut self) -> Option<Output<'_>> {
        self.batch.recycle();
        if let Some(event) = self.events.pop_front() {
            return Some(Output::Event(event));
        }
        if let Some(packet) = self.recorder.pop() {
            return Some(Output::Recorded(packet));
        }
        self.fill_batch();
        self.batch.hand_out().map(Output::Send)
    }

    /// When to call with [`Input::Timeout`] at the latest.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let peers = self.timers.first().map(|&(at, _)| at);
        [peers, self.keyframes.next_due(), self.tick_at].into_iter().flatten().min()
    }

    /// Whether a peer has shown that it is at `from`: nobody else has a reason to keep a
    /// connection open.
    #[must_use]
    pub fn knows(&self, from: Endpoint) -> bool {
        self.demux.knows(from)
    }

    /// Whether nothing is left of any peer (rule 18).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.peers.is_empty()
            && self.demux.is_empty()
            && self.routes.is_empty()
            && self.keyframes.is_empty()
            && self.demands.is_empty()
            && self.timers.is_empty()
            && self.farewells.is_empty()
            && self.events.is_empty()
            && self.pending.is_empty()
            && self.resends.is_empty()
            && self.padding.is_empty()
            && self.recorder.is_empty()
            && self.levels.is_empty()
    }

    fn datagram(&mut self, now: Instant, from: Endpoint, bytes: &[u8]) {
        if bytes.is_empty() || bytes.len() > DATAGRAM_BYTES_MAX {
            return;
        }
        let stun = demux::read_stun(bytes);
        let Some(local) = self.engine.local_for(from) else { return };
        let Some(id) = self.demux.find(from, stun) else { return };
        let Some(peer) = self.peers.get_mut(&id) else { return };
        // The bytes are copied into a buffer that comes back when `rtc` has decrypted them.
        self.scratch.extend_from_slice(bytes);
        peer.receive(now, local, from, (self.scratch.split(), stun));
        self.drain(now, id);
    }

    fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Join(join) => self.join(now, &join),
            Command::Restart { peer, offer } => self.restart(now, peer, &offer),
            Command::Leave(peer) => self.leave(now, peer),
            Command::Route(table) => {
                for (receiver, wanted) in table {
                    self.route(now, receiver, &wanted);
                }
            }
            Command::Record(streams) => {
                for stream in self.recorder.set(&streams) {
                    self.aim_recording(now, stream);
                }
            }
            Command::WantKeyframe(stream) => {
                if let Some(layer) = self.best_of(now, stream) {
                    self.want_keyframe(layer);
                }
            }
            Command::Ceiling { peer: id, bits_per_second } => {
                if let Some(peer) = self.peers.get_mut(&id) {
                    peer.egress.line.allocation.set_ceiling(bits_per_second);
                    self.share(now, id);
                }
            }
        }
    }

    fn fill_batch(&mut self) {
        while self.batch.has_room() {
            if let Some((to, bytes)) = self.farewells.pop_front() {
                push(&mut self.batch, to, &bytes);
            } else if let Some(id) = self.talking.front() {
                let message = self.peers.get_mut(id).and_then(Peer::next_message);
                match message {
                    Some((to, bytes)) => push(&mut self.batch, to, &bytes),
                    None => self.hang_up(),
                }
            } else if let Some((receiver, lost)) = self.resends.pop_front() {
                self.resend(receiver, lost);
            } else if let Some(id) = self.padding.front() {
                let peer = self.peers.get_mut(id);
                if peer.is_none_or(|peer| peer.egress.pad(self.now, &mut self.batch)) {
                    self.padding.pop_front();
                }
            } else if !self.send_pending() {
                return;
            }
        }
    }

    /// The first of those that talk has said all.
    fn hang_up(&mut self) {
        let peer = self.talking.pop_front().and_then(|id| self.peers.get_mut(&id));
        if let Some(peer) = peer {
            peer.is_talking = false;
        }
    }

    /// Sends what is pending until the batch is full; false when that was all. A receiver gets
    /// all of his packets before the next gets any, so that those of one size are one message.
    fn send_pending(&mut self) -> bool {
        if self.flush.packets == 0 && !self.begin_flush() {
            return false;
        }
        while let Some(id) = self.flush.receivers.get(self.flush.receiver) {
            if let Some(peer) = self.peers.get_mut(id) {
                let pending = &self.pending[..self.flush.packets];
                if !peer.egress.send(self.now, pending, &mut self.flush, &mut self.batch) {
                    return true;
                }
            }
            self.flush.receiver += 1;
            (self.flush.packet, self.flush.slot) = (0, 0);
        }
        self.pending.drain(..self.flush.packets);
        self.flush.packets = 0;
        true
    }

    fn begin_flush(&mut self) -> bool {
        let flush = &mut self.flush;
        flush.receivers.clear();
        (flush.receiver, flush.packet, flush.slot) = (0, 0, 0);
        flush.packets = self.pending.len();
        let mut last = None;
        for media in &self.pending {
            if last.replace(media.stream) != Some(media.stream) {
                let listeners = self.routes.listeners(media.stream);
                flush.receivers.extend(listeners.iter().map(|listener| listener.receiver));
            }
        }
        flush.receivers.sort_unstable();
        flush.receivers.dedup();
        flush.packets > 0
    }

    fn resend(&mut self, receiver: PeerId, lost: Lost) {
        let Some(peer) = self.peers.get(&receiver) else { return };
        let slot = peer.egress.slots.get(lost.slot);
        let Some(origin) = slot.and_then(|slot| slot.recall(lost.sequence)) else { return };
        let publisher = self.peers.get(&origin.source.peer);
        let Some(media) = publisher.and_then(|publisher| publisher.find(origin)).cloned() else {
            return;
        };
        if let Some(peer) = self.peers.get_mut(&receiver) {
            peer.egress.resend(self.now, lost, &media, &mut self.batch);
        }
    }
}

fn push(batch: &mut Batch, to: Endpoint, bytes: &[u8]) {
    batch.push(to, |room| {
        room.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(bytes.len())
    });
}
