//! The forwarding unit as the rest of the server sees it.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use media::allocation::Class;
use media::{
    Command, Config, Endpoint, Event, Identity, IdentityError, Join, PeerId, Protection, Recorded,
    Refusal, RouteTable, Shape, Shard, StreamId,
};
use tokio::sync::{mpsc, oneshot};

use super::events::Events;
use super::socket::Socket;
use super::tcp::Tcp;
use super::thread::{Order, Thread};
use super::wake::Wake;
use crate::config;
use crate::edge::Edge;

/// Orders that may wait for the thread; it takes all of them each time it wakes.
const ORDERS_MAX: usize = 4_096;
/// Events that may wait for their consumer.
const EVENTS_MAX: usize = 4_096;
/// Recorded packets that may wait for the recorder: a second and more of thirty speakers, while
/// the disk is slow.
const RECORDED_WAITING_MAX: usize = 8_192;

/// The forwarding units: each a thread with a socket of its own, each call wholly in one of them.
/// Cheap to clone; the threads end when [`Sfu::stop`] is called or the last clone is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Sfu(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    units: Vec<Unit>,
    next_peer: AtomicU64,
    recorded: Mutex<Option<Receiver<Recorded>>>,
}

#[derive(Debug)]
struct Unit {
    orders: Mutex<Option<SyncSender<Order>>>,
    wake: Arc<Wake>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// The forwarding unit did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SfuError {
    /// Its socket cannot be opened.
    #[error("cannot open the media socket {address}")]
    Socket {
        /// Where it should listen.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// It has no certificate.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Its thread cannot be started.
    #[error("cannot start the media thread")]
    Thread(#[source] io::Error),
}

/// A peer was not taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JoinError {
    /// The sender of the offer can act on it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The thread is stopped or too far behind.
    #[error("the media thread is busy or stopped")]
    Busy,
}

impl Sfu {
    /// Opens the sockets and starts the threads. What happens comes through the channel returned.
    pub(crate) fn start(config: &config::Media, edge: &Edge) -> Result<(Self, Events), SfuError> {
        let (recorded, recorded_queue) = sync_channel(RECORDED_WAITING_MAX);
        let (mut units, mut events) = (Vec::new(), Vec::new());
        for number in 0..config.shards.max(1) {
            let (unit, heard) = Unit::start(config, number, edge.clone(), recorded.clone())?;
            units.push(unit);
            events.push(heard);
        }
        let recorded = Mutex::new(Some(recorded_queue));
        let inner = Inner { units, next_peer: AtomicU64::new(1), recorded };
        Ok((Self(Arc::new(inner)), Events::new(events)))
    }

    /// Takes a peer in: its number and the SDP answer. All of one call name the same `home`.
    pub(crate) async fn join(
        &self,
        home: u64,
        offer: String,
        (shape, classes): (Shape, Vec<Class>),
        protection: Protection,
    ) -> Result<(PeerId, String), JoinError> {
        let units = self.0.units.len() as u64;
        let number = self.0.next_peer.fetch_add(1, Ordering::Relaxed);
        // Whoever knows the peer knows its unit.
        let peer = PeerId(number * units + home % units);
        let join = Join { peer, offer, shape, protection, classes };
        let sdp = self.ask(peer, Command::Join(Box::new(join))).await?;
        Ok((peer, sdp))
    }

    /// Restarts ICE of a peer: the SDP answer.
    pub(crate) async fn restart(&self, peer: PeerId, offer: String) -> Result<String, JoinError> {
        self.ask(peer, Command::Restart { peer, offer }).await
    }

    /// Lets a peer go.
    pub(crate) fn leave(&self, peer: PeerId) {
        self.unit_of(peer).command(Command::Leave(peer));
    }

    /// Points the slots of the receivers named.
    pub(crate) fn route(&self, table: RouteTable) {
        let mut tables = vec![RouteTable::new(); self.0.units.len()];
        for (receiver, sources) in table {
            if let Some(table) = tables.get_mut(self.index_of(receiver)) {
                table.insert(receiver, sources);
            }
        }
        for (unit, table) in self.0.units.iter().zip(tables) {
            if !table.is_empty() {
                unit.command(Command::Route(table));
            }
        }
    }

