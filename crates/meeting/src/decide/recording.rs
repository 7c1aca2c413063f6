//! The end of a recording that nobody wanted to end.

use super::scene::Scene;
use super::values;
use crate::audience::is_office;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::rights::some;

impl Scene<'_> {
    /// The server says why it cannot record any further.
    pub(super) fn interrupt_recording(&self, code: &str) -> Result<Vec<Event>, Refusal> {
        some(is_office(self.record, self.actor), Refusal::NotAllowed)?;
        some(self.record.is_recording(), Refusal::NothingToChange)?;
        values::code(code)?;
        Ok(vec![Event::RecordingInterrupted { code: code.to_owned() }])
    }

    /// A meeting that ends is not recorded any longer.
    pub(super) fn recording_ended(&self) -> impl Iterator<Item = Event> {
        self.record.is_recording().then_some(Event::RecordingStopped).into_iter()
    }
}
