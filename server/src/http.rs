//! The HTTP surface: one endpoint, one file (rule 29). A handler parses, calls one use case and
//! turns refusals into statuses; what may be done is decided in the domain.

mod healthz;
mod problem;

use axum::Router;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(crate) use problem::Problem;

#[derive(OpenApi)]
#[openapi(info(title = "Điểm Cầu", description = "Meetings, papers and points of a province."))]
struct Head;

/// Every described endpoint. A new endpoint adds one line here.
pub(crate) fn endpoints() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Head::openapi()).routes(routes!(healthz::get))
}

/// The whole surface, and its description.
pub(crate) fn router(app: App) -> (Router, Description) {
    let (router, description) = endpoints().split_for_parts();
    (router.with_state(app), description)
}
