//! Who may look at the cameras of the points without giving them the floor.

use std::collections::BTreeSet;

use crate::actor::{Actor, Role};
use crate::audience::{Sight, is_office, is_technician, sight_of};
use crate::ids::PointId;
use crate::state::{Meeting, Stage};

/// Whether somebody looks after the points and their lines, meeting or not.
#[must_use]
pub fn looks_after_points(actor: &Actor) -> bool {
    match actor {
        Actor::Person { roles, .. } => {
            roles.contains(&Role::Technician) || roles.contains(&Role::Admin)
        }
        Actor::Point(_) => false,
    }
}

impl Meeting {
    /// The points whose cameras a reader may look at: all of the meeting for its chair, its
    /// secretaries and technicians who may know it, until it has ended; `None` for everybody
    /// else, and while the meeting is at an item that the reader may not know.
    #[must_use]
    pub fn points_watched_by(&self, reader: &Actor) -> Option<&BTreeSet<PointId>> {
        let record = self.record.as_deref()?;
        let sight = sight_of(record, reader)?;
        let is_over = matches!(record.stage, Stage::Ended { .. });
        let is_entitled = is_office(record, reader) || is_technician(reader);
        let is_closed = Sight::Office.current(record).is_some_and(|(item, _)| !sight.sees(item));
        (is_entitled && !is_over && !is_closed).then_some(&record.points)
    }
}
