//! What is wrong with a point: a pure function of what is known about it.

use meeting::{MeetingId, Timestamp};
use protocol::board::{Cause, Trouble};
use protocol::room::{Part, RoomReport};

/// Less free space than this is trouble: a meeting's papers, twice.
const DISK_FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;
/// More lost packets than this can be heard.
const LOSS_PERCENT_MAX: f32 = 5.0;
/// A clock that is further off makes plans and tickets look stale.
const CLOCK_MILLIS_MAX: i64 = 5_000;

/// What is known about a point.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts<'a> {
    /// Whether a device stands there.
    pub(super) enrolled: bool,
    /// Whether its live channel is open.
    pub(super) online: bool,
    /// When anything was heard of it last.
    pub(super) heard_at: Option<Timestamp>,
    /// What it reported last, and when by the server's clock.
    pub(super) report: Option<(&'a RoomReport, Timestamp)>,
    /// The meeting it is invited to that is running.
    pub(super) running: Option<MeetingId>,
    /// When it refused a paper of a coming or running meeting.
    pub(super) refused_at: Option<Timestamp>,
}

/// What is wrong, worst first. What was wrong `before` keeps the time since when it has been.
pub(super) fn troubles(facts: &Facts<'_>, before: &[Trouble], now: Timestamp) -> Vec<Trouble> {
    let mut found: Vec<Trouble> = causes(facts)
        .into_iter()
        .map(|(cause, since)| {
            let known = before.iter().find(|trouble| trouble.cause == cause);
            Trouble { cause, since: known.map_or(since.unwrap_or(now), |trouble| trouble.since) }
        })
        .collect();
    found.sort_by_key(|trouble| trouble.cause);
    found
}

fn causes(facts: &Facts<'_>) -> Vec<(Cause, Option<Timestamp>)> {
    if !facts.enrolled {
        return vec![(Cause::NotEnrolled, None)];
    }
    let mut causes = Vec::new();
    if let Some(at) = facts.refused_at {
        causes.push((Cause::PaperRefused, Some(at)));
    }
    if !facts.online {
        // A device that was enrolled and never came is disconnected, too, since nobody knows when.
        causes.push((Cause::Disconnected, facts.heard_at));
        // What an absent room reported is history: its camera may be mended meanwhile.
        return causes;
    }
    if let Some((report, reported_at)) = facts.report {
        causes.extend(
            reported(report, reported_at, facts.running)
                .into_iter()
                .map(|cause| (cause, Some(reported_at))),
        );
    }
    causes
}

fn reported(report: &RoomReport, reported_at: Timestamp, running: Option<MeetingId>) -> Vec<Cause> {
    let call = report.call.as_ref().filter(|call| Some(call.meeting) == running);
    let broken = |part: Part| match part {
        Part::Missing => true,
        // Outside a call nothing has to move.
        Part::Silent => call.is_some(),
        Part::Works | Part::Unused => false,
    };
    // Not by the pictures it gets: while nobody else speaks, there are none to get.
    let connected = call.is_some_and(|call| call.connected);
    let late = report.papers.iter().any(|paper| paper.have_bytes < paper.bytes);
    let off = reported_at.millis_since(report.now).abs();
    [
        (Cause::NoMedia, running.is_some() && !connected),
        (Cause::Camera, broken(report.camera)),
        (Cause::Microphone, broken(report.microphone)),
        (Cause::Loudspeaker, report.loudspeaker == Part::Missing),
        (Cause::Disk, report.disk_free_bytes < DISK_FREE_BYTES_MIN),
        (Cause::Loss, call.is_some_and(|call| call.loss_percent > LOSS_PERCENT_MAX)),
        (Cause::PapersLate, late),
        (Cause::Clock, off > CLOCK_MILLIS_MAX),
    ]
    .into_iter()
    .filter_map(|(cause, found)| found.then_some(cause))
    .collect()
}

#[cfg(test)]
mod tests {
    use meeting::{Digest, PaperId};
    use protocol::room::{CallReport, PaperReport};
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn meeting() -> MeetingId {
        MeetingId::new(Uuid::from_u128(1))
    }

