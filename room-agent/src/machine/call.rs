//! The call of the meeting the room sits in: entered, and entered again whatever ends it.

use fleet::Picture;
use protocol::call::{CallMids, CallOffer, CallSlots};
use protocol::live::ClientFrame;
use protocol::meeting::{MeetingId, Speaker, Timestamp};

use super::effect::Effect;
use super::input::Quality;
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
    pub(super) quality: Option<Quality>,
    /// How often the main picture stood still since the room entered.
    pub(super) freezes: u32,
    /// The picture that is sent.
    picture: Option<Picture>,
    /// In whose picture the last second passed.
    seen: Option<Speaker>,
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
            freezes: 0,
            picture: None,
            seen: None,
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
            State::Inside => return self.send(step, picture),
        };
        if due > step.now || !has_line {
            return;
        }
        self.generation = self.generation.wrapping_add(1);
        self.quality = None;
        self.freezes = 0;
        self.state = State::Entering { until: step.now.plus_millis(CALL_CONNECT_MS_MAX) };
        self.picture = Some(picture);
        step.effect(Effect::OpenCall { generation: self.generation, picture });
        if self.microphone {
            step.effect(Effect::Microphone(true));
        }
        if !self.loudspeaker {
            step.effect(Effect::Loudspeaker(false));
        }
    }

    /// A plan may want another picture in the middle of a call.
    fn send(&mut self, step: &mut Step<'_>, picture: Picture) {
        if self.picture.replace(picture) != Some(picture) {
            step.effect(Effect::SendPicture(picture));
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

    /// A second passed. The picture stood still when there was none in it, of the same speaker
    /// whose pictures came in the second before.
    pub(super) fn goes(&mut self, quality: Quality) {
        let moved = self.quality.is_some_and(|quality| quality.frames_per_second > 0.0);
        let is_same = self.seen.is_some() && self.seen == self.slots.main;
        if moved && is_same && quality.frames_per_second <= 0.0 {
            self.freezes = self.freezes.saturating_add(1);
        }
        self.seen = self.slots.main;
        self.quality = Some(quality);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v15_a_picture_that_stands_is_counted_and_a_change_of_floor_is_not() {
        let point =
            |n| Some(Speaker::Point(protocol::meeting::PointId::new(uuid::Uuid::from_u128(n))));
        let cases = [
            ("it moves", vec![(point(1), 25.0), (point(1), 24.0)], 0),
            ("it stands", vec![(point(1), 25.0), (point(1), 0.0), (point(1), 0.0)], 1),
            (
                "it stands twice",
                vec![(point(1), 9.0), (point(1), 0.0), (point(1), 9.0), (point(1), 0.0)],
                2,
            ),
            ("another speaks", vec![(point(1), 25.0), (point(2), 0.0)], 0),
            ("nobody is shown", vec![(None, 25.0), (None, 0.0)], 0),
        ];
        for (what, seconds, expected) in cases {
            let mut call = Call::new(Timestamp::from_millis(0));
            for (main, frames) in seconds {
                call.slots.main = main;
                call.goes(Quality { frames_per_second: frames, ..Quality::default() });
            }
            assert_eq!(call.freezes, expected, "{what}");
        }
    }
}
