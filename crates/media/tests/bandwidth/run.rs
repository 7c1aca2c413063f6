//! Runs senders over one line. Each paces at its target, as far as its application has to send.

use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::link::{Fate, Line, Link};
use crate::measure::Run;
use crate::sender::{Algorithm, Which};

const TICK: u64 = 1_000;

/// One sender: from each moment on, what its application could send.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) which: Which,
    pub(crate) start: u64,
    pub(crate) begins_at: u64,
    pub(crate) demand: Vec<(u64, u64)>,
    pub(crate) packet_bytes: u64,
    /// How long feedback takes back.
    pub(crate) feedback_delay: u64,
    /// What is due leaves at once every so many milliseconds, as the packets of a picture do.
    pub(crate) burst_ticks: u64,
    /// Milliseconds between two feedback messages.
    pub(crate) feedback_ticks: u64,
    /// How many feedback messages are lost, per mille.
    pub(crate) feedback_loss: u64,
}

impl Plan {
    pub(crate) fn new(which: Which, start: u64) -> Self {
        let demand = vec![(0, u64::MAX / 4)];
        Self {
            which,
            start,
            begins_at: 0,
            demand,
            packet_bytes: 1_200,
            feedback_delay: 0,
            burst_ticks: 1,
            feedback_ticks: 100,
            feedback_loss: 0,
        }
    }
}

struct Actor {
    plan: Plan,
    algorithm: Algorithm,
    sequence: u16,
    credit: u64,
    ended: Vec<Fate>,
    chance: Chance,
    run: Run,
}

/// The runs of all plans over `line`, for `seconds`.
pub(crate) fn run(line: &Line, plans: &[Plan], seconds: u64, seed: u64) -> Vec<Run> {
    let beginning = beginning();
    let mut wire = Link::new(line.clone(), seed);
    let mut actors: Vec<_> = plans.iter().map(|plan| Actor::new(plan, beginning)).collect();
    for tick in 1..=seconds * 1_000 {
        let now = tick * TICK;
        for (index, actor) in actors.iter_mut().enumerate() {
            if now >= actor.plan.begins_at {
                actor.send(&mut wire, (beginning, now), index);
            }
        }
        wire.advance(now);
        for end in wire.take_ended() {
            actors[end.sender].note(end);
        }
        for actor in &mut actors {
            actor.hear((beginning, now), tick);
        }
    }
    actors.into_iter().map(|actor| Run { duration: seconds * 1_000_000, ..actor.run }).collect()
}

impl Actor {
    fn new(plan: &Plan, beginning: Instant) -> Self {
        let begins = beginning + Duration::from_micros(plan.begins_at);
        let algorithm = Algorithm::new(plan.which, begins, plan.start);
        let run = Run { trajectory: vec![(0, algorithm.target())], ..Run::default() };
        Self {
            plan: plan.clone(),
            algorithm,
            sequence: 0,
            credit: 0,
            ended: vec![],
            chance: Chance::new(1),
            run,
        }
    }

    fn send(&mut self, link: &mut Link, (beginning, now): (Instant, u64), index: usize) {
        let at = beginning + Duration::from_micros(now);
        let demand = self.plan.demand.iter().rev().find(|(from, _)| *from <= now).unwrap().1;
        self.algorithm.set_demand(demand);
        self.credit += self.algorithm.target().min(demand);
        let cost = self.plan.packet_bytes * 8_000;
        let is_due = (now / TICK).is_multiple_of(self.plan.burst_ticks);
        while is_due && self.credit >= cost {
            self.credit -= cost;
            self.offer(link, (at, now), (index, self.plan.packet_bytes), None);
        }
        let mut is_tick = true;
        while let Some((bytes, cluster)) = self.algorithm.take_padding(at, is_tick) {
            is_tick = false;
            self.offer(link, (at, now), (index, bytes), Some(cluster));
        }
    }

    fn offer(
        &mut self,
        link: &mut Link,
        (at, now): (Instant, u64),
        (sender, bytes): (usize, u64),
        cluster: Option<media::bandwidth::Cluster>,
    ) {
        self.algorithm.sent(at, self.sequence, bytes, cluster);
        let (sequence, bits) = (self.sequence, bytes * 8);
        link.offer(now, Fate { sender, sequence, bits, sent_at: now, arrived_at: None });
        self.sequence = self.sequence.wrapping_add(1);
        self.run.offered += 1;
    }

    fn note(&mut self, end: Fate) {
        self.ended.push(end);
        match end.arrived_at {
            None => self.run.lost += 1,
            Some(at) => {
                self.run.delivered.push((at, end.bits));
                self.run.delays.push((at, at - end.sent_at));
            }
        }
    }

    fn hear(&mut self, (beginning, now): (Instant, u64), tick: u64) {
        if !tick.is_multiple_of(self.plan.feedback_ticks) {
            return;
        }
        let seen_until = now - self.plan.feedback_delay.min(now);
        let is_known = |end: &Fate| end.arrived_at.unwrap_or(end.sent_at) <= seen_until;
        let (known, later) = self.ended.drain(..).partition::<Vec<_>, _>(is_known);
        self.ended = later;
        if known.is_empty() || self.chance.below(1_000) < self.plan.feedback_loss {
            return;
        }
        let at = beginning + Duration::from_micros(now);
        self.algorithm.feedback(at, beginning, &known);
        self.run.trajectory.push((now, self.algorithm.target()));
    }
}

/// The moment at which virtual time begins. An `Instant` cannot be made otherwise.
#[expect(clippy::disallowed_methods, reason = "virtual time needs one real instant to begin with")]
fn beginning() -> Instant {
    Instant::now()
}
