//! The rates at which packets left and arrived, over the feedback of the last moments.

use crate::limits::{RATE_ROUNDS, RATE_WINDOW};

/// Sums of one feedback message, each moment being the last in it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Round {
    pub(super) sent_at: i64,
    pub(super) arrived_at: i64,
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

    /// The rates between the newest round and one about [`RATE_WINDOW`] before it.
    pub(super) fn rates(&self) -> Option<Rates> {
        let window = super::estimator::micros(RATE_WINDOW);
        let newest = self.back(0)?;
        let mut sums = (newest.bytes_sent, newest.bytes_received);
        for age in 1..self.count {
            let round = self.back(age)?;
            let span = newest.arrived_at - round.arrived_at;
            let is_last = age + 1 == self.count;
            if span >= window || is_last {
                return Some(Rates {
                    sent: bitrate(sums.0, newest.sent_at - round.sent_at)?,
                    received: bitrate(sums.1, span)?,
                });
            }
            sums = (sums.0 + round.bytes_sent, sums.1 + round.bytes_received);
        }
        None
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
            let at = index * 50_000;
            let (sent_at, arrived_at) = (at, at + 20_000);
            throughput.add(Round { sent_at, arrived_at, bytes_sent: 250, bytes_received });
        }
        let rates = throughput.rates().unwrap();
        assert_eq!((rates.sent, rates.received), (40_000, 32_000));
    }
}
