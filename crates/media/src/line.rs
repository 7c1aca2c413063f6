//! The line to one receiver: what it carries, and what of his streams is sent over it.

use std::time::{Duration, Instant};

use crate::allocation::{Allocation, Choice, Wish};
use crate::bandwidth::{Cluster, Estimator, Probe};
use crate::limits::{BITRATE_START, SHARE_INTERVAL};

/// What one line carries and how it is shared. Without transport-wide feedback nothing is known of
/// it, and everything is sent.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) allocation: Allocation,
    pub(crate) gauge: Option<Box<Gauge>>,
    shared_at: Option<Instant>,
}

/// The estimate of a line whose receiver tells what arrives.
#[derive(Debug)]
pub(crate) struct Gauge {
    /// The header extension that bears the transport-wide number.
    pub(crate) extension: u8,
    next: u16,
    pub(crate) estimator: Estimator,
    padding: Option<Padding>,
}

/// Padding of a probe that is yet to be sent.
#[derive(Debug)]
struct Padding {
    cluster: Cluster,
    bytes: u64,
    packet_bytes: u64,
    due_at: Instant,
    interval: Duration,
}

impl Line {
    /// A line of which nothing is known, whose receiver reports on numbers in `extension`.
    pub(crate) fn new(now: Instant, extension: Option<u8>) -> Self {
        let gauge = |extension| {
            let estimator = Estimator::new(now, BITRATE_START);
            Box::new(Gauge { extension, next: 0, estimator, padding: None })
        };
        let allocation = Allocation::new(u64::MAX);
        Self { allocation, gauge: extension.map(gauge), shared_at: None }
    }

    /// What it carries in bits per second, as far as is known.
    pub(crate) fn target(&self) -> Option<u64> {
        self.gauge.as_ref().map(|gauge| gauge.estimator.target())
    }

    /// How many of a thousand packets it lost lately, as far as is known.
    pub(crate) fn lost_per_mille(&self) -> Option<u64> {
        self.gauge.as_ref().map(|gauge| gauge.estimator.lost_per_mille())
    }

    /// Whether it is time to share it out anew.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.shared_at.is_none_or(|at| now.saturating_duration_since(at) >= SHARE_INTERVAL)
    }

    /// Shares it among these wishes.
    pub(crate) fn share(&mut self, now: Instant, wishes: &[Option<Wish>]) -> Choice {
        self.shared_at = Some(now);
        let target = self.target().unwrap_or(u64::MAX);
        let choice = self.allocation.allocate(now, target, wishes);
        if let Some(gauge) = &mut self.gauge {
            gauge.estimator.set_demand(self.allocation.demand(wishes));
        }
        choice
    }

    /// When the next padding is to leave.
    pub(crate) fn padding_at(&self) -> Option<Instant> {
        self.gauge.as_ref()?.padding.as_ref().map(|padding| padding.due_at)
    }

    /// The cluster and size of a packet of padding that is due, all headers included.
    pub(crate) fn padding_due(&self, now: Instant) -> Option<(Cluster, usize)> {
        let padding = self.gauge.as_ref()?.padding.as_ref()?;
        let size = usize::try_from(padding.packet_bytes.min(padding.bytes)).unwrap_or(usize::MAX);
        (padding.due_at <= now).then_some((padding.cluster, size))
    }

    /// No more padding can be sent.
    pub(crate) fn end_padding(&mut self) {
        if let Some(gauge) = &mut self.gauge {
            gauge.padding = None;
        }
    }

    /// Begins a probe if it is time for one.
    pub(crate) fn probe(&mut self, now: Instant, packet_bytes_max: u64) {
        let Some(gauge) = &mut self.gauge else { return };
        if let Some(probe) = gauge.estimator.poll_probe(now) {
            gauge.padding = Some(Padding::of(probe, now, packet_bytes_max));
        }
    }
}

impl Gauge {
    /// The number of the next packet.
    pub(crate) fn next(&self) -> u16 {
        self.next
    }

    /// A datagram of `bytes`, all headers included, left under the next number.
    pub(crate) fn sent(&mut self, now: Instant, bytes: usize, probe: Option<Cluster>) {
        self.estimator.sent(now, self.next, bytes, probe);
        self.next = self.next.wrapping_add(1);
        if probe.is_some()
            && let Some(padding) = &mut self.padding
        {
            padding.bytes = padding.bytes.saturating_sub(u64::try_from(bytes).unwrap_or(u64::MAX));
            padding.due_at += padding.interval;
            if padding.bytes == 0 {
                self.padding = None;
            }
        }
    }
}

impl Padding {
    fn of(probe: Probe, now: Instant, packet_bytes_max: u64) -> Self {
        let packet_bytes = probe.packet_bytes.min(packet_bytes_max).max(1);
        // Pictures come in bursts, and amid a short probe there may be none: the padding alone has to
        // show the goal.
        let micros = packet_bytes.saturating_mul(8_000_000) / probe.goal.max(1);
        let interval = Duration::from_micros(micros);
        Self { cluster: probe.cluster, bytes: probe.bytes, packet_bytes, due_at: now, interval }
    }
}
