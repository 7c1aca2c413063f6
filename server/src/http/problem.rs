//! What an endpoint answers when it cannot do what was asked.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store;

/// A refusal (4xx, a stable code the person can act on) or a failure (5xx, `FAILED`, logged once
/// here for the operator).
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: String,
    message: String,
    retry_after_seconds: Option<u32>,
}

/// The body of every answer that is not a success.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// Stable; the web application translates it.
    code: String,
    /// English, for operators.
    message: String,
}

impl Problem {
    /// A refusal.
    pub(crate) fn refused(
        status: StatusCode,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { status, code: code.into(), message: message.into(), retry_after_seconds: None }
    }

    /// There is no such thing, or the asker may not know it.
    pub(crate) fn absent() -> Self {
        Self::refused(StatusCode::NOT_FOUND, "ABSENT", "there is no such thing")
    }

    /// Nobody is signed in.
    pub(crate) fn sign_in() -> Self {
        Self::refused(StatusCode::UNAUTHORIZED, "SIGN_IN", "sign in first")
    }

    /// Somebody is, without the right to this.
    pub(crate) fn not_allowed() -> Self {
        Self::refused(StatusCode::FORBIDDEN, "NOT_ALLOWED", "not allowed")
    }

    /// The request changes something without the token of the session.
    pub(crate) fn csrf() -> Self {
        Self::refused(StatusCode::FORBIDDEN, "CSRF", "the header x-csrf-token is missing or wrong")
    }

    /// The request makes no sense.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, "MALFORMED", message)
    }

    /// Too many tries.
    pub(crate) fn wait(seconds: u32) -> Self {
        let mut problem =
            Self::refused(StatusCode::TOO_MANY_REQUESTS, "WAIT", "too many tries, wait");
        problem.retry_after_seconds = Some(seconds);
        problem
    }

    /// A failure: logged here with its causes, told without them.
    pub(crate) fn failed(error: &(dyn std::error::Error + 'static)) -> Self {
        let causes: Vec<String> = std::iter::successors(error.source(), |error| error.source())
            .map(ToString::to_string)
            .collect();
        tracing::error!(error = %error, error.causes = ?causes, "a request failed");
        Self::refused(StatusCode::INTERNAL_SERVER_ERROR, "FAILED", "the server failed")
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        Self::failed(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody { code: self.code, message: self.message };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
