//! The loop: datagrams and commands in, datagrams and events out. It waits in one place.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError};
use std::time::{Duration, Instant};

use media::limits::BATCH_MAX;
use media::{
    Command, Datagram, Datagrams, Endpoint, Event, Input, Output, PeerId, Recorded, Refusal, Shard,
    Transport,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::{mpsc, oneshot};

use super::socket::{Inbox, Outbox, Socket};
use super::tcp::Tcp;
use super::wake::Wake;
use crate::edge::Edge;

/// Batches taken in before what they caused is sent out.
const BATCHES_AT_ONCE: usize = 8;
/// How long a full kernel buffer is waited for before datagrams are dropped.
const SEND_WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 2_000_000 };
/// Events kept for a consumer that is behind; beyond that figures are dropped.
const EVENTS_BEHIND_MAX: usize = 4_096;

/// What the thread is told.
pub(super) enum Order {
    /// Do this.
    Command(Command),
    /// Do this, which is answered.
    Ask(PeerId, Command, oneshot::Sender<Result<String, Refusal>>),
}

/// All that the thread owns.
pub(super) struct Thread {
    pub(super) shard: Shard,
    pub(super) socket: Socket,
    pub(super) tcp: Option<Tcp>,
    pub(super) orders: Receiver<Order>,
    pub(super) wake: Arc<Wake>,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) recorded: SyncSender<Recorded>,
    pub(super) edge: Edge,
}

/// What the loop keeps besides.
struct Desk {
    /// Whether something came over TCP, or may go on.
    tcp_is_ready: bool,
    inbox: Inbox,
    outbox: Outbox,
    answers: BTreeMap<PeerId, oneshot::Sender<Result<String, Refusal>>>,
    behind: VecDeque<Event>,
    dropped: u64,
    unrecorded: u64,
}

impl Thread {
    /// Runs until the other end of `orders` is gone.
    pub(super) fn run(mut self) {
        let mut desk = Desk {
            tcp_is_ready: false,
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            answers: BTreeMap::new(),
            behind: VecDeque::new(),
            dropped: 0,
            unrecorded: 0,
        };
        loop {
            let now = self.edge.instant();
            let goes_on = self.take_orders(now, &mut desk);
            self.take_datagrams(&mut desk);
            self.take_streams(&mut desk);
            let now = self.edge.instant();
            if self.shard.poll_timeout().is_some_and(|at| at <= now) {
                self.shard.handle(now, Input::Timeout);
            }
            self.put_out(&mut desk);
            if !goes_on {
                return;
            }
            self.wait(&mut desk);
        }
    }

    fn take_orders(&mut self, now: Instant, desk: &mut Desk) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(Order::Command(command)) => self.shard.handle(now, Input::Command(command)),
                Ok(Order::Ask(peer, command, answer)) => {
                    desk.answers.insert(peer, answer);
                    self.shard.handle(now, Input::Command(command));
                }
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn take_datagrams(&mut self, desk: &mut Desk) {
        for _ in 0..BATCHES_AT_ONCE {
            let count = match desk.inbox.receive(&self.socket) {
                Ok(count) => count,
                // What comes back by ICMP about a peer that went away is no news.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => continue,
                Err(error) => {
                    tracing::error!(error = %error, "the media socket cannot receive");
                    return;
                }
            };
            let now = self.edge.instant();
            for index in 0..count {
                if let Some((from, bytes)) = desk.inbox.datagram(index) {
                    self.shard.handle(now, Input::Datagram { from: Endpoint::udp(from), bytes });
                }
            }
            if count < BATCH_MAX {
                return;
            }
        }
    }

    fn take_streams(&mut self, desk: &mut Desk) {
        let Some(tcp) = &mut self.tcp else { return };
        let now = self.edge.instant();
        if std::mem::take(&mut desk.tcp_is_ready) {
            tcp.receive(now, &mut self.shard);
        }
        tcp.sweep(now, &self.shard);
    }

    fn put_out(&mut self, desk: &mut Desk) {
        while let Some(output) = self.shard.poll_output() {
            match output {
                Output::Send(datagrams) => {
                    send(&self.socket, desk, datagrams);
                    if let Some(tcp) = &mut self.tcp {
                        let is_framed = |it: &Datagram<'_>| it.to.transport == Transport::Tcp;
                        datagrams.iter().filter(is_framed).for_each(|message| tcp.send(message));
                    }
                }
                Output::Event(event) => desk.tell(event),
                Output::Recorded(packet) => record(&self.recorded, desk, packet),
            }
        }
        if let Some(tcp) = &mut self.tcp {
            tcp.flush(self.edge.instant());
        }
        while let Some(event) = desk.behind.pop_front() {
            if let Err(error) = self.events.try_send(event) {
                if let mpsc::error::TrySendError::Full(event) = error {
                    desk.behind.push_front(event);
                }
                return;
            }
        }
    }

    fn wait(&self, desk: &mut Desk) {
        let now = self.edge.instant();
        let wait = self
            .shard
            .poll_timeout()
            .map_or(Duration::from_secs(1), |at| at.saturating_duration_since(now))
            .min(Duration::from_secs(1));
        let timeout = Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(1),
            tv_nsec: i64::from(wait.subsec_nanos()),
        };
        // Without a listener the wake is waited for twice.
        let streams = self.tcp.as_ref().map_or(self.wake.as_fd(), |tcp| tcp.as_fd());
        let mut waited = [self.socket.as_fd(), self.wake.as_fd(), streams]
            .map(|it| PollFd::from_borrowed_fd(it, PollFlags::IN));
        // An interrupted wait is a short one.
        let _ = poll(&mut waited, Some(&timeout));
        if waited[1].revents().contains(PollFlags::IN) {
            self.wake.clear();
        }
        desk.tcp_is_ready = waited[2].revents().contains(PollFlags::IN);
    }
}

impl Desk {
    /// Hands an answer to who asked, and everything else to the loop's consumer.
    fn tell(&mut self, event: Event) {
        let (peer, answer) = match event {
            Event::Answered { peer, sdp } => (peer, Ok(sdp)),
            Event::Refused { peer, refusal } => (peer, Err(refusal)),
            Event::Stats(_) if self.behind.len() >= EVENTS_BEHIND_MAX => return,
            event => return self.behind.push_back(event),
        };
        if let Some(asker) = self.answers.remove(&peer) {
            // Whoever no longer waits learns of the peer by its events.
            let _ = asker.send(answer);
        }
    }
}

/// Never waits: what the recorder has no room for is not recorded.
fn record(recorder: &SyncSender<Recorded>, desk: &mut Desk, packet: Recorded) {
    if let Err(TrySendError::Full(_)) = recorder.try_send(packet) {
        desk.unrecorded += 1;
        if desk.unrecorded.is_power_of_two() {
            tracing::warn!(media.unrecorded = desk.unrecorded, "the recorder is behind");
        }
    }
}

fn send(socket: &Socket, desk: &mut Desk, batch: Datagrams<'_>) {
    let dropped = desk.outbox.send(socket, batch, || {
        let _ = poll(&mut [PollFd::new(socket, PollFlags::OUT)], Some(&SEND_WAIT));
    });
    if dropped > 0 {
        desk.dropped += dropped as u64;
        tracing::warn!(media.dropped = desk.dropped, "the kernel's send buffer stays full");
    }
}
