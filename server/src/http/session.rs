//! `/api/session`: signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{COOKIE, Remote, SignedIn, cookie, is_https};
use super::problem::ProblemBody;
use super::{Body, Problem};
use crate::app::App;
use crate::limits::{PASSWORD_BYTES_MAX, USER_CHARS_MAX};
use crate::people::{SignInError, Try};
use crate::sessions::Session;
use crate::telemetry::Pii;

/// Name and password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignInBody {
    /// The account's name.
    user: String,
    /// Its password.
    password: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionBody {
    /// Who.
    #[schema(value_type = String)]
    person: meeting::PersonId,
    /// The name.
    name: String,
    /// What he is in the whole system: `admin`, `secretary`, `technician`.
    #[schema(value_type = Vec<String>)]
    roles: Vec<meeting::Role>,
    /// To be sent as `x-csrf-token` with everything but GET.
    csrf: String,
}

impl From<Session> for SessionBody {
    fn from(session: Session) -> Self {
        let roles = session.roles.into_iter().collect();
        Self { person: session.person, name: session.name, roles, csrf: session.csrf }
    }
}

/// Signs in: the cookie is `HttpOnly` and never sent with a request from another site.
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = SignInBody,
    responses((status = 200, body = SessionBody), (status = 401, body = ProblemBody),
        (status = 429, body = ProblemBody)))]
pub(crate) async fn post(
    State(app): State<App>,
    Remote(address): Remote,
    headers: HeaderMap,
    Body(body): Body<SignInBody>,
) -> Result<Response, Problem> {
    let is_too_long =
        body.user.chars().count() > USER_CHARS_MAX || body.password.len() > PASSWORD_BYTES_MAX;
    if is_too_long {
        return Err(wrong());
    }
    let user = body.user.clone();
    let attempt =
        Try { user_name: body.user, password: body.password, address: address.to_string() };
    let person = app.gate.enter(attempt).await.map_err(|error| problem(error, &user))?;
    let begun = app.sessions.begin(person).await?.ok_or_else(wrong)?;
    let secure = if is_https(&app, &headers) { "; Secure" } else { "" };
    let (token, seconds) = (&begun.token, begun.seconds);
    let set =
        format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    let headers = [(SET_COOKIE, set), (CACHE_CONTROL, "no-store".to_owned())];
    Ok((headers, Json(SessionBody::from(begun.session))).into_response())
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/session", tag = "session",
    responses((status = 200, body = SessionBody), (status = 401, body = ProblemBody)))]
pub(crate) async fn get(SignedIn(session): SignedIn) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(SessionBody::from(session))).into_response()
}

/// Signs out.
#[utoipa::path(delete, path = "/api/session", tag = "session",
    responses((status = 204), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(crate) async fn delete(
    State(app): State<App>,
    _signed_in: SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(token) = cookie(&headers) {
        app.sessions.end(token).await?;
    }
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, gone)]).into_response())
}

fn wrong() -> Problem {
    Problem::refused(StatusCode::UNAUTHORIZED, "WRONG_PASSWORD", "name or password is wrong")
}

fn problem(error: SignInError, user: &str) -> Problem {
    match error {
        SignInError::Wrong => {
            tracing::info!(session.user = %Pii(user), "a sign-in failed");
            wrong()
        }
        SignInError::Wait { seconds } => {
            tracing::warn!(session.user = %Pii(user), wait.seconds = seconds, "too many sign-ins");
            Problem::wait(seconds)
        }
        SignInError::Password(error) => Problem::failed(&error),
        SignInError::Store(error) => error.into(),
    }
}
