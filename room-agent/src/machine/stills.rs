//! Whether somebody looks at small stills of this room's camera.

use protocol::meeting::MeetingId;

use super::effect::{Effect, StillWish};
use super::step::Step;
use crate::limits::{STILL_MS_MAX, STILL_MS_MIN};

/// What the server ordered, and what the camera was told.
#[derive(Debug, Default)]
pub(super) struct StillDesk {
    meetings: Vec<MeetingId>,
    every_ms: u32,
    told: Option<StillWish>,
}

impl StillDesk {
    /// The server says in which meetings the room is looked at.
    pub(super) fn ordered(&mut self, meetings: Vec<MeetingId>, every_ms: u32) {
        self.meetings = meetings;
        self.every_ms = every_ms.clamp(STILL_MS_MIN, STILL_MS_MAX);
    }

    /// The line is another one: nothing was ordered on it yet.
    pub(super) fn forget(&mut self) {
        self.meetings.clear();
    }

    /// Tells the camera what is wanted, when that changed: nothing outside the meetings in which
    /// the room is looked at.
    pub(super) fn tick(&mut self, step: &mut Step<'_>, sits_in: Option<MeetingId>) {
        let looked_at = sits_in.filter(|meeting| self.meetings.contains(meeting));
        let wish = looked_at.map(|meeting| StillWish { meeting, every_ms: self.every_ms });
        if self.told != wish {
            self.told = wish;
            step.effect(Effect::Stills(wish));
        }
    }
}
