//! Tables `meeting_line` and `point_ceiling`: what lines did, and what may be sent over them.

use std::collections::BTreeMap;

use meeting::{MeetingId, PersonId, PointId, Timestamp};
use protocol::line::LineFigures;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Connection;
use super::error::{Error, one_row};
use super::row::{number, parsed, text, time};

/// One direction of a line over about a minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LineRecord {
    /// The point whose line it is.
    pub(crate) point: PointId,
    /// When it was written.
    pub(crate) at: Timestamp,
    /// Whether from the room to the server.
    pub(crate) is_up: bool,
    /// What it did.
    pub(crate) figures: LineFigures,
    /// There and back.
    pub(crate) round_trip_ms: Option<u32>,
}

/// Writes down what a line did in a meeting.
pub(crate) async fn add(
    connection: &mut Connection,
    meeting: MeetingId,
    record: &LineRecord,
) -> Result<(), Error> {
    const OPERATION: &str = "insert meeting line";
    let figures = &record.figures;
    let done = sqlx::query(
        "INSERT INTO meeting_line (meeting, point, at, direction, loss_permille, jitter_ms, \
         round_trip_ms, kbps, freezes, layer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(meeting.to_string())
    .bind(record.point.to_string())
    .bind(record.at.millis())
    .bind(if record.is_up { "up" } else { "down" })
    .bind(figures.loss_percent.map(permille))
    .bind(i64::from(figures.jitter_ms))
    .bind(record.round_trip_ms.map(i64::from))
    .bind(i64::from(figures.kilobits_per_second))
    .bind(i64::from(figures.freezes))
    .bind(figures.layer.map(i64::from))
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// What the lines did in a meeting, the last first.
pub(crate) async fn of_meeting(
    connection: &mut Connection,
    meeting: MeetingId,
    count: i64,
) -> Result<Vec<LineRecord>, Error> {
    sqlx::query(
        "SELECT point, at, direction, loss_permille, jitter_ms, round_trip_ms, kbps, freezes, \
         layer FROM meeting_line WHERE meeting = $1 \
         ORDER BY at DESC, point, direction DESC LIMIT $2",
    )
    .bind(meeting.to_string())
    .bind(count)
    .fetch_all(connection)
    .await
    .map_err(Error::of("list meeting lines"))?
    .iter()
    .map(record_of)
    .collect()
}

/// Sets the ceiling of a point's line, in thousands of bits a second, or lifts it.
pub(crate) async fn set_ceiling(
    connection: &mut Connection,
    (point, kbps): (PointId, Option<u32>),
    by: PersonId,
    now: Timestamp,
) -> Result<(), Error> {
    const OPERATION: &str = "set point ceiling";
    let Some(kbps) = kbps else {
        // There may have been none.
        sqlx::query("DELETE FROM point_ceiling WHERE point = $1")
            .bind(point.to_string())
            .execute(connection)
            .await
            .map_err(Error::of("lift point ceiling"))?;
        return Ok(());
    };
    let done = sqlx::query(
        "INSERT INTO point_ceiling (point, kbps, set_at, set_by) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (point) DO UPDATE SET kbps = excluded.kbps, set_at = excluded.set_at, \
         set_by = excluded.set_by",
    )
    .bind(point.to_string())
    .bind(i64::from(kbps))
    .bind(now.millis())
    .bind(by.to_string())
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// The ceilings of all points that have one, in thousands of bits a second.
pub(crate) async fn ceilings(connection: &mut Connection) -> Result<BTreeMap<PointId, u32>, Error> {
    const OPERATION: &str = "list point ceilings";
    sqlx::query("SELECT point, kbps FROM point_ceiling")
        .fetch_all(connection)
        .await
        .map_err(Error::of(OPERATION))?
        .iter()
        .map(|row| Ok((parsed(OPERATION, row, "point")?, small(OPERATION, row, "kbps")?)))
        .collect()
}

fn record_of(row: &AnyRow) -> Result<LineRecord, Error> {
    const OPERATION: &str = "read meeting line";
    let optional = |name: &str| -> Result<Option<i64>, Error> {
        row.try_get(name).map_err(Error::of(OPERATION))
    };
    let figures = LineFigures {
        loss_percent: optional("loss_permille")?.and_then(percent),
        jitter_ms: small(OPERATION, row, "jitter_ms")?,
        kilobits_per_second: small(OPERATION, row, "kbps")?,
        freezes: small(OPERATION, row, "freezes")?,
        layer: optional("layer")?.and_then(|layer| u8::try_from(layer).ok()),
    };
    Ok(LineRecord {
        point: parsed(OPERATION, row, "point")?,
        at: time(OPERATION, row, "at")?,
        is_up: text(OPERATION, row, "direction")? == "up",
        figures,
        round_trip_ms: optional("round_trip_ms")?.and_then(|millis| u32::try_from(millis).ok()),
    })
}

fn small<T: TryFrom<i64, Error = std::num::TryFromIntError>>(
    operation: &'static str,
    row: &AnyRow,
    name: &str,
) -> Result<T, Error> {
    T::try_from(number(operation, row, name)?).map_err(Error::corrupt(operation))
}

/// A share of a hundred as one of a thousand, between none and all.
fn permille(percent: f32) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "it is clamped")]
    let permille = (percent * 10.0).round().clamp(0.0, 1000.0) as i64;
    permille
}

fn percent(permille: i64) -> Option<f32> {
    u16::try_from(permille).ok().map(|permille| f32::from(permille) / 10.0)
}
