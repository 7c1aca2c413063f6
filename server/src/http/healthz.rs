//! `GET /healthz`: whether the server can do its work.

use axum::extract::State;

use super::Problem;
use crate::app::App;

/// Answers `ok` when the database answers and the folder of the papers can be written to.
#[utoipa::path(get, path = "/healthz", tag = "operation",
    responses((status = 200, body = String), (status = 500, body = super::problem::ProblemBody)))]
pub(crate) async fn get(State(app): State<App>) -> Result<&'static str, Problem> {
    app.db.ping().await?;
    let folder = app.config.papers.folder.clone();
    let probe = folder.join(".healthz");
    tokio::fs::create_dir_all(&folder).await.map_err(|error| Problem::failed(&error))?;
    tokio::fs::write(&probe, b"ok").await.map_err(|error| Problem::failed(&error))?;
    Ok("ok")
}
