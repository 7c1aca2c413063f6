//! The screen that somebody shares as content.
//!
//! It belongs to the item in which it was begun: what was shared in a closed item is never seen in
//! another one. A page and a screen exclude one another, and the later one is seen: a page that is
//! shown covers the screen for good, a screen covers the page until it ends.

use crate::actor::Actor;
use crate::audience::{Sight, is_office, part_of, speaker_of};
use crate::command::{Part, Speaker};
use crate::event::Event;
use crate::refusal::Refusal;
use crate::rights::some;
use crate::see::Names;
use crate::state::{Course, Record, Sharing};
use crate::time::Timestamp;
use crate::view::{Deed, SharedScreen};

impl Sight {
    /// The screen that is shared as far as the reader may know.
    pub(crate) fn sharing(&self, record: &Record) -> Option<Sharing> {
        let item = self.current(record).map(|(item, _)| item.id);
        let sharings = &record.course()?.sharings;
        let sharing = *sharings.iter().find(|sharing| sharing.item == item)?;
        let page = self.shown(record).map(|(_, shown)| shown.at);
        page.is_none_or(|at| at < sharing.at).then_some(sharing)
    }
}

impl Record {
    /// Whether somebody may share his screen: a person who is there and presides, keeps the
    /// record, presents or has the floor. The screen of a room is no browser's.
    pub(crate) fn may_share(&self, speaker: Speaker) -> bool {
        let Speaker::Person(person) = speaker else { return false };
        let by_part = matches!(
            self.people.get(&person),
            Some(Part::Chair | Part::Secretary | Part::Presenter)
        );
        let has_floor = self.holder().is_some_and(|held| held.speaker == speaker);
        (by_part || has_floor) && self.attending_since(speaker).is_some()
    }

    /// Nobody shares any longer than he may.
    pub(crate) fn end_unentitled_sharings(&mut self) {
        let Some(course) = self.course() else { return };
        let speakers = course.sharings.iter().map(|sharing| sharing.speaker);
        let over: Vec<_> = speakers.filter(|speaker| !self.may_share(*speaker)).collect();
        if let Some(course) = self.course_mut().filter(|_| !over.is_empty()) {
            course.sharings.retain(|sharing| !over.contains(&sharing.speaker));
        }
    }
}

impl Course {
    /// An item that is opened begins without a shared screen, the same item anew as well.
    pub(crate) fn share(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::SharingStarted { item, speaker } => {
                self.sharings.retain(|sharing| sharing.item != *item);
                self.sharings.push(Sharing { item: *item, speaker: *speaker, at });
            }
            Event::SharingStopped { item, .. } => {
                self.sharings.retain(|sharing| sharing.item != *item);
            }
            Event::ItemOpened { item } => {
                self.sharings.retain(|sharing| sharing.item != Some(*item));
            }
            Event::ShowingStopped => self.sharings.clear(),
            _ => {}
        }
    }
}

/// Whether somebody is entitled to begin or end a sharing.
pub(crate) fn entitled(record: &Record, actor: &Actor, deed: Deed) -> Result<(), Refusal> {
    let speaker = speaker_of(actor);
    let has_floor = record.holder().is_some_and(|held| held.speaker == speaker);
    let presents = part_of(record, actor) == Some(Part::Presenter);
    let is_person = matches!(actor, Actor::Person { .. });
    let shares = is_person && (presents || has_floor) || is_office(record, actor);
    let ends = deed == Deed::StopSharing && crate::audience::is_technician(actor);
    some(shares || ends, Refusal::NotAllowed)
}

/// Whether there is something to begin or to end. One's own sharing is ended by oneself; anybody
/// else's by chair, secretary or technician.
pub(crate) fn fits(
    record: &Record,
    actor: &Actor,
    sight: &Sight,
    deed: Deed,
) -> Result<(), Refusal> {
    let sharer = sight.sharing(record).map(|sharing| sharing.speaker);
    if deed == Deed::StartSharing {
        some(record.attending_since(speaker_of(actor)).is_some(), Refusal::NotAttending)?;
        some(sharer != Some(speaker_of(actor)), Refusal::NothingToChange)?;
        return some(sharer.is_none(), Refusal::ScreenShared);
    }
    some(sharer.is_some(), Refusal::NothingToChange)?;
    some(leaves_screen(record, actor, sight), Refusal::NotAllowed)
}

/// Whether the actor may end the screen that he sees, if he sees any: a presenter does not cover
/// another's with a page.
pub(crate) fn leaves_screen(record: &Record, actor: &Actor, sight: &Sight) -> bool {
    let sharer = sight.sharing(record).map(|sharing| sharing.speaker);
    is_office(record, actor)
        || crate::audience::is_technician(actor)
        || sharer.is_none_or(|sharer| sharer == speaker_of(actor))
}

/// What a reader is told.
pub(crate) fn shared_screen(record: &Record, sight: &Sight, names: &Names) -> Option<SharedScreen> {
    let Sharing { speaker, at, .. } = sight.sharing(record)?;
    Some(SharedScreen { speaker, name: names.of(speaker), at })
}
