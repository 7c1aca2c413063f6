//! `GET /api/meetings/{meeting}/stills`: the stills of a meeting's points, for a director's
//! console.

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use meeting::{MeetingId, audience_of};

use super::Problem;
use super::auth::{SignedIn, cookie};
use super::live::{host_of, is_from};
use super::problem::ProblemBody;
use crate::app::App;
use crate::stills::{Console, serve};

/// Bytes of the longest word of a console.
const WORD_BYTES_MAX: usize = 64;

/// Opens the stream of stills (WebSocket). Each message holds records of 16 bytes of the point's
/// id, 8 bytes of the moment (UTC milliseconds), 4 bytes of the length, both big-endian, and a
/// WebP picture. The console answers each message with any word; the next one waits for it.
#[utoipa::path(get, path = "/api/meetings/{meeting}/stills", tag = "live",
    params(("meeting" = String, Path, description = "UUID")),
    responses((status = 101), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Path(meeting): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let meeting: MeetingId = meeting.parse().map_err(|_| Problem::absent())?;
    let host = host_of(&request);
    if !is_from(request.headers(), &host) {
        let message = "the page that opens the stills is of another host";
        return Err(Problem::refused(StatusCode::FORBIDDEN, "ORIGIN", message));
    }
    let actor = session.actor();
    let loaded = app.meetings.load(meeting).await?.ok_or_else(Problem::absent)?;
    audience_of(&loaded.state, &actor).ok_or_else(Problem::absent)?;
    loaded.state.points_watched_by(&actor).ok_or_else(Problem::not_allowed)?;
    let token = cookie(request.headers()).ok_or_else(Problem::sign_in)?.to_owned();
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
        Ok(upgrade) => upgrade.max_message_size(WORD_BYTES_MAX).max_frame_size(WORD_BYTES_MAX),
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let console = Console { actor, token, meeting };
    let tasks = app.tasks.clone();
    Ok(upgrade.on_upgrade(move |socket| {
        tasks.track_future(async move { serve(&app, socket, console).await })
    }))
}
