//! Tables `unit` and `unit_edge`: organisations, in a tree of dated edges.

use meeting::{Timestamp, UnitId};
use sqlx::any::AnyRow;

use super::Connection;
use super::error::{Error, one_row};
use super::row::{parsed, parsed_or_null, text};

/// An organisation as it stands at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Which.
    pub(crate) id: UnitId,
    /// Its code (mã định danh), or the statistics office's number.
    pub(crate) code: String,
    /// Its name.
    pub(crate) name: String,
    /// What it is, in words of the place (tỉnh, huyện, xã …): an attribute, never a rule.
    pub(crate) kind: String,
    /// The unit above.
    pub(crate) parent: Option<UnitId>,
}

/// Adds a unit and its place in the tree from a moment on.
pub(crate) async fn insert(
    connection: &mut Connection,
    unit: &Unit,
    from: Timestamp,
) -> Result<(), Error> {
    const OPERATION: &str = "insert unit";
    let done = sqlx::query("INSERT INTO unit (id, code, name, kind) VALUES ($1, $2, $3, $4)")
        .bind(unit.id.to_string())
        .bind(unit.code.as_str())
        .bind(unit.name.as_str())
        .bind(unit.kind.as_str())
        .execute(&mut *connection)
        .await
        .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())?;
    let done = sqlx::query("INSERT INTO unit_edge (unit, parent, valid_from) VALUES ($1, $2, $3)")
        .bind(unit.id.to_string())
        .bind(unit.parent.map(|parent| parent.to_string()))
        .bind(from.millis())
        .execute(connection)
        .await
        .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// The units that have a place in the tree at a moment, by code.
pub(crate) async fn at(connection: &mut Connection, at: Timestamp) -> Result<Vec<Unit>, Error> {
    sqlx::query(
        "SELECT unit.id, unit.code, unit.name, unit.kind, unit_edge.parent FROM unit \
         JOIN unit_edge ON unit_edge.unit = unit.id \
         WHERE unit_edge.valid_from <= $1 AND (unit_edge.valid_to IS NULL OR unit_edge.valid_to > $1) \
         ORDER BY unit.code",
    )
    .bind(at.millis())
    .fetch_all(connection)
    .await
    .map_err(Error::of("list units"))?
    .iter()
    .map(unit_of)
    .collect()
}

fn unit_of(row: &AnyRow) -> Result<Unit, Error> {
    const OPERATION: &str = "read unit";
    Ok(Unit {
        id: parsed(OPERATION, row, "id")?,
        code: text(OPERATION, row, "code")?,
        name: text(OPERATION, row, "name")?,
        kind: text(OPERATION, row, "kind")?,
        parent: parsed_or_null(OPERATION, row, "parent")?,
    })
}
