//! `PUT /api/points/{point}/ceiling`: the most that may be sent over the line of a point.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use meeting::PointId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::SignedIn;
use super::problem::ProblemBody;
use super::{Body, Problem};
use crate::app::App;
use crate::rooms::CeilingError;

/// A ceiling.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CeilingBody {
    /// Thousands of bits a second either way; nothing lifts it.
    kilobits_per_second: Option<u32>,
}

/// Sets or lifts the ceiling of a point's line. A technician or an admin may; the room and the
/// forwarding unit keep to it at once.
#[utoipa::path(put, path = "/api/points/{point}/ceiling", tag = "rooms",
    params(("point" = String, Path, description = "UUID")), request_body = CeilingBody,
    responses((status = 204), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub(crate) async fn put(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Path(point): Path<String>,
    Body(body): Body<CeilingBody>,
) -> Result<StatusCode, Problem> {
    let point: PointId = point.parse().map_err(|_| Problem::absent())?;
    let kbps = body.kilobits_per_second;
    let ceilings = app.rooms.set_ceiling(&session.actor(), point, kbps).await?;
    app.calls.set_ceilings(ceilings);
    Ok(StatusCode::NO_CONTENT)
}

impl From<CeilingError> for Problem {
    fn from(error: CeilingError) -> Self {
        match error {
            CeilingError::NotAllowed => Self::not_allowed(),
            CeilingError::NoSuchPoint => Self::absent(),
            CeilingError::OutOfRange => {
                Self::refused(StatusCode::UNPROCESSABLE_ENTITY, "OUT_OF_RANGE", error.to_string())
            }
            CeilingError::Store(error) => error.into(),
        }
    }
}
