//! The technicians' board: what is known about every point, kept in memory.
//!
//! A fact changes only when something was heard, so that a section is sent only then; how old a
//! fact is the page computes from its time.

use std::collections::{BTreeMap, BTreeSet};

use meeting::{DeviceId, MeetingId, PointId, Timestamp, UnitId};
use protocol::board::{BoardSection, PointStatus, Trouble};
use protocol::line::{LineFigures, LineReport};
use protocol::room::RoomReport;

use super::ceilings::carries_sound_only;
use super::troubles::{Facts, troubles};
use crate::calls::Measured;
use crate::store::reports::LastHeard;

/// A point and where it hangs in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its name.
    pub(super) name: String,
    /// The unit it serves.
    pub(super) unit: UnitId,
    /// The name of the unit above.
    pub(super) parent_name: Option<String>,
}

/// What meetings say about points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FromMeetings {
    /// The running meeting that a point is invited to.
    pub(super) running: BTreeMap<PointId, MeetingId>,
    /// When a point refused a paper.
    pub(super) refused: BTreeMap<PointId, Timestamp>,
}

/// Everything that is known.
#[derive(Default)]
pub(super) struct Board {
    places: BTreeMap<PointId, Place>,
    devices: BTreeMap<PointId, DeviceId>,
    plans: BTreeMap<PointId, u64>,
    meetings: FromMeetings,
    heard: BTreeMap<PointId, Heard>,
    lines: BTreeMap<PointId, LineReport>,
    ceilings: BTreeMap<PointId, u32>,
    troubles: BTreeMap<PointId, Vec<Trouble>>,
    unsaved: BTreeSet<PointId>,
}

/// What was heard of a point.
#[derive(Clone, Debug, Default)]
struct Heard {
    /// The open channel and since when.
    online: Option<(u64, Timestamp)>,
    at: Option<Timestamp>,
    report: Option<(RoomReport, Timestamp)>,
}

impl Board {
    /// Takes up what was known before the server was started.
    pub(super) fn recall(&mut self, last: Vec<LastHeard>) {
        for last in last {
            let report = last.report.zip(last.reported_at);
            let heard = Heard { online: None, at: Some(last.heard_at), report };
            self.heard.insert(last.point, heard);
        }
    }

    /// The points in use and the devices that stand there.
    pub(super) fn set_places(
        &mut self,
        places: BTreeMap<PointId, Place>,
        devices: BTreeMap<PointId, DeviceId>,
    ) -> bool {
        let changed = self.places != places || self.devices != devices;
        self.places = places;
        self.devices = devices;
        changed
    }

    /// What the meetings say now; whether that is new.
    pub(super) fn set_meetings(&mut self, meetings: FromMeetings) -> bool {
        let changed = self.meetings != meetings;
        self.meetings = meetings;
        changed
    }

    /// The plan a point should carry out.
    pub(super) fn set_plan(&mut self, point: PointId, number: u64) -> bool {
        self.plans.insert(point, number) != Some(number)
    }

    /// What lines may carry, in thousands of bits a second.
    pub(super) fn set_ceilings(&mut self, ceilings: BTreeMap<PointId, u32>) {
        self.ceilings = ceilings;
    }

    /// What lines may carry.
    pub(super) fn ceilings(&self) -> &BTreeMap<PointId, u32> {
        &self.ceilings
    }

    /// The lines of all points that are in a call, with what the rooms themselves saw.
    pub(super) fn set_lines(
        &mut self,
        measured: &[Measured],
        now: Timestamp,
    ) -> Vec<(MeetingId, PointId, LineReport)> {
        let reports: Vec<_> = measured
            .iter()
            .map(|line| {
                let report = self.last_report(line.point);
                let call = report.and_then(|(report, _)| report.call.as_ref());
                let freezes = call.map_or(0, |call| call.freezes);
                let (voice_frames, voice_frames_concealed) =
                    call.map_or((0, 0), |call| (call.voice_frames, call.voice_frames_concealed));
                let down = LineFigures { freezes, ..line.down };
                let round_trip_ms = line.round_trip_ms;
                let report = LineReport {
                    at: now,
                    up: line.up,
                    down,
                    round_trip_ms,
                    voice_frames,
                    voice_frames_concealed,
                };
                (line.meeting, line.point, report)
            })
            .collect();
        self.lines = reports.iter().map(|(_, point, report)| (*point, *report)).collect();
        reports
    }

    /// A channel was opened. The newest one counts.
    pub(super) fn online(&mut self, point: PointId, channel: u64, now: Timestamp) {
        let heard = self.hear(point, now);
        heard.online = Some((channel, now));
    }

    /// A channel was closed; nothing happens when a newer one is open. Whether that was the one.
    pub(super) fn offline(&mut self, point: PointId, channel: u64, now: Timestamp) -> bool {
        let heard = self.hear(point, now);
        let current = heard.online.is_some_and(|(open, _)| open == channel);
        if current {
            heard.online = None;
        }
        current
    }

    /// A point reported.
    pub(super) fn report(&mut self, point: PointId, report: RoomReport, now: Timestamp) {
        self.hear(point, now).report = Some((report, now));
    }

    /// The last report of a point, with the moment it came.
    pub(super) fn last_report(&self, point: PointId) -> Option<&(RoomReport, Timestamp)> {
        self.heard.get(&point)?.report.as_ref()
    }

