//! The units and points of the sample province, as they were in 2022.

use std::collections::BTreeMap;

use meeting::unit::parse_units;
use meeting::{PointId, Timestamp, UnitId};

use crate::edge::Edge;
use crate::store::points::Point;
use crate::store::units::Unit;
use crate::store::{Db, points, units};

/// The General Statistics Office's codes and names: a province, six units below it, 109 communes.
const CSV: &str = include_str!("../../demo/ha-nam-2022.csv");
/// The units that get a device first, so that a demo of three rooms shows a commune, its district
/// and a town.
const FIRST: [&str; 3] = ["13483", "351", "347"];

/// What was brought in.
pub(super) struct Province {
    units: BTreeMap<String, UnitId>,
    /// Those that get a device first come first.
    pub(super) points: Vec<Point>,
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
    let rows = parse_units(CSV)?;
    // The tree begins long before the demo, so that every age the pages show is one of the demo.
    let from = Timestamp::from_millis(0);
    let mut province = Province { units: BTreeMap::new(), points: Vec::new() };
    let mut places = Vec::new();
    let mut tx = db.begin().await?;
    for (index, row) in rows.into_iter().enumerate() {
        let first = FIRST.iter().position(|code| *code == row.code).unwrap_or(FIRST.len());
        let unit = Unit {
            id: UnitId::new(edge.uuid()),
            parent: row.parent.map(|parent| province.unit(&parent)).transpose()?,
            code: row.code,
            name: row.name,
            kind: row.kind,
        };
        units::insert(&mut tx, &unit, from).await?;
        let id = PointId::new(edge.uuid());
        let point = Point { id, name: unit.name, unit: unit.id };
        points::insert(&mut tx, &point, from).await?;
        province.units.insert(unit.code, unit.id);
        places.push(((first, index), point));
    }
    tx.commit().await?;
    places.sort_by_key(|(place, _)| *place);
    province.points = places.into_iter().map(|(_, point)| point).collect();
    Ok(province)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_116_units_and_each_hangs_in_the_tree() {
        let rows = parse_units(CSV).expect("it reads");
        assert_eq!(rows.len(), 116);
        let mut known = BTreeSet::new();
        for row in &rows {
            assert!(row.parent.iter().all(|parent| known.contains(parent)), "{}", row.name);
            assert!(known.insert(row.code.clone()), "{} twice", row.code);
        }
        assert_eq!(rows.iter().filter(|row| row.parent.is_none()).count(), 1);
        assert!(FIRST.iter().all(|code| known.contains(*code)), "the first rooms");
    }
}
