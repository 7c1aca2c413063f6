//! What a room should be, out of the meetings: pure functions of what was loaded.

use std::collections::BTreeMap;

use fleet::{Picture, Plan, PlanNumber, PlannedMeeting};
use meeting::{Actor, Audience, IssuedPaper, MeetingId, Phase, PointId, Timestamp};
use protocol::room::{Manifest, RoomPlan};

use super::board::FromMeetings;
use crate::config;
use crate::meetings::Loaded;
use crate::store::devices::Device;

/// How long a plan holds without a word from the server.
const PLAN_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// A plan is made anew when it holds for less than this.
const RENEW_MILLIS: i64 = PLAN_MILLIS / 2;
/// How long an announced meeting is waited for after the time it should have begun.
const LATE_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// How long a running meeting may go on after the time it should have ended.
const OVERTIME_MILLIS: i64 = 12 * 60 * 60 * 1000;
const MINUTE_MILLIS: i64 = 60 * 1000;

/// A meeting that rooms should know, with the papers for readers of each kind.
#[derive(Clone, Debug)]
pub(super) struct ComingMeeting {
    planned: PlannedMeeting,
    papers: BTreeMap<Audience, Vec<WantedPaper>>,
    readers: BTreeMap<PointId, Audience>,
}

/// A paper that a room should hold, before it has a proof.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WantedPaper {
    /// The paper as it was issued.
    pub(super) issued: IssuedPaper,
    /// Its title in words.
    pub(super) title: String,
}

/// What a room should be and hold, without number, times and proofs: two plans that want the same
/// are the same.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    point_name: String,
    picture: Picture,
    meetings: Vec<(PlannedMeeting, Vec<WantedPaper>)>,
}

/// Which meetings a point can be told of, and when the earliest of them began.
pub(super) fn earliest(now: Timestamp) -> Timestamp {
    now.plus_millis(-LATE_MILLIS)
}

/// A meeting as rooms should know it; `None` when they should not.
pub(super) fn coming(
    meeting: MeetingId,
    loaded: &Loaded,
    settings: &config::Rooms,
    now: Timestamp,
) -> Option<ComingMeeting> {
    let facts = loaded.state.facts()?;
    let planned_end = facts.starts_at.plus_millis(i64::from(facts.minutes) * MINUTE_MILLIS);
    let ends_at = match facts.phase {
        Phase::Draft | Phase::Ended { .. } => return None,
        Phase::Announced { .. } if facts.starts_at < earliest(now) => return None,
        Phase::Announced { .. } => planned_end,
        Phase::Running { since } => planned_end.max(since).plus_millis(OVERTIME_MILLIS),
    };
    let before = i64::from(settings.join_minutes_before) * MINUTE_MILLIS;
    let words = |id| loaded.names.words.get(&id).cloned().unwrap_or_default();
    let planned = PlannedMeeting {
        meeting: meeting.uuid(),
        title: words(facts.title.id),
        starts_at: facts.starts_at.millis(),
        ends_at: ends_at.millis(),
        join_at: facts.starts_at.plus_millis(-before).millis(),
    };
    let mut papers = BTreeMap::new();
    let mut readers = BTreeMap::new();
    for point in facts.points {
        let reader = Actor::Point(*point);
        let Some(audience) = meeting::audience_of(&loaded.state, &reader) else { continue };
        // Computed once for all points that may read the same.
        papers.entry(audience.clone()).or_insert_with(|| {
            let issued = loaded.state.papers_for(&reader).into_iter();
            issued.map(|issued| WantedPaper { title: words(issued.title.id), issued }).collect()
        });
        readers.insert(*point, audience);
    }
    Some(ComingMeeting { planned, papers, readers })
}

/// What the room at a point should be.
pub(super) fn wanted(
    point: PointId,
    point_name: &str,
    coming: &[ComingMeeting],
    settings: &config::Rooms,
) -> Wanted {
    let picture = Picture {
        width: settings.picture_width,
        height: settings.picture_height,
        frames_per_second: settings.frames_per_second,
        bitrate_bps_max: settings.bitrate_bps_max,
    };
    let for_point = |meeting: &ComingMeeting| {
        let audience = meeting.readers.get(&point)?;
        let papers = meeting.papers.get(audience).cloned().unwrap_or_default();
        Some((meeting.planned.clone(), papers))
    };
    let mut meetings: Vec<_> = coming.iter().filter_map(for_point).collect();
    meetings.sort_by_key(|(planned, _)| (planned.starts_at, planned.meeting));
    Wanted { point_name: point_name.to_owned(), picture, meetings }
}

impl Wanted {
    /// Every paper with its meeting, to be proved.
    pub(super) fn papers(&self) -> impl Iterator<Item = (MeetingId, &WantedPaper)> {
        self.meetings.iter().flat_map(|(planned, papers)| {
            let meeting = MeetingId::new(planned.meeting);
            papers.iter().map(move |paper| (meeting, paper))
        })
    }

    /// The plan of this number.
    pub(super) fn plan(
        &self,
        device: &Device,
        number: u64,
        now: Timestamp,
        manifests: Vec<Manifest>,
    ) -> RoomPlan {
        let plan = Plan {
            number: PlanNumber(number),
            device: device.id.uuid(),
            point: device.point.uuid(),
            point_name: self.point_name.clone(),
            made_at: now.millis(),
            expires_at: now.plus_millis(PLAN_MILLIS).millis(),
            picture: self.picture,
            meetings: self.meetings.iter().map(|(planned, _)| planned.clone()).collect(),
        };
        RoomPlan { plan, manifests }
    }
}

/// Whether a plan holds long enough that it need not be made anew.
pub(super) fn holds(expires_at: Timestamp, now: Timestamp) -> bool {
    expires_at.millis_since(now) >= RENEW_MILLIS
}

/// What a meeting says about points, for the board.
pub(super) fn from_meeting(meeting: MeetingId, loaded: &Loaded, into: &mut FromMeetings) {
    let Some(facts) = loaded.state.facts() else { return };
    if let Phase::Running { .. } = facts.phase {
        into.running.extend(facts.points.iter().map(|point| (*point, meeting)));
    }
    // The chair sees every receipt.
    let chair = Actor::Person { person: facts.chair, roles: std::collections::BTreeSet::new() };
    let Some(audience) = meeting::audience_of(&loaded.state, &chair) else { return };
    let view = meeting::view_for(&loaded.state, &audience, &loaded.names);
    for section in view.into_values() {
        let meeting::Section::Receipts(receipts) = section else { continue };
        for receipt in receipts.points {
            if let (Some(meeting::PaperStep::Refused { .. }), Some(at)) = (receipt.step, receipt.at)
            {
                let refused = into.refused.entry(receipt.point).or_insert(at);
                *refused = (*refused).min(at);
            }
        }
    }
}
