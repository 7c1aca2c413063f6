//! Invitations of people and points.

use std::collections::BTreeSet;

use super::scene::Scene;
use super::values;
use crate::command::{Part, Speaker};
use crate::event::Event;
use crate::ids::{PersonId, PointId};
use crate::limits::{PEOPLE_MAX, POINTS_MAX};
use crate::refusal::Refusal;
use crate::rights::some;
use crate::state::Stage;

impl Scene<'_> {
    /// There is one chair at every moment: another one replaces him, and nobody takes the part
    /// from him otherwise.
    pub(super) fn invite_people(
        &self,
        people: &BTreeSet<PersonId>,
        part: Part,
    ) -> Result<Vec<Event>, Refusal> {
        values::at_most(people, PEOPLE_MAX)?;
        let differs = |person: &&PersonId| self.record.people.get(person) != Some(&part);
        let changed: BTreeSet<_> = people.iter().filter(differs).copied().collect();
        some(!changed.is_empty(), Refusal::NothingToChange)?;
        if part == Part::Chair {
            some(changed.len() == 1, Refusal::TooMany)?;
            let before = matches!(self.record.stage, Stage::Draft | Stage::Announced { .. });
            some(before, Refusal::WrongPhase)?;
        }
        some(!changed.contains(&self.record.chair), Refusal::NotAllowed)?;
        let new = changed.iter().filter(|person| !self.record.people.contains_key(person));
        some(self.record.people.len() + new.count() <= PEOPLE_MAX, Refusal::TooMany)?;
        Ok(vec![Event::PeopleInvited { people: changed, part }])
    }

    pub(super) fn uninvite_people(
        &self,
        people: &BTreeSet<PersonId>,
    ) -> Result<Vec<Event>, Refusal> {
        some(!people.contains(&self.record.chair), Refusal::NotAllowed)?;
        let known = people.iter().filter(|person| self.record.people.contains_key(person));
        let people: BTreeSet<_> = known.copied().collect();
        some(!people.is_empty(), Refusal::NothingToChange)?;
        let leaving = people.iter().flat_map(|person| self.leaving(Speaker::Person(*person)));
        let mut events: Vec<_> = leaving.collect();
        events.push(Event::PeopleUninvited { people });
        Ok(events)
    }

    pub(super) fn invite_points(&self, points: &BTreeSet<PointId>) -> Result<Vec<Event>, Refusal> {
        values::at_most(points, POINTS_MAX)?;
        let points: BTreeSet<_> = points.difference(&self.record.points).copied().collect();
        some(!points.is_empty(), Refusal::NothingToChange)?;
        some(self.record.points.len() + points.len() <= POINTS_MAX, Refusal::TooMany)?;
        Ok(vec![Event::PointsInvited { points }])
    }

    pub(super) fn uninvite_points(
        &self,
        points: &BTreeSet<PointId>,
    ) -> Result<Vec<Event>, Refusal> {
        let points: BTreeSet<_> = points.intersection(&self.record.points).copied().collect();
        some(!points.is_empty(), Refusal::NothingToChange)?;
        let leaving = points.iter().flat_map(|point| self.leaving(Speaker::Point(*point)));
        let mut events: Vec<_> = leaving.collect();
        events.push(Event::PointsUninvited { points });
        Ok(events)
    }
}
