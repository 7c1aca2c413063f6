//! The estimator: its doors, and how the signals meet.

use std::time::{Duration, Instant};

use super::control::{Control, Observation, Step};
use super::history::History;
use super::loss::{Change, Loss};
use super::message::CLOCK_MICROS;
use super::probing::{Cluster, Need, Probe, Probing};
use super::queue::{Queue, Verdict};
use super::throughput::{Rates, Round, Throughput};
use crate::limits::{BITRATE_MAX, BITRATE_MIN, FEEDBACK_SILENCE};

/// Estimates what the line to one receiver carries.
///
/// Tell it every packet that leaves, hand it every feedback message, and after either ask
/// [`poll_probe`](Self::poll_probe) and read [`target`](Self::target). It needs no timer: without
/// feedback the target falls as packets leave.
#[derive(Debug)]
pub struct Estimator {
    beginning: Instant,
    history: History,
    throughput: Throughput,
    round: Round,
    queue: Queue,
    loss: Loss,
    control: Control,
    probing: Probing,
    demand: u64,
    rates: Option<Rates>,
    response: Option<i64>,
    newest_sent: i64,
    newest_arrived: Option<i64>,
    newest_sequence: Option<u16>,
    /// Rates are those of packets that left at this moment or later.
    rated_since: i64,
    /// Departure and arrival of the packet from which on the round is counted.
    round_from: Option<(i64, i64)>,
    /// Since when packets leave of which nothing was heard.
    unheard_since: Option<i64>,
}

impl Estimator {
    /// An estimator that knows nothing of the line and starts at `bitrate_start`.
    #[must_use]
    pub fn new(now: Instant, bitrate_start: u64) -> Self {
        let control = Control::new(bitrate_start);
        Self {
            beginning: now,
            history: History::new(),
            throughput: Throughput::default(),
            round: Round::default(),
            queue: Queue::new(),
            loss: Loss::default(),
            demand: control.target(),
            control,
            probing: Probing::new(),
            rates: None,
            response: None,
            newest_sent: i64::MIN,
            newest_arrived: None,
            newest_sequence: None,
            rated_since: i64::MIN,
            round_from: None,
            unheard_since: None,
        }
    }

    /// A packet left: `bytes` on the wire, under its transport-wide number. `probe` is the cluster
    /// of the probe whose padding it is.
    pub fn sent(&mut self, now: Instant, sequence: u16, bytes: usize, probe: Option<Cluster>) {
        let at = self.at(now);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let cluster = self.probing.sent(at, bytes, probe);
        self.history.add(at, sequence, bytes, cluster);
        let unheard_since = *self.unheard_since.get_or_insert(at);
        if at - unheard_since > micros(FEEDBACK_SILENCE) + self.response.unwrap_or(0) {
            self.unheard_since = Some(at);
            self.control.set(self.control.target() / 2);
            self.cut(at);
        }
    }

    /// Feedback came: of each packet when it arrived on the receiver's clock, if it did
    /// ([`Feedback::statuses`](super::Feedback::statuses)).
    pub fn feedback(
        &mut self,
        now: Instant,
        statuses: impl IntoIterator<Item = (u16, Option<Duration>)>,
    ) {
        let at = self.at(now);
        self.unheard_since = None;
        let mut response = i64::MAX;
        for (sequence, arrival) in statuses {
            self.note_gap(sequence);
            if let Some(sent_at) = self.status(at, sequence, arrival) {
                response = response.min(at - sent_at);
            }
        }
        if response == i64::MAX {
            return;
        }
        self.response = Some(self.response.map_or(response, |known| (known * 3 + response) / 4));
        self.end_round();
        self.rates = self.throughput.rates().or(self.rates);
        self.judge(at);
    }

    /// What could be sent in bits per second, were the line wide enough. Above the target it
    /// calls for probes; below it nothing is looked for.
    pub fn set_demand(&mut self, bitrate: u64) {
        self.demand = bitrate.min(BITRATE_MAX);
    }

