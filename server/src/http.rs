//! The HTTP surface: one endpoint, one file (rule 29). A handler parses, calls one use case and
//! turns refusals into statuses; what may be done is decided in the domain.

mod auth;
mod body;
mod ceilings;
mod commands;
mod enrolments;
mod file_range;
mod healthz;
mod ice_fragment;
mod lines;
mod live;
mod media_session;
mod metrics;
mod observe;
mod papers;
mod people;
mod points;
mod problem;
mod proofs;
mod recordings;
mod session;
mod stills;
#[cfg(test)]
mod tests;
mod units;
mod uploads;
mod web;
mod whep;
mod whip;

use axum::extract::DefaultBodyLimit;
use axum::{Json, Router, middleware, routing};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::limits::JSON_BYTES_MAX;

pub(crate) use body::Body;
pub(crate) use commands::code_of;
pub(crate) use problem::Problem;

#[derive(OpenApi)]
#[openapi(info(title = "Điểm Cầu", description = "Meetings, papers and points of a province."))]
struct Head;

/// Every described endpoint. A new endpoint adds one line here.
pub(crate) fn endpoints() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Head::openapi())
        .routes(routes!(session::post, session::get, session::delete))
        .routes(routes!(people::get))
        .routes(routes!(points::get))
        .routes(routes!(units::get))
        .routes(routes!(commands::post))
        .routes(routes!(uploads::options, uploads::create))
        .routes(routes!(uploads::head, uploads::patch, uploads::delete))
        .routes(routes!(papers::add))
        .routes(routes!(papers::get))
        .routes(routes!(proofs::get))
        .routes(routes!(recordings::list))
        .routes(routes!(recordings::get))
        .routes(routes!(enrolments::ask))
        .routes(routes!(enrolments::confirm))
        .routes(routes!(enrolments::state))
        .routes(routes!(live::get))
        .routes(routes!(stills::get))
        .routes(routes!(ceilings::put))
        .routes(routes!(lines::get))
        .routes(routes!(healthz::get))
        .routes(routes!(metrics::get))
}

/// The whole surface, and its description.
pub(crate) fn router(app: App) -> (Router, Description) {
    let (router, description) = endpoints().split_for_parts();
    let told = Json(description.clone());
    let router = router
        .merge(whip::router())
        .merge(whep::router())
        .route("/api/openapi.json", routing::get(async move || told))
        .fallback(web::get)
        .layer(DefaultBodyLimit::max(JSON_BYTES_MAX))
        .layer(middleware::from_fn_with_state(app.clone(), observe::around));
    (router.with_state(app), description)
}
