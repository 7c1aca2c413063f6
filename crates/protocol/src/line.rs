//! What the line of a point does, as measured in the call.

use meeting::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The line of a point, both ways.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LineReport {
    /// When it was measured.
    pub at: Timestamp,
    /// From the room to the server.
    pub up: LineFigures,
    /// From the server to the room.
    pub down: LineFigures,
    /// There and back, in milliseconds.
    pub round_trip_ms: Option<u32>,
    /// Frames of voices that the room has played since its agent started, as it said last.
    #[serde(default)]
    pub voice_frames: u32,
    /// Of these, those that did not come in time and were made up.
    #[serde(default)]
    pub voice_frames_concealed: u32,
}

/// One direction of a line over the last seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct LineFigures {
    /// Share of packets lost on the way, in percent; absent where too few were sent to tell.
    pub loss_percent: Option<f32>,
    /// How unevenly packets arrive, in milliseconds.
    pub jitter_ms: u32,
    /// Bits that came through, in thousands a second.
    pub kilobits_per_second: u32,
    /// How often the picture stood still since the room entered the call.
    pub freezes: u32,
    /// The layer of the picture that goes this way, from 0, where there are several.
    pub layer: Option<u8>,
}