    fn healthy() -> RoomReport {
        RoomReport {
            plan: None,
            version: "0.1.0".into(),
            started_at: NOW.plus_millis(-60_000),
            now: NOW.plus_millis(-20),
            camera: Part::Works,
            microphone: Part::Works,
            loudspeaker: Part::Works,
            screen: Part::Works,
            call: Some(CallReport {
                meeting: meeting(),
                connected: true,
                frames_per_second: 25.0,
                loss_percent: 0.1,
            }),
            papers: vec![paper(10, 10)],
            shown: None,
            disk_free_bytes: 10 * DISK_FREE_BYTES_MIN,
            round_trip_ms: Some(12),
        }
    }

    fn paper(have_bytes: u64, bytes: u64) -> PaperReport {
        let paper = PaperId::new(Uuid::from_u128(2));
        PaperReport { paper, sha256: Digest::new([1; 32]), have_bytes, bytes }
    }

    fn check(what: &str, change: impl FnOnce(&mut RoomReport), expected: &[Cause]) {
        let mut report = healthy();
        change(&mut report);
        let facts = Facts {
            enrolled: true,
            online: true,
            heard_at: Some(NOW),
            report: Some((&report, NOW)),
            running: Some(meeting()),
            refused_at: None,
        };
        let found: Vec<Cause> =
            troubles(&facts, &[], NOW).into_iter().map(|trouble| trouble.cause).collect();
        assert_eq!(found, expected, "{what}");
    }

    #[test]
    fn a_report_says_what_is_wrong() {
        check("nothing", |_| {}, &[]);
        check("no camera", |report| report.camera = Part::Missing, &[Cause::Camera]);
        check("a dark camera", |report| report.camera = Part::Silent, &[Cause::Camera]);
        check("set up without", |report| report.camera = Part::Unused, &[]);
        check("no microphone", |report| report.microphone = Part::Missing, &[Cause::Microphone]);
        check("a quiet room", |report| report.loudspeaker = Part::Silent, &[]);
        check("no loudspeaker", |report| report.loudspeaker = Part::Missing, &[Cause::Loudspeaker]);
        check("a full disk", |report| report.disk_free_bytes = 1, &[Cause::Disk]);
        check("a late paper", |report| report.papers = vec![paper(9, 10)], &[Cause::PapersLate]);
        check("a slow clock", |report| report.now = NOW.plus_millis(-5_001), &[Cause::Clock]);
        check("a fast clock", |report| report.now = NOW.plus_millis(5_001), &[Cause::Clock]);
        check("no call", |report| report.call = None, &[Cause::NoMedia]);
        check(
            "nobody else speaks",
            |report| {
                if let Some(call) = &mut report.call {
                    call.frames_per_second = 0.0;
                }
            },
            &[],
        );
        check(
            "a call on a bad line that breaks off, worst first",
            |report| {
                if let Some(call) = &mut report.call {
                    call.connected = false;
                    call.loss_percent = 12.0;
                }
                report.microphone = Part::Missing;
            },
            &[Cause::NoMedia, Cause::Microphone, Cause::Loss],
        );
    }

    #[test]
    fn what_is_not_there_has_no_other_trouble() {
        let report = RoomReport { camera: Part::Missing, ..healthy() };
        let at = |millis| Timestamp::from_millis(millis);
        let gone = Facts {
            enrolled: true,
            heard_at: Some(at(900)),
            report: Some((&report, at(900))),
            ..Facts::default()
        };
        let cases = [
            (Facts::default(), vec![(Cause::NotEnrolled, NOW)]),
            (Facts { enrolled: true, ..Facts::default() }, vec![(Cause::Disconnected, NOW)]),
            (gone.clone(), vec![(Cause::Disconnected, at(900))]),
            (
                Facts { refused_at: Some(at(500)), ..gone },
                vec![(Cause::Disconnected, at(900)), (Cause::PaperRefused, at(500))],
            ),
        ];
        for (facts, expected) in cases {
            let found: Vec<_> = troubles(&facts, &[], NOW)
                .into_iter()
                .map(|trouble| (trouble.cause, trouble.since))
                .collect();
            assert_eq!(found, expected, "{facts:?}");
        }
    }

    #[test]
    fn a_trouble_keeps_its_age() {
        let facts = Facts { enrolled: true, heard_at: Some(NOW), ..Facts::default() };
        let first = troubles(&facts, &[], NOW);
        let later = troubles(&facts, &first, NOW.plus_millis(60_000));
        assert_eq!(first, later);
    }
}
