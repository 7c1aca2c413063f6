//! From the room's state to what its screen shows.

use protocol::call::TILES;
use protocol::meeting::{ItemLine, ItemState, Speaker, Timestamp};
use protocol::room::Part;

use super::enrolling::Enrolling;
use super::input::PaperKey;
use super::model::{
    Check, CheckOf, CheckState, Content, EnrolmentScreen, ItemBar, LineState, MeetingScreen,
    NextMeeting, PaperArea, PictureBand, ScreenModel, SeenAs, Signature, StandbyScreen, StepBar,
    TilePicture,
};
use super::papers::{Case, Progress};
use super::room::Facts;
use super::sitting::Sitting;
use super::station::Station;

/// Percent of lost packets from which the line is called weak.
const WEAK_LOSS_PERCENT: f32 = 5.0;
/// Milliseconds of a round trip from which it is.
const WEAK_ROUND_TRIP_MS: u32 = 600;

pub(super) fn of_unenrolled(facts: &Facts, enrolling: &Enrolling, now: Timestamp) -> ScreenModel {
    let line = if enrolling.reachable { LineState::Good } else { LineState::Connecting };
    ScreenModel {
        now,
        point: None,
        line,
        content: Content::Enrolment(EnrolmentScreen {
            code: enrolling.code().map(str::to_owned),
            server: facts.server.clone(),
        }),
    }
}

pub(super) fn of_station(facts: &Facts, station: &Station, now: Timestamp) -> ScreenModel {
    let content = match &station.sitting {
        Some(sitting) => Content::Meeting(Box::new(meeting(facts, station, sitting, now))),
        None => Content::Standby(standby(facts, station)),
    };
    let planned_name = station.plan.as_ref().map(|plan| plan.plan.point_name.clone());
    let point = planned_name.unwrap_or_else(|| station.identity.point_name.clone());
    ScreenModel { now, point: Some(point), line: line(station), content }
}

fn line(station: &Station) -> LineState {
    if let Some(since) = station.line.lost_since {
        let readable = station.papers.cases().filter(|case| case.is_verified()).count();
        let papers = u32::try_from(readable).unwrap_or(u32::MAX);
        return LineState::Cut { since, tried_at: station.line.tried_at, papers };
    }
    let quality = station.sitting.as_ref().and_then(|sitting| sitting.call.quality);
    let loses = quality.is_some_and(|quality| quality.loss_percent >= WEAK_LOSS_PERCENT);
    let is_slow = station.line.round_trip_ms.is_some_and(|trip| trip >= WEAK_ROUND_TRIP_MS);
    if loses || is_slow { LineState::Weak } else { LineState::Good }
}

fn standby(facts: &Facts, station: &Station) -> StandbyScreen {
    let next = station.next_meeting().map(|planned| NextMeeting {
        title: planned.title.clone(),
        starts_at: Timestamp::from_millis(planned.starts_at),
        join_at: Timestamp::from_millis(planned.join_at),
    });
    StandbyScreen { next, checks: checks(station), helper: facts.helper.clone() }
}

fn checks(station: &Station) -> Vec<Check> {
    let devices = &station.devices;
    let sound = worse(devices.microphone, devices.loudspeaker);
    let line = match station.line.open() {
        Some(_) => CheckState::Good,
        None => CheckState::Bad,
    };
    let plain = |of, state, at| Check { of, state, at, count: None, percent: None };
    let mut checks = vec![
        plain(CheckOf::Camera, state_of(devices.camera), devices.at),
        plain(CheckOf::Sound, state_of(sound), devices.at),
        plain(CheckOf::Line, line, station.line.heard_at()),
    ];
    checks.extend(paper_checks(station));
    checks
}

