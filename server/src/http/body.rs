//! A JSON body that is refused with our own words.

use axum::Json;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::Problem;
use crate::app::App;

/// A JSON body. Demands `content-type: application/json`, which no form of another site can send.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        match Json::from_request(request, app).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => {
                Err(Problem::refused(rejection.status(), "MALFORMED", rejection.body_text()))
            }
        }
    }
}
