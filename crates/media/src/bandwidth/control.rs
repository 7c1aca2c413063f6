//! The target and the two ways in which it moves by itself: it rises while nothing stands in the
//! line, and after a cut it waits until what it had piled up is gone.

use super::estimator::micros;
use super::queue::Verdict;
use super::throughput::Rates;
use crate::limits::{BITRATE_MAX, BITRATE_MIN, LOSS_EXCESS, QUEUE_FLOOR_MAX, QUEUE_LIMITED};

const SECOND: i64 = 1_000_000;
/// What of the line's rate is used while a queue empties, per mille: the longer the queue, the
/// less.
const DRAIN: u64 = 900;
const DRAIN_DEEP: u64 = 200;
const DRAIN_DEEP_QUEUE: i64 = 250_000;
/// What of it is used once the queue is gone, per mille.
const KEEP: u64 = 930;
/// How fast to rise while the line's rate is unknown, per mille and second.
const RISE: u64 = 150;
/// How fast to rise near the line's rate at least and at most, per mille and second.
const RISE_NEAR: u64 = 20;
const RISE_NEAR_MAX: u64 = 160;
/// Near the line's rate, one packet of this size more for each response.
const PACKET_BITS: u64 = 9_600;
/// A line that receives this much of what is sent, per mille, is not overloaded.
const ARRIVING: u64 = 950;
/// A receiver below this share of the target, per mille, says nothing about the line.
const LIMITED: u64 = 750;
/// No queue is waited for longer than this.
const DRAIN_MAX: i64 = 8 * SECOND;

/// What one feedback message says, all in all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observation {
    pub(super) now: i64,
    pub(super) newest_sent: i64,
    /// The time from a packet's departure to the report on it.
    pub(super) response: i64,
    /// Those received are raised by the loss that the line has anyway.
    pub(super) rates: Rates,
    pub(super) verdict: Verdict,
    /// How long packets stand in the queue.
    pub(super) queue: i64,
    /// The same, with what is taken for the line's own.
    pub(super) delay: i64,
    /// Loss beyond that which the line has anyway, per mille.
    pub(super) loss: u64,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Nothing,
    /// The target fell.
    Cut,
    /// The queue is not ours, and is to be taken for the line's own delay.
    Absorb,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Rising,
    Draining {
        /// Packets that left before say nothing of the cut.
        cut_at: i64,
        /// Packets that leave from here on should find the queue empty.
        due_at: i64,
        queue: i64,
        target_before: u64,
    },
}

#[derive(Debug)]
pub(super) struct Control {
    target: u64,
    /// What the line carried when it was full last.
    capacity: Option<u64>,
    phase: Phase,
    stepped_at: i64,
    /// When a probe raised the target last: packets that left before say nothing of it.
    probed_at: i64,
}

impl Control {
    pub(super) fn new(start: u64) -> Self {
        let target = start.clamp(BITRATE_MIN, BITRATE_MAX);
        Self { target, capacity: None, phase: Phase::Rising, stepped_at: 0, probed_at: i64::MIN }
    }

    pub(super) fn target(&self) -> u64 {
        self.target
    }

    pub(super) fn is_rising(&self) -> bool {
        matches!(self.phase, Phase::Rising)
    }

    /// The departure from which on packets show the present rate.
    pub(super) fn since(&self) -> i64 {
        match self.phase {
            Phase::Rising => self.probed_at,
            Phase::Draining { cut_at, .. } => cut_at,
        }
    }

    pub(super) fn step(&mut self, seen: Observation) -> Step {
        let passed = (seen.now - self.stepped_at).clamp(0, SECOND / 4).unsigned_abs();
        self.stepped_at = seen.now;
        match self.phase {
            Phase::Rising if seen.verdict == Verdict::Over => self.over(seen),
            Phase::Rising => {
                self.rise(seen, passed);
                Step::Nothing
            }
            Phase::Draining { cut_at, .. } if seen.newest_sent <= cut_at => Step::Nothing,
            Phase::Draining { due_at, queue, target_before, .. } => {
                self.drain(seen, due_at, (queue, target_before))
            }
        }
    }

    /// A probe has shown that the line carries `bitrate`; whether that raised the target.
    pub(super) fn probed(&mut self, now: i64, bitrate: u64, is_saturated: bool) -> bool {
        let usable = if is_saturated { bitrate * KEEP / 1_000 } else { bitrate };
        if !self.is_rising() || usable <= self.target {
            return false;
        }
        if usable > self.target * 5 / 4 {
            self.probed_at = now;
        }
        self.capacity = is_saturated.then_some(bitrate);
        self.set(usable);
        true
    }

    /// Lowers the target for a reason of its own, or brings it back.
    pub(super) fn set(&mut self, bitrate: u64) {
        self.target = bitrate.clamp(BITRATE_MIN, BITRATE_MAX);
    }

    /// The line was full at this rate.
    pub(super) fn set_capacity(&mut self, bitrate: u64) {
        self.capacity = Some(bitrate);
    }

