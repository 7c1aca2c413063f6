//! The world of a test: one shard, its clients, the network between them, and the time.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::{
    Command, Config, Endpoint, Event, Identity, Input, Join, Output, PeerId, Protection, Recorded,
    Shape, Shard, StreamId,
};
use rtc::sansio::Protocol;

use crate::allocations::within;
use crate::chance::Chance;
use crate::client::{Client, Wish};

const LATENCY: Duration = Duration::from_millis(10);

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) shard: Shard,
    pub(crate) clients: BTreeMap<PeerId, Client>,
    pub(crate) events: Vec<Event>,
    pub(crate) recorded: Vec<Recorded>,
    /// By arrival; the number keeps the order of those that arrive together.
    wire: BTreeMap<(Instant, u64), (SocketAddr, SocketAddr, Vec<u8>)>,
    sent: u64,
    /// Each datagram is lost with this chance, per mille.
    pub(crate) loss: u64,
    chance: Chance,
    /// What goes to this address or comes from it is not lost by chance.
    pub(crate) spares: Option<SocketAddr>,
    /// How long a datagram is under way.
    pub(crate) latency: Duration,
    /// The next RTP packet to this address is lost.
    loses_to: Option<SocketAddr>,
    /// Lines to clients that carry so many bits per second, and until when they are busy.
    thin: BTreeMap<SocketAddr, (u64, Instant)>,
}

/// A thin line drops what would stand in its queue for longer.
const QUEUE_MAX: Duration = Duration::from_millis(300);

#[expect(clippy::disallowed_methods, reason = "virtual time needs one real instant to begin with")]
fn beginning() -> Instant {
    Instant::now()
}

pub(crate) fn server() -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 4_000))
}

impl World {
    pub(crate) fn new() -> Self {
        let identity = Identity::generate().unwrap();
        let now = beginning();
        Self {
            now,
            shard: Shard::new(Config { identity, candidates: vec![Endpoint::udp(server())] }, now),
            clients: BTreeMap::new(),
            events: vec![],
            recorded: vec![],
            wire: BTreeMap::new(),
            sent: 0,
            loss: 0,
            chance: Chance::new(1),
            spares: None,
            latency: LATENCY,
            loses_to: None,
            thin: BTreeMap::new(),
        }
    }

    /// Loses what a client has to send now.
    pub(crate) fn lose_from(&mut self, peer: PeerId) {
        while self.client(peer).connection.poll_write().is_some() {}
    }

    /// From now on the line to a client carries so many bits per second, or any number.
    pub(crate) fn thin(&mut self, peer: PeerId, bitrate: Option<u64>) {
        let address = self.clients[&peer].address;
        self.thin.remove(&address);
        if let Some(bitrate) = bitrate {
            self.thin.insert(address, (bitrate, self.now));
        }
    }

    /// Loses the next RTP packet to a client.
    pub(crate) fn lose_to_next(&mut self, peer: PeerId) {
        self.loses_to = Some(self.clients[&peer].address);
    }

    /// A client that offers, is answered, and connects.
    pub(crate) fn join(&mut self, number: u64, wish: Wish) -> PeerId {
        let peer = self.offer(number, wish);
        self.run(Duration::from_secs(2));
        assert!(self.clients[&peer].is_connected, "{peer} did not connect");
        assert!(self.events.contains(&Event::Connected { peer }));
        peer
    }

    /// A client that offers and is answered.
    pub(crate) fn offer(&mut self, number: u64, wish: Wish) -> PeerId {
        self.offer_as(number, wish, str::to_owned)
    }

    /// A client that offers something changed on the way, and is answered.
    pub(crate) fn offer_as(
        &mut self,
        number: u64,
        wish: Wish,
        change: impl FnOnce(&str) -> String,
    ) -> PeerId {
        let peer = PeerId(number);
        let octet = u8::try_from(number).unwrap();
        let address = SocketAddr::from(([10, 0, 1, octet], 5_000));
        let client = Client::new(self.now, address, wish);
        let offer = change(&client.offer);
        let shape = Shape::of_offer(&offer).unwrap();
        let join =
            Join { peer, offer, shape, protection: Protection::Authenticated, classes: vec![] };
        self.clients.insert(peer, client);
        self.command(Command::Join(Box::new(join)));
        let answer = self.answer(peer);
        self.clients.get_mut(&peer).unwrap().answered(self.now, &answer);
        peer
    }

