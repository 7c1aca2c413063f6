//! Who may know what.
//!
//! Everything about a closed item is decided by one question, [`Sight::sees`]. What a reader may
//! not know is treated as if it had never happened: not even what is current or shown to him
//! depends on it.

use std::collections::BTreeSet;

use crate::actor::{Actor, Role};
use crate::command::{ItemAudience, Part, Speaker};
use crate::ids::ItemId;
use crate::state::{Item, Meeting, Opened, PageOf, Paper, Record, Stage};

/// What readers with equal rights share. Two readers with the same audience get the same view,
/// so that it is computed once for all of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Audience(pub(crate) Sight);

impl Audience {
    /// Whether nothing of the meeting is kept from these readers. Only they may be told how long
    /// the log is: to anybody else a number that jumps betrays what happened without him.
    #[must_use]
    pub fn sees_everything(&self) -> bool {
        self.0 == Sight::Office
    }
}

/// How much of a meeting a reader sees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Sight {
    /// The chair and the secretaries: everything.
    Office,
    /// Somebody invited, or a point.
    Invited {
        /// The closed items that he may know.
        admitted: BTreeSet<ItemId>,
        /// Whether he is a technician besides.
        watches: bool,
    },
    /// A technician who is not invited.
    Watching,
}

/// How much of the meeting the actor may see; `None` when he may not know that it exists.
#[must_use]
pub fn audience_of(state: &Meeting, actor: &Actor) -> Option<Audience> {
    sight_of(state.record.as_deref()?, actor).map(Audience)
}

/// The speaker that an actor speaks as.
#[must_use]
pub fn speaker_of(actor: &Actor) -> Speaker {
    match actor {
        Actor::Person { person, .. } => Speaker::Person(*person),
        Actor::Point(point) => Speaker::Point(*point),
    }
}

pub(crate) fn sight_of(record: &Record, actor: &Actor) -> Option<Sight> {
    if is_office(record, actor) {
        return Some(Sight::Office);
    }
    if record.stage == Stage::Draft {
        return None;
    }
    let speaker = speaker_of(actor);
    if record.is_invited(speaker) {
        let closed_to_some = record.items.iter().filter(|item| {
            item.audience != ItemAudience::Everyone && is_admitted(&item.audience, speaker)
        });
        let admitted = closed_to_some.map(|item| item.id).collect();
        return Some(Sight::Invited { admitted, watches: is_technician(actor) });
    }
    is_technician(actor).then_some(Sight::Watching)
}

/// Whether the actor prepares and runs this meeting: its chair and its secretaries.
pub(crate) fn is_office(record: &Record, actor: &Actor) -> bool {
    matches!(part_of(record, actor), Some(Part::Chair | Part::Secretary))
}

pub(crate) fn is_technician(actor: &Actor) -> bool {
    match actor {
        Actor::Person { roles, .. } => roles.contains(&Role::Technician),
        Actor::Point(_) => false,
    }
}

pub(crate) fn part_of(record: &Record, actor: &Actor) -> Option<Part> {
    match actor {
        Actor::Person { person, .. } => record.people.get(person).copied(),
        Actor::Point(_) => None,
    }
}

/// Whether an item's audience includes somebody invited.
pub(crate) fn is_admitted(audience: &ItemAudience, speaker: Speaker) -> bool {
    match (audience, speaker) {
        (ItemAudience::Everyone, _) => true,
        (ItemAudience::Only { people, .. }, Speaker::Person(person)) => people.contains(&person),
        (ItemAudience::Only { points, .. }, Speaker::Point(point)) => points.contains(&point),
    }
}

impl Sight {
    /// Whether a reader may know an item at all.
    pub(crate) fn sees(&self, item: &Item) -> bool {
        let is_open = item.audience == ItemAudience::Everyone;
        match self {
            Self::Office => true,
            Self::Invited { admitted, .. } => is_open || admitted.contains(&item.id),
            Self::Watching => is_open,
        }
    }

    /// Whether a reader may know a paper: one of an item he may know, and issued, unless he
    /// prepares the meeting.
    pub(crate) fn sees_paper(&self, record: &Record, paper: &Paper) -> bool {
        (*self == Self::Office || paper.issued.is_some())
            && record.item(paper.item).is_some_and(|item| self.sees(item))
    }

    /// Whether a reader reads papers and not only numbers.
    pub(crate) fn reads(&self) -> bool {
        *self != Self::Watching
    }

    /// Whether a reader follows who has received and verified the papers.
    pub(crate) fn follows_receipts(&self) -> bool {
        match self {
            Self::Office | Self::Watching => true,
            Self::Invited { watches, .. } => *watches,
        }
    }

    /// The item that is current as far as the reader may know, with the moment it was opened.
    pub(crate) fn current<'a>(&self, record: &'a Record) -> Option<(&'a Item, Opened)> {
        record.course()?;
        let seen = record.items.iter().filter(|item| self.sees(item));
        let opened = seen.filter_map(|item| item.opened.map(|opened| (item, opened)));
        opened.max_by_key(|(_, opened)| opened.order)
    }

    /// The page that is shown as far as the reader may know.
    pub(crate) fn shown<'a>(&self, record: &'a Record) -> Option<(&'a Paper, PageOf)> {
        record.course()?.shown.iter().rev().find_map(|shown| {
            let paper = record.paper(shown.paper)?;
            self.sees_paper(record, paper).then_some((paper, *shown))
        })
    }
}
