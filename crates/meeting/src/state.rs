//! What a meeting is after the events so far: a tree that carries its own data (rule 14).
//!
//! A part of the state exists only while it means something: there is no queue before the meeting
//! runs and no floor after it ended.

use std::collections::{BTreeMap, BTreeSet};

use crate::command::{ItemAudience, PaperFile, PaperStep, Part, Speaker};
use crate::control::{Layout, Marks};
use crate::ids::{ItemId, PaperId, PersonId, PointId};
use crate::text::TextRef;
use crate::time::Timestamp;
use crate::view::Phase;

/// A meeting after the events so far; [`Meeting::default`] is before the first one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meeting {
    pub(crate) record: Option<Box<Record>>,
}

/// What there is once a meeting was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) title: TextRef,
    pub(crate) starts_at: Timestamp,
    pub(crate) minutes: u16,
    pub(crate) chair: PersonId,
    /// Everybody invited, the chair and the secretaries included.
    pub(crate) people: BTreeMap<PersonId, Part>,
    pub(crate) points: BTreeSet<PointId>,
    /// In the order of the agenda.
    pub(crate) items: Vec<Item>,
    /// In the order of arrival.
    pub(crate) papers: Vec<Paper>,
    pub(crate) stage: Stage,
    /// The last roll call; it outlives the end of the meeting.
    pub(crate) roll: Option<Roll>,
}

/// One roll call of the points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Roll {
    /// From 1.
    pub(crate) number: u32,
    pub(crate) called_at: Timestamp,
    /// When the points' reports were recorded; `None` while they are awaited.
    pub(crate) recorded_at: Option<Timestamp>,
    pub(crate) marks: Marks,
}

/// One item of the agenda.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: ItemId,
    pub(crate) title: TextRef,
    pub(crate) minutes: u16,
    pub(crate) audience: ItemAudience,
    pub(crate) opened: Option<Opened>,
}

/// That an item was opened. The one opened last is the current one, and what is current to a
/// reader is the one opened last among those he may know: a closed item leaves no gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    /// Counts the openings of the meeting; moments can be equal.
    pub(crate) order: u32,
    pub(crate) since: Timestamp,
}

/// One paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paper {
    pub(crate) id: PaperId,
    pub(crate) item: ItemId,
    pub(crate) title: TextRef,
    pub(crate) file: PaperFile,
    pub(crate) issued: Option<Issued>,
}

/// That a paper was issued, and what the points made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) version: u32,
    pub(crate) at: Timestamp,
    pub(crate) reports: BTreeMap<PointId, Reported>,
}

/// The last step a point reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reported {
    pub(crate) step: PaperStep,
    pub(crate) at: Timestamp,
}

/// Who is there, and since when.
pub(crate) type Attendance = BTreeMap<Speaker, Timestamp>;

/// Where the meeting stands, with what exists only there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one for each meeting, and boxed with its record")]
pub(crate) enum Stage {
    Draft,
    Announced { at: Timestamp, attendance: Attendance },
    Running { since: Timestamp, attendance: Attendance, course: Course },
    Ended { at: Timestamp },
}

/// What happens in a running meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Course {
    pub(crate) floor: Option<Held>,
    /// First come, first served.
    pub(crate) queue: Vec<Wish>,
    /// Who may speak and is silenced: at most the holder of the floor and the chair.
    pub(crate) muted: BTreeSet<Speaker>,
    /// The page shown last for each item, the latest at the end. A reader sees the latest he may
    /// know, so that a page of a closed item leaves no gap either.
    pub(crate) shown: Vec<PageOf>,
    /// The points that discuss with their microphone on; `None` unless there is a discussion.
    pub(crate) discussion: Option<BTreeSet<PointId>>,
    /// The points whose loudspeaker is off.
    pub(crate) silenced: BTreeSet<PointId>,
    /// What is where on the screens.
    pub(crate) layout: Layout,
    /// The points that have a layout of their own.
    pub(crate) layouts: BTreeMap<PointId, Layout>,
    /// Who may come though the meeting is locked; `None` unless it is.
    pub(crate) locked: Option<BTreeSet<Speaker>>,
    /// When a point was called, until it has come.
    pub(crate) called: BTreeMap<PointId, Timestamp>,
    pub(crate) recording: Recording,
    /// For how many seconds a picture holds that follows the voices; `None` unless it does.
    pub(crate) follows: Option<u8>,
    /// The screens that are shared, one for each item at most. A reader sees the one of the item
    /// that is current to him, so that a screen shared in a closed item leaves no gap.
    pub(crate) sharings: Vec<Sharing>,
}

/// Whether the meeting is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Recording {
    #[default]
    Off,
    /// It is; at an item that is kept from some it pauses.
    On { since: Timestamp },
    /// It should be, and the server could not.
    Interrupted { at: Timestamp, code: String },
}

/// Who has the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) speaker: Speaker,
    pub(crate) since: Timestamp,
}

/// A wish to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) speaker: Speaker,
    pub(crate) at: Timestamp,
}

