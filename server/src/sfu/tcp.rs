//! Those whose network lets no UDP out: they connect here (RFC 6544, our side is passive), and
//! their datagrams travel in a stream.
//!
//! A connection is bounded in every way: what it sends is read in turns, what it does not take is
//! lost, and whoever does not show at once which peer he is, says nothing for long or takes
//! nothing for long is cut. Nothing here ever waits.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use media::{Datagram, Endpoint, Input, Shard};
use rustix::event::{Timespec, epoll};

use super::framing::{Backlog, Deframer};

/// Connections at the same time.
const CONNECTIONS_MAX: usize = 2_048;
/// Of these, such as have not shown yet which peer they are of; the oldest gives way.
const STRANGERS_MAX: usize = 128;
/// How long it may take to show that.
const INTRODUCTION_MAX: Duration = Duration::from_secs(5);
/// How long a connection may say nothing: clients check their path every 5 s at most.
const SILENCE_MAX: Duration = Duration::from_secs(20);
/// How long it may take nothing of what waits for it.
const STUCK_MAX: Duration = Duration::from_secs(5);
/// How often these are looked at.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// Bytes read from one connection before the others have their turn.
const READ_BYTES: usize = 64 * 1024;
/// Events taken at once.
const EVENTS_MAX: usize = 64;
/// What the kernel keeps of a connection: no more than is on its way on a long line, for what
/// waits there can no longer be left out.
const KERNEL_BUFFER_BYTES: usize = 64 * 1024;
/// The listener among the tokens.
const LISTENER: u64 = 0;
const NO_TIME: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// The listener with its connections.
pub(super) struct Tcp {
    listener: TcpListener,
    epoll: OwnedFd,
    connections: BTreeMap<u64, Connection>,
    by_address: BTreeMap<SocketAddr, u64>,
    /// Connections for which something waits that was not offered to the kernel yet.
    to_flush: BTreeSet<u64>,
    buffer: Vec<u8>,
    next_token: u64,
    swept_at: Option<Instant>,
    /// Datagrams that a full connection did not get.
    dropped: u64,
}

struct Connection {
    stream: TcpStream,
    from: SocketAddr,
    deframer: Deframer,
    backlog: Backlog,
    came_at: Instant,
    heard_at: Instant,
    /// Whether it has shown which peer it is of.
    is_known: bool,
    /// Since when the kernel takes nothing more.
    stuck_since: Option<Instant>,
}

