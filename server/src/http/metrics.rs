//! `GET /metrics`: numbers about the running server, `OpenMetrics`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::Problem;
use crate::app::App;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Every number. Holds no names; a proxy should keep it from outsiders all the same.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
pub(crate) async fn get(State(app): State<App>) -> Result<Response, Problem> {
    let text = app.metrics.text(app.live.open_count()).map_err(|error| Problem::failed(&error))?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}
