//! A line: it loses, queues, serves at a rate that may change, and delays.

use std::collections::VecDeque;

use crate::chance::Chance;

/// Which packets the line loses before its queue.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Losing {
    Nothing,
    /// Every so manieth.
    OneIn(u64),
    /// Each with this chance, per mille.
    PerMille(u64),
}

/// When a packet's place in the queue is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Places {
    /// As soon as it is served.
    Served,
    /// Not before the whole queue is empty: so counts the path of `rtc-interceptor`'s bench.
    Empty,
}

/// Rates are bits per second, moments microseconds.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// From each moment on, the delay.
    pub(crate) propagation: Vec<(u64, u64)>,
    /// From each moment on, the rate.
    pub(crate) capacity: Vec<(u64, u64)>,
    pub(crate) queue_bits: u64,
    pub(crate) places: Places,
    pub(crate) losing: Losing,
    /// Up to this is added to each packet's delay; packets keep their order.
    pub(crate) jitter: u64,
}

impl Line {
    pub(crate) fn capacity_at(&self, now: u64) -> u64 {
        at(&self.capacity, now)
    }
}

fn at(steps: &[(u64, u64)], now: u64) -> u64 {
    steps.iter().rev().find(|(from, _)| *from <= now).map_or(1, |step| step.1)
}

/// A packet's end: when it arrived, if it did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fate {
    pub(crate) sender: usize,
    pub(crate) sequence: u16,
    pub(crate) bits: u64,
    pub(crate) sent_at: u64,
    pub(crate) arrived_at: Option<u64>,
}

pub(crate) struct Link {
    line: Line,
    chance: Chance,
    offered: u64,
    queued_bits: u64,
    served: VecDeque<(u64, u64)>,
    drains_at: u64,
    last_arrival: u64,
    under_way: VecDeque<Fate>,
    ended: Vec<Fate>,
}

impl Link {
    pub(crate) fn new(line: Line, seed: u64) -> Self {
        Self {
            line,
            chance: Chance::new(seed),
            offered: 0,
            queued_bits: 0,
            served: VecDeque::new(),
            drains_at: 0,
            last_arrival: 0,
            under_way: VecDeque::new(),
            ended: Vec::new(),
        }
    }

    pub(crate) fn offer(&mut self, now: u64, mut packet: Fate) {
        self.advance(now);
        self.offered += 1;
        let is_lost = match self.line.losing {
            Losing::Nothing => false,
            Losing::OneIn(count) => self.offered.is_multiple_of(count),
            Losing::PerMille(share) => self.chance.below(1_000) < share,
        };
        if is_lost || self.queued_bits + packet.bits > self.line.queue_bits {
            self.ended.push(packet);
            return;
        }
        let service = packet.bits * 1_000_000 / self.line.capacity_at(now);
        self.drains_at = self.drains_at.max(now) + service;
        self.queued_bits += packet.bits;
        self.served.push_back((self.drains_at, packet.bits));
        let jitter = self.chance.below(self.line.jitter + 1);
        let arrival =
            (self.drains_at + at(&self.line.propagation, now) + jitter).max(self.last_arrival);
        self.last_arrival = arrival;
        packet.arrived_at = Some(arrival);
        self.under_way.push_back(packet);
    }

    pub(crate) fn advance(&mut self, now: u64) {
        while let Some(packet) =
            self.under_way.pop_front_if(|packet| packet.arrived_at <= Some(now))
        {
            self.ended.push(packet);
        }
        while let Some((_, bits)) = self.served.pop_front_if(|(at, _)| *at <= now) {
            if self.line.places == Places::Served {
                self.queued_bits -= bits;
            }
        }
        if now >= self.drains_at {
            self.queued_bits = 0;
        }
    }

    /// What ended since the last call, in the order in which it did.
    pub(crate) fn take_ended(&mut self) -> Vec<Fate> {
        std::mem::take(&mut self.ended)
    }
}
