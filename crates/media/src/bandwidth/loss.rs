//! Tells losses that come of the rate from losses that the line has anyway.
//!
//! Loss beyond what the line is known to have starts a trial: send what arrived. If the loss goes,
//! it came of the rate; if it stays, it is the line's own, and the rate comes back.

use super::estimator::micros;
use crate::limits::{
    LOSS_CROWD, LOSS_EXCESS, LOSS_INHERENT_MAX, LOSS_PACKETS, LOSS_PACKETS_MIN, LOSS_WINDOW,
    LOSS_WINDOW_MAX,
};

/// What the losses ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    /// Send no more than this, to see what becomes of the loss.
    Try(u64),
    /// Others fill the line too: send a little less, without waiting for what becomes of it.
    Ease(u64),
    /// The loss went with the rate: stay.
    Keep,
    /// The loss has nothing to do with the rate: send this again.
    Back(u64),
}

#[derive(Debug, Clone, Copy)]
struct Trial {
    rate_before: u64,
    window_before: Window,
}

#[derive(Debug, Clone, Copy, Default)]
struct Window {
    /// Only packets that left at this moment or later are counted.
    since: i64,
    packets: u64,
    lost: u64,
}

impl Window {
    fn loss(self) -> u64 {
        self.lost * 1_000 / self.packets.max(1)
    }
}

#[derive(Debug, Default)]
pub(super) struct Loss {
    window: Window,
    trial: Option<Trial>,
    /// The line's own loss, per mille.
    inherent: u64,
    /// What the last trial showed it to be. Between trials it is never thought to be more, or a
    /// line that is too full by a little would seem to be a lossy one.
    learned: u64,
    /// Loss of the last windows, per mille.
    recent: u64,
}

impl Loss {
    pub(super) fn add(&mut self, sent_at: i64, arrived: bool, was_missing: bool) {
        if sent_at < self.window.since {
            return;
        }
        if was_missing {
            self.window.lost = self.window.lost.saturating_sub(1);
        } else {
            self.window.packets += 1;
            self.window.lost += u64::from(!arrived);
        }
    }

    /// Judges a window if one is full. `now` is the departure of the next packet, `sent` what is
    /// sent at present and `target` what may be. Loss in a queue is never the line's own.
    pub(super) fn step(
        &mut self,
        now: i64,
        newest_sent: i64,
        (sent, target): (u64, u64),
        is_queued: bool,
    ) -> Change {
        let Window { since, packets, .. } = self.window;
        let age = newest_sent - since;
        let is_full = packets >= LOSS_PACKETS && age >= micros(LOSS_WINDOW);
        if !is_full && (packets < LOSS_PACKETS_MIN || age < micros(LOSS_WINDOW_MAX)) {
            return Change::Nothing;
        }
        let excess = self.excess(self.window);
        let is_suspected = excess > 0 && excess < self.certain(self.window);
        if is_suspected && packets < LOSS_PACKETS * 3 && self.trial.is_none() {
            return Change::Nothing;
        }
        let window = std::mem::take(&mut self.window);
        self.window.since = newest_sent;
        self.note_recent(window);
        if let Some(trial) = self.trial.take() {
            return self.judge(trial, window, is_queued);
        }
        if is_queued {
            self.window.since = now + micros(LOSS_WINDOW_MAX) / 2;
            let eased = target * (1_000 - window.loss() / 2) / 1_000;
            return if window.loss() > LOSS_CROWD { Change::Ease(eased) } else { Change::Nothing };
        }
        if excess == 0 {
            self.inherent = (self.inherent * 15 + window.loss()).div_ceil(16).min(self.learned);
            return Change::Nothing;
        }
        self.trial = Some(Trial { rate_before: target, window_before: window });
        self.window.since = now;
        let passing = sent.min(target) * (1_000 - excess) / 1_000;
        Change::Try((passing * 95 / 100).max(target / 2))
    }

    /// Something else moved the target, or there is a queue: what was counted says nothing.
    pub(super) fn restart(&mut self, now: i64) {
        self.trial = None;
        self.note_recent(self.window);
        self.window = Window { since: now, ..Window::default() };
    }

    /// Whether a trial is under way.
    pub(super) fn is_trying(&self) -> bool {
        self.trial.is_some()
    }

    /// The line's own loss, per mille.
    pub(super) fn inherent(&self) -> u64 {
        self.inherent
    }

    /// The loss of the last seconds, per mille.
    pub(super) fn recent(&self) -> u64 {
        self.recent
    }

    fn judge(&mut self, trial: Trial, window: Window, is_queued: bool) -> Change {
        let before = trial.window_before.loss().saturating_sub(self.inherent);
        let after = window.loss().saturating_sub(self.inherent);
        let packets = trial.window_before.packets + window.packets;
        let lost = trial.window_before.lost + window.lost;
        let pooled = Window { since: 0, packets, lost }.loss();
        if after * 2 < before || is_queued || pooled > LOSS_INHERENT_MAX {
            return Change::Keep;
        }
        self.inherent = pooled;
        self.learned = self.inherent;
        Change::Back(trial.rate_before)
    }

    fn note_recent(&mut self, window: Window) {
        let weight = window.packets.min(LOSS_PACKETS);
        let sum = self.recent * LOSS_PACKETS + window.loss() * weight;
        self.recent = sum / (LOSS_PACKETS + weight);
    }

    /// By how much a window's loss is more than chance makes of the line's own, per mille.
    fn excess(&self, window: Window) -> u64 {
        let over = window.loss().saturating_sub(self.inherent);
        let by_chance = self.deviation(window) * 5 / 2;
        if over > LOSS_EXCESS.max(by_chance) { over } else { 0 }
    }

    /// The excess that needs no second look.
    fn certain(&self, window: Window) -> u64 {
        self.deviation(window) * 5
    }

    fn deviation(&self, window: Window) -> u64 {
        let usual = self.inherent.clamp(20, 500);
        (usual * (1_000 - usual) / window.packets.max(1)).isqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends 100 packets per 300 ms and loses one in `one_in` of them.
    fn window(loss: &mut Loss, from: i64, one_in: i64) -> Change {
        for index in 0..100 {
            loss.add(from + index * 3_000, index % one_in != 0, false);
        }
        loss.step(from + 300_000, from + 300_000, (1_000_000, 1_000_000), false)
    }

    #[test]
    fn loss_that_stays_when_the_rate_falls_is_the_line_s_own() {
        let mut loss = Loss::default();
        assert_eq!(window(&mut loss, 0, 5), Change::Try(760_000));
        assert_eq!(window(&mut loss, 300_000, 5), Change::Back(1_000_000));
        assert_eq!(loss.inherent(), 200);
        assert_eq!(window(&mut loss, 600_000, 5), Change::Nothing);
    }

    #[test]
    fn loss_that_goes_with_the_rate_came_of_it() {
        let mut loss = Loss::default();
        assert_eq!(window(&mut loss, 0, 5), Change::Try(760_000));
        assert_eq!(window(&mut loss, 300_000, 50), Change::Keep);
        assert_eq!(loss.inherent(), 0);
    }
}
