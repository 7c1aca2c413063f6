//! The tree, built from facts and asked by day.

use std::collections::BTreeMap;

use super::day::{Day, Period};
use crate::ids::UnitId;

/// One thing that is known about a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitFact {
    /// The unit was called so.
    Named {
        /// Which.
        unit: UnitId,
        /// The name.
        name: String,
        /// When.
        period: Period,
    },
    /// The unit existed, under another one or as the top of the tree.
    Placed {
        /// Which.
        unit: UnitId,
        /// Under which; the top of the tree has none.
        parent: Option<UnitId>,
        /// When.
        period: Period,
    },
    /// The unit was taken up by another one. Several that go into one are a merge, one that goes
    /// into several is a split.
    Succeeded {
        /// Which.
        unit: UnitId,
        /// By which.
        by: UnitId,
        /// On which day.
        on: Day,
    },
}

/// Facts that contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeRefusal {
    /// A period ends before it begins.
    #[error("{0}: a period ends before it begins")]
    EmptyPeriod(UnitId),
    /// A unit has two parents at once.
    #[error("{0}: two parents at once")]
    TwoParents(UnitId),
    /// A unit has two names at once.
    #[error("{0}: two names at once")]
    TwoNames(UnitId),
    /// A unit is placed under one that does not exist on that day.
    #[error("{0}: its parent does not exist on {1}")]
    NoParent(UnitId, Day),
    /// A unit is above itself.
    #[error("{0}: above itself on {1}")]
    Cycle(UnitId, Day),
    /// A unit is succeeded by one that does not exist on that day.
    #[error("{0}: its successor does not exist on {1}")]
    NoSuccessor(UnitId, Day),
}

/// Organisations through time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitTree {
    units: BTreeMap<UnitId, Unit>,
    children: BTreeMap<Option<UnitId>, Vec<(Period, UnitId)>>,
}

/// All that is known of one unit; periods of one kind never overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Unit {
    names: Vec<(Period, String)>,
    parents: Vec<(Period, Option<UnitId>)>,
    successors: Vec<(Day, UnitId)>,
}

impl UnitTree {
    /// Builds the tree, whatever the order of the facts.
    pub fn build(facts: impl IntoIterator<Item = UnitFact>) -> Result<Self, TreeRefusal> {
        let mut tree = Self::default();
        for fact in facts {
            tree.take(fact)?;
        }
        for children in tree.children.values_mut() {
            children.sort_by_key(|(period, unit)| (*unit, *period));
        }
        tree.check()?;
        Ok(tree)
    }

    /// The name of a unit on a day.
    #[must_use]
    pub fn name_at(&self, unit: UnitId, day: Day) -> Option<&str> {
        let names = &self.units.get(&unit)?.names;
        at(names, day).map(String::as_str)
    }

    /// Whether a unit exists on a day.
    #[must_use]
    pub fn exists_at(&self, unit: UnitId, day: Day) -> bool {
        self.units.get(&unit).is_some_and(|unit| at(&unit.parents, day).is_some())
    }

    /// The unit above one on a day; `None` for the top and for one that does not exist then.
    #[must_use]
    pub fn parent_at(&self, unit: UnitId, day: Day) -> Option<UnitId> {
        *at(&self.units.get(&unit)?.parents, day)?
    }

    /// The units right below one on a day, or with `None` the tops of the tree, in the order of
    /// their ids.
    #[must_use]
    pub fn children_at(&self, parent: Option<UnitId>, day: Day) -> Vec<UnitId> {
        let children = self.children.get(&parent).map(Vec::as_slice).unwrap_or_default();
        let then = children.iter().filter(|(period, _)| period.contains(day));
        then.map(|(_, unit)| *unit).collect()
    }

    /// What became of a unit that was merged or split, in the order of the days.
    #[must_use]
    pub fn successors(&self, unit: UnitId) -> Vec<(Day, UnitId)> {
        self.units.get(&unit).map(|unit| unit.successors.clone()).unwrap_or_default()
    }

    fn take(&mut self, fact: UnitFact) -> Result<(), TreeRefusal> {
        match fact {
            UnitFact::Named { unit, name, period } => {
                let known = self.units.entry(unit).or_default();
                insert(&mut known.names, period, name, unit, TreeRefusal::TwoNames(unit))
            }
            UnitFact::Placed { unit, parent, period } => {
                self.children.entry(parent).or_default().push((period, unit));
                let known = self.units.entry(unit).or_default();
                insert(&mut known.parents, period, parent, unit, TreeRefusal::TwoParents(unit))
            }
            UnitFact::Succeeded { unit, by, on } => {
                let successors = &mut self.units.entry(unit).or_default().successors;
                successors.push((on, by));
                successors.sort_unstable();
                Ok(())
            }
        }
    }

    fn check(&self) -> Result<(), TreeRefusal> {
        for (unit, known) in &self.units {
            for (period, parent) in &known.parents {
                if let Some(parent) = parent {
                    self.check_edge(*unit, *parent, *period)?;
                }
            }
            let lost = known.successors.iter().find(|(on, by)| !self.exists_at(*by, *on));
            if let Some((on, _)) = lost {
                return Err(TreeRefusal::NoSuccessor(*unit, *on));
            }
        }
        Ok(())
    }

    /// A cycle comes into being with its youngest edge, so looking up from every edge on its first
    /// day finds every cycle.
    fn check_edge(&self, unit: UnitId, parent: UnitId, period: Period) -> Result<(), TreeRefusal> {
        if let Some(day) = self.absent_in(parent, period) {
            return Err(TreeRefusal::NoParent(unit, day));
        }
        let mut above = Some(parent);
        for _ in 0..=self.units.len() {
            let Some(next) = above else { return Ok(()) };
            if next == unit {
                break;
            }
            above = self.parent_at(next, period.from);
        }
        Err(TreeRefusal::Cycle(unit, period.from))
    }

    /// The first day of a period on which a unit does not exist.
    fn absent_in(&self, unit: UnitId, period: Period) -> Option<Day> {
        let mut day = period.from;
        let parents = self.units.get(&unit).map(|unit| unit.parents.as_slice()).unwrap_or_default();
        for (exists, _) in parents {
            if exists.contains(day) {
                day = exists.until?;
            }
        }
        period.contains(day).then_some(day)
    }
}

fn at<T>(dated: &[(Period, T)], day: Day) -> Option<&T> {
    dated.iter().find(|(period, _)| period.contains(day)).map(|(_, value)| value)
}

fn insert<T>(
    dated: &mut Vec<(Period, T)>,
    period: Period,
    value: T,
    unit: UnitId,
    overlap: TreeRefusal,
) -> Result<(), TreeRefusal> {
    if period.is_empty() {
        return Err(TreeRefusal::EmptyPeriod(unit));
    }
    if dated.iter().any(|(known, _)| known.overlaps(&period)) {
        return Err(overlap);
    }
    let place = dated.partition_point(|(known, _)| known.from < period.from);
    dated.insert(place, (period, value));
    Ok(())
}
