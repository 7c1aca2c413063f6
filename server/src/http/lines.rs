//! `GET /api/meetings/{meeting}/lines`: what the lines of a meeting's points did.

use axum::Json;
use axum::extract::{Path, State};
use meeting::{MeetingId, PointId, Timestamp, looks_after_points};
use serde::Serialize;
use utoipa::ToSchema;

use super::Problem;
use super::auth::SignedIn;
use super::problem::ProblemBody;
use crate::app::App;
use crate::limits::LINE_RECORDS_MAX;
use crate::store::lines::{self, LineRecord};

/// One direction of a line over about a minute.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineBody {
    /// Whose line.
    #[schema(value_type = String)]
    point: PointId,
    /// When it was written down, UTC milliseconds.
    #[schema(value_type = i64)]
    at: Timestamp,
    /// `up`: from the room to the server; `down`: the other way.
    direction: &'static str,
    /// On average; absent where too few packets were sent to tell.
    loss_percent: Option<f32>,
    /// The worst.
    jitter_ms: u32,
    /// The worst.
    round_trip_ms: Option<u32>,
    /// On average.
    kilobits_per_second: u32,
    /// Since the room entered the call.
    freezes: u32,
    /// The layer of the picture, where there are several.
    layer: Option<u8>,
}

/// The record of the lines, the last first, for who looks after the points.
#[utoipa::path(get, path = "/api/meetings/{meeting}/lines", tag = "rooms",
    params(("meeting" = String, Path, description = "UUID")),
    responses((status = 200, body = Vec<LineBody>), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Path(meeting): Path<String>,
) -> Result<Json<Vec<LineBody>>, Problem> {
    let meeting: MeetingId = meeting.parse().map_err(|_| Problem::absent())?;
    if !looks_after_points(&session.actor()) {
        return Err(Problem::not_allowed());
    }
    app.meetings.load(meeting).await?.ok_or_else(Problem::absent)?;
    let mut reader = app.db.read().await?;
    let records = lines::of_meeting(&mut reader, meeting, LINE_RECORDS_MAX).await?;
    Ok(Json(records.iter().map(body).collect()))
}

fn body(record: &LineRecord) -> LineBody {
    let figures = record.figures;
    LineBody {
        point: record.point,
        at: record.at,
        direction: if record.is_up { "up" } else { "down" },
        loss_percent: figures.loss_percent,
        jitter_ms: figures.jitter_ms,
        round_trip_ms: record.round_trip_ms,
        kilobits_per_second: figures.kilobits_per_second,
        freezes: figures.freezes,
        layer: figures.layer,
    }
}
