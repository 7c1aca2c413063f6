//! `GET /api/points`: the places in the network, to invite them.

use axum::Json;
use axum::extract::State;
use meeting::{PointId, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

use super::Problem;
use super::auth::SignedIn;
use super::problem::ProblemBody;
use crate::app::App;
use crate::store;

/// One point.
#[derive(Serialize, ToSchema)]
pub(crate) struct PointBody {
    /// Which.
    #[schema(value_type = String)]
    id: PointId,
    /// Its name.
    name: String,
    /// The unit it serves.
    #[schema(value_type = String)]
    unit: UnitId,
}

/// Every point in use today, by the code of its unit.
#[utoipa::path(get, path = "/api/points", tag = "directory",
    responses((status = 200, body = Vec<PointBody>), (status = 401, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    _signed_in: SignedIn,
) -> Result<Json<Vec<PointBody>>, Problem> {
    let mut reader = app.db.read().await?;
    let points = store::points::at(&mut reader, app.edge.now()).await?;
    let lines = points.into_iter().map(|point| PointBody {
        id: point.id,
        name: point.name,
        unit: point.unit,
    });
    Ok(Json(lines.collect()))
}
