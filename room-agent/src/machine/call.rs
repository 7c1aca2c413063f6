//! The call of the meeting the room sits in: entered, and entered again whatever ends it.

use fleet::Picture;
use protocol::call::{CallMids, CallOffer, CallSlots};
use protocol::live::ClientFrame;
use protocol::meeting::{MeetingId, Timestamp};

use super::effect::Effect;
use super::step::Step;
use crate::limits::{CALL_CONNECT_MS_MAX, CALL_RETRY_MS};

/// One room's part in a call.
#[derive(Debug)]
pub(super) struct Call {
    generation: u32,
    state: State,
    microphone: bool,
    /// Whether the loudspeaker is on.
    loudspeaker: bool,
    /// Who is in which slot.
    pub(super) slots: CallSlots,
    /// How it goes: pictures a second, percent lost.
    pub(super) quality: Option<(f32, f32)>,
}

#[derive(Debug)]
enum State {
    /// Not in the call; enters at this moment, if there is a line.
    Outside { enter_at: Timestamp },
    /// Offering and waiting, until this moment.
    Entering { until: Timestamp },
    /// Media flows.
    Inside,
}

impl Call {
    /// Generations begin at the clock's seconds, so that they count up over restarts too.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            generation: u32::try_from(now.millis() / 1000).unwrap_or(0),
            state: State::Outside { enter_at: now },
            microphone: false,
            loudspeaker: true,
            slots: CallSlots::default(),
            quality: None,
        }
    }

    pub(super) const fn is_connected(&self) -> bool {
        matches!(self.state, State::Inside)
    }

    /// Enters when it is time, tries again when it took too long.
    pub(super) fn tick(&mut self, step: &mut Step<'_>, has_line: bool, picture: Picture) {
        let due = match self.state {
            State::Outside { enter_at } => enter_at,
            State::Entering { until } => until,
            State::Inside => return,
        };
        if due > step.now || !has_line {
            return;
        }
        self.generation = self.generation.wrapping_add(1);
        self.quality = None;
        self.state = State::Entering { until: step.now.plus_millis(CALL_CONNECT_MS_MAX) };
        step.effect(Effect::OpenCall { generation: self.generation, picture });
        if self.microphone {
            step.effect(Effect::Microphone(true));
        }
        if !self.loudspeaker {
            step.effect(Effect::Loudspeaker(false));
        }
    }

    pub(super) fn timeout(&self, has_line: bool) -> Option<Timestamp> {
        match self.state {
            State::Outside { enter_at } if has_line => Some(enter_at),
            State::Entering { until } if has_line => Some(until),
            State::Outside { .. } | State::Entering { .. } | State::Inside => None,
        }
    }

    /// The engine made an offer: sends it.
    pub(super) fn offered(
        &self,
        step: &mut Step<'_>,
        line: u64,
        meeting: MeetingId,
        offer: (u32, String, CallMids),
    ) {
        let (generation, sdp, mids) = offer;
        if generation == self.generation {
            step.send(line, ClientFrame::Call(CallOffer { meeting, generation, sdp, mids }));
        }
    }

    pub(super) fn answered(&self, step: &mut Step<'_>, generation: u32, sdp: String) {
        if generation == self.generation {
            step.effect(Effect::AnswerCall { generation, sdp });
        }
    }

    pub(super) fn connected(&mut self, generation: u32) {
        if generation == self.generation {
            self.state = State::Inside;
        }
    }

    /// It ended for this generation: enters again soon.
    pub(super) fn ended(&mut self, now: Timestamp, generation: u32) {
        if generation == self.generation {
            self.restart(now.plus_millis(CALL_RETRY_MS));
        }
    }

    /// The server lost it (it was started anew): enters again.
    pub(super) fn restart(&mut self, enter_at: Timestamp) {
        self.state = State::Outside { enter_at };
        self.quality = None;
    }

    /// Turns the loudspeaker on or off, once.
    pub(super) fn set_loudspeaker(&mut self, step: &mut Step<'_>, on: bool) {
        if self.loudspeaker != on {
            self.loudspeaker = on;
            step.effect(Effect::Loudspeaker(on));
        }
    }

    /// Turns the microphone on or off, once.
    pub(super) fn set_microphone(&mut self, step: &mut Step<'_>, on: bool) {
        if self.microphone != on {
            self.microphone = on;
            step.effect(Effect::Microphone(on));
        }
    }
}
