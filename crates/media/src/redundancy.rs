//! How many of the frames before it a packet of sound carries to one receiver.

use std::time::Instant;

use crate::limits::{REDUNDANCY_HOLD, REDUNDANCY_LOSSES};

/// Follows what a line loses: up at once, down only after a while.
#[derive(Debug, Default)]
pub(crate) struct Redundancy {
    frames: usize,
    /// Since when less would do.
    better_since: Option<Instant>,
}

impl Redundancy {
    /// What fits a line that has lost so many of a thousand packets lately.
    pub(crate) fn judge(&mut self, now: Instant, loss: u64) -> usize {
        let wanted = REDUNDANCY_LOSSES.iter().filter(|least| loss >= **least).count();
        if wanted >= self.frames {
            self.better_since = None;
            self.frames = wanted;
        } else {
            let since = *self.better_since.get_or_insert(now);
            if now.saturating_duration_since(since) >= REDUNDANCY_HOLD {
                self.better_since = None;
                self.frames = wanted;
            }
        }
        self.frames
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_comes_at_once_and_goes_slowly() {
        let start = crate::testing::beginning();
        let mut redundancy = Redundancy::default();
        let hold = REDUNDANCY_HOLD.as_secs();
        for (second, loss, frames) in [
            (0, 0, 0),
            (1, 12, 1),
            (2, 100, 2),
            (3, 0, 2),
            (2 + hold, 0, 2),
            (3 + hold, 0, 0),
            (4 + hold, 60, 2),
            (5 + hold, 20, 2),
            (6 + hold, 70, 2),
            (5 + 2 * hold, 20, 2),
            (5 + 3 * hold, 20, 1),
        ] {
            let now = start + Duration::from_secs(second);
            assert_eq!(redundancy.judge(now, loss), frames, "at {second} s");
        }
    }
}
