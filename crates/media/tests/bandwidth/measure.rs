//! What is measured of a run, in the words of `rtc-interceptor`'s bench.

const ROLLING: u64 = 2_000_000;

/// Moments are microseconds, rates bits per second.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    pub(crate) trajectory: Vec<(u64, u64)>,
    pub(crate) delivered: Vec<(u64, u64)>,
    /// One-way delays.
    pub(crate) delays: Vec<(u64, u64)>,
    pub(crate) lost: u64,
    pub(crate) offered: u64,
    pub(crate) duration: u64,
}

impl Run {
    pub(crate) fn last_target(&self) -> u64 {
        self.trajectory.last().unwrap().1
    }

    /// The mean target between two moments.
    pub(crate) fn mean_target(&self, from: u64, until: u64) -> u64 {
        let is_in = |at: u64| (from..=until).contains(&at);
        let targets: Vec<_> = self.trajectory.iter().filter(|(at, _)| is_in(*at)).collect();
        let sum: u64 = targets.iter().map(|(_, target)| target).sum();
        sum / u64::try_from(targets.len()).unwrap().max(1)
    }

    pub(crate) fn max_target(&self, from: u64, until: u64) -> u64 {
        let is_in = |at: u64| (from..=until).contains(&at);
        self.trajectory
            .iter()
            .filter(|(at, _)| is_in(*at))
            .map(|(_, target)| *target)
            .max()
            .unwrap()
    }

    pub(crate) fn min_target(&self, from: u64, until: u64) -> u64 {
        let is_in = |at: u64| (from..=until).contains(&at);
        self.trajectory
            .iter()
            .filter(|(at, _)| is_in(*at))
            .map(|(_, target)| *target)
            .min()
            .unwrap()
    }

    /// Bits delivered per second between two moments.
    pub(crate) fn delivered(&self, from: u64, until: u64) -> u64 {
        let is_in = |at: u64| (from..until).contains(&at);
        let bits: u64 = self.delivered.iter().filter(|(at, _)| is_in(*at)).map(|(_, b)| b).sum();
        bits * 1_000_000 / (until - from)
    }

    /// Per mille of `capacity` delivered in the last 30 % of the run.
    pub(crate) fn utilisation(&self, capacity: u64) -> u64 {
        self.delivered(self.duration * 7 / 10, self.duration) * 1_000 / capacity
    }

    /// Per mille of all packets offered in the whole run.
    pub(crate) fn loss(&self) -> u64 {
        self.lost * 1_000 / self.offered.max(1)
    }

    /// When the mean target of two seconds first came within 35 % of `goal` and stayed there.
    pub(crate) fn settled_at(&self, goal: u64) -> Option<u64> {
        let mut candidate = None;
        for (index, (at, _)) in self.trajectory.iter().enumerate() {
            let seen = &self.trajectory[..=index];
            let window: Vec<_> =
                seen.iter().rev().take_while(|(then, _)| at - then <= ROLLING).collect();
            let sum: u64 = window.iter().map(|(_, target)| target).sum();
            let mean = sum / u64::try_from(window.len()).unwrap();
            if mean.abs_diff(goal) * 100 <= goal * 35 {
                candidate.get_or_insert(*at);
            } else {
                candidate = None;
            }
        }
        candidate
    }

    /// When the target first was 90 % of `goal` after `from`.
    pub(crate) fn reached_at(&self, from: u64, goal: u64) -> Option<u64> {
        let is_there = |(at, target): &&(u64, u64)| *at >= from && *target >= goal * 9 / 10;
        self.trajectory.iter().find(is_there).map(|(at, _)| at - from)
    }

    /// The delay that 95 % of the packets stayed below after `from`.
    pub(crate) fn delay_95(&self, from: u64) -> u64 {
        let mut delays: Vec<_> =
            self.delays.iter().filter(|(at, _)| *at >= from).map(|(_, delay)| *delay).collect();
        delays.sort_unstable();
        delays.get(delays.len() * 95 / 100).copied().unwrap_or(0)
    }
}
