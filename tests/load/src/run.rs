//! One run: everybody enters, a window is measured, the figures are told.
//!
//! All peers live on this one thread; only signalling, which waits for responses, has others.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::event::{Timespec, epoll};

use crate::channel::Channel;
use crate::clock;
use crate::limits::{
    CHANNELS_INTERVAL, DRAIN, JOIN_TIMEOUT, JOINING_MAX, TIMERS_INTERVAL, WAIT_MAX, WARMUP,
};
use crate::peer::{Peer, Role};
use crate::process::Usage;
use crate::report::{Measured, Server};
use crate::signalling::{Ask, PeerNumber, Target, role};
use crate::source::Source;
use crate::stamp::Stamp;
use crate::tally::Tally;

/// What to do.
pub(crate) struct Plan {
    pub(crate) label: String,
    pub(crate) target: Target,
    /// Where the peers' sockets are.
    pub(crate) address: IpAddr,
    pub(crate) subscribers: usize,
    pub(crate) bitrate: u64,
    pub(crate) window: Duration,
    /// Of the server.
    pub(crate) pid: Option<u32>,
}

/// Carries a plan out.
pub(crate) fn run(plan: &Plan) -> Result<Measured> {
    let (sender, asks) = sync_channel(4 * JOINING_MAX);
    let next = AtomicUsize::new(1);
    thread::scope(|scope| {
        // Dropped at the end of this closure, so that no thread waits for it any longer.
        let mut load = Load::new(plan, asks)?;
        let publisher = sender.clone();
        scope.spawn(move || plan.target.enter(0, &publisher));
        load.until(JOIN_TIMEOUT, |load| load.is_publishing || !load.failures.is_empty())?;
        ensure!(load.is_publishing, "the publisher could not enter: {:?}", load.failures);
        load.pass(WARMUP)?;
        let empty = plan.pid.map(Usage::of).transpose()?;
        for _ in 0..JOINING_MAX {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || enter_others(plan, next, &sender));
        }
        drop(sender);
        load.until(JOIN_TIMEOUT, Load::is_complete)?;
        load.pass(WARMUP)?;
        load.measure(empty)
    })
}

/// Brings subscribers in, one after the other, until all have been tried.
fn enter_others(plan: &Plan, next: &AtomicUsize, asks: &SyncSender<Ask>) {
    loop {
        let peer = next.fetch_add(1, Ordering::Relaxed);
        if peer > plan.subscribers {
            return;
        }
        plan.target.enter(peer, asks);
    }
}

/// The peers and what they have received.
struct Load<'a> {
    plan: &'a Plan,
    began: Instant,
    asks: Receiver<Ask>,
    epoll: rustix::fd::OwnedFd,
    ready: Vec<epoll::Event>,
    peers: BTreeMap<PeerNumber, Peer>,
    /// When the first request of each was begun.
    requested: BTreeMap<PeerNumber, Instant>,
    joins: BTreeMap<PeerNumber, Duration>,
    tallies: Vec<Tally>,
    channels: Vec<Channel>,
    channels_at: Instant,
    source: Source,
    /// Whether the publisher was connected.
    is_publishing: bool,
    /// The first number of the window, while packets are marked.
    marks_from: Option<u32>,
    /// The first number of the window, from then on.
    first: u32,
    sent: u64,
    timers_at: Instant,
    failures: Vec<String>,
}

impl<'a> Load<'a> {
    fn new(plan: &'a Plan, asks: Receiver<Ask>) -> Result<Self> {
        let began = clock::now();
        Ok(Self {
            plan,
            began,
            asks,
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            ready: Vec::with_capacity(plan.subscribers + 1),
            peers: BTreeMap::new(),
            requested: BTreeMap::new(),
            joins: BTreeMap::new(),
            tallies: std::iter::repeat_with(Tally::default).take(plan.subscribers + 1).collect(),
            channels: vec![],
            channels_at: began,
            source: Source::new(began, plan.bitrate),
            is_publishing: false,
            marks_from: None,
            first: 0,
            sent: 0,
            timers_at: began,
            failures: vec![],
        })
    }

    fn is_complete(&self) -> bool {
        self.joins.len() + self.failures.len() >= self.plan.subscribers
    }

    /// Goes on until something is so, or it is too late.
    fn until(&mut self, limit: Duration, is_so: impl Fn(&Self) -> bool) -> Result<()> {
        let end = clock::now() + limit;
        while clock::now() < end && !is_so(self) {
            self.step()?;
        }
        Ok(())
    }

    fn pass(&mut self, time: Duration) -> Result<()> {
        self.until(time, |_| false)
    }