/// A page that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageOf {
    pub(crate) item: ItemId,
    pub(crate) paper: PaperId,
    pub(crate) page: u32,
    pub(crate) at: Timestamp,
}

/// A screen that is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sharing {
    pub(crate) item: Option<ItemId>,
    pub(crate) speaker: Speaker,
    pub(crate) at: Timestamp,
}

impl Course {
    /// Whether a point's microphone was turned on in the discussion.
    pub(crate) fn is_open(&self, speaker: Speaker) -> bool {
        let Speaker::Point(point) = speaker else { return false };
        self.discussion.as_ref().is_some_and(|open| open.contains(&point))
    }
}

impl Record {
    pub(crate) fn item(&self, item: ItemId) -> Option<&Item> {
        self.items.iter().find(|known| known.id == item)
    }

    pub(crate) fn paper(&self, paper: PaperId) -> Option<&Paper> {
        self.papers.iter().find(|known| known.id == paper)
    }

    /// What happens, while the meeting runs.
    pub(crate) fn course(&self) -> Option<&Course> {
        match &self.stage {
            Stage::Running { course, .. } => Some(course),
            Stage::Draft | Stage::Announced { .. } | Stage::Ended { .. } => None,
        }
    }

    pub(crate) fn holder(&self) -> Option<Held> {
        self.course().and_then(|course| course.floor)
    }

    pub(crate) fn wants_to_speak(&self, speaker: Speaker) -> bool {
        self.course().is_some_and(|course| course.queue.iter().any(|wish| wish.speaker == speaker))
    }

    pub(crate) fn attendance(&self) -> Option<&Attendance> {
        match &self.stage {
            Stage::Announced { attendance, .. } | Stage::Running { attendance, .. } => {
                Some(attendance)
            }
            Stage::Draft | Stage::Ended { .. } => None,
        }
    }

    pub(crate) fn attending_since(&self, speaker: Speaker) -> Option<Timestamp> {
        self.attendance()?.get(&speaker).copied()
    }

    pub(crate) fn is_invited(&self, speaker: Speaker) -> bool {
        match speaker {
            Speaker::Person(person) => self.people.contains_key(&person),
            Speaker::Point(point) => self.points.contains(&point),
        }
    }

    /// Whether somebody has been asked to speak: the chair and the holder of the floor.
    pub(crate) fn is_asked(&self, speaker: Speaker) -> bool {
        self.course().is_some()
            && (speaker == Speaker::Person(self.chair)
                || self.holder().is_some_and(|held| held.speaker == speaker))
    }

    /// Whether a point takes part in a discussion.
    pub(crate) fn discusses(&self, speaker: Speaker) -> bool {
        matches!(speaker, Speaker::Point(_))
            && self.course().is_some_and(|course| course.discussion.is_some())
            && self.attending_since(speaker).is_some()
    }

    /// Whose microphone may be on now: the chair's, that of the holder of the floor, and in a
    /// discussion those of the points that are there.
    pub(crate) fn may_speak(&self, speaker: Speaker) -> bool {
        self.is_asked(speaker) || self.discusses(speaker)
    }

    /// Whether somebody who may speak is silenced. Who was asked is heard unless he was muted;
    /// who discusses is heard once his microphone was turned on.
    pub(crate) fn is_muted(&self, speaker: Speaker) -> bool {
        let Some(course) = self.course() else { return false };
        if self.is_asked(speaker) {
            return course.muted.contains(&speaker);
        }
        self.discusses(speaker) && !course.is_open(speaker)
    }

    /// Whether somebody may not come or follow the call because the meeting is locked.
    pub(crate) fn is_locked_out(&self, speaker: Speaker) -> bool {
        let is_office = matches!(speaker, Speaker::Person(person)
            if matches!(self.people.get(&person), Some(Part::Chair | Part::Secretary)));
        let Some(admitted) = self.course().and_then(|course| course.locked.as_ref()) else {
            return false;
        };
        self.is_invited(speaker)
            && !is_office
            && self.attending_since(speaker).is_none()
            && !admitted.contains(&speaker)
    }

    /// What is where on the screen of somebody.
    pub(crate) fn layout_of(&self, speaker: Speaker) -> Layout {
        let Some(course) = self.course() else { return Layout::default() };
        let own = match speaker {
            Speaker::Point(point) => course.layouts.get(&point).copied(),
            Speaker::Person(_) => None,
        };
        own.unwrap_or(course.layout)
    }

    /// Whether somebody's loudspeaker is off.
    pub(crate) fn is_silenced(&self, speaker: Speaker) -> bool {
        let Speaker::Point(point) = speaker else { return false };
        self.course().is_some_and(|course| course.silenced.contains(&point))
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.stage {
            Stage::Draft => Phase::Draft,
            Stage::Announced { at, .. } => Phase::Announced { at },
            Stage::Running { since, .. } => Phase::Running { since },
            Stage::Ended { at } => Phase::Ended { at },
        }
    }
}
