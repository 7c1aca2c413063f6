//! How long our packets stand in the line's queue.
//!
//! The measure is a packet's delay over the smallest of the last seconds. Its lower envelope is
//! looked at, not single delays: jitter and bursts only ever add to some packets, a standing queue
//! adds to all of them.

use super::estimator::micros;
use crate::limits::{
    BASE_SECONDS, DELAY_GROUPS, DELAY_WINDOW, GROUP_SPAN, QUEUE_LONG, QUEUE_THRESHOLD,
};

const SECOND: i64 = 1_000_000;
/// Groups without which nothing is said.
const GROUPS_MIN: usize = 5;
/// Which part of the floor is forgotten each second.
const FLOOR_FADING: i64 = 64;
/// Groups after which the line may have changed its rate.
const GROUPS_KNOWN: usize = 16;
/// By how much a queue may shrink within a window and still count as standing.
const STANDING: i64 = 2_000;
/// A packet of the usual size, and how long it is thought to take at most.
const PACKET_BITS: u64 = 9_600;
const SERVICE_MAX: i64 = 50_000;
/// Loss at which the smallest delay is not forgotten, per mille.
const LOSS_KEEPING: u64 = 40;
/// One jump of the delay counts for no more than this in the noise.
const NOISE_SAMPLE_MAX: i64 = 50_000;

/// What the queue says of the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Packets stand in a queue that does not shrink, or that grows fast.
    Over,
    /// There is a queue, but it shrinks or is small.
    Between,
    /// There is none.
    Clear,
}

/// Packets that left within [`GROUP_SPAN`]: the delay of the quickest.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    sent_at: i64,
    delay: i64,
}

#[derive(Debug)]
pub(super) struct Queue {
    /// Newest first to be overwritten; `next - 1` still grows.
    groups: [Group; DELAY_GROUPS],
    next: usize,
    count: usize,
    /// The smallest delay of each of the last seconds.
    bases: [i64; BASE_SECONDS],
    second: i64,
    /// The oldest are not forgotten: while a line loses, its queue may never be empty.
    is_kept: bool,
    /// Delay over the base that did not go when we sent less.
    floor: i64,
    noise: i64,
    /// How long the line takes for one packet, which no queue is shorter than.
    service: i64,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self {
            groups: [Group::default(); DELAY_GROUPS],
            next: 0,
            count: 0,
            bases: [i64::MAX; BASE_SECONDS],
            second: 0,
            is_kept: false,
            floor: 0,
            noise: 0,
            service: 0,
        }
    }

    pub(super) fn add(&mut self, sent_at: i64, arrived_at: i64) {
        let delay = arrived_at - sent_at;
        self.note_base(sent_at / SECOND, delay);
        let newest = (self.next + DELAY_GROUPS - 1) % DELAY_GROUPS;
        if let Some(group) = self.groups.get_mut(newest).filter(|_| self.count > 0) {
            if sent_at < group.sent_at {
                return;
            }
            if sent_at - group.sent_at < micros(GROUP_SPAN) {
                group.delay = group.delay.min(delay);
                return;
            }
        }
        self.note_noise();
        if let Some(place) = self.groups.get_mut(self.next) {
            *place = Group { sent_at, delay };
        }
        self.next = (self.next + 1) % DELAY_GROUPS;
        self.count = (self.count + 1).min(DELAY_GROUPS);
    }

    /// What the packets say that left at `since` or later.
    pub(super) fn verdict(&self, since: i64) -> Verdict {
        let Some([older, newer]) = self.halves(since) else { return Verdict::Between };
        let (threshold, zero) = (self.threshold(), self.zero());
        let stands = older.min - zero > threshold
            && newer.min - zero > threshold.max(older.min - zero - STANDING);
        let rises = newer.min - older.max > self.unrest();
        if stands || rises {
            Verdict::Over
        } else if newer.min - zero < threshold.midpoint(self.service / 2) {
            Verdict::Clear
        } else {
            Verdict::Between
        }
    }

    /// How long a packet that left lately stood in the queue at least.
    pub(super) fn standing(&self) -> i64 {
        let newest = self.newest().map(|group| group.delay);
        let low = self.halves(i64::MIN).map(|[_, newer]| newer.min).or(newest);
        low.map_or(0, |low| (low - self.zero()).max(0))
    }

    /// How much longer packets take than the quickest of late, whosever the queue is.
    pub(super) fn delay(&self) -> i64 {
        self.standing() + self.floor
    }

    /// Whether packets stand in anybody's queue.
    pub(super) fn is_long(&self) -> bool {
        self.delay() > micros(QUEUE_LONG) + self.service + self.noise * 3 / 2
    }

    /// Whether the very last packets were not held up either. At first, when every packet was sent
    /// into the same line, none may differ by its service.
    pub(super) fn is_empty(&self) -> bool {
        let limit = if self.count < GROUPS_KNOWN { self.unrest() } else { self.threshold() };
        self.newest().is_some_and(|group| group.delay - self.zero() < limit)
    }

    /// Takes the delay that is there for the line's own: sending less did not shorten it.
    pub(super) fn absorb(&mut self) {
        self.floor += self.standing();
    }

    /// Notes the loss of late, per mille.
    pub(super) fn set_loss(&mut self, loss: u64) {
        self.is_kept = loss > LOSS_KEEPING;
    }

    /// Notes the rate at which the line delivers.
    pub(super) fn set_received(&mut self, bitrate: u64) {
        let service = PACKET_BITS * SECOND.unsigned_abs() / bitrate.max(1);
        self.service = i64::try_from(service).unwrap_or(0).min(SERVICE_MAX);
    }

    /// The unrest of the delay, of the size of a standard deviation.
    pub(super) fn noise(&self) -> i64 {
        self.noise
    }

    /// What a delay may differ from another.
    fn unrest(&self) -> i64 {
        micros(QUEUE_THRESHOLD) + self.noise * 3 / 2
    }

    /// What a delay may differ from the smallest, which may be of a time when the line was faster.
    fn threshold(&self) -> i64 {
        self.unrest() + self.service / 2
    }

    fn zero(&self) -> i64 {
        self.bases.iter().copied().min().unwrap_or(0).saturating_add(self.floor)
    }

    fn back(&self, age: usize) -> Option<Group> {
        if age >= self.count {
            return None;
        }
        self.groups.get((self.next + DELAY_GROUPS - 1 - age) % DELAY_GROUPS).copied()
    }

    fn newest(&self) -> Option<Group> {
        self.back(0)
    }

    /// The older and the newer half of the window, by time.
    fn halves(&self, since: i64) -> Option<[Range; 2]> {
        let newest = self.newest()?.sent_at;
        let is_in = |age: usize, group: Group| {
            group.sent_at >= since
                && (age <= GROUPS_MIN || newest - group.sent_at <= micros(DELAY_WINDOW))
        };
        let mut length = 0;
        while self.back(length).is_some_and(|group| is_in(length, group)) {
            length += 1;
        }
        let oldest = self.back(length.checked_sub(1)?)?.sent_at;
        if length < GROUPS_MIN {
            return None;
        }
        let middle = oldest.midpoint(newest);
        let mut halves = [Range::NOTHING; 2];
        for group in (0..length).filter_map(|age| self.back(age)) {
            let [older, newer] = &mut halves;
            if group.sent_at < middle { older } else { newer }.add(group.delay);
        }
        Some(halves)
    }

    fn note_base(&mut self, second: i64, delay: i64) {
        let seconds = i64::try_from(BASE_SECONDS).unwrap_or(i64::MAX);
        while self.second < second {
            self.second = (self.second + 1).max(second - seconds);
            self.floor -= self.floor / FLOOR_FADING;
            let oldest = self.bases.get_mut(place(self.second));
            if let Some(base) = oldest.filter(|_| !self.is_kept) {
                *base = i64::MAX;
            }
        }
        if let Some(base) = self.bases.get_mut(place(second)) {
            *base = delay.min(*base);
        }
    }

    /// A steady climb has no second difference, so it is not taken for noise.
    fn note_noise(&mut self) {
        if let (Some(a), Some(b), Some(c)) = (self.back(0), self.back(1), self.back(2)) {
            let bend = (a.delay - 2 * b.delay + c.delay).abs() / 2;
            self.noise += (bend.min(NOISE_SAMPLE_MAX) - self.noise) / 16;
        }
    }
}

