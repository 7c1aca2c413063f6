//! The rates at which packets left and arrived, over the feedback of the last moments.

use crate::limits::{RATE_ROUNDS, RATE_WINDOW};

/// What one feedback message told: how much left and arrived within which spans.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Round {
    pub(super) sent_span: i64,
    pub(super) arrived_span: i64,
    pub(super) bytes_sent: u64,
    pub(super) bytes_received: u64,
}

/// Bits per second. Those sent include the lost ones; packets not reported on are in neither.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rates {
    pub(super) sent: u64,
    pub(super) received: u64,
}

#[derive(Debug, Default)]
pub(super) struct Throughput {
    rounds: [Round; RATE_ROUNDS],
    next: usize,
    count: usize,
}

impl Throughput {
    pub(super) fn add(&mut self, round: Round) {
        if let Some(place) = self.rounds.get_mut(self.next) {
            *place = round;
        }
        self.next = (self.next + 1) % RATE_ROUNDS;
        self.count = (self.count + 1).min(RATE_ROUNDS);
    }

    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    /// The rates over the newest rounds that cover [`RATE_WINDOW`], or all there are.
    pub(super) fn rates(&self) -> Option<Rates> {
        let window = super::estimator::micros(RATE_WINDOW);
        let mut sum = Round::default();
        for round in (0..self.count).filter_map(|age| self.back(age)) {
            sum.sent_span += round.sent_span;
            sum.arrived_span += round.arrived_span;
            sum.bytes_sent += round.bytes_sent;
            sum.bytes_received += round.bytes_received;
            if sum.arrived_span >= window {
                break;
            }
        }
        Some(Rates {
            sent: bitrate(sum.bytes_sent, sum.sent_span)?,
            received: bitrate(sum.bytes_received, sum.arrived_span)?,
        })
    }

    fn back(&self, age: usize) -> Option<Round> {
        if age >= self.count {
            return None;
        }
        self.rounds.get((self.next + RATE_ROUNDS - 1 - age) % RATE_ROUNDS).copied()
    }
}

/// Bits per second of so many bytes in so many microseconds.
pub(super) fn bitrate(bytes: u64, span: i64) -> Option<u64> {
    let span = u64::try_from(span).ok().filter(|span| *span > 0)?;
    Some(bytes.saturating_mul(8_000_000) / span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_window() {
        let mut throughput = Throughput::default();
        for index in 0..200 {
            let bytes_received = if index < 100 { 100 } else { 200 };
            let (sent_span, arrived_span) = (50_000, 50_000);
            throughput.add(Round { sent_span, arrived_span, bytes_sent: 250, bytes_received });
        }
        let rates = throughput.rates().unwrap();
        assert_eq!((rates.sent, rates.received), (40_000, 32_000));
    }
}