    /// A probe to send now. While one is under way there is no other.
    pub fn poll_probe(&mut self, now: Instant) -> Option<Probe> {
        let at = self.at(now);
        if !self.control.is_rising() || self.loss.is_trying() || !self.queue.is_empty() {
            return None;
        }
        let (target, demand) = (self.control.target(), self.demand);
        let sent = self.rates.map_or(target, |rates| rates.sent);
        self.probing.poll(at, Need { target, sent, demand, noise: self.queue.noise() })
    }

    /// What may be sent, in bits per second, padding and retransmissions included.
    #[must_use]
    pub fn target(&self) -> u64 {
        self.control.target()
    }

    /// The share of packets lost lately, between 0 and 1.
    #[must_use]
    pub fn loss(&self) -> f64 {
        f64::from(u32::try_from(self.lost_per_mille()).unwrap_or(1_000)) / 1_000.0
    }

    /// How many of a thousand packets were lost lately.
    #[must_use]
    pub fn lost_per_mille(&self) -> u64 {
        self.loss.recent()
    }

    /// The time from a packet's departure to the report on it.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.response.map(|micros| Duration::from_micros(micros.unsigned_abs()))
    }

    /// How long packets stood in the line's queue lately.
    #[must_use]
    pub fn queueing(&self) -> Duration {
        Duration::from_micros(self.queue.standing().unsigned_abs())
    }

    fn at(&self, now: Instant) -> i64 {
        micros(now.saturating_duration_since(self.beginning))
    }

    /// Notes the fate of one packet; its departure, if it arrived and that is news.
    fn status(&mut self, now: i64, sequence: u16, arrival: Option<Duration>) -> Option<i64> {
        let packet = self.history.report(now, sequence, arrival.is_some())?;
        let arrived_at = arrival.map(|arrival| self.unrolled(micros(arrival)));
        self.loss.add(packet.sent_at, arrived_at.is_some(), packet.was_missing);
        self.probing.reported(packet, arrived_at);
        if !packet.was_missing {
            self.round.bytes_sent += packet.bytes;
        }
        let arrived_at = arrived_at?;
        let is_fresh = packet.sent_at >= self.control.since();
        if is_fresh && self.rated_since < self.control.since() {
            self.rated_since = self.control.since();
            self.throughput.clear();
            self.round_from = None;
        }
        if self.round_from.is_none() {
            self.round_from = Some((packet.sent_at, arrived_at));
            self.round = Round::default();
        } else {
            self.round.bytes_received += packet.bytes;
        }
        self.newest_sent = self.newest_sent.max(packet.sent_at);
        self.newest_arrived = self.newest_arrived.max(Some(arrived_at));
        if packet.cluster.is_none() {
            self.queue.add(packet.sent_at, arrived_at);
        }
        Some(packet.sent_at)
    }

    /// If feedback was lost, what it told is missing from the rates: they begin anew.
    fn note_gap(&mut self, sequence: u16) {
        let ahead = self.newest_sequence.map_or(1, |newest| sequence.wrapping_sub(newest));
        if ahead < 1 << 15 {
            self.newest_sequence = Some(sequence);
            if ahead > 1 {
                self.round_from = None;
            }
        }
    }

    fn end_round(&mut self) {
        let newest_arrived = self.newest_arrived.unwrap_or(0);
        if let Some((sent_at, arrived_at)) = self.round_from {
            self.round.sent_span = self.newest_sent - sent_at;
            self.round.arrived_span = newest_arrived - arrived_at;
            self.throughput.add(std::mem::take(&mut self.round));
        }
        self.round_from = Some((self.newest_sent, newest_arrived));
    }

    /// The receiver's clock comes round; this one does not.
    fn unrolled(&self, on_clock: i64) -> i64 {
        let newest = self.newest_arrived.unwrap_or(on_clock);
        let ahead = (on_clock - newest).rem_euclid(CLOCK_MICROS);
        newest + if ahead > CLOCK_MICROS / 2 { ahead - CLOCK_MICROS } else { ahead }
    }

    fn judge(&mut self, at: i64) {
        let verdict = self.queue.verdict(self.control.since());
        let unrest = (self.loss.inherent(), self.queue.noise());
        if let Some(outcome) = self.probing.outcome(self.newest_sent, unrest) {
            let before = self.control.target();
            if verdict != Verdict::Over
                && self.control.probed(at, outcome.bitrate, outcome.is_saturated)
            {
                self.probing.raised(at, outcome, before);
                self.loss.restart(at);
            } else if outcome.bitrate == 0 {
                self.probing.unclear(at);
            } else {
                self.probing.failed(at);
            }
        }
        let Some(rates) = self.rates else { return };
        self.queue.set_received(rates.received);
        self.queue.set_loss(self.loss.recent());
        let passing = rates.received * 1_000 / (1_000 - self.loss.inherent().min(900));
        let step = self.control.step(Observation {
            now: at,
            newest_sent: self.newest_sent,
            response: self.response.unwrap_or(0),
            rates: Rates { received: passing, ..rates },
            verdict,
            queue: self.queue.standing(),
            delay: self.queue.delay(),
            loss: self.loss.recent().saturating_sub(self.loss.inherent()),
        });
        match step {
            Step::Cut => self.cut(at),
            Step::Absorb => self.queue.absorb(),
            Step::Nothing if self.control.is_rising() => self.judge_loss(at, rates.sent),
            Step::Nothing => self.loss.restart(at),
        }
    }

    fn judge_loss(&mut self, at: i64, sent: u64) {
        let (newest_sent, is_queued) = (self.newest_sent, self.queue.is_long());
        match self.loss.step(at, newest_sent, (sent, self.control.target()), is_queued) {
            Change::Try(bitrate) => {
                self.control.set(bitrate);
                self.probing.unclear(at);
            }
            Change::Ease(bitrate) => self.control.set(bitrate),
            Change::Back(bitrate) => self.control.set(bitrate.max(self.control.target())),
            Change::Keep => {
                self.control.set_capacity(self.control.target());
                self.probing.cut(at);
            }
            Change::Nothing => {}
        }
    }

    fn cut(&mut self, at: i64) {
        self.probing.cut(at);
        self.loss.restart(at);
    }
}

