//! The words with which chair and technician control the points (điều khiển điểm cầu).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::PointId;
use crate::text::Digest;
use crate::time::Timestamp;

/// What a control is about: every point invited, or one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Scope {
    /// Every point invited.
    All,
    /// One point.
    Point(PointId),
}

/// What is where on a screen (bố cục).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// The main picture alone.
    One,
    /// The main picture with a strip of other points.
    MainAndStrip,
    /// Pictures of equal size.
    Grid,
    /// The shown paper beside the main picture.
    #[default]
    ContentAndSpeaker,
}

/// What a point's own report proved when the roll was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[expect(clippy::struct_excessive_bools, reason = "each says of one part whether it works")]
pub struct Evidence {
    /// When the server got the report.
    pub reported_at: Timestamp,
    /// Whether pictures came from the camera.
    pub camera: bool,
    /// Whether samples came from the microphone.
    pub microphone: bool,
    /// Whether the loudspeaker took samples.
    pub loudspeaker: bool,
    /// Whether the screen was drawn.
    pub screen: bool,
    /// How far the point's clock is ahead of the server's.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub clock_ahead_ms: i64,
    /// Whether the point was in the call of this meeting, with media flowing.
    pub media: bool,
    /// The bytes of the paper on its screen.
    pub shown: Option<Digest>,
}

impl Evidence {
    /// A point is present when it answers by itself and is in the call; what else does not work
    /// is kept as evidence and is the technician's matter.
    #[must_use]
    pub const fn proves_presence(&self) -> bool {
        self.media
    }
}

/// Whether a point is present, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Mark {
    /// Whether it is present (có mặt).
    pub present: bool,
    /// How that is known.
    pub by: MarkedBy,
}

/// How it is known whether a point is present.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", content = "evidence", rename_all = "snake_case")]
pub enum MarkedBy {
    /// By its own fresh report.
    Report(Evidence),
    /// By its silence: no fresh report came in time.
    Silence,
    /// The chair said so.
    Hand,
}

/// The marks of one roll call.
pub type Marks = BTreeMap<PointId, Mark>;
