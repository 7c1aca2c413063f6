//! What the room's devices do at the moment.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use protocol::room::Part;

use super::limits::DEVICE_SILENT_AFTER;

/// One device, as its thread sees it. Cheap to clone; all clones are the same device.
#[derive(Clone, Debug)]
pub(super) struct Gauge(Arc<Mutex<State>>);

#[derive(Clone, Copy, Debug)]
enum State {
    Unused,
    Missing,
    There { moved_at: Option<Instant> },
}

impl Gauge {
    /// A device that nobody found yet, or that the room is set up without.
    pub(super) fn new(used: bool) -> Self {
        Self(Arc::new(Mutex::new(if used { State::Missing } else { State::Unused })))
    }

    /// It is not there, or was lost.
    pub(super) fn missing(&self) {
        self.set(State::Missing);
    }

    /// It was opened, but nothing moved yet.
    pub(super) fn opened(&self) {
        self.set(State::There { moved_at: None });
    }

    /// A picture or sound went through it.
    pub(super) fn moved(&self, now: Instant) {
        self.set(State::There { moved_at: Some(now) });
    }

    /// What to tell.
    pub(super) fn part(&self, now: Instant) -> Part {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Unused => Part::Unused,
            State::Missing => Part::Missing,
            State::There { moved_at: Some(moved_at) }
                if now.saturating_duration_since(moved_at) < DEVICE_SILENT_AFTER =>
            {
                Part::Works
            }
            State::There { .. } => Part::Silent,
        }
    }

    fn set(&self, state: State) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock;
    use super::*;

    #[test]
    fn a_device_is_told_by_what_moved_through_it() {
        let start = clock::now();
        let gauge = Gauge::new(true);
        assert_eq!(gauge.part(start), Part::Missing);
        gauge.opened();
        assert_eq!(gauge.part(start), Part::Silent);
        gauge.moved(start);
        assert_eq!(gauge.part(start), Part::Works);
        assert_eq!(gauge.part(start + DEVICE_SILENT_AFTER), Part::Silent);
        gauge.missing();
        assert_eq!(gauge.part(start), Part::Missing);
        assert_eq!(Gauge::new(false).part(start), Part::Unused);
    }
}
