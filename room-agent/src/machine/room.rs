//! The room with its three doors.

use std::collections::VecDeque;

use protocol::meeting::{MeetingId, Microphone, PaperId, PointId, RecordingState, Timestamp};
use protocol::room::Enrolled;

use super::effect::Effect;
use super::enrolling::Enrolling;
use super::entropy::Entropy;
use super::input::{Input, Memory};
use super::model::{PageKey, ScreenModel};
use super::papers::Progress;
use super::screen;
use super::sitting::Sitting;
use super::station::Station;
use super::step::Step;

/// What does not change while the worker runs.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The server's address, for the one who types the code.
    pub server: String,
    /// Whom to call.
    pub helper: Option<String>,
}

/// A room.
#[derive(Debug)]
pub struct Room {
    facts: Facts,
    state: State,
    effects: VecDeque<Effect>,
}

#[derive(Debug)]
enum State {
    Unenrolled(Enrolling),
    Enrolled(Box<Station>),
}

/// A paper that is not drawn, for `status.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedPaper {
    /// Which.
    pub paper: PaperId,
    /// The stable code.
    pub code: String,
    /// The sentence.
    pub reason: String,
}

impl Room {
    /// A room as its disk remembers it; without an identity it asks for a code.
    pub fn new(
        facts: Facts,
        identity: Option<Enrolled>,
        memory: Memory,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Self {
        let mut effects = VecDeque::new();
        let mut step = Step { now, entropy, effects: &mut effects };
        let state = match identity {
            Some(identity) => State::Enrolled(Box::new(Station::new(&mut step, identity, memory))),
            None => State::Unenrolled(Enrolling::new(now)),
        };
        Self { facts, state, effects }
    }

    /// Takes one thing that happened. Effects must be drained before the next.
    pub fn handle(&mut self, now: Timestamp, input: Input, entropy: &mut dyn Entropy) {
        let mut step = Step { now, entropy, effects: &mut self.effects };
        let enrolled = match &mut self.state {
            State::Unenrolled(enrolling) => enrolling.handle(&mut step, input),
            State::Enrolled(station) => {
                station.handle(&mut step, input);
                None
            }
        };
        if let Some(identity) = enrolled {
            step.effect(Effect::KeepIdentity(identity.clone()));
            let station = Station::new(&mut step, *identity, Memory::default());
            self.state = State::Enrolled(Box::new(station));
        }
    }

    /// The next thing to be done.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When the room wants to be asked again, at the latest.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        match &self.state {
            State::Unenrolled(enrolling) => enrolling.timeout(),
            State::Enrolled(station) => station.timeout(),
        }
    }

    /// What the screen should show now. The moment in it is a whole second: nothing on the screen
    /// is finer, and what did not change compares equal.
    #[must_use]
    pub fn screen(&self, now: Timestamp) -> ScreenModel {
        let now = now.plus_millis(-now.millis().rem_euclid(1_000));
        match &self.state {
            State::Unenrolled(enrolling) => screen::of_unenrolled(&self.facts, enrolling, now),
            State::Enrolled(station) => screen::of_station(&self.facts, station, now),
        }
    }

    /// The state in one word, for `status.json`.
    #[must_use]
    pub fn state_word(&self) -> &'static str {
        match &self.state {
            State::Unenrolled(_) => "unenrolled",
            State::Enrolled(station) if station.sitting.is_some() => "in_meeting",
            State::Enrolled(station) if station.line.open().is_none() => "offline",
            State::Enrolled(_) => "standby",
        }
    }

    /// The enrolment code on the screen.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &self.state {
            State::Unenrolled(enrolling) => enrolling.code(),
            State::Enrolled(_) => None,
        }
    }

    /// Whether the live channel is open.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.station().is_some_and(|station| station.line.open().is_some())
    }

    /// Who the room is, once it is known.
    #[must_use]
    pub fn identity(&self) -> Option<&Enrolled> {
        self.station().map(|station| &station.identity)
    }

    /// The point the room stands at.
    #[must_use]
    pub fn point(&self) -> Option<PointId> {
        self.identity().map(|identity| identity.point)
    }

    /// The number of the plan that is carried out.
    #[must_use]
    pub fn plan_number(&self) -> Option<u64> {
        self.station()?.plan.as_ref().map(|plan| plan.plan.number.0)
    }

    /// The meeting the room sits in.
    #[must_use]
    pub fn meeting(&self) -> Option<MeetingId> {
        self.station()?.sitting.as_ref().map(|sitting| sitting.meeting)
    }

    /// The page the edge was asked to draw.
    #[must_use]
    pub fn page(&self) -> Option<PageKey> {
        self.station()?.sitting.as_ref()?.drawn
    }

    /// Whether media flows.
    #[must_use]
    pub fn is_call_connected(&self) -> bool {
        self.station()
            .and_then(|station| station.sitting.as_ref())
            .is_some_and(|sitting| sitting.call.is_connected())
    }

    /// The room's microphone, as the chair wants it.
    #[must_use]
    pub fn microphone(&self) -> Microphone {
        self.station()
            .and_then(|station| station.sitting.as_ref())
            .map_or(Microphone::Off, Sitting::microphone)
    }

    /// Whether the meeting is recorded, as the screen says it.
    #[must_use]
    pub fn recording(&self) -> Option<&RecordingState> {
        self.station().and_then(|station| station.sitting.as_ref()).and_then(Sitting::recording)
    }

    /// How many papers were verified.
    #[must_use]
    pub fn papers_verified(&self) -> usize {
        self.station()
            .map_or(0, |station| station.papers.cases().filter(|case| case.is_verified()).count())
    }

    /// The papers that were refused.
    #[must_use]
    pub fn papers_refused(&self) -> Vec<RefusedPaper> {
        let Some(station) = self.station() else { return Vec::new() };
        station
            .papers
            .cases()
            .filter_map(|case| match &case.progress {
                Progress::Refused { code, reason, .. } => Some(RefusedPaper {
                    paper: case.judgement.paper.paper,
                    code: code.clone(),
                    reason: reason.clone(),
                }),
                _ => None,
            })
            .collect()
    }

    fn station(&self) -> Option<&Station> {
        match &self.state {
            State::Unenrolled(_) => None,
            State::Enrolled(station) => Some(station),
        }
    }
}