fn place(second: i64) -> usize {
    usize::try_from(second).unwrap_or(0) % BASE_SECONDS
}

#[derive(Debug, Clone, Copy)]
struct Range {
    min: i64,
    max: i64,
}

impl Range {
    const NOTHING: Self = Self { min: i64::MAX / 4, max: i64::MIN / 4 };

    fn add(&mut self, delay: i64) {
        self.min = self.min.min(delay);
        self.max = self.max.max(delay);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One packet every 10 ms with the given queueing delays in milliseconds.
    fn check(delays: impl IntoIterator<Item = i64>, expected: Verdict) {
        let mut queue = Queue::new();
        let mut sent_at = 0;
        for delay in [0; 20].into_iter().chain(delays) {
            queue.add(sent_at, sent_at + 40_000 + delay * 1_000);
            sent_at += 10_000;
        }
        assert_eq!(queue.verdict(i64::MIN), expected, "{queue:?}");
    }

    #[test]
    fn a_queue_is_told_from_unrest() {
        check([0; 20], Verdict::Clear);
        check((0..20).map(|index| index * 5), Verdict::Over);
        check([30; 40], Verdict::Over);
        check((0..40).map(|index| 200 - index * 3), Verdict::Between);
        check((0..40).map(|index| if index % 4 == 0 { 0 } else { 60 }), Verdict::Clear);
        check((0..40).map(|index| index * 7 % 31), Verdict::Clear);
        check([0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 50, 40], Verdict::Clear);
    }

    #[test]
    fn a_delay_that_stays_whatever_we_send_is_the_line_s_own() {
        let mut queue = Queue::new();
        for index in 0..60 {
            let delay = if index < 20 { 0 } else { 30_000 };
            queue.add(index * 10_000, index * 10_000 + delay);
        }
        assert_eq!(queue.verdict(i64::MIN), Verdict::Over);
        queue.absorb();
        assert_eq!((queue.verdict(i64::MIN), queue.standing()), (Verdict::Clear, 0));
    }
}