impl Tcp {
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let token = epoll::EventData::new_u64(LISTENER);
        epoll::add(&epoll, &listener, token, epoll::EventFlags::IN)?;
        Ok(Self {
            listener,
            epoll,
            connections: BTreeMap::new(),
            by_address: BTreeMap::new(),
            to_flush: BTreeSet::new(),
            buffer: vec![0; READ_BYTES],
            next_token: LISTENER + 1,
            swept_at: None,
            dropped: 0,
        })
    }

    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// Takes in what has come on all connections, and new ones.
    pub(super) fn receive(&mut self, now: Instant, shard: &mut Shard) {
        let mut room = [MaybeUninit::uninit(); EVENTS_MAX];
        // An interrupted wait brings nothing; what is there comes the next time.
        let Ok((events, _)) = epoll::wait(&self.epoll, &mut room, Some(&NO_TIME)) else { return };
        for &mut epoll::Event { data, flags } in events {
            match data.u64() {
                LISTENER => self.accept(now),
                token => {
                    if flags.contains(epoll::EventFlags::OUT) {
                        self.to_flush.insert(token);
                    }
                    self.read(now, token, shard);
                }
            }
        }
    }

    /// Puts a message behind what waits for its receiver.
    pub(super) fn send(&mut self, message: Datagram<'_>) {
        let Some(&token) = self.by_address.get(&message.to.address) else { return };
        let Some(connection) = self.connections.get_mut(&token) else { return };
        for datagram in message.bytes.chunks(message.segment) {
            if !connection.backlog.push(datagram) {
                self.dropped += 1;
                if self.dropped.is_power_of_two() {
                    tracing::warn!(media.tcp_dropped = self.dropped, "a TCP peer is too slow");
                }
            }
        }
        self.to_flush.insert(token);
    }

    /// Offers what waits to the kernel.
    pub(super) fn flush(&mut self, now: Instant) {
        while let Some(token) = self.to_flush.pop_first() {
            let Some(connection) = self.connections.get_mut(&token) else { continue };
            let was_stuck = connection.stuck_since.is_some();
            if connection.flush(now).is_err() {
                self.close(token);
                continue;
            }
            let is_stuck = connection.stuck_since.is_some();
            if is_stuck != was_stuck {
                let mut flags = epoll::EventFlags::IN;
                flags.set(epoll::EventFlags::OUT, is_stuck);
                let data = epoll::EventData::new_u64(token);
                if epoll::modify(&self.epoll, &connection.stream, data, flags).is_err() {
                    self.close(token);
                }
            }
        }
    }

    /// Cuts those that are of nobody, or dead.
    pub(super) fn sweep(&mut self, now: Instant, shard: &Shard) {
        let since = |at: Instant| now.saturating_duration_since(at);
        if self.swept_at.is_some_and(|at| since(at) < SWEEP_INTERVAL) {
            return;
        }
        self.swept_at = Some(now);
        let is_over = |connection: &Connection| {
            let is_stranger = !shard.knows(Endpoint::tcp(connection.from));
            (is_stranger && (connection.is_known || since(connection.came_at) >= INTRODUCTION_MAX))
                || since(connection.heard_at) >= SILENCE_MAX
                || connection.stuck_since.is_some_and(|at| since(at) >= STUCK_MAX)
        };
        let over: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, connection)| is_over(connection))
            .map(|(token, _)| *token)
            .collect();
        for token in over {
            self.close(token);
        }
        self.listen(true);
    }

    fn accept(&mut self, now: Instant) {
        for _ in 0..STRANGERS_MAX {
            match self.listener.accept() {
                Ok((stream, from)) => {
                    // Whom we cannot take is closed by being dropped.
                    let _ = self.admit(now, stream, canonical(from));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    tracing::error!(error = %error, "the media listener cannot accept");
                    // Until the next sweep: it would be told again at once.
                    return self.listen(false);
                }
            }
        }
    }

    fn listen(&self, listens: bool) {
        let mut flags = epoll::EventFlags::empty();
        flags.set(epoll::EventFlags::IN, listens);
        let token = epoll::EventData::new_u64(LISTENER);
        if let Err(error) = epoll::modify(&self.epoll, &self.listener, token, flags) {
            tracing::error!(error = %error, "the media listener cannot be watched");
        }
    }

    fn admit(&mut self, now: Instant, stream: TcpStream, from: SocketAddr) -> io::Result<()> {
        if self.connections.len() >= CONNECTIONS_MAX || self.by_address.contains_key(&from) {
            return Ok(());
        }
        let mut strangers = self.connections.iter().filter(|(_, other)| !other.is_known);
        let oldest = strangers.next().map(|(token, _)| *token);
        if strangers.count() + 1 >= STRANGERS_MAX
            && let Some(oldest) = oldest
        {
            self.close(oldest);
        }
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        rustix::net::sockopt::set_socket_send_buffer_size(&stream, KERNEL_BUFFER_BYTES)?;
        let token = self.next_token;
        self.next_token += 1;
        let data = epoll::EventData::new_u64(token);
        epoll::add(&self.epoll, &stream, data, epoll::EventFlags::IN)?;
        let connection = Connection {
            stream,
            from,
            deframer: Deframer::default(),
            backlog: Backlog::default(),
            came_at: now,
            heard_at: now,
            is_known: false,
            stuck_since: None,
        };
        self.connections.insert(token, connection);
        self.by_address.insert(from, token);
        Ok(())
    }

    fn read(&mut self, now: Instant, token: u64, shard: &mut Shard) {
        let Some(connection) = self.connections.get_mut(&token) else { return };
        if !connection.read(now, &mut self.buffer, shard) {
            self.close(token);
        }
    }

    fn close(&mut self, token: u64) {
        self.to_flush.remove(&token);
        if let Some(connection) = self.connections.remove(&token) {
            self.by_address.remove(&connection.from);
        }
    }
}

impl AsFd for Tcp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

impl Connection {
    /// Reads once; whether the connection stays.
    fn read(&mut self, now: Instant, buffer: &mut [u8], shard: &mut Shard) -> bool {
        let count = match self.stream.read(buffer) {
            Ok(0) => return false,
            Ok(count) => count,
            Err(error) => return is_for_now(&error),
        };
        self.heard_at = now;
        let from = Endpoint::tcp(self.from);
        let (mut is_known, mut is_stranger) = (self.is_known, false);
        let framed = self.deframer.take(buffer.get(..count).unwrap_or_default(), |bytes| {
            if is_stranger {
                return;
            }
            shard.handle(now, Input::Datagram { from, bytes });
            // The first that comes must be a check that names a peer.
            is_known = is_known || shard.knows(from);
            is_stranger = !is_known;
        });
        self.is_known = is_known;
        framed.is_ok() && !is_stranger
    }

    fn flush(&mut self, now: Instant) -> io::Result<()> {
        while !self.backlog.waiting().is_empty() {
            match self.stream.write(self.backlog.waiting()) {
                Ok(count) => {
                    self.backlog.took(count);
                    self.stuck_since = self.stuck_since.map(|_| now);
                }
                Err(error) if is_for_now(&error) => {
                    self.stuck_since.get_or_insert(now);
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        self.stuck_since = None;
        Ok(())
    }
}

fn is_for_now(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// An IPv4 address in its IPv4 form, whatever the listener's family.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        IpAddr::V6(_) => address,
    }
}
