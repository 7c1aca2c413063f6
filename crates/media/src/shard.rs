//! The machine: three doors, and what it is made of.

mod forward;
mod join;
mod timers;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::BytesMut;
use rtc::sansio::Protocol;

use crate::batch::Batch;
use crate::demux::{self, Demux};
use crate::engine::{Engine, Identity};
use crate::ids::PeerId;
use crate::keyframes::Keyframes;
use crate::limits::DATAGRAM_BYTES_MAX;
use crate::messages::{Command, Event, Input, Output};
use crate::peer::Peer;
use crate::recorder::Recorder;
use crate::routes::Routes;

/// What a shard has to be told once.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its DTLS certificate.
    pub identity: Identity,
    /// The addresses at which its socket is reached, best first: the ICE candidates of every
    /// answer. Peers with an IPv6 address need one that is IPv6.
    pub candidates: Vec<SocketAddr>,
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
    recorder: Recorder,
    /// When which peer's timers run.
    timers: BTreeSet<(Instant, PeerId)>,
    tick_at: Option<Instant>,
    ticks: u32,
    /// Peers with something to send.
    dirty: VecDeque<PeerId>,
    /// Last words of peers that are gone.
    farewells: VecDeque<(SocketAddr, BytesMut)>,
    events: VecDeque<Event>,
    batch: Batch,
    scratch: BytesMut,
}

impl fmt::Debug for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shard").field("peers", &self.peers.len()).finish_non_exhaustive()
    }
}

impl Shard {
    /// A shard without peers.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            engine: Engine::new(config.identity, config.candidates),
            demux: Demux::default(),
            peers: BTreeMap::new(),
            routes: Routes::default(),
            keyframes: Keyframes::default(),
            recorder: Recorder::default(),
            timers: BTreeSet::new(),
            tick_at: None,
            ticks: 0,
            dirty: VecDeque::new(),
            farewells: VecDeque::new(),
            events: VecDeque::new(),
            batch: Batch::new(),
            scratch: BytesMut::new(),
        }
    }

    /// Takes in what happened at `now`.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
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

    /// Whether nothing is left of any peer (rule 18).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.peers.is_empty()
            && self.demux.is_empty()
            && self.routes.is_empty()
            && self.keyframes.is_empty()
            && self.timers.is_empty()
            && self.farewells.is_empty()
            && self.events.is_empty()
            && self.recorder.is_empty()
    }

    fn datagram(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        if bytes.is_empty() || bytes.len() > DATAGRAM_BYTES_MAX {
            return;
        }
        let stun = demux::read_stun(bytes);
        let Some(local) = self.engine.local_for(from) else { return };
        let Some(id) = self.demux.find(from, stun) else { return };
        let Some(peer) = self.peers.get_mut(&id) else { return };
        // The bytes are copied into a buffer that comes back when `rtc` has decrypted them.
        self.scratch.extend_from_slice(bytes);
        peer.receive(now, (local, from), self.scratch.split(), stun);
        self.drain(now, id);
    }

    fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Join(join) => self.join(now, &join),
            Command::Restart { peer, offer } => self.restart(now, peer, &offer),
            Command::Leave(peer) => self.leave(now, peer),
            Command::Route(table) => {
                for (receiver, wanted) in table {
                    self.route(receiver, &wanted);
                }
            }
            Command::Record(streams) => {
                for stream in self.recorder.set(streams) {
                    self.want_keyframe(stream);
                }
            }
            Command::WantKeyframe(stream) => self.want_keyframe(stream),
        }
    }

    fn fill_batch(&mut self) {
        while self.batch.has_room() {
            if let Some((to, bytes)) = self.farewells.pop_front() {
                self.batch.push(to, bytes);
                continue;
            }
            let Some(&id) = self.dirty.front() else { return };
            let next = self.peers.get_mut(&id).and_then(|peer| {
                let message = peer.connection.poll_write();
                peer.is_dirty = message.is_some();
                message
            });
            match next {
                Some(message) => self.batch.push(message.transport.peer_addr, message.message),
                None => {
                    self.dirty.pop_front();
                }
            }
        }
    }
}
