//! The plan of one room.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Counts up with every plan of a device; a room refuses an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
#[serde(transparent)]
pub struct PlanNumber(pub u64);

/// What one room should be. Immutable; leaves the room no choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its number.
    pub number: PlanNumber,
    /// For which device.
    pub device: Uuid,
    /// At which point it stands.
    pub point: Uuid,
    /// The point's name, to be shown on its screen.
    pub point_name: String,
    /// When it was made, UTC milliseconds.
    pub made_at: i64,
    /// After this moment the room treats it as stale: it keeps what it has and says so, and
    /// accepts nothing under it any more. UTC milliseconds.
    pub expires_at: i64,
    /// The picture to send.
    pub picture: Picture,
    /// The meetings it should join, by their beginning.
    pub meetings: Vec<PlannedMeeting>,
}

/// A meeting that a room should join by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedMeeting {
    /// Which.
    pub meeting: Uuid,
    /// Its title, to be shown.
    pub title: String,
    /// When it should begin, UTC milliseconds.
    pub starts_at: i64,
    /// When it should end, UTC milliseconds.
    pub ends_at: i64,
    /// When the room should enter, UTC milliseconds: some time before the beginning.
    pub join_at: i64,
}

/// What a room's camera should send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Pixels from left to right.
    pub width: u16,
    /// Pixels from top to bottom.
    pub height: u16,
    /// Pictures a second.
    pub frames_per_second: u8,
    /// Bits a second at most.
    pub bitrate_bps_max: u32,
}
