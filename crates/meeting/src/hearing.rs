//! Who is seen and heard: all that the media plane has to know of a meeting.

use std::time::Duration;

use crate::actor::Actor;
use crate::audience::{Sight, sight_of, speaker_of};
use crate::command::Speaker;
use crate::control::Layout;
use crate::limits::TILES_MAX;
use crate::state::{Meeting, Record};

/// Whose picture is the main one, and whose voices are heard. Nobody else's microphone is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hearing {
    /// The main picture: the holder of the floor, else the chair.
    pub main: Option<Speaker>,
    /// The voices: the holder of the floor and the chair, unless muted, and who discusses.
    pub voices: Vec<Speaker>,
    /// The pictures beside the main one, for a reader whose layout has any.
    pub tiles: Vec<Speaker>,
    /// Whose screen is the content, if anybody's is.
    pub content: Option<Speaker>,
}

impl Meeting {
    /// Who is seen and heard in the meeting now; nobody unless it runs.
    #[must_use]
    pub fn hearing(&self) -> Hearing {
        self.record.as_deref().map(hearing).unwrap_or_default()
    }

    /// For how long a picture holds, while the main one follows who speaks: in a discussion, as
    /// long as nobody was given the floor.
    #[must_use]
    pub fn follows_voices(&self) -> Option<Duration> {
        let course = self.record.as_deref()?.course()?;
        let is_free = course.discussion.is_some() && course.floor.is_none();
        course.follows.filter(|_| is_free).map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// Who is seen and heard by one reader: nobody while the meeting is at an item that he may
    /// not know, so that a closed item is closed to microphones too, nor by somebody who came
    /// too late to a locked meeting. A point whose loudspeaker is off is sent no voice.
    #[must_use]
    pub fn hearing_of(&self, reader: &Actor) -> Hearing {
        let Some(record) = self.record.as_deref() else { return Hearing::default() };
        let Some(sight) = sight_of(record, reader) else { return Hearing::default() };
        match Sight::Office.current(record) {
            Some((item, _)) if !sight.sees(item) => Hearing::default(),
            _ => hearing_of(record, &sight, speaker_of(reader)),
        }
    }
}

fn hearing_of(record: &Record, sight: &Sight, reader: Speaker) -> Hearing {
    if record.is_locked_out(reader) {
        return Hearing::default();
    }
    let mut hearing = hearing(record);
    hearing.content = sight.sharing(record).map(|sharing| sharing.speaker);
    if record.is_silenced(reader) {
        hearing.voices.clear();
    }
    if matches!(record.layout_of(reader), Layout::MainAndStrip | Layout::Grid) {
        hearing.tiles = tiles(record, reader, hearing.main);
    }
    hearing
}

fn hearing(record: &Record) -> Hearing {
    if record.course().is_none() {
        return Hearing::default();
    }
    let chair = Speaker::Person(record.chair);
    let holder = record.holder().map(|held| held.speaker);
    // What everybody sees: nothing that anybody invited may not know covers it.
    let content = Sight::Watching.sharing(record).map(|sharing| sharing.speaker);
    Hearing { main: holder.or(Some(chair)), voices: record.heard(), tiles: Vec::new(), content }
}

/// The pictures beside the main one, for who looks at several: the chair, who is heard, who wants
/// to speak, and then those who are there.
fn tiles(record: &Record, reader: Speaker, main: Option<Speaker>) -> Vec<Speaker> {
    let queue = record.course().into_iter().flat_map(|course| &course.queue);
    let there = record.attendance().into_iter().flat_map(|there| there.keys().copied());
    let first = [Speaker::Person(record.chair)].into_iter().chain(record.heard());
    let mut tiles = Vec::new();
    for speaker in first.chain(queue.map(|wish| wish.speaker)).chain(there) {
        if tiles.len() == TILES_MAX {
            break;
        }
        if Some(speaker) != main && speaker != reader && !tiles.contains(&speaker) {
            tiles.push(speaker);
        }
    }
    tiles
}

impl Record {
    /// Whose microphone is on: the holder of the floor, the chair, and who discusses.
    pub(crate) fn heard(&self) -> Vec<Speaker> {
        let Some(course) = self.course() else { return Vec::new() };
        let holder = course.floor.map(|held| held.speaker);
        let asked = holder.into_iter().chain([Speaker::Person(self.chair)]);
        let open = course.discussion.iter().flatten().map(|point| Speaker::Point(*point));
        let mut heard = Vec::new();
        for speaker in asked.chain(open) {
            if self.may_speak(speaker) && !self.is_muted(speaker) && !heard.contains(&speaker) {
                heard.push(speaker);
            }
        }
        heard
    }
}
