//! A room that nobody knows yet: it shows a code until an admin has typed it.

use protocol::enrol::{EnrolmentCode, EnrolmentState};
use protocol::meeting::Timestamp;
use protocol::room::Enrolled;

use super::effect::Effect;
use super::input::Input;
use super::step::Step;
use crate::limits::{ENROLMENT_ASK_EVERY_MS, RECONNECT_MS_MAX};

/// Where enrolment stands.
#[derive(Debug)]
pub(super) struct Enrolling {
    generation: u64,
    state: State,
    /// Whether the server answered the last question.
    pub(super) reachable: bool,
}

#[derive(Debug)]
enum State {
    /// Without a code; asks for one at this moment, or waits for the answer.
    WithoutCode { ask_at: Option<Timestamp> },
    /// With a code on the screen.
    WithCode { code: EnrolmentCode, ask_at: Option<Timestamp> },
}

impl Enrolling {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { generation: 0, state: State::WithoutCode { ask_at: Some(now) }, reachable: true }
    }

    /// The code to show, as `ABCD-EFGH`.
    pub(super) fn code(&self) -> Option<&str> {
        match &self.state {
            State::WithCode { code, .. } => Some(&code.code),
            State::WithoutCode { .. } => None,
        }
    }

    /// Takes an input; gives who the room is once it is known.
    pub(super) fn handle(&mut self, step: &mut Step<'_>, input: Input) -> Option<Box<Enrolled>> {
        match input {
            Input::Code { generation, code } if generation == self.generation => {
                self.got_code(step, code);
            }
            Input::Enrolment { generation, state } if generation == self.generation => {
                if let Some(enrolled) = self.got_state(step, state) {
                    return Some(enrolled);
                }
            }
            _ => {}
        }
        self.ask_when_due(step);
        None
    }

    pub(super) fn timeout(&self) -> Option<Timestamp> {
        match &self.state {
            State::WithoutCode { ask_at } | State::WithCode { ask_at, .. } => *ask_at,
        }
    }

    fn got_code(&mut self, step: &Step<'_>, code: Option<EnrolmentCode>) {
        self.reachable = code.is_some();
        self.state = match code {
            Some(code) => {
                State::WithCode { code, ask_at: Some(step.now.plus_millis(ENROLMENT_ASK_EVERY_MS)) }
            }
            None => State::WithoutCode { ask_at: Some(step.now.plus_millis(RECONNECT_MS_MAX)) },
        };
    }

    fn got_state(
        &mut self,
        step: &Step<'_>,
        answer: Option<EnrolmentState>,
    ) -> Option<Box<Enrolled>> {
        self.reachable = answer.is_some();
        match answer {
            Some(EnrolmentState::Enrolled(enrolled)) => return Some(enrolled),
            Some(EnrolmentState::Expired) => {
                self.state = State::WithoutCode { ask_at: Some(step.now) };
            }
            Some(EnrolmentState::Waiting) | None => {
                if let State::WithCode { ask_at, .. } = &mut self.state {
                    *ask_at = Some(step.now.plus_millis(ENROLMENT_ASK_EVERY_MS));
                }
            }
        }
        None
    }

    fn ask_when_due(&mut self, step: &mut Step<'_>) {
        if self.timeout().is_none_or(|ask_at| ask_at > step.now) {
            return;
        }
        self.generation += 1;
        let generation = self.generation;
        match &mut self.state {
            State::WithCode { code, .. } if code.expires_at <= step.now => {
                self.state = State::WithoutCode { ask_at: None };
                step.effect(Effect::AskForCode { generation });
            }
            State::WithCode { code, ask_at } => {
                *ask_at = None;
                let secret = code.secret.clone();
                step.effect(Effect::AskWhetherEnrolled { generation, secret });
            }
            State::WithoutCode { ask_at } => {
                *ask_at = None;
                step.effect(Effect::AskForCode { generation });
            }
        }
    }
}
