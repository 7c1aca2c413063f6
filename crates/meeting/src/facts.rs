//! What the edge has to know of a meeting besides the views: for its tables, plans and downloads.

use std::collections::{BTreeMap, BTreeSet};

use crate::actor::Actor;
use crate::audience::{Sight, sight_of};
use crate::command::{PaperFile, Part};
use crate::ids::{ItemId, PaperId, PersonId, PointId};
use crate::state::{Meeting, Paper, Record};
use crate::text::{Digest, TextRef};
use crate::time::Timestamp;
use crate::view::Phase;

/// A meeting in outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts<'a> {
    /// Its title.
    pub title: TextRef,
    /// When it should begin.
    pub starts_at: Timestamp,
    /// How long it should last.
    pub minutes: u16,
    /// Where it stands.
    pub phase: Phase,
    /// Who chairs it.
    pub chair: PersonId,
    /// Everybody invited, chair and secretaries included.
    pub people: &'a BTreeMap<PersonId, Part>,
    /// Every point invited.
    pub points: &'a BTreeSet<PointId>,
}

/// A paper that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedPaper {
    /// Which.
    pub paper: PaperId,
    /// The item it belongs to.
    pub item: ItemId,
    /// What it is called.
    pub title: TextRef,
    /// Its version, from 1.
    pub version: u32,
    /// Its bytes.
    pub file: PaperFile,
    /// When it was issued.
    pub issued_at: Timestamp,
}

impl Meeting {
    /// The meeting in outline; `None` before it was created.
    #[must_use]
    pub fn facts(&self) -> Option<Facts<'_>> {
        let record = self.record.as_deref()?;
        Some(Facts {
            title: record.title,
            starts_at: record.starts_at,
            minutes: record.minutes,
            phase: record.phase(),
            chair: record.chair,
            people: &record.people,
            points: &record.points,
        })
    }

    /// When each point was called that is not there.
    #[must_use]
    pub fn called_points(&self) -> BTreeMap<PointId, Timestamp> {
        let course = self.record.as_deref().and_then(Record::course);
        course.map(|course| course.called.clone()).unwrap_or_default()
    }

    /// The number of the last roll call, when its reports are awaited.
    #[must_use]
    pub fn awaited_roll(&self) -> Option<u32> {
        let roll = self.record.as_deref()?.roll.as_ref()?;
        roll.recorded_at.is_none().then_some(roll.number)
    }

    /// The issued papers that a reader may have, in the order of the agenda.
    #[must_use]
    pub fn papers_for(&self, reader: &Actor) -> Vec<IssuedPaper> {
        let Some(record) = self.record.as_deref() else { return Vec::new() };
        let Some(sight) = sight_of(record, reader).filter(Sight::reads) else {
            return Vec::new();
        };
        let seen = record.items.iter().filter(|item| sight.sees(item));
        let papers = seen.flat_map(|item| record.papers.iter().filter(|p| p.item == item.id));
        papers.filter_map(issued).collect()
    }

    /// Whether a reader may have these bytes: those of an issued paper that he may see, or, for
    /// chair and secretaries, of any paper.
    #[must_use]
    pub fn may_read(&self, reader: &Actor, sha256: Digest) -> bool {
        let Some(record) = self.record.as_deref() else { return false };
        let Some(sight) = sight_of(record, reader).filter(Sight::reads) else {
            return false;
        };
        let mut papers = record.papers.iter().filter(|paper| paper.file.sha256 == sha256);
        papers.any(|paper| sight.sees_paper(record, paper))
    }
}

fn issued(paper: &Paper) -> Option<IssuedPaper> {
    paper.issued.as_ref().map(|issued| IssuedPaper {
        paper: paper.id,
        item: paper.item,
        title: paper.title,
        version: issued.version,
        file: paper.file.clone(),
        issued_at: issued.at,
    })
}