fn paper_checks(station: &Station) -> [Check; 2] {
    let cases: Vec<&Case> = station.papers.cases().collect();
    let total = cases.len();
    let count = |is: &dyn Fn(&Case) -> bool| cases.iter().filter(|case| is(case)).count();
    let verified = count(&Case::is_verified);
    let refused = count(&|case| matches!(case.progress, Progress::Refused { .. }));
    let here = count(&|case| {
        !matches!(case.progress, Progress::Wanted { .. } | Progress::Fetching { .. })
    });
    let signatures = match (refused, verified) {
        (0, verified) if verified == total => CheckState::Good,
        (0, _) => CheckState::Care,
        _ => CheckState::Bad,
    };
    let verified_at = cases.iter().filter_map(|case| match case.progress {
        Progress::Verified { at, .. } => Some(at),
        _ => None,
    });
    let (have, all) = cases.iter().fold((0, 0), |(have, all), case| {
        (have + case.have_bytes(), all + case.judgement.paper.bytes)
    });
    let percent = (here < total && all > 0).then(|| u8::try_from(have * 100 / all).unwrap_or(100));
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    [
        Check {
            of: CheckOf::Signatures,
            state: signatures,
            at: verified_at.max(),
            count: Some((number(verified), number(total))),
            percent: None,
        },
        Check {
            of: CheckOf::Papers,
            state: if here == total { CheckState::Good } else { CheckState::Care },
            at: station.line.heard_at(),
            count: Some((number(here), number(total))),
            percent,
        },
    ]
}

fn state_of(part: Part) -> CheckState {
    match part {
        Part::Works => CheckState::Good,
        Part::Silent => CheckState::Care,
        Part::Missing => CheckState::Bad,
        Part::Unused => CheckState::Unused,
    }
}

/// The part of a pair that needs looking at; one that is not used does not count.
fn worse(one: Part, other: Part) -> Part {
    let rank = |part| match part {
        Part::Unused => 0,
        Part::Works => 1,
        Part::Silent => 2,
        Part::Missing => 3,
    };
    if rank(one) >= rank(other) { one } else { other }
}

fn meeting(facts: &Facts, station: &Station, sitting: &Sitting, now: Timestamp) -> MeetingScreen {
    let head = sitting.head();
    let floor = sitting.floor();
    let queue = floor.map(|floor| floor.queue.as_slice()).unwrap_or_default();
    let next = queue.iter().take(2).map(|request| request.name.clone().unwrap_or_default());
    MeetingScreen {
        title: head
            .and_then(|head| head.title.clone())
            .unwrap_or_else(|| sitting.planned.title.clone()),
        phase: head.map(|head| head.phase),
        starts_at: head
            .map_or(Timestamp::from_millis(sitting.planned.starts_at), |head| head.starts_at),
        item: item(sitting, now),
        steps: steps(sitting, now),
        picture: picture(station, sitting),
        tiles: tiles(sitting),
        here_has_floor: floor
            .and_then(|floor| floor.holder.as_ref())
            .is_some_and(|holder| holder.speaker == Speaker::Point(station.identity.point)),
        speaking_since: floor.and_then(|floor| floor.holder.as_ref()).map(|holder| holder.since),
        next: next.collect(),
        waiting: u32::try_from(queue.len()).unwrap_or(u32::MAX),
        own_place: sitting.me().and_then(|me| me.place_in_queue),
        paper: paper(facts, station, sitting),
        microphone: sitting.microphone(),
        loudspeaker_off: !sitting.hears(),
        layout: sitting.layout(),
        discussion: sitting.controls().is_some_and(|controls| controls.discussion),
        recording: sitting.recording().cloned(),
    }
}

fn item(sitting: &Sitting, now: Timestamp) -> Option<ItemBar> {
    let items = &sitting.agenda()?.items;
    let (line, since) = items.iter().find_map(|line| match line.state {
        ItemState::Current { since } => Some((line, since)),
        ItemState::Coming | ItemState::Done => None,
    })?;
    let left_ms = i64::from(line.minutes) * 60_000 - now.millis_since(since);
    // Rounded up, so that the last minute is called one minute and not none.
    let minutes_left = left_ms.div_euclid(60_000) + i64::from(left_ms.rem_euclid(60_000) > 0);
    Some(ItemBar {
        number: line.number,
        total: u16::try_from(items.len()).unwrap_or(u16::MAX),
        title: line.title.clone().unwrap_or_default(),
        minutes_left,
    })
}

