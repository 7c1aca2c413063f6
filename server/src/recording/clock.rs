//! The RTP clock of a stream against the time of the server.

/// A difference beyond this is a new beginning of the stream's clock and no delay.
const JUMP_MICROS: i64 = 2_000_000;
/// How slowly the two clocks are drawn together: a frame that comes late hardly moves them, and
/// clocks that run apart never part.
const SLOWNESS: i64 = 256;

/// Says when the frames of a stream belong, in the time of the server.
#[derive(Debug)]
pub(super) struct Clock {
    /// Ticks in a second.
    rate: i64,
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    timestamp: u32,
    /// Ticks since the first timestamp.
    ticks: i64,
    /// What is added to the ticks.
    offset_micros: i64,
}

impl Clock {
    /// With so many ticks in a second.
    pub(super) fn new(rate: i64) -> Self {
        Self { rate, last: None }
    }

    /// The moment of a frame in microseconds, given that it came at `came`.
    pub(super) fn micros(&mut self, timestamp: u32, came: i64) -> i64 {
        let Some(last) = self.last else {
            self.last = Some(Last { timestamp, ticks: 0, offset_micros: came });
            return came;
        };
        let step = i64::from(timestamp.wrapping_sub(last.timestamp).cast_signed());
        let ticks = last.ticks + step;
        let micros = ticks.saturating_mul(1_000_000) / self.rate;
        let error = came - (micros + last.offset_micros);
        let correction = if error.abs() > JUMP_MICROS { error } else { error / SLOWNESS };
        let offset_micros = last.offset_micros + correction;
        self.last = Some(Last { timestamp, ticks, offset_micros });
        micros + offset_micros
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v11_recording_follows_the_clock_of_a_stream() {
        let mut clock = Clock::new(90_000);
        assert_eq!(clock.micros(u32::MAX - 2_999, 1_000_000), 1_000_000);
        // Around the end of the numbers, and late by 10 ms.
        let at = clock.micros(0, 1_043_333);
        assert!((1_033_333..1_033_500).contains(&at), "{at}");
        // A clock that begins anew.
        let at = clock.micros(1_000_000_000, 2_000_000);
        assert!((1_990_000..=2_000_000).contains(&at), "{at}");
    }

    #[test]
    fn v11_recording_stays_with_a_clock_that_runs_apart() {
        // 0.1 % too slow, for an hour.
        let mut clock = Clock::new(48_000);
        let mut parted = 0;
        for frame in 0..180_000_u32 {
            let came = i64::from(frame) * 20_020;
            parted = (clock.micros(frame.wrapping_mul(960), came) - came).abs();
        }
        assert!(parted < 10_000, "{parted} µs apart");
    }
}
