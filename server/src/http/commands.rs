//! `POST /api/meetings/{meeting}/commands`: the same use case as a command on the live channel.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use meeting::{Command, CommandId, MeetingId, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::SignedIn;
use super::problem::ProblemBody;
use super::{Body, Problem};
use crate::app::App;
use crate::meetings::{CommandError, Order};

/// A command with its id.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CommandBody {
    /// Chosen by the sender, UUID: the same id is the same command.
    #[schema(value_type = String)]
    id: CommandId,
    /// `{"do": …}`, see `Command` in the generated types.
    #[schema(value_type = Object)]
    command: Command<String>,
}

/// It was carried out.
#[derive(Serialize, ToSchema)]
pub(crate) struct DoneBody {
    /// The sequence number of the last event it made; 0 for somebody from whom something of the
    /// meeting may be kept.
    pub(crate) seq: i64,
}

/// Carries a command out, or answers it when it was carried out before.
#[utoipa::path(post, path = "/api/meetings/{meeting}/commands", tag = "meetings",
    params(("meeting" = String, Path, description = "UUID; for `create` chosen by the sender")),
    request_body = CommandBody,
    responses((status = 200, body = DoneBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub(crate) async fn post(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Path(meeting): Path<String>,
    Body(body): Body<CommandBody>,
) -> Result<Json<DoneBody>, Problem> {
    let meeting: MeetingId = meeting.parse().map_err(|_| Problem::absent())?;
    let order = Order::by_client(session.actor(), meeting, body.id, body.command)?;
    let carried_out = app.meetings.command(order).await;
    app.metrics.command(&carried_out);
    Ok(Json(DoneBody { seq: carried_out?.seq }))
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::Contended => {
                Self::refused(StatusCode::CONFLICT, "CONTENDED", "others were quicker, try again")
            }
            CommandError::Store(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::NoSuchMeeting
            | Refusal::NoSuchItem
            | Refusal::NoSuchPaper
            | Refusal::NoSuchPage => StatusCode::NOT_FOUND,
            Refusal::NotAllowed => StatusCode::FORBIDDEN,
            Refusal::BadTitle | Refusal::BadLength => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::CONFLICT,
        };
        Self::refused(status, code_of(refusal), refusal.to_string())
    }
}

/// The stable code of a refusal, as `serde` writes it.
pub(crate) fn code_of(refusal: Refusal) -> String {
    match serde_json::to_value(refusal) {
        Ok(serde_json::Value::String(code)) => code,
        _ => "REFUSED".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_code() {
        assert_eq!(code_of(Refusal::NoSuchMeeting), "NO_SUCH_MEETING");
        assert_eq!(code_of(Refusal::NotAllowed), "NOT_ALLOWED");
    }
}
