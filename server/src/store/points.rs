//! Table `point`: places in the network (điểm cầu).

use meeting::{PointId, Timestamp, UnitId};
use sqlx::any::AnyRow;

use super::Connection;
use super::error::{Error, one_row};
use super::row::{parsed, text};

/// A place in the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// Which.
    pub(crate) id: PointId,
    /// Its name.
    pub(crate) name: String,
    /// The unit it serves.
    pub(crate) unit: UnitId,
}

/// Adds a point from a moment on.
pub(crate) async fn insert(
    connection: &mut Connection,
    point: &Point,
    from: Timestamp,
) -> Result<(), Error> {
    const OPERATION: &str = "insert point";
    let done =
        sqlx::query("INSERT INTO point (id, name, unit, valid_from) VALUES ($1, $2, $3, $4)")
            .bind(point.id.to_string())
            .bind(point.name.as_str())
            .bind(point.unit.to_string())
            .bind(from.millis())
            .execute(connection)
            .await
            .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// The points that are in use at a moment, by the code of their unit.
pub(crate) async fn at(connection: &mut Connection, at: Timestamp) -> Result<Vec<Point>, Error> {
    sqlx::query(
        "SELECT point.id, point.name, point.unit FROM point JOIN unit ON unit.id = point.unit \
         WHERE point.valid_from <= $1 AND (point.valid_to IS NULL OR point.valid_to > $1) \
         ORDER BY unit.code, point.name",
    )
    .bind(at.millis())
    .fetch_all(connection)
    .await
    .map_err(Error::of("list points"))?
    .iter()
    .map(point_of)
    .collect()
}

/// The name of every point there ever was: a meeting keeps the points it was held with.
pub(crate) async fn names(connection: &mut Connection) -> Result<Vec<(PointId, String)>, Error> {
    const OPERATION: &str = "list point names";
    sqlx::query("SELECT id, name FROM point")
        .fetch_all(connection)
        .await
        .map_err(Error::of(OPERATION))?
        .iter()
        .map(|row| Ok((parsed(OPERATION, row, "id")?, text(OPERATION, row, "name")?)))
        .collect()
}

fn point_of(row: &AnyRow) -> Result<Point, Error> {
    const OPERATION: &str = "read point";
    Ok(Point {
        id: parsed(OPERATION, row, "id")?,
        name: text(OPERATION, row, "name")?,
        unit: parsed(OPERATION, row, "unit")?,
    })
}
