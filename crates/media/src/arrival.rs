//! How the packets of one stream come in: what the line from its publisher does to them.

use std::time::{Duration, Instant};

use crate::ids::Kind;
use crate::ingest::after;
use crate::limits::{ARRIVAL_STEP_MAX, DISORDER, FREEZE};

/// What was seen of one stream since it came.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Arrivals {
    newest: Option<Newest>,
    /// When the last hole was seen.
    hole_at: Option<Instant>,
    /// Packets that should have come.
    pub(crate) expected: u64,
    /// Those that did not come at their time: one that was sent again was lost all the same.
    pub(crate) lost: u64,
    /// Pictures that stood still.
    pub(crate) freezes: u32,
    /// RFC 3550 §6.4.1, in nanoseconds.
    jitter: f64,
}

#[derive(Clone, Copy, Debug)]
struct Newest {
    sequence: u16,
    timestamp: u32,
    at: Instant,
    /// When the first packet with this timestamp came.
    began: Instant,
}

impl Arrivals {
    /// A packet came.
    pub(crate) fn note(&mut self, now: Instant, kind: Kind, (sequence, timestamp): (u16, u32)) {
        let fresh = Newest { sequence, timestamp, at: now, began: now };
        let Some(newest) = self.newest.as_mut() else {
            self.newest = Some(fresh);
            self.expected += 1;
            return;
        };
        if !after(sequence, newest.sequence) {
            // Somebody was overtaken; what comes later than that was sent again.
            let is_disorder = sequence != newest.sequence
                && self.hole_at.is_some_and(|at| now.saturating_duration_since(at) < DISORDER);
            self.lost -= u64::from(is_disorder && self.lost > 0);
            return;
        }
        let step = sequence.wrapping_sub(newest.sequence);
        if step > ARRIVAL_STEP_MAX {
            // It counts anew, or nobody sent for a while: nothing can be said of what is between.
            self.newest = Some(fresh);
            self.expected += 1;
            return;
        }
        self.expected += u64::from(step);
        if step > 1 {
            self.lost += u64::from(step - 1);
            self.hole_at = Some(now);
        }
        if kind == Kind::Video && now.saturating_duration_since(newest.at) >= FREEZE {
            self.freezes = self.freezes.saturating_add(1);
        }
        (newest.sequence, newest.at) = (sequence, now);
        if timestamp == newest.timestamp {
            return;
        }
        let passed = now.saturating_duration_since(newest.began).as_secs_f64();
        let meant = f64::from(timestamp.wrapping_sub(newest.timestamp).cast_signed());
        (newest.timestamp, newest.began) = (timestamp, now);
        let unrest = (passed - meant / clock(kind)).abs() * 1e9;
        // A stream that rested or began anew says nothing about the line.
        if unrest < 1e9 {
            self.jitter += (unrest - self.jitter) / 16.0;
        }
    }

    pub(crate) fn jitter(&self) -> Duration {
        Duration::from_secs_f64((self.jitter / 1e9).max(0.0))
    }
}

/// Ticks of the RTP clock in a second.
pub(crate) fn clock(kind: Kind) -> f64 {
    match kind {
        Kind::Audio => 48_000.0,
        Kind::Video => 90_000.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets of a picture every 40 ms, each a picture of its own: at which millisecond which.
    fn seen(packets: &[(u64, u16)]) -> Arrivals {
        let start = crate::testing::beginning();
        let mut arrivals = Arrivals::default();
        for &(millis, sequence) in packets {
            let timestamp = u32::from(sequence).wrapping_mul(3_600);
            let at = start + Duration::from_millis(millis);
            arrivals.note(at, Kind::Video, (sequence, timestamp));
        }
        arrivals
    }

    /// What happened, the packets, and how many were expected and lost.
    type Case<'a> = (&'a str, &'a [(u64, u16)], (u64, u64));

    #[test]
    fn v15_what_does_not_come_in_time_is_lost() {
        let cases: [Case<'_>; 7] = [
            ("all", &[(0, 1), (40, 2), (80, 3)], (3, 0)),
            ("a hole", &[(0, 1), (80, 3)], (3, 1)),
            ("overtaken", &[(0, 1), (80, 3), (81, 2), (120, 4)], (4, 0)),
            ("sent again", &[(0, 1), (80, 3), (130, 2), (131, 4)], (4, 1)),
            ("came twice", &[(0, 1), (40, 2), (41, 2), (80, 3)], (3, 0)),
            ("came round", &[(0, 65_534), (120, 1)], (4, 2)),
            ("another stream", &[(0, 1), (40, 9_000), (80, 9_001)], (3, 0)),
        ];
        for (what, packets, expected) in cases {
            let arrivals = seen(packets);
            assert_eq!((arrivals.expected, arrivals.lost), expected, "{what}");
        }
    }

    #[test]
    fn v15_a_steady_stream_has_no_jitter_and_a_picture_that_stands_is_counted() {
        let steady: Vec<_> = (0..50_u16).map(|n| (u64::from(n) * 40, n)).collect();
        let steady = seen(&steady);
        assert!(steady.jitter() < Duration::from_millis(1), "{:?}", steady.jitter());
        assert_eq!(steady.freezes, 0);

        let uneven = |n: u16| (u64::from(n) * 40 + if n.is_multiple_of(2) { 0 } else { 20 }, n);
        let uneven = seen(&(0..100).map(uneven).collect::<Vec<_>>());
        assert!(uneven.jitter() > Duration::from_millis(15), "{:?}", uneven.jitter());

        assert_eq!(seen(&[(0, 1), (40, 2), (900, 3), (940, 4)]).freezes, 1);
    }
}