    /// Whether a channel of a point is open.
    pub(super) fn is_online(&self, point: PointId) -> bool {
        self.heard.get(&point).is_some_and(|heard| heard.online.is_some())
    }

    /// What was heard since it was asked last, to be written down.
    pub(super) fn take_unsaved(&mut self) -> Vec<LastHeard> {
        let unsaved = std::mem::take(&mut self.unsaved);
        let last = |point: PointId| {
            let heard = self.heard.get(&point)?;
            Some(LastHeard {
                point,
                report: heard.report.as_ref().map(|(report, _)| report.clone()),
                reported_at: heard.report.as_ref().map(|(_, at)| *at),
                heard_at: heard.at?,
            })
        };
        unsaved.into_iter().filter_map(last).collect()
    }

    /// Every section of the topic.
    pub(super) fn sections(&mut self, now: Timestamp) -> BTreeMap<String, BoardSection> {
        let points: Vec<PointId> = self.places.keys().copied().collect();
        points.into_iter().filter_map(|point| self.section(point, now)).collect()
    }

    fn section(&mut self, point: PointId, now: Timestamp) -> Option<(String, BoardSection)> {
        let place = self.places.get(&point)?;
        let heard = self.heard.get(&point).cloned().unwrap_or_default();
        let enrolled = self.devices.contains_key(&point);
        let running = self.meetings.running.get(&point).copied();
        let ceiling_kbps = self.ceilings.get(&point).copied();
        let line = self.lines.get(&point).copied();
        let facts = Facts {
            enrolled,
            online: heard.online.is_some(),
            heard_at: heard.at,
            report: heard.report.as_ref().map(|(report, at)| (report, *at)),
            running,
            refused_at: self.meetings.refused.get(&point).copied(),
            line,
            carries_sound_only: ceiling_kbps.is_some_and(carries_sound_only),
        };
        let before = self.troubles.get(&point).map_or(&[][..], Vec::as_slice);
        let found = troubles(&facts, before, now);
        self.troubles.insert(point, found.clone());
        let (report, reported_at) = heard.report.unzip();
        let status = PointStatus {
            point,
            name: place.name.clone(),
            unit: place.unit,
            parent_name: place.parent_name.clone(),
            enrolled,
            online_since: heard.online.map(|(_, since)| since),
            heard_at: heard.at,
            meeting: running,
            report,
            reported_at,
            plan_wanted: self.plans.get(&point).copied(),
            line,
            ceiling_kbps,
            troubles: found,
        };
        Some((format!("point/{point}"), BoardSection::Status(status)))
    }

    fn hear(&mut self, point: PointId, now: Timestamp) -> &mut Heard {
        self.unsaved.insert(point);
        let heard = self.heard.entry(point).or_default();
        heard.at = Some(now);
        heard
    }
}

#[cfg(test)]
mod tests {
    use protocol::board::Cause;
    use uuid::Uuid;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn board() -> (Board, PointId) {
        let point = PointId::new(Uuid::from_u128(1));
        let place = Place {
            name: "UBND xã Liêm Sơn".into(),
            unit: UnitId::new(Uuid::from_u128(2)),
            parent_name: Some("Huyện Thanh Liêm".into()),
        };
        let mut board = Board::default();
        board.set_places(
            BTreeMap::from([(point, place)]),
            BTreeMap::from([(point, DeviceId::new(Uuid::from_u128(3)))]),
        );
        (board, point)
    }

    fn status(board: &mut Board, now: i64) -> PointStatus {
        let sections = board.sections(at(now));
        assert_eq!(sections.len(), 1);
        let Some(BoardSection::Status(status)) = sections.into_values().next() else {
            panic!("no section")
        };
        status
    }

    fn causes(status: &PointStatus) -> Vec<Cause> {
        status.troubles.iter().map(|trouble| trouble.cause).collect()
    }

    #[test]
    fn a_point_comes_and_goes() {
        let (mut board, point) = board();
        assert_eq!(causes(&status(&mut board, 0)), [Cause::Disconnected]);
        board.online(point, 1, at(100));
        let here = status(&mut board, 110);
        assert_eq!((here.online_since, causes(&here)), (Some(at(100)), vec![]));
        board.online(point, 2, at(200));
        assert!(!board.offline(point, 1, at(210)), "a newer channel is open");
        assert_eq!(status(&mut board, 220).online_since, Some(at(200)));
        assert!(board.offline(point, 2, at(300)));
        let gone = status(&mut board, 400);
        assert_eq!(gone.online_since, None);
        assert_eq!(gone.troubles, [Trouble { cause: Cause::Disconnected, since: at(300) }]);
    }

    #[test]
    fn what_was_heard_survives_a_start() {
        let (mut board, point) = board();
        board.online(point, 1, at(100));
        let saved = board.take_unsaved();
        assert_eq!(saved.len(), 1);
        assert!(board.take_unsaved().is_empty(), "written once");
        let (mut anew, _) = self::board();
        anew.recall(saved);
        let status = status(&mut anew, 500);
        assert_eq!((status.online_since, status.heard_at), (None, Some(at(100))));
        assert_eq!(status.troubles, [Trouble { cause: Cause::Disconnected, since: at(100) }]);
    }
}