    fn over(&mut self, seen: Observation) -> Step {
        let is_limited = seen.rates.sent < self.target * LIMITED / 1_000;
        if is_limited && is_arriving(seen) {
            return Step::Absorb;
        }
        // A line far from full is not full of a sudden: it, or who reads it, was held up, or worse
        // is to come and soon seen.
        if is_limited && seen.loss < LOSS_EXCESS && seen.queue < micros(QUEUE_LIMITED) {
            return Step::Nothing;
        }
        self.cut(seen)
    }

    fn cut(&mut self, seen: Observation) -> Step {
        let received = seen.rates.received.min(self.target);
        let near = self.capacity.filter(|known| known.abs_diff(received) < received / 5);
        let capacity = near.map_or(received, |known| (known * 2 + received) / 3);
        self.capacity = Some(capacity);
        let queue = queue_now(seen);
        let deep = queue.min(DRAIN_DEEP_QUEUE);
        let deep_part = DRAIN_DEEP * deep.unsigned_abs() / DRAIN_DEEP_QUEUE.unsigned_abs();
        let target_before = self.target;
        self.set(self.target.min(received * (DRAIN - deep_part) / 1_000));
        let queue_bits = capacity.saturating_mul(queue.unsigned_abs());
        let drain = queue_bits / capacity.saturating_sub(self.target).max(capacity / 20 + 1);
        let drain = i64::try_from(drain).unwrap_or(DRAIN_MAX).min(DRAIN_MAX);
        self.phase = Phase::Draining {
            cut_at: seen.now,
            due_at: seen.now + drain * 2 + SECOND / 5,
            queue,
            target_before,
        };
        Step::Cut
    }

    fn drain(
        &mut self,
        seen: Observation,
        due_at: i64,
        (queue, target_before): (i64, u64),
    ) -> Step {
        let is_over = seen.verdict == Verdict::Over;
        if seen.verdict == Verdict::Clear {
            self.phase = Phase::Rising;
            let keep = self.capacity.unwrap_or(0) * KEEP / 1_000;
            self.set(self.target.max(keep.min(target_before)));
        } else if is_over && !is_arriving(seen) {
            return self.cut(seen);
        } else if seen.newest_sent > due_at && (is_over || seen.queue >= queue * 3 / 4) {
            self.phase = Phase::Rising;
            if seen.delay <= micros(QUEUE_FLOOR_MAX) {
                self.set(target_before);
            }
            return Step::Absorb;
        } else if seen.newest_sent > due_at + SECOND {
            self.phase = Phase::Rising;
        }
        Step::Nothing
    }

    fn rise(&mut self, seen: Observation, passed: u64) {
        if seen.rates.sent < self.target * LIMITED / 1_000 {
            return;
        }
        if self.capacity.is_some_and(|known| self.target > known * 115 / 100) {
            self.capacity = None;
        }
        let per_second = if self.capacity.is_some() {
            let response = (seen.response + SECOND / 10).unsigned_abs();
            (PACKET_BITS * SECOND.unsigned_abs() / response)
                .clamp(self.target * RISE_NEAR / 1_000, self.target * RISE_NEAR_MAX / 1_000)
        } else {
            self.target * RISE / 1_000
        };
        let risen = self.target + per_second * passed / SECOND.unsigned_abs();
        self.set(risen.min(seen.rates.sent * 3 / 2).max(self.target));
        if seen.newest_sent > self.probed_at {
            self.set(self.target.min(seen.rates.received * 3 / 2));
        }
    }
}

/// The queue that a packet finds which leaves now: what the last report saw, and what came to it
/// since.
fn queue_now(seen: Observation) -> i64 {
    let unreported = (seen.now - seen.newest_sent).clamp(0, 2 * SECOND).unsigned_abs();
    let Rates { sent, received } = seen.rates;
    let grown = unreported.saturating_mul(sent.saturating_sub(received)) / received.max(1);
    seen.queue + i64::try_from(grown).unwrap_or(0).min(DRAIN_MAX)
}

/// Whether what is not lost comes as fast as it was sent: then it piles up no further.
fn is_arriving(seen: Observation) -> bool {
    let kept = seen.rates.sent * (1_000 - seen.loss.min(1_000)) / 1_000;
    seen.rates.received >= kept * ARRIVING / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line that was seen to carry 3 Mbit/s, on which packets now stand.
    fn check(sent: u64, received: u64, (queue, loss): (i64, u64), expected: Step) {
        let mut control = Control::new(3_000_000);
        let step = control.step(Observation {
            now: SECOND,
            newest_sent: SECOND - 50_000,
            response: 50_000,
            rates: Rates { sent, received },
            verdict: Verdict::Over,
            queue,
            delay: queue,
            loss,
        });
        assert_eq!(step, expected, "{sent} {received} {queue} {loss}: {control:?}");
        assert_eq!(control.target() < 3_000_000, step == Step::Cut);
    }

    #[test]
    fn a_line_far_from_full_is_not_cut_for_a_moment_of_delay() {
        check(59_173, 53_748, (41_171, 0), Step::Nothing);
        check(59_173, 58_900, (41_171, 0), Step::Absorb);
        check(59_173, 53_748, (100_000, 0), Step::Cut);
        check(59_173, 53_748, (41_171, LOSS_EXCESS), Step::Cut);
        check(2_900_000, 2_700_000, (41_171, 0), Step::Cut);
    }
}
