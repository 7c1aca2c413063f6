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

/// One forwarding unit. Cheap to clone; the thread ends when [`Sfu::stop`] is called or the last
/// clone is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Sfu(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    orders: Mutex<Option<SyncSender<Order>>>,
    wake: Arc<Wake>,
    next_peer: AtomicU64,
    recorded: Mutex<Option<Receiver<Recorded>>>,
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
    /// Opens the socket and starts the thread. Its events come through the channel returned.
    pub(crate) fn start(
        config: &config::Media,
        edge: Edge,
    ) -> Result<(Self, mpsc::Receiver<Event>), SfuError> {
        let address = config.listen;
        let socket_error = |source| SfuError::Socket { address, source };
        let socket = Socket::bind(address).map_err(socket_error)?;
        let port = socket.port().map_err(socket_error)?;
        let tcp = config.tcp.then(|| Tcp::bind(address)).transpose().map_err(socket_error)?;
        let tcp_port = tcp.as_ref().map(Tcp::port).transpose().map_err(socket_error)?;
        let candidates = candidates(config, port, tcp_port);
        tracing::info!(media.candidates = ?candidates, "the media socket is open");
        let identity = Identity::generate()?;
        let (orders, order_queue) = sync_channel(ORDERS_MAX);
        let (events, event_queue) = mpsc::channel(EVENTS_MAX);
        let (recorded, recorded_queue) = sync_channel(RECORDED_WAITING_MAX);
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
            .name("sfu-0".to_owned())
            .spawn(move || thread.run())
            .map_err(SfuError::Thread)?;
        let inner = Inner {
            orders: Mutex::new(Some(orders)),
            wake,
            next_peer: AtomicU64::new(1),
            recorded: Mutex::new(Some(recorded_queue)),
            thread: Mutex::new(Some(thread)),
        };
        Ok((Self(Arc::new(inner)), event_queue))
    }

    /// Takes a peer in: its number and the SDP answer.
    pub(crate) async fn join(
        &self,
        offer: String,
        shape: Shape,
        protection: Protection,
        classes: Vec<Class>,
    ) -> Result<(PeerId, String), JoinError> {
        let peer = PeerId(self.0.next_peer.fetch_add(1, Ordering::Relaxed));
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
        self.command(Command::Leave(peer));
    }

    /// Points the slots of the receivers named.
    pub(crate) fn route(&self, table: RouteTable) {
        self.command(Command::Route(table));
    }

    /// Records these streams and no others.
    pub(crate) fn record(&self, streams: BTreeSet<StreamId>) {
        self.command(Command::Record(streams));
    }

    /// The most that may be sent to a peer, in bits a second.
    pub(crate) fn ceiling(&self, peer: PeerId, bits_per_second: Option<u64>) {
        self.command(Command::Ceiling { peer, bits_per_second });
    }

    /// Somebody cannot go on with a stream before a keyframe of it comes.
    pub(crate) fn want_keyframe(&self, stream: StreamId) {
        self.command(Command::WantKeyframe(stream));
    }

    /// Where recorded packets come out; taken once.
    pub(crate) fn take_recorded(&self) -> Option<Receiver<Recorded>> {
        self.0.recorded.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Ends the thread and waits for it.
    pub(crate) async fn stop(&self) {
        self.0.orders.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.0.wake.wake();
        let thread = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the media thread panicked");
            }
        }
    }

    fn command(&self, command: Command) {
        if self.order(Order::Command(command)).is_err() {
            tracing::error!("the media thread is busy or stopped, a command is lost");
        }
    }

    async fn ask(&self, peer: PeerId, command: Command) -> Result<String, JoinError> {
        let (answer, answered) = oneshot::channel();
        self.order(Order::Ask(peer, command, answer))?;
        Ok(answered.await.map_err(|_| JoinError::Busy)??)
    }

    fn order(&self, order: Order) -> Result<(), JoinError> {
        let orders = self.0.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = orders.as_ref().map_or(Err(()), |orders| match orders.try_send(order) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(()),
        });
        self.0.wake.wake();
        sent.map_err(|()| JoinError::Busy)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.orders.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        self.wake.wake();
    }
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
        let (sfu, mut events) = Sfu::start(&config, Edge::real()).expect("started");
        let joined =
            sfu.join(String::new(), Shape::default(), Protection::Authenticated, vec![]).await;
        assert!(matches!(joined, Err(JoinError::Refused(Refusal::BadOffer(_)))), "{joined:?}");
        sfu.stop().await;
        assert_eq!(events.recv().await, None, "its thread is gone");
        let joined =
            sfu.join(String::new(), Shape::default(), Protection::Authenticated, vec![]).await;
        assert!(matches!(joined, Err(JoinError::Busy)), "{joined:?}");
    }
}