    /// Records these streams and no others.
    pub(crate) fn record(&self, streams: &BTreeSet<StreamId>) {
        for (index, unit) in self.0.units.iter().enumerate() {
            let of_unit = |stream: &&StreamId| self.index_of(stream.peer) == index;
            unit.command(Command::Record(streams.iter().filter(of_unit).copied().collect()));
        }
    }

    /// The most that may be sent to a peer, in bits a second.
    pub(crate) fn ceiling(&self, peer: PeerId, bits_per_second: Option<u64>) {
        self.unit_of(peer).command(Command::Ceiling { peer, bits_per_second });
    }

    /// Somebody cannot go on with a stream before a keyframe of it comes.
    pub(crate) fn want_keyframe(&self, stream: StreamId) {
        self.unit_of(stream.peer).command(Command::WantKeyframe(stream));
    }

    /// Where recorded packets come out; taken once.
    pub(crate) fn take_recorded(&self) -> Option<Receiver<Recorded>> {
        self.0.recorded.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Ends the threads and waits for them.
    pub(crate) async fn stop(&self) {
        for unit in &self.0.units {
            unit.end();
        }
        for unit in &self.0.units {
            let thread = unit.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(thread) = thread {
                let joined = tokio::task::spawn_blocking(move || thread.join()).await;
                if !matches!(joined, Ok(Ok(()))) {
                    tracing::error!("a media thread panicked");
                }
            }
        }
    }

    async fn ask(&self, peer: PeerId, command: Command) -> Result<String, JoinError> {
        let (answer, answered) = oneshot::channel();
        self.unit_of(peer).order(Order::Ask(peer, command, answer))?;
        Ok(answered.await.map_err(|_| JoinError::Busy)??)
    }

    fn index_of(&self, peer: PeerId) -> usize {
        usize::try_from(peer.0 % self.0.units.len() as u64).unwrap_or(0)
    }

    #[expect(clippy::indexing_slicing, reason = "the index is a remainder by the length")]
    fn unit_of(&self, peer: PeerId) -> &Unit {
        &self.0.units[self.index_of(peer)]
    }
}

impl Unit {
    /// Opens the socket of the unit with this number and starts its thread.
    fn start(
        config: &config::Media,
        number: u16,
        edge: Edge,
        recorded: SyncSender<Recorded>,
    ) -> Result<(Self, mpsc::Receiver<Event>), SfuError> {
        let address = address_of(config.listen, number);
        let socket_error = |source| SfuError::Socket { address, source };
        let socket = Socket::bind(address).map_err(socket_error)?;
        let port = socket.port().map_err(socket_error)?;
        let tcp = config.tcp.then(|| Tcp::bind(address)).transpose().map_err(socket_error)?;
        let tcp_port = tcp.as_ref().map(Tcp::port).transpose().map_err(socket_error)?;
        let candidates = candidates(config, port, tcp_port);
        tracing::info!(media.shard = number, media.candidates = ?candidates, "a media socket is open");
        let identity = Identity::generate()?;
        let (orders, order_queue) = sync_channel(ORDERS_MAX);
        let (events, event_queue) = mpsc::channel(EVENTS_MAX);
        let wake = Arc::new(Wake::new().map_err(SfuError::Thread)?);
        let thread = Thread {
            shard: Shard::new(Config { identity, candidates }, edge.instant()),
            socket,
            tcp,
            orders: order_queue,
            wake: Arc::clone(&wake),
            events,
            recorded,
            edge,
        };
        let thread = std::thread::Builder::new()
            .name(format!("sfu-{number}"))
            .spawn(move || thread.run())
            .map_err(SfuError::Thread)?;
        let (orders, thread) = (Mutex::new(Some(orders)), Mutex::new(Some(thread)));
        Ok((Self { orders, wake, thread }, event_queue))
    }

