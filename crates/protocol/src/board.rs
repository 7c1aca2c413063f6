//! The technician's page: every point, what is wrong with it, and how old each fact is.
//! Keys: `point/{id}`, `incident/{cause}`.

use meeting::{MeetingId, PointId, Timestamp, UnitId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::line::LineReport;
use crate::room::RoomReport;

/// A section of the topic `board`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BoardSection {
    /// One point.
    Status(PointStatus),
}

/// One point as the server knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PointStatus {
    /// Which.
    pub point: PointId,
    /// Its name.
    pub name: String,
    /// The unit it serves.
    pub unit: UnitId,
    /// The name of the unit above, to group by.
    pub parent_name: Option<String>,
    /// Whether a device stands there.
    pub enrolled: bool,
    /// Since when its live channel is open; absent when it is not.
    pub online_since: Option<Timestamp>,
    /// When anything was heard of it last.
    pub heard_at: Option<Timestamp>,
    /// The meeting it is in.
    pub meeting: Option<MeetingId>,
    /// What it reported last.
    pub report: Option<RoomReport>,
    /// When it did, by the server's clock.
    pub reported_at: Option<Timestamp>,
    /// The plan it should carry out.
    pub plan_wanted: Option<u64>,
    /// What its line does, while it is in a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub line: Option<LineReport>,
    /// The most that may be sent over its line either way, in thousands of bits a second, where
    /// somebody set that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ceiling_kbps: Option<u32>,
    /// What is wrong, worst first.
    pub troubles: Vec<Trouble>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Trouble {
    /// What.
    pub cause: Cause,
    /// Since when.
    pub since: Timestamp,
}

/// Why a point does not work as it should; worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It was connected and is not any more.
    Disconnected,
    /// It refused a paper.
    PaperRefused,
    /// It is in a meeting but no media flows.
    NoMedia,
    /// It has no camera.
    Camera,
    /// It has no microphone.
    Microphone,
    /// It has no loudspeaker.
    Loudspeaker,
    /// Its disk is nearly full.
    Disk,
    /// What it sends is lost on the way.
    LossUp,
    /// What is sent to it is lost on the way.
    LossDown,
    /// Its line carries sound and no picture.
    AudioOnly,
    /// Its line is slow to answer.
    Delay,
    /// It does not have all papers yet.
    PapersLate,
    /// Its clock is wrong.
    Clock,
    /// No device has been enrolled.
    NotEnrolled,
}
