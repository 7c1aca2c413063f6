//! What is wrong with a point: a pure function of what is known about it.

use meeting::{MeetingId, Timestamp};
use protocol::board::{Cause, Trouble};
use protocol::line::LineReport;
use protocol::room::{Part, RoomReport};

use crate::limits::{LOSS_PERCENT, Margin, ROUND_TRIP_MS};

/// Less free space than this is trouble: a meeting's papers, twice.
const DISK_FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;
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
    /// What its line does, while it is in a call.
    pub(super) line: Option<LineReport>,
    /// Whether its ceiling leaves no room for a picture.
    pub(super) carries_sound_only: bool,
}

/// What is wrong, worst first. What was wrong `before` keeps the time since when it has been.
pub(super) fn troubles(facts: &Facts<'_>, before: &[Trouble], now: Timestamp) -> Vec<Trouble> {
    let mut found: Vec<Trouble> = causes(facts, before)
        .into_iter()
        .map(|(cause, since)| {
            let known = before.iter().find(|trouble| trouble.cause == cause);
            Trouble { cause, since: known.map_or(since.unwrap_or(now), |trouble| trouble.since) }
        })
        .collect();
    found.sort_by_key(|trouble| trouble.cause);
    found
}

fn causes(facts: &Facts<'_>, before: &[Trouble]) -> Vec<(Cause, Option<Timestamp>)> {
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
    causes.extend(of_line(facts, before).into_iter().map(|cause| (cause, None)));
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
        (Cause::PapersLate, late),
        (Cause::Clock, off > CLOCK_MILLIS_MAX),
    ]
    .into_iter()
    .filter_map(|(cause, found)| found.then_some(cause))
    .collect()
}

/// What is wrong with the line. What was wrong before stays so until it is clearly well.
fn of_line(facts: &Facts<'_>, before: &[Trouble]) -> Vec<Cause> {
    let was = |cause| before.iter().any(|trouble| trouble.cause == cause);
    let is = |cause, figure: Option<f32>, margin: Margin| {
        // Where nothing can be said now, what was said before stands.
        figure.map_or_else(|| was(cause), |figure| margin.is_over(figure, was(cause)))
    };
    let mut causes = Vec::new();
    if facts.carries_sound_only {
        causes.push(Cause::AudioOnly);
    }
    let Some(line) = facts.line else { return causes };
    let reported = facts.report.and_then(|(report, _)| report.call.as_ref());
    // The room's own count stands in where the server cannot tell.
    let down = line.down.loss_percent.or(reported.map(|call| call.loss_percent));
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a round trip are few")]
    let round_trip = line.round_trip_ms.map(|millis| millis as f32);
    let found = [
        (Cause::LossUp, is(Cause::LossUp, line.up.loss_percent, LOSS_PERCENT)),
        (Cause::LossDown, is(Cause::LossDown, down, LOSS_PERCENT)),
        (Cause::Delay, is(Cause::Delay, round_trip, ROUND_TRIP_MS)),
    ];
    causes.extend(found.into_iter().filter_map(|(cause, found)| found.then_some(cause)));
    causes
}

#[cfg(test)]
mod tests {
    use meeting::{Digest, PaperId};
    use protocol::line::LineFigures;
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
                voice_frames: 0,
                voice_frames_concealed: 0,
                freezes: 0,
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
            ..Facts::default()
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
            "a call that breaks off, worst first",
            |report| {
                if let Some(call) = &mut report.call {
                    call.connected = false;
                }
                report.microphone = Part::Missing;
            },
            &[Cause::NoMedia, Cause::Microphone],
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

    fn line(up: Option<f32>, down: Option<f32>, round_trip_ms: u32) -> LineReport {
        let figures = |loss_percent| LineFigures { loss_percent, ..LineFigures::default() };
        let (up, down) = (figures(up), figures(down));
        LineReport {
            at: NOW,
            up,
            down,
            round_trip_ms: Some(round_trip_ms),
            voice_frames: 0,
            voice_frames_concealed: 0,
        }
    }

    /// The causes of each of these lines, one after the other.
    fn of_lines(lines: &[LineReport]) -> Vec<Vec<Cause>> {
        let report = healthy();
        let mut before = Vec::new();
        let mut seen = Vec::new();
        for &line in lines {
            let facts = Facts {
                enrolled: true,
                online: true,
                heard_at: Some(NOW),
                report: Some((&report, NOW)),
                running: Some(meeting()),
                line: Some(line),
                ..Facts::default()
            };
            before = troubles(&facts, &before, NOW);
            seen.push(before.iter().map(|trouble| trouble.cause).collect());
        }
        seen
    }

    #[test]
    fn v15_each_direction_of_a_line_is_judged_for_itself() {
        let cases = [
            ("well", line(Some(0.2), Some(0.1), 20), vec![]),
            ("upwards", line(Some(7.0), Some(0.0), 20), vec![Cause::LossUp]),
            ("downwards", line(Some(0.0), Some(7.0), 20), vec![Cause::LossDown]),
            ("slow", line(Some(0.0), Some(0.0), 900), vec![Cause::Delay]),
            (
                "all",
                line(Some(30.0), Some(30.0), 900),
                vec![Cause::LossUp, Cause::LossDown, Cause::Delay],
            ),
            ("nothing was sent", line(None, None, 20), vec![]),
        ];
        for (what, line, expected) in cases {
            assert_eq!(of_lines(&[line]), [expected], "{what}");
        }
    }

    #[test]
    fn v15_a_line_at_the_threshold_does_not_flap() {
        let losses = [4.9, 5.1, 4.0, 2.1, 5.5, 1.9, 4.9];
        let lines = losses.map(|loss| line(Some(loss), Some(0.0), 20));
        let bad: Vec<bool> = of_lines(&lines).iter().map(|causes| !causes.is_empty()).collect();
        assert_eq!(bad, [false, true, true, true, true, false, false]);
        let unknown = [line(Some(9.0), None, 20), line(None, None, 20)];
        assert_eq!(of_lines(&unknown), [[Cause::LossUp], [Cause::LossUp]]);
    }
}
