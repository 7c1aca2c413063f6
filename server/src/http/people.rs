//! `GET /api/people`: everybody with an account, to invite them.

use axum::Json;
use axum::extract::State;
use meeting::{PersonId, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

use super::Problem;
use super::auth::SignedIn;
use super::problem::ProblemBody;
use crate::app::App;
use crate::store;

/// One person.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonBody {
    /// Who.
    #[schema(value_type = String)]
    id: PersonId,
    /// The name.
    name: String,
    /// Chức vụ.
    position: String,
    /// Where he works.
    #[schema(value_type = Option<String>)]
    unit: Option<UnitId>,
}

/// Everybody, by name.
#[utoipa::path(get, path = "/api/people", tag = "directory",
    responses((status = 200, body = Vec<PersonBody>), (status = 401, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    _signed_in: SignedIn,
) -> Result<Json<Vec<PersonBody>>, Problem> {
    let mut reader = app.db.read().await?;
    let people = store::people::all(&mut reader).await?;
    let lines = people.into_iter().map(|person| PersonBody {
        id: person.id,
        name: person.name,
        position: person.position,
        unit: person.unit,
    });
    Ok(Json(lines.collect()))
}