    fn measure(mut self, empty: Option<Usage>) -> Result<Measured> {
        self.first = self.source.number();
        self.marks_from = Some(self.first);
        let own_begin = Usage::of(std::process::id())?;
        let begin = self.plan.pid.map(Usage::of).transpose()?;
        let from = clock::now();
        self.pass(self.plan.window)?;
        let window = clock::now() - from;
        let end = self.plan.pid.map(Usage::of).transpose()?;
        let own = [own_begin, Usage::of(std::process::id())?];
        self.marks_from = None;
        self.pass(DRAIN)?;
        let server = empty.zip(begin).zip(end);
        Ok(Measured {
            label: self.plan.label.clone(),
            subscribers: self.plan.subscribers,
            joins: self.joins.into_values().collect(),
            tallies: self.tallies,
            sent: self.sent,
            window,
            server: server.map(|((empty, begin), end)| Server { empty, begin, end }),
            own,
            failures: self.failures,
        })
    }

    fn step(&mut self) -> Result<()> {
        while let Ok(ask) = self.asks.try_recv() {
            self.serve(ask)?;
        }
        self.publish()?;
        let now = clock::now();
        if now >= self.timers_at {
            self.timers_at = now + TIMERS_INTERVAL;
            for peer in self.peers.values_mut() {
                peer.timeout(now)?;
            }
        }
        if now >= self.channels_at {
            self.channels_at = now + CHANNELS_INTERVAL;
            for channel in &mut self.channels {
                channel.tend()?;
            }
        }
        self.wait()?;
        let ready = std::mem::take(&mut self.ready);
        for event in &ready {
            let number = usize::try_from(event.data.u64())?;
            self.receive(number)?;
            self.publish()?;
        }
        self.ready = ready;
        Ok(())
    }

    /// Waits for a socket, or for the next packet to be sent.
    fn wait(&mut self) -> Result<()> {
        let wait = self.source.due_at().saturating_duration_since(clock::now()).min(WAIT_MAX);
        let timeout = Timespec { tv_sec: 0, tv_nsec: wait.subsec_nanos().into() };
        self.ready.clear();
        let buffer = rustix::buffer::spare_capacity(&mut self.ready);
        match epoll::wait(&self.epoll, buffer, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error).context("wait for sockets"),
        }
    }

    fn receive(&mut self, number: PeerNumber) -> Result<()> {
        let Some(peer) = self.peers.get_mut(&number) else { return Ok(()) };
        let (began, first) = (self.began, self.first);
        let (joins, requested) = (&mut self.joins, self.requested.get(&number));
        let tally = &mut self.tallies[number];
        peer.receive(clock::now, |now, payload| {
            let Some(stamp) = Stamp::read(payload) else { return };
            joins
                .entry(number)
                .or_insert_with(|| requested.map_or(Duration::ZERO, |from| now - *from));
            tally.count(stamp, first, nanos(now - began));
        })?;
        if std::mem::take(&mut peer.wants_keyframe) {
            self.source.wants_keyframe = true;
        }
        Ok(())
    }

    /// Sends what is due.
    fn publish(&mut self) -> Result<()> {
        loop {
            let now = clock::now();
            let (is_measured, sent_at) = (self.marks_from.is_some(), nanos(now - self.began));
            let stamp = |number| Stamp { is_measured, number, sent_at };
            let Some(due) = self.source.take(now, stamp) else { return Ok(()) };
            // Before there is a way, nothing is lost by not sending; afterwards it would be.
            let is_begun = self.is_publishing;
            let publisher = self.peers.get_mut(&0).filter(|it| is_begun || it.is_connected);
            let Some(publisher) = publisher else { continue };
            if !std::mem::replace(&mut self.is_publishing, true) {
                self.source.wants_keyframe = true;
                continue;
            }
            publisher.publish(now, due)?;
            self.sent += u64::from(is_measured);
        }
    }

    fn serve(&mut self, ask: Ask) -> Result<()> {
        let now = clock::now();
        match ask {
            Ask::Offer(number, reply) => {
                let mut peer = Peer::new(now, self.plan.address, Some(role(number)))?;
                let offer = peer.offer(now)?;
                self.add(number, peer)?;
                // Nobody waits any more for what came too late.
                let _ = reply.try_send(offer);
            }
            Ask::Answer(number, offer, reply) => {
                let mut peer = Peer::new(now, self.plan.address, None)?;
                let answer = peer.answer(now, &offer)?;
                self.add(number, peer)?;
                let _ = reply.try_send(answer);
            }
            Ask::Accept(number, answer) => {
                let peer = self.peers.get_mut(&number).context("an answer to nobody")?;
                peer.accept(now, &answer)?;
            }
            Ask::Began(number, at) => {
                self.requested.insert(number, at);
            }
            Ask::Keep(channel) => self.channels.push(*channel),
            Ask::Failed(number, error) => {
                let who = if role(number) == Role::Publisher { "publisher" } else { "subscriber" };
                self.failures.push(format!("{who} {number}: {error:#}"));
            }
        }
        Ok(())
    }

    fn add(&mut self, number: PeerNumber, peer: Peer) -> Result<()> {
        let data = epoll::EventData::new_u64(number as u64);
        epoll::add(&self.epoll, &peer.socket, data, epoll::EventFlags::IN)?;
        self.peers.insert(number, peer);
        Ok(())
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