    pub(crate) fn answer(&self, peer: PeerId) -> String {
        let mut events = self.events.iter().rev();
        let answer = events.find_map(|event| match event {
            Event::Answered { peer: of, sdp } if *of == peer => Some(sdp.clone()),
            _ => None,
        });
        answer.unwrap_or_else(|| panic!("no answer: {:?}", self.events))
    }

    pub(crate) fn command(&mut self, command: Command) {
        within(|| self.shard.handle(self.now, Input::Command(command)));
        self.drain();
    }

    pub(crate) fn route(&mut self, receiver: PeerId, sources: &[Option<StreamId>]) {
        self.command(Command::Route(BTreeMap::from([(receiver, sources.to_vec())])));
    }

    pub(crate) fn client(&mut self, peer: PeerId) -> &mut Client {
        self.clients.get_mut(&peer).unwrap()
    }

    pub(crate) fn count(&self, event: &Event) -> usize {
        self.events.iter().filter(|other| *other == event).count()
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            self.drain();
            let next = self.next_at().filter(|at| *at <= end);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            self.step();
        }
        self.now = end;
    }

    /// Brings to the shard what the clients have to send, at once, and loses what it sends.
    pub(crate) fn deliver(&mut self) {
        for client in self.clients.values_mut() {
            while let Some(message) = client.connection.poll_write() {
                let (from, bytes) = (Endpoint::udp(client.address), &message.message[..]);
                within(|| self.shard.handle(self.now, Input::Datagram { from, bytes }));
            }
        }
        while within(|| self.shard.poll_output().is_some()) {}
    }

    fn next_at(&mut self) -> Option<Instant> {
        let clients = self.clients.values_mut().filter(|client| !client.is_closed);
        let timers = clients.filter_map(|client| client.connection.poll_timeout());
        let timers = timers.chain(self.shard.poll_timeout());
        timers.chain(self.wire.keys().next().map(|&(at, _)| at)).min()
    }

    fn step(&mut self) {
        let now = self.now;
        while let Some(entry) = self.wire.first_entry().filter(|entry| entry.key().0 <= now) {
            let (from, to, bytes) = entry.remove();
            if to == server() {
                let (from, bytes) = (Endpoint::udp(from), &bytes[..]);
                within(|| self.shard.handle(now, Input::Datagram { from, bytes }));
            } else if let Some(client) = self.clients.values_mut().find(|it| it.address == to) {
                client.receive(now, from, &bytes);
            }
        }
        if self.shard.poll_timeout().is_some_and(|at| at <= now) {
            within(|| self.shard.handle(now, Input::Timeout));
        }
        for client in self.clients.values_mut().filter(|client| !client.is_closed) {
            if client.connection.poll_timeout().is_some_and(|at| at <= now) {
                client.connection.handle_timeout(now).unwrap();
                client.drain();
            }
        }
        // A timer that is due again at once must not stop the time.
        self.now += Duration::from_micros(100);
    }

    fn drain(&mut self) {
        let mut leaving = vec![];
        while let Some(output) = within(|| self.shard.poll_output()) {
            match output {
                Output::Event(event) => self.events.push(event),
                Output::Recorded(packet) => self.recorded.push(packet),
                Output::Send(datagrams) => {
                    for message in datagrams.iter() {
                        let parts = message.bytes.chunks(message.segment);
                        leaving.extend(parts.map(|it| (server(), message.to.address, it.to_vec())));
                    }
                }
            }
        }
        for client in self.clients.values_mut() {
            while let Some(message) = client.connection.poll_write() {
                let to = message.transport.peer_addr;
                leaving.push((client.address, to, message.message.to_vec()));
            }
        }
        for datagram in leaving {
            // RTP and not RTCP (RFC 5761 §4).
            let is_rtp =
                matches!(datagram.2[..], [128..=191, kind, ..] if !(192..=223).contains(&kind));
            if is_rtp && self.loses_to.take_if(|to| *to == datagram.1).is_some() {
                continue;
            }
            let is_spared = [datagram.0, datagram.1].map(Some).contains(&self.spares);
            if !is_spared && self.chance.below(1_000) < self.loss {
                continue;
            }
            let mut through = self.now;
            if let Some((bitrate, busy)) = self.thin.get_mut(&datagram.1) {
                let start = self.now.max(*busy);
                if start > self.now + QUEUE_MAX {
                    continue;
                }
                let bits = datagram.2.len() as u64 * 8;
                *busy = start + Duration::from_micros(bits * 1_000_000 / *bitrate);
                through = *busy;
            }
            self.sent += 1;
            self.wire.insert((through + self.latency, self.sent), datagram);
        }
    }
}
