//! When to look above the target, and what a look has shown.

use super::estimator::micros;
use super::history::Reported;
use super::throughput::bitrate;
use crate::limits::{
    PROBE_DURATION, PROBE_DURATION_MAX, PROBE_INTERVAL_MAX, PROBE_INTERVAL_MIN, PROBE_PACKET_BYTES,
    PROBE_PACKETS_MIN, PROBE_TIMEOUT,
};

/// The number that the packets of one probe carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cluster(u8);

/// Padding to send beside the media, to see whether the line carries more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// What [`Estimator::sent`](super::Estimator::sent) is told of every packet of this padding.
    pub cluster: Cluster,
    /// How fast to send the padding, spread evenly.
    pub bitrate: u64,
    /// What padding and the media beside it are to show together.
    pub goal: u64,
    /// How much padding to send in all.
    pub bytes: u64,
    /// How large to make its packets, all headers included.
    pub packet_bytes: u64,
}

/// What a probe has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) bitrate: u64,
    /// The line was slower than the probe: this is its rate, not only a lower bound.
    pub(super) is_saturated: bool,
}

/// Loss of a probe beyond the line's own that shows that it was too fast, per mille: by chance
/// there is often less among so few packets.
const LOSS_SHOWN: u64 = 400;

/// So many probes of a call wait for the next only shortly, whatever they showed: nothing else is
/// known of the line.
const EARLY_PROBES: u8 = 5;

/// What decides on the next probe.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    pub(super) target: u64,
    pub(super) sent: u64,
    pub(super) demand: u64,
    pub(super) noise: i64,
}

#[derive(Debug)]
struct Running {
    cluster: Cluster,
    goal: u64,
    asked_at: i64,
    bytes_left: u64,
    first_sent: Option<i64>,
    last_sent: i64,
    arrivals: Arrivals,
}

#[derive(Debug, Default)]
struct Arrivals {
    packets: u64,
    lost: u64,
    bytes_received: u64,
    bytes_lost: u64,
    /// Departure and arrival.
    first: Option<(i64, i64)>,
    last: (i64, i64),
}

#[derive(Debug)]
pub(super) struct Probing {
    running: Option<Running>,
    number: u8,
    due_at: i64,
    interval: i64,
    raised_at: Option<i64>,
    is_first: bool,
}

impl Probing {
    pub(super) fn new() -> Self {
        Self {
            running: None,
            number: 0,
            due_at: 0,
            interval: micros(PROBE_INTERVAL_MIN),
            raised_at: None,
            is_first: true,
        }
    }

    pub(super) fn poll(&mut self, now: i64, need: Need) -> Option<Probe> {
        if self
            .running
            .as_ref()
            .is_some_and(|running| now - running.asked_at > micros(PROBE_TIMEOUT))
        {
            self.running = None;
            self.failed(now);
        }
        let Need { target, sent, demand, noise } = need;
        let times = if self.is_first { 3 } else { 2 };
        let goal = (target * times).min(demand.saturating_mul(5) / 4);
        if self.running.is_some()
            || now < self.due_at
            || demand <= target
            || goal < target * 11 / 10
        {
            return None;
        }
        let bitrate = goal.saturating_sub(sent.min(target)).max(goal / 4);
        let duration = (micros(PROBE_DURATION) + 4 * noise).min(micros(PROBE_DURATION_MAX));
        let bytes = bitrate * duration.unsigned_abs() / 8_000_000;
        self.number = self.number.checked_add(1).unwrap_or(EARLY_PROBES);
        self.is_first = false;
        let cluster = Cluster(self.number);
        self.running = Some(Running {
            cluster,
            goal,
            asked_at: now,
            bytes_left: bytes,
            first_sent: None,
            last_sent: now,
            arrivals: Arrivals::default(),
        });
        let packet_bytes = (bytes / PROBE_PACKETS_MIN).min(PROBE_PACKET_BYTES);
        Some(Probe { cluster, bitrate, goal, bytes, packet_bytes })
    }

    /// A packet leaves: the cluster it belongs to. Media that leaves amid the padding belongs to
    /// it, for the line sees both.
    pub(super) fn sent(&mut self, at: i64, bytes: u64, probe: Option<Cluster>) -> Option<Cluster> {
        let running = self.running.as_mut().filter(|running| running.bytes_left > 0)?;
        if probe == Some(running.cluster) {
            running.first_sent.get_or_insert(at);
            running.bytes_left = running.bytes_left.saturating_sub(bytes);
        }
        running.first_sent?;
        running.last_sent = at;
        Some(running.cluster)
    }

