//! WHEP: a standard client watches a meeting.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Router, middleware, routing};

use super::Problem;
use super::media_session::{self, WantedQuery, Way};
use crate::app::App;

/// The endpoint and its sessions.
pub(super) fn router() -> Router<App> {
    let endpoint = routing::post(post).options(media_session::before_offer);
    let session = routing::patch(media_session::change)
        .delete(media_session::end)
        .options(media_session::options);
    Router::new()
        .route("/whep/{meeting}", endpoint)
        .route("/whep/{meeting}/{session}", session)
        .layer(middleware::from_fn(media_session::any_origin))
}

/// Watches what everybody sees, or the stream named by `?stream=NAME`.
async fn post(
    State(app): State<App>,
    Path(meeting): Path<String>,
    wanted: WantedQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    media_session::offer(Way::Whep, &app, &meeting, wanted.0, (headers, body)).await
}
