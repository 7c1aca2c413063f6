//! `/api/enrolments`: how a device becomes a room. Asking for a code and asking what became of it
//! need no sign-in: the code opens nothing until an admin types it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use meeting::{DeviceId, PointId};
use protocol::enrol::EnrolmentRequest;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{Remote, SignedIn};
use super::problem::ProblemBody;
use super::{Body, Problem};
use crate::app::App;
use crate::rooms::{EnrolmentError, EnrolmentRefusal};

const NO_STORE: (header::HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// What an admin typed.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ConfirmBody {
    /// The code on the screen, with or without its hyphen.
    code: String,
    /// The point at which the device stands.
    #[schema(value_type = String)]
    point: PointId,
}

/// The device took its place.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfirmedBody {
    /// Which device.
    #[schema(value_type = String)]
    device: DeviceId,
    /// At which point.
    #[schema(value_type = String)]
    point: PointId,
    /// The devices that stood there before and are not let in any more.
    #[schema(value_type = Vec<String>)]
    replaced: Vec<DeviceId>,
}

/// A device asks for a code to show.
#[utoipa::path(post, path = "/api/enrolments", tag = "rooms",
    request_body(content = Object, description = "`protocol`, `public_key`"),
    responses((status = 201, body = Object, description = "`code`, `secret`, `expires_at`"),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody),
        (status = 429, body = ProblemBody)))]
pub(crate) async fn ask(
    State(app): State<App>,
    Remote(address): Remote,
    Body(body): Body<EnrolmentRequest>,
) -> Result<Response, Problem> {
    let code = app.rooms.enrolments.ask(&body, address).await?;
    Ok((StatusCode::CREATED, [NO_STORE], Json(code)).into_response())
}

/// A device asks what became of its code.
#[utoipa::path(get, path = "/api/enrolments/{secret}", tag = "rooms",
    params(("secret" = String, Path, description = "known to the device alone")),
    responses((status = 200, body = Object, description = "`state`: `waiting`, `enrolled`, `expired`"),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn state(
    State(app): State<App>,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let state = app.rooms.enrolments.state(&secret).await?;
    Ok(([NO_STORE], Json(state)).into_response())
}

/// An admin binds the device that shows a code to a point.
#[utoipa::path(post, path = "/api/enrolments/confirm", tag = "rooms", request_body = ConfirmBody,
    responses((status = 200, body = ConfirmedBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 429, body = ProblemBody)))]
pub(crate) async fn confirm(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Remote(address): Remote,
    Body(body): Body<ConfirmBody>,
) -> Result<Json<ConfirmedBody>, Problem> {
    let confirmed = app.rooms.confirm(&session.actor(), &body.code, body.point, address).await?;
    let (device, point, replaced) = (confirmed.device, confirmed.point, confirmed.replaced);
    Ok(Json(ConfirmedBody { device, point, replaced }))
}

impl From<EnrolmentError> for Problem {
    fn from(error: EnrolmentError) -> Self {
        let refusal = match error {
            EnrolmentError::Refused(refusal) => refusal,
            EnrolmentError::Store(error) => return error.into(),
        };
        let (status, code) = match refusal {
            EnrolmentRefusal::Wait { seconds } => return Self::wait(seconds),
            EnrolmentRefusal::Absent => return Self::absent(),
            EnrolmentRefusal::NotAllowed => return Self::not_allowed(),
            EnrolmentRefusal::Version { .. } => (StatusCode::CONFLICT, "VERSION"),
            EnrolmentRefusal::BadKey => (StatusCode::UNPROCESSABLE_ENTITY, "BAD_KEY"),
            EnrolmentRefusal::BadCode => (StatusCode::NOT_FOUND, "BAD_CODE"),
            EnrolmentRefusal::NoSuchPoint => (StatusCode::NOT_FOUND, "NO_SUCH_POINT"),
        };
        Self::refused(status, code, refusal.to_string())
    }
}
