//! The units and points of the sample province, as they were in 2022.

use std::collections::BTreeMap;

use meeting::{PointId, Timestamp, UnitId};

use crate::edge::Edge;
use crate::store::points::Point;
use crate::store::units::Unit;
use crate::store::{Db, points, units};

/// The General Statistics Office's codes and names: a province, six units below it, 109 communes.
const CSV: &str = include_str!("../../demo/ha-nam-2022.csv");
const HEAD: &str = "gso_code,name,kind,parent_gso_code";
/// The units that get a device first, so that a demo of three rooms shows a commune, its district
/// and a town.
const FIRST: [&str; 3] = ["13483", "351", "347"];

/// What was brought in.
pub(super) struct Province {
    units: BTreeMap<&'static str, UnitId>,
    /// Those that get a device first come first.
    pub(super) points: Vec<Point>,
}

struct Line {
    code: &'static str,
    name: &'static str,
    kind: &'static str,
    parent: Option<&'static str>,
}

impl Province {
    /// The unit of a code.
    pub(super) fn unit(&self, code: &str) -> anyhow::Result<UnitId> {
        let found = self.units.get(code).copied();
        found.ok_or_else(|| anyhow::anyhow!("there is no unit {code}"))
    }
}

/// Brings every unit into the tree and gives each a point.
pub(super) async fn import(db: &Db, edge: &Edge) -> anyhow::Result<Province> {
    let lines = read()?;
    // The tree begins long before the demo, so that every age the pages show is one of the demo.
    let from = Timestamp::from_millis(0);
    let mut province = Province { units: BTreeMap::new(), points: Vec::new() };
    let mut places = Vec::new();
    let mut tx = db.begin().await?;
    for (index, line) in lines.iter().enumerate() {
        let unit = Unit {
            id: UnitId::new(edge.uuid()),
            code: line.code.into(),
            name: line.name.into(),
            kind: line.kind.into(),
            parent: line.parent.map(|parent| province.unit(parent)).transpose()?,
        };
        units::insert(&mut tx, &unit, from).await?;
        province.units.insert(line.code, unit.id);
        let id = PointId::new(edge.uuid());
        let point = Point { id, name: line.name.into(), unit: unit.id };
        points::insert(&mut tx, &point, from).await?;
        let first = FIRST.iter().position(|code| *code == line.code).unwrap_or(FIRST.len());
        places.push(((first, index), point));
    }
    tx.commit().await?;
    places.sort_by_key(|(place, _)| *place);
    province.points = places.into_iter().map(|(_, point)| point).collect();
    Ok(province)
}

/// The lines of the list, parents before children.
fn read() -> anyhow::Result<Vec<Line>> {
    let mut lines = CSV.lines();
    anyhow::ensure!(lines.next() == Some(HEAD), "the list of units has other columns");
    lines
        .map(|line| {
            let mut fields = line.split(',');
            let mut next = || fields.next().ok_or_else(|| anyhow::anyhow!("a short line: {line}"));
            let (code, name, kind, parent) = (next()?, next()?, next()?, next()?);
            Ok(Line { code, name, kind, parent: Some(parent).filter(|code| !code.is_empty()) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_116_units_and_each_hangs_in_the_tree() {
        let lines = read().expect("it reads");
        assert_eq!(lines.len(), 116);
        let mut known = BTreeSet::new();
        for line in &lines {
            assert!(line.parent.is_none_or(|parent| known.contains(parent)), "{}", line.name);
            assert!(known.insert(line.code), "{} twice", line.code);
        }
        assert_eq!(lines.iter().filter(|line| line.parent.is_none()).count(), 1);
        assert!(FIRST.iter().all(|code| known.contains(code)), "the first rooms");
    }
}
