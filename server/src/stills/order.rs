//! What one room is told about stills.

use meeting::MeetingId;
use protocol::live::ServerFrame;
use protocol::room::RoomReport;

use crate::limits::{STILL_EVERY_MS, STILL_EVERY_MS_THIN};

/// A round trip from which on a line is thin.
const ROUND_TRIP_MS_THIN: u32 = 400;
/// A share of lost packets from which on a line is thin.
const LOSS_PERCENT_THIN: f32 = 3.0;

/// What one room was told, and how its line is.
#[derive(Debug, Default)]
pub(crate) struct StillOrder {
    meetings: Vec<MeetingId>,
    every_ms: u32,
    is_thin: bool,
}

impl StillOrder {
    /// The room said how its line is.
    pub(crate) fn line(&mut self, report: &RoomReport) {
        let loss = report.call.as_ref().map_or(0.0, |call| call.loss_percent);
        let round_trip_ms = report.round_trip_ms.unwrap_or(0);
        self.is_thin = round_trip_ms >= ROUND_TRIP_MS_THIN || loss >= LOSS_PERCENT_THIN;
    }

    /// What the room has to be told, when it changed.
    pub(crate) fn renew(&mut self, meetings: Vec<MeetingId>) -> Option<ServerFrame> {
        let every_ms = if self.is_thin { STILL_EVERY_MS_THIN } else { STILL_EVERY_MS };
        let is_same_pace = meetings.is_empty() || self.every_ms == every_ms;
        if self.meetings == meetings && is_same_pace {
            return None;
        }
        (self.meetings, self.every_ms) = (meetings.clone(), every_ms);
        Some(ServerFrame::Stills { meetings, every_ms })
    }
}