fn steps(sitting: &Sitting, now: Timestamp) -> Vec<StepBar> {
    let Some(agenda) = sitting.agenda() else { return Vec::new() };
    let step = |line: &ItemLine| {
        let minutes = line.minutes.max(1);
        let (done, is_now) = match line.state {
            ItemState::Coming => (0.0, false),
            ItemState::Done => (1.0, false),
            ItemState::Current { since } => {
                let seconds = now.millis_since(since).clamp(0, i64::from(minutes) * 60_000) / 1000;
                let seconds = u16::try_from(seconds).unwrap_or(u16::MAX);
                (f32::from(seconds) / (f32::from(minutes) * 60.0), true)
            }
        };
        StepBar { minutes, done, now: is_now }
    };
    agenda.items.iter().map(step).collect()
}

fn picture(station: &Station, sitting: &Sitting) -> PictureBand {
    let connected = sitting.call.is_connected();
    let holder = sitting.floor().and_then(|floor| floor.holder.as_ref());
    let chair = sitting.head().map(|head| Speaker::Person(head.chair));
    let on_air = sitting.call.slots.main.or(holder.map(|holder| holder.speaker)).or(chair);
    let Some(speaker) = on_air else { return PictureBand { connected, ..PictureBand::default() } };
    let seen_as = if speaker == Speaker::Point(station.identity.point) {
        SeenAs::Here
    } else if holder.is_some_and(|holder| holder.speaker == speaker) {
        SeenAs::Speaker
    } else if chair == Some(speaker) {
        SeenAs::Chair
    } else {
        SeenAs::Other
    };
    PictureBand { name: sitting.name_of(speaker), seen_as, connected }
}

fn tiles(sitting: &Sitting) -> Vec<TilePicture> {
    let call = &sitting.call;
    let slots = call.slots.tiles.iter().enumerate().take(TILES).filter(|_| call.is_connected());
    let picture = |(tile, speaker): (usize, &Option<Speaker>)| {
        Some(TilePicture { tile, name: sitting.name_of((*speaker)?).unwrap_or_default() })
    };
    slots.filter_map(picture).collect()
}

fn paper(facts: &Facts, station: &Station, sitting: &Sitting) -> PaperArea {
    if let Some(screen) = sitting.sharing() {
        return PaperArea::Screen { name: screen.name.clone().unwrap_or_default() };
    }
    let Some(page) = sitting.page() else { return PaperArea::Nothing };
    let case = station.papers.case(PaperKey { paper: page.paper, sha256: page.sha256 });
    let shown = sitting.shown().filter(|shown| shown.paper == page.paper);
    let title = shown
        .and_then(|shown| shown.title.clone())
        .or_else(|| case.map(|case| case.judgement.paper.title.clone()))
        .unwrap_or_default();
    let Some(case) = case else {
        let bytes = shown.map_or(0, |shown| shown.file.bytes);
        return PaperArea::Coming { title, have_bytes: 0, bytes };
    };
    let paper = &case.judgement.paper;
    match &case.progress {
        Progress::Unknown | Progress::Judging { .. } => PaperArea::Checking { title },
        Progress::Wanted { .. } | Progress::Fetching { .. } => {
            PaperArea::Coming { title, have_bytes: case.have_bytes(), bytes: paper.bytes }
        }
        Progress::Refused { reason, signers, .. } => PaperArea::Refused {
            of: page.paper,
            title,
            reason: reason.clone(),
            signers: signers.clone(),
            helper: facts.helper.clone(),
        },
        Progress::Verified { signers, .. } => PaperArea::Page {
            key: page,
            title,
            pages: paper.pages,
            signature: Signature { origin: paper.origin, signers: signers.clone() },
            turned_here: sitting.is_turned_here(),
        },
    }
}
