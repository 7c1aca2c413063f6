//! `GET /api/units`: the organisations, as their tree stands today.

use axum::Json;
use axum::extract::State;
use meeting::UnitId;
use serde::Serialize;
use utoipa::ToSchema;

use super::Problem;
use super::auth::SignedIn;
use super::problem::ProblemBody;
use crate::app::App;
use crate::store;

/// One unit.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnitBody {
    /// Which.
    #[schema(value_type = String)]
    id: UnitId,
    /// Its code.
    code: String,
    /// Its name.
    name: String,
    /// What it is, in words of the place.
    kind: String,
    /// The unit above.
    #[schema(value_type = Option<String>)]
    parent: Option<UnitId>,
}

/// Every unit, by code.
#[utoipa::path(get, path = "/api/units", tag = "directory",
    responses((status = 200, body = Vec<UnitBody>), (status = 401, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    _signed_in: SignedIn,
) -> Result<Json<Vec<UnitBody>>, Problem> {
    let mut reader = app.db.read().await?;
    let units = store::units::at(&mut reader, app.edge.now()).await?;
    let lines = units.into_iter().map(|unit| UnitBody {
        id: unit.id,
        code: unit.code,
        name: unit.name,
        kind: unit.kind,
        parent: unit.parent,
    });
    Ok(Json(lines.collect()))
}
