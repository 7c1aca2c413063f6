//! Whether a meeting is recorded, and who is told so.
//!
//! Only what everybody invited may see and hear is recorded: at an item that is kept from some the
//! recording pauses by itself, and goes on with the next item that is not.

use crate::actor::Actor;
use crate::audience::{Sight, is_office, sight_of};
use crate::command::ItemAudience;
use crate::hearing::Hearing;
use crate::state::{Meeting, Record, Recording};
use crate::view::{RecordingNotice, RecordingState};

impl Meeting {
    /// Who is seen and heard on the recording now; `None` while nothing is recorded.
    #[must_use]
    pub fn recorded(&self) -> Option<Hearing> {
        let record = self.record.as_deref()?;
        (record.is_recording() && !record.is_at_closed_item()).then(|| self.hearing())
    }

    /// Whether somebody wants the meeting recorded, paused or not.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.record.as_deref().is_some_and(Record::is_recording)
    }

    /// Whether a reader may watch what was recorded: everybody who may read the meeting's papers.
    #[must_use]
    pub fn may_watch(&self, reader: &Actor) -> bool {
        let sight = self.record.as_deref().and_then(|record| sight_of(record, reader));
        sight.is_some_and(|sight| sight.reads())
    }

    /// Whether a reader may take recorded files away: the chair and the secretaries.
    #[must_use]
    pub fn may_keep(&self, reader: &Actor) -> bool {
        self.record.as_deref().is_some_and(|record| is_office(record, reader))
    }
}

impl Record {
    pub(crate) fn is_recording(&self) -> bool {
        self.course().is_some_and(|course| matches!(course.recording, Recording::On { .. }))
    }

    /// Whether the meeting is at an item that is kept from some of those invited.
    pub(crate) fn is_at_closed_item(&self) -> bool {
        let current = Sight::Office.current(self);
        current.is_some_and(|(item, _)| item.audience != ItemAudience::Everyone)
    }
}

/// What a reader is told. Who may not know the item that the meeting is at is told the same as
/// before it, for a pause would betray the item.
pub(crate) fn notice(record: &Record, sight: &Sight) -> Option<RecordingNotice> {
    let knows_pause = || {
        let current = Sight::Office.current(record);
        record.is_at_closed_item() && current.is_some_and(|(item, _)| sight.sees(item))
    };
    let state = match &record.course()?.recording {
        Recording::On { since } if knows_pause() => RecordingState::Paused { since: *since },
        Recording::On { since } => RecordingState::On { since: *since },
        Recording::Interrupted { at, code } if *sight == Sight::Office => {
            RecordingState::Interrupted { at: *at, code: code.clone() }
        }
        Recording::Off | Recording::Interrupted { .. } => return None,
    };
    Some(RecordingNotice { state })
}