/// A span in microseconds.
pub(super) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

const _: () = assert!(BITRATE_MIN < BITRATE_MAX);
const _: () = assert!(size_of::<Estimator>() <= 4 * 1_024);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What may come: milliseconds pass, then packets leave or any feedback at all arrives.
    #[derive(Debug, Clone)]
    enum Input {
        Sent(u16, usize),
        Feedback(u16, Vec<Option<u64>>),
    }

    fn inputs() -> impl Strategy<Value = Vec<(u64, Input)>> {
        let sent = (any::<u16>(), 0_usize..100_000).prop_map(|(of, bytes)| Input::Sent(of, bytes));
        let near = (0_u16..300, 0_usize..1_500).prop_map(|(of, bytes)| Input::Sent(of, bytes));
        let arrival = prop::option::of(0_u64..(1 << 24) * 64_000);
        let statuses = prop::collection::vec(arrival, 0..50);
        let feedback = (0_u16..300, statuses).prop_map(|(base, all)| Input::Feedback(base, all));
        prop::collection::vec((0_u64..3_000, prop_oneof![sent, near, feedback]), 0..200)
    }

    proptest! {
        #[test]
        fn no_feedback_leads_out_of_bounds(inputs in inputs(), demand in any::<u64>()) {
            let mut now = crate::testing::beginning();
            let mut estimator = Estimator::new(now, 300_000);
            estimator.set_demand(demand);
            for (millis, input) in inputs {
                now += Duration::from_millis(millis);
                match input {
                    Input::Sent(sequence, bytes) => {
                        let probe = estimator.poll_probe(now).map(|probe| probe.cluster);
                        estimator.sent(now, sequence, bytes, probe);
                    }
                    Input::Feedback(base, arrivals) => {
                        let sequences = (0..).map(|index: u16| base.wrapping_add(index));
                        let arrivals = arrivals.into_iter().map(|at| at.map(Duration::from_micros));
                        estimator.feedback(now, sequences.zip(arrivals));
                    }
                }
                prop_assert!((BITRATE_MIN..=BITRATE_MAX).contains(&estimator.target()));
                prop_assert!((0.0..=1.0).contains(&estimator.loss()));
            }
        }
    }
}
