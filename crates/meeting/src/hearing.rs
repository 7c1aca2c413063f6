//! Who is seen and heard: all that the media plane has to know of a meeting.

use crate::actor::Actor;
use crate::audience::{Sight, sight_of};
use crate::command::Speaker;
use crate::state::{Meeting, Record};

/// Whose picture is the main one, and whose voices are heard. Nobody else's microphone is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hearing {
    /// The main picture: the holder of the floor, else the chair.
    pub main: Option<Speaker>,
    /// The voices: the holder of the floor and the chair, unless muted.
    pub voices: Vec<Speaker>,
}

impl Meeting {
    /// Who is seen and heard in the meeting now; nobody unless it runs.
    #[must_use]
    pub fn hearing(&self) -> Hearing {
        self.record.as_deref().map(hearing).unwrap_or_default()
    }

    /// Who is seen and heard by one reader: nobody while the meeting is at an item that he may
    /// not know, so that a closed item is closed to microphones too.
    #[must_use]
    pub fn hearing_of(&self, reader: &Actor) -> Hearing {
        let Some(record) = self.record.as_deref() else { return Hearing::default() };
        let Some(sight) = sight_of(record, reader) else { return Hearing::default() };
        match Sight::Office.current(record) {
            Some((item, _)) if !sight.sees(item) => Hearing::default(),
            _ => hearing(record),
        }
    }
}

fn hearing(record: &Record) -> Hearing {
    if record.course().is_none() {
        return Hearing::default();
    }
    let chair = Speaker::Person(record.chair);
    let holder = record.holder().map(|held| held.speaker);
    let mut voices = Vec::new();
    for speaker in holder.into_iter().chain([chair]) {
        if !record.is_muted(speaker) && !voices.contains(&speaker) {
            voices.push(speaker);
        }
    }
    Hearing { main: holder.or(Some(chair)), voices }
}
