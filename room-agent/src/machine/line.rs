//! The live channel as the room sees it: opened again and again, never given up.

use protocol::live::ClientFrame;
use protocol::meeting::{DeviceId, Timestamp};

use super::effect::Effect;
use super::step::{Step, earlier};
use crate::limits::{
    PING_EVERY_MS, RECONNECT_MS_MAX, RECONNECT_MS_MIN, RECONNECT_SHARE, SILENCE_MS_MAX,
};

/// The line to the server.
#[derive(Debug)]
pub(super) struct Line {
    device: DeviceId,
    generation: u64,
    state: State,
    /// Since when there has been no line; absent while there is one.
    pub(super) lost_since: Option<Timestamp>,
    /// When it was tried last.
    pub(super) tried_at: Option<Timestamp>,
    /// The last round trip in milliseconds.
    pub(super) round_trip_ms: Option<u32>,
}

#[derive(Debug)]
enum State {
    Waiting { until: Timestamp },
    Opening,
    Open(Open),
}

#[derive(Debug)]
struct Open {
    heard_at: Timestamp,
    ping_at: Timestamp,
    pings: u32,
    pinged_at: Timestamp,
}

impl Line {
    pub(super) fn new(device: DeviceId, now: Timestamp) -> Self {
        Self {
            device,
            generation: 0,
            state: State::Waiting { until: now },
            lost_since: Some(now),
            tried_at: None,
            round_trip_ms: None,
        }
    }

    /// The generation of the open channel.
    pub(super) const fn open(&self) -> Option<u64> {
        match self.state {
            State::Open(_) => Some(self.generation),
            State::Waiting { .. } | State::Opening => None,
        }
    }

    /// Whether an event belongs to the channel that is open or being opened.
    pub(super) const fn is_current(&self, generation: u64) -> bool {
        self.generation == generation && !matches!(self.state, State::Waiting { .. })
    }

    /// When anything was heard last.
    pub(super) const fn heard_at(&self) -> Option<Timestamp> {
        match &self.state {
            State::Open(open) => Some(open.heard_at),
            State::Waiting { .. } | State::Opening => None,
        }
    }

    pub(super) fn up(&mut self, now: Timestamp) {
        self.lost_since = None;
        self.state = State::Open(Open { heard_at: now, ping_at: now, pings: 0, pinged_at: now });
    }

    pub(super) fn down(&mut self, step: &mut Step<'_>) {
        let lost_since = *self.lost_since.get_or_insert(step.now);
        self.round_trip_ms = None;
        // A quarter of the time it has been away: a server that was only started anew is met
        // within that much of its coming back, and one that stays away is left in peace.
        let wait_ms = step.now.millis_since(lost_since) / RECONNECT_SHARE;
        let wait_ms = wait_ms.clamp(RECONNECT_MS_MIN, RECONNECT_MS_MAX);
        let until = step.now.plus_millis(step.entropy.jitter(wait_ms));
        self.state = State::Waiting { until };
    }

    pub(super) fn heard(&mut self, now: Timestamp) {
        if let State::Open(open) = &mut self.state {
            open.heard_at = now;
        }
    }

    pub(super) fn pong(&mut self, now: Timestamp, number: u32) {
        if let State::Open(open) = &self.state
            && open.pings == number
        {
            self.round_trip_ms = u32::try_from(now.millis_since(open.pinged_at)).ok();
        }
    }

    /// Does what is due; says whether the line was lost by silence.
    pub(super) fn tick(&mut self, step: &mut Step<'_>) -> bool {
        match &mut self.state {
            State::Waiting { until } => {
                if *until <= step.now {
                    self.state = State::Opening;
                    self.generation += 1;
                    self.tried_at = Some(step.now);
                    let (generation, device) = (self.generation, self.device);
                    step.effect(Effect::Connect { generation, device });
                }
                false
            }
            State::Opening => false,
            State::Open(open) => {
                if step.now.millis_since(open.heard_at) >= SILENCE_MS_MAX {
                    step.effect(Effect::Disconnect { generation: self.generation });
                    self.down(step);
                    return true;
                }
                if open.ping_at <= step.now {
                    open.pings = open.pings.wrapping_add(1);
                    open.pinged_at = step.now;
                    open.ping_at = step.now.plus_millis(PING_EVERY_MS);
                    let number = open.pings;
                    step.send(self.generation, ClientFrame::Ping { number });
                }
                false
            }
        }
    }

    pub(super) fn timeout(&self) -> Option<Timestamp> {
        match &self.state {
            State::Waiting { until } => Some(*until),
            State::Opening => None,
            State::Open(open) => {
                earlier(Some(open.ping_at), Some(open.heard_at.plus_millis(SILENCE_MS_MAX)))
            }
        }
    }
}
