//! Table `point_report`: what a point reported last, and when it was heard of.

use meeting::{PointId, Timestamp};
use protocol::room::RoomReport;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Connection;
use super::error::{Error, one_row};
use super::row::{parsed, text_or_null, time};

/// What is known about a point that is not connected now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LastHeard {
    /// Which point.
    pub(crate) point: PointId,
    /// What it reported last.
    pub(crate) report: Option<RoomReport>,
    /// When it did.
    pub(crate) reported_at: Option<Timestamp>,
    /// When anything was heard of it.
    pub(crate) heard_at: Timestamp,
}

/// Keeps what was heard last of a point.
pub(crate) async fn set(connection: &mut Connection, last: &LastHeard) -> Result<(), Error> {
    const OPERATION: &str = "set point report";
    let report = last.report.as_ref().map(serde_json::to_string).transpose();
    let done = sqlx::query(
        "INSERT INTO point_report (point, report, reported_at, heard_at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (point) DO UPDATE SET report = excluded.report, \
         reported_at = excluded.reported_at, heard_at = excluded.heard_at",
    )
    .bind(last.point.to_string())
    .bind(report.map_err(Error::corrupt(OPERATION))?)
    .bind(last.reported_at.map(Timestamp::millis))
    .bind(last.heard_at.millis())
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// What was heard last of every point.
pub(crate) async fn all(connection: &mut Connection) -> Result<Vec<LastHeard>, Error> {
    sqlx::query("SELECT point, report, reported_at, heard_at FROM point_report ORDER BY point")
        .fetch_all(connection)
        .await
        .map_err(Error::of("list point reports"))?
        .iter()
        .map(last_heard)
        .collect()
}

fn last_heard(row: &AnyRow) -> Result<LastHeard, Error> {
    const OPERATION: &str = "read point report";
    let report = text_or_null(OPERATION, row, "report")?;
    let reported_at: Option<i64> = row.try_get("reported_at").map_err(Error::of(OPERATION))?;
    Ok(LastHeard {
        point: parsed(OPERATION, row, "point")?,
        // A report of an agent of another version is no reason not to start: it comes anew.
        report: report.and_then(|report| serde_json::from_str(&report).ok()),
        reported_at: reported_at.map(Timestamp::from_millis),
        heard_at: time(OPERATION, row, "heard_at")?,
    })
}