    fn command(&self, command: Command) {
        if self.order(Order::Command(command)).is_err() {
            tracing::error!("the media thread is busy or stopped, a command is lost");
        }
    }

    fn order(&self, order: Order) -> Result<(), JoinError> {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = orders.as_ref().map_or(Err(()), |orders| match orders.try_send(order) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(()),
        });
        self.wake.wake();
        sent.map_err(|()| JoinError::Busy)
    }

    /// Tells the thread that nothing more comes.
    fn end(&self) {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.wake.wake();
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        self.end();
    }
}

/// Where the unit with this number listens: each one port after the last.
fn address_of(first: SocketAddr, number: u16) -> SocketAddr {
    let port = if first.port() == 0 { 0 } else { first.port().saturating_add(number) };
    SocketAddr::new(first.ip(), port)
}

/// Where the sockets are reached: all by UDP first, then all by TCP.
fn candidates(config: &config::Media, port: u16, tcp_port: Option<u16>) -> Vec<Endpoint> {
    let own = [config.listen.ip()];
    let addresses = if config.candidates.is_empty() { &own[..] } else { &config.candidates };
    let udp = addresses.iter().map(|address| Endpoint::udp(SocketAddr::new(*address, port)));
    let tcp = tcp_port.into_iter().flat_map(|port| {
        addresses.iter().map(move |address| Endpoint::tcp(SocketAddr::new(*address, port)))
    });
    udp.chain(tcp).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_refused_offer_is_answered_and_the_thread_ends() {
        let config = config::Media::default();
        let (sfu, mut events) = Sfu::start(&config, &Edge::real()).expect("started");
        let joined =
            sfu.join(0, String::new(), Default::default(), Protection::Authenticated).await;
        assert!(matches!(joined, Err(JoinError::Refused(Refusal::BadOffer(_)))), "{joined:?}");
        sfu.stop().await;
        assert_eq!(events.recv().await, None, "its thread is gone");
        let joined =
            sfu.join(0, String::new(), Default::default(), Protection::Authenticated).await;
        assert!(matches!(joined, Err(JoinError::Busy)), "{joined:?}");
    }

    /// A publisher's offer of sound.
    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
        a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:\
        77:88:99:AA:BB:CC:DD:EE:FF\r\na=setup:actpass\r\na=ice-ufrag:abcd\r\n\
        a=ice-pwd:abcdefghijklmnopqrstuvwx\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\n\
        a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=msid:s a\r\na=ssrc:1 cname:c\r\n";

    #[tokio::test]
    async fn each_call_lives_in_one_unit_with_a_port_of_its_own() {
        let config = config::Media { shards: 2, ..config::Media::default() };
        let (sfu, mut events) = Sfu::start(&config, &Edge::real()).expect("started");
        let mut ports = Vec::new();
        for home in [4, 7, 4, 7] {
            let shape = Shape { audio: Some("0".to_owned()), ..Shape::default() };
            let joined =
                sfu.join(home, OFFER.to_owned(), (shape, vec![]), Protection::Authenticated).await;
            let (peer, answer) = joined.expect("taken in");
            assert_eq!(peer.0 % 2, home % 2);
            let candidate = answer.lines().find_map(|line| line.strip_prefix("a=candidate:"));
            let port = candidate.and_then(|candidate| candidate.split(' ').nth(5));
            ports.push(port.expect("a port").to_owned());
            sfu.leave(peer);
        }
        assert!(ports[0] == ports[2] && ports[1] == ports[3] && ports[0] != ports[1], "{ports:?}");
        sfu.stop().await;
        let mut gone = 0;
        while let Some(event) = events.recv().await {
            gone += usize::from(matches!(event, Event::Gone { .. }));
        }
        assert_eq!(gone, 4, "both units are heard");
    }

    #[test]
    fn each_unit_has_the_next_port() {
        for (first, number, port) in
            [("127.0.0.1:0", 3, 0), ("[::1]:7000", 0, 7_000), ("[::1]:7000", 3, 7_003)]
        {
            assert_eq!(address_of(first.parse().expect("an address"), number).port(), port);
        }
    }
}
