//! What a room should be, out of the meetings: pure functions of what was loaded.

use std::collections::BTreeMap;

use fleet::{Picture, Plan, PlannedMeeting};
use meeting::{Actor, Audience, IssuedPaper, MeetingId, Phase, PointId, Timestamp};
use protocol::room::{Manifest, ManifestPaper, RoomPlan};

use super::board::FromMeetings;
use super::ceilings::picture_under;
use super::planner::Standing;
use crate::config;
use crate::meetings::Loaded;

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
    /// When points were called that are not there: they join at once.
    called: BTreeMap<PointId, Timestamp>,
}

/// A paper that a room should hold, before it has a proof.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WantedPaper {
    /// The paper as it was issued.
    pub(super) issued: IssuedPaper,
    /// Its title in words.
    pub(super) title: String,
}

/// What a room should be and hold, without number, times and proofs.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    plan: fleet::Wanted,
    papers: BTreeMap<MeetingId, Vec<WantedPaper>>,
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
    let called = loaded.state.called_points();
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
    Some(ComingMeeting { planned, papers, readers, called })
}

/// What the room in which a device stands should be.
pub(super) fn wanted(
    standing: &Standing,
    coming: &[ComingMeeting],
    settings: &config::Rooms,
) -> Wanted {
    let Standing { device, point_name, ceiling_kbps } = standing;
    let picture = Picture {
        width: settings.picture_width,
        height: settings.picture_height,
        frames_per_second: settings.frames_per_second,
        bitrate_bps_max: settings.bitrate_bps_max,
    };
    let picture = ceiling_kbps.map_or(picture, |kbps| picture_under(kbps, picture));
    let mut meetings = Vec::new();
    let mut papers = BTreeMap::new();
    for meeting in coming {
        let Some(audience) = meeting.readers.get(&device.point) else { continue };
        let held = meeting.papers.get(audience).cloned().unwrap_or_default();
        papers.insert(MeetingId::new(meeting.planned.meeting), held);
        let mut planned = meeting.planned.clone();
        if let Some(called_at) = meeting.called.get(&device.point) {
            planned.join_at = planned.join_at.min(called_at.millis());
        }
        meetings.push(planned);
    }
    let plan = fleet::Wanted {
        device: device.id.uuid(),
        point: device.point.uuid(),
        point_name: point_name.clone(),
        picture,
        meetings,
    };
    Wanted { plan, papers }
}

impl Wanted {
    /// The plan that should follow the last one; `None` when the last one and its manifests say
    /// what is wanted and hold for long enough. A room learns of another paper by another number.
    pub(super) fn next(&self, last: Option<&RoomPlan>, now: Timestamp) -> Option<Plan> {
        match last {
            Some(last) if self.holds_in(last) => {
                fleet::next_plan(&self.plan, Some(&last.plan), now.millis())
            }
            last => Some(self.plan.plan(last.map(|last| last.plan.number), now.millis())),
        }
    }

    /// The papers of a meeting of the plan.
    pub(super) fn papers_of(&self, meeting: MeetingId) -> &[WantedPaper] {
        self.papers.get(&meeting).map_or(&[], Vec::as_slice)
    }

    fn holds_in(&self, last: &RoomPlan) -> bool {
        last.manifests.iter().all(|manifest: &Manifest| {
            let wanted = self.papers_of(manifest.meeting);
            wanted.len() == manifest.papers.len()
                && wanted.iter().zip(&manifest.papers).all(|(wanted, held)| wanted.is(held))
        })
    }
}

impl WantedPaper {
    fn is(&self, held: &ManifestPaper) -> bool {
        let Self { issued, title } = self;
        held.paper == issued.paper
            && held.version == issued.version
            && held.title == *title
            && held.sha256 == issued.file.sha256
            && held.bytes == issued.file.bytes
            && held.pages == issued.file.pages
            && held.origin == issued.file.origin
            && held.issued_at == issued.issued_at
    }
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