    /// A packet's fate became known.
    pub(super) fn reported(&mut self, packet: Reported, arrived_at: Option<i64>) {
        let Some(running) = &mut self.running else { return };
        if packet.cluster == Some(running.cluster) {
            running.arrivals.add(packet, arrived_at);
        }
    }

    /// What the running probe has shown, once a packet that left after it was reported.
    pub(super) fn outcome(
        &mut self,
        newest_sent: i64,
        (inherent, noise): (u64, i64),
    ) -> Option<Outcome> {
        let is_over =
            |running: &mut Running| running.bytes_left == 0 && newest_sent > running.last_sent;
        let running = self.running.take_if(is_over)?;
        let outcome = running.arrivals.outcome(inherent, noise);
        let bitrate = outcome.map_or(0, |outcome| outcome.bitrate).min(running.goal * 5 / 4);
        Some(Outcome { bitrate, is_saturated: outcome.is_none_or(|outcome| outcome.is_saturated) })
    }

    /// A probe raised the target from `before`. If the line took it easily, look further at once;
    /// if it was a great step, soon.
    pub(super) fn raised(&mut self, now: i64, outcome: Outcome, before: u64) {
        self.raised_at = Some(now);
        self.interval = micros(PROBE_INTERVAL_MIN);
        let wait = match outcome.is_saturated {
            false => 0,
            true if outcome.bitrate > before * 5 / 4 => self.interval / 4,
            true => self.interval,
        };
        self.due_at = now + wait;
    }

    /// A probe showed nothing new.
    pub(super) fn failed(&mut self, now: i64) {
        if self.number < EARLY_PROBES {
            return self.unclear(now);
        }
        self.interval = (self.interval * 2).min(micros(PROBE_INTERVAL_MAX));
        self.due_at = now + self.interval;
    }

    /// A probe showed nothing, or what it showed cannot be judged now.
    pub(super) fn unclear(&mut self, now: i64) {
        self.running = None;
        self.due_at = now + micros(PROBE_INTERVAL_MIN) / 4;
    }

    /// The target was cut. What was in flight says nothing; a probe that raised it a moment ago
    /// was deceived, and the next waits longer.
    pub(super) fn cut(&mut self, now: i64) {
        self.running = None;
        self.is_first = false;
        let was_deceived = self.raised_at.take().is_some_and(|at| now - at < 2_000_000);
        if was_deceived {
            self.interval = (self.interval * 2).min(2 * micros(PROBE_INTERVAL_MAX));
            self.due_at = now + self.interval;
        }
        self.due_at = self.due_at.max(now + micros(PROBE_INTERVAL_MIN) / 2);
    }
}

impl Arrivals {
    fn add(&mut self, packet: Reported, arrived_at: Option<i64>) {
        let Some(arrived_at) = arrived_at else {
            self.lost += 1;
            self.bytes_lost += packet.bytes;
            return;
        };
        self.packets += 1;
        if self.first.is_none() {
            self.first = Some((packet.sent_at, arrived_at));
        } else {
            self.bytes_received += packet.bytes;
        }
        self.last = (packet.sent_at.max(self.last.0), arrived_at.max(self.last.1));
    }

    /// Unrest may have brought the last packet nearer to the first by as much.
    fn outcome(&self, inherent: u64, noise: i64) -> Option<Outcome> {
        let (first_sent, first_arrived) = self.first?;
        let loss = self.lost * 1_000 / (self.packets + self.lost);
        let is_lossy = loss > inherent + LOSS_SHOWN;
        let received = bitrate(self.bytes_received, self.last.1 - first_arrived)?;
        let sent = bitrate(self.bytes_received + self.bytes_lost, self.last.0 - first_sent)?;
        if self.packets < PROBE_PACKETS_MIN / 2 || received > sent * 2 {
            return None;
        }
        let passing =
            if is_lossy { received } else { received * 1_000 / (1_000 - inherent.min(900)) };
        let is_saturated = is_lossy || passing < sent * 9 / 10;
        let span = (self.last.1 - first_arrived).max(1);
        let sure = passing.min(sent).saturating_mul(span.unsigned_abs())
            / (span + 2 * noise).unsigned_abs();
        Some(Outcome { bitrate: sure, is_saturated })
    }
}
