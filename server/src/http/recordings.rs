//! `GET /api/meetings/{meeting}/recordings`: what was recorded, with the log as chapters;
//! `GET /api/recordings/{part}`: one file, whole or in part.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use meeting::{MeetingId, Playback, Speaker, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Problem;
use super::auth::Reader;
use super::file_range;
use super::problem::ProblemBody;
use crate::app::App;
use crate::recording::Key;
use crate::store::{meeting_log, recordings};

/// Everything that a player needs.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordingsBody {
    /// The meeting's title.
    title: Option<String>,
    /// Whether the reader may take files away.
    may_keep: bool,
    /// In the order of their beginning.
    recordings: Vec<RecordingBody>,
    /// The complete files, in the order of their beginning.
    parts: Vec<PartBody>,
    /// `chapters` and `on_air`, out of the log.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    playback: Playback,
}

/// One recording.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordingBody {
    /// UTC milliseconds.
    #[schema(value_type = i64)]
    started_at: Timestamp,
    /// UTC milliseconds; absent while it goes on.
    #[schema(value_type = Option<i64>)]
    stopped_at: Option<Timestamp>,
    /// Why the server could not go on.
    trouble: Option<String>,
}

/// One file: one speaker, for a while.
#[derive(Serialize, ToSchema)]
pub(crate) struct PartBody {
    /// Which.
    #[schema(value_type = String)]
    part: Uuid,
    /// Whose.
    #[schema(value_type = Object)]
    speaker: Speaker,
    /// The name to show.
    name: Option<String>,
    /// UTC milliseconds.
    #[schema(value_type = i64)]
    started_at: Timestamp,
    /// UTC milliseconds.
    #[schema(value_type = i64)]
    ended_at: Timestamp,
    /// Whether there is a picture.
    has_picture: bool,
    /// Its size.
    bytes: u64,
}

/// The query of who wants to keep a file, for those who may.
const KEEP: &str = "keep=true";

/// What was recorded of a meeting.
#[utoipa::path(get, path = "/api/meetings/{meeting}/recordings", tag = "recordings",
    params(("meeting" = String, Path, description = "UUID")),
    responses((status = 200, body = RecordingsBody), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    Reader(reader): Reader,
    Path(meeting): Path<String>,
) -> Result<Json<RecordingsBody>, Problem> {
    let meeting: MeetingId = meeting.parse().map_err(|_| Problem::absent())?;
    let loaded = app.meetings.load(meeting).await?.ok_or_else(Problem::absent)?;
    if !loaded.state.may_watch(&reader) {
        return Err(Problem::absent());
    }
    let mut connection = app.db.read().await?;
    let kept = recordings::of_meeting(&mut connection, meeting).await?;
    let parts = recordings::parts_of(&mut connection, meeting).await?;
    let log = meeting_log::since(&mut connection, meeting, 0).await?;
    let log = log.iter().map(|record| (record.at, &record.event));
    let title = loaded.state.facts().map(|facts| facts.title.id);
    let body = RecordingsBody {
        title: title.and_then(|id| loaded.names.words.get(&id).cloned()),
        may_keep: loaded.state.may_keep(&reader),
        recordings: kept.into_iter().map(recording).collect(),
        parts: parts
            .into_iter()
            .filter_map(|part| {
                Some(PartBody {
                    part: part.id,
                    speaker: part.speaker,
                    name: loaded.names.of(part.speaker),
                    started_at: part.started_at,
                    ended_at: part.ended_at?,
                    has_picture: part.size.is_some(),
                    bytes: part.bytes,
                })
            })
            .collect(),
        playback: Playback::of(log, &reader, &loaded.names),
    };
    Ok(Json(body))
}

fn recording(kept: recordings::Recording) -> RecordingBody {
    RecordingBody {
        started_at: kept.started_at,
        stopped_at: kept.stopped_at,
        trouble: kept.trouble,
    }
}

/// A recorded file. What the reader may not see is not there.
#[utoipa::path(get, path = "/api/recordings/{part}", tag = "recordings",
    params(("part" = String, Path, description = "UUID"),
        ("keep" = Option<bool>, Query, description = "as a file, for those who may keep it"),
        ("Range" = Option<String>, Header, description = "one range of bytes")),
    responses((status = 200, content_type = "video/webm", body = Vec<u8>),
        (status = 206, content_type = "video/webm", body = Vec<u8>),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody),
        (status = 416, description = "Content-Range: bytes */length")))]
pub(crate) async fn get(
    State(app): State<App>,
    Reader(reader): Reader,
    Path(part): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let keeps = query.as_deref() == Some(KEEP);
    let part = Uuid::parse_str(&part).map_err(|_| Problem::absent())?;
    let found = recordings::find_part(&mut *app.db.read().await?, part).await?;
    let part = found.filter(|part| part.ended_at.is_some()).ok_or_else(Problem::absent)?;
    let loaded = app.meetings.load(part.meeting).await?.ok_or_else(Problem::absent)?;
    if !loaded.state.may_watch(&reader) {
        return Err(Problem::absent());
    }
    if keeps && !loaded.state.may_keep(&reader) {
        return Err(Problem::not_allowed());
    }
    let path = app.recordings.path(Key { meeting: part.meeting, seq: part.seq }, part.id);
    let opened = tokio::fs::File::open(path).await.map_err(|error| Problem::failed(&error))?;
    let opened = opened.into_std().await;
    let length = opened.metadata().map_err(|error| Problem::failed(&error))?.len();
    // A complete file is never changed again.
    let etag = format!("\"{}\"", part.id);
    let mut answer = file_range::answer(&headers, (opened, length), (&etag, "video/webm")).await?;
    let fields = answer.headers_mut();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    if keeps {
        let name = format!("attachment; filename=\"{}.webm\"", part.id);
        fields.insert(header::CONTENT_DISPOSITION, file_range::field(name)?);
    }
    Ok(answer)
}
