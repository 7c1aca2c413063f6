//! `POST /api/meetings/{meeting}/papers` makes a paper of an upload; `GET /api/papers/{sha256}`
//! hands its bytes out, whole or in part (RFC 9110, section 14).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use meeting::{CommandId, Digest, ItemId, MeetingId, PaperFile, PaperId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::auth::{Reader, SignedIn};
use super::file_range::{self, field};
use super::problem::ProblemBody;
use super::{Body, Problem};
use crate::app::App;
use crate::papers::{AddError, IntakeError, LibraryError, NewPaper};

/// Which upload becomes which paper.
#[derive(Deserialize, ToSchema)]
pub(crate) struct AddPaperBody {
    /// Chosen by the sender: the same id is the same request.
    #[schema(value_type = String)]
    id: CommandId,
    /// The paper's id, chosen by the sender.
    #[schema(value_type = String)]
    paper: PaperId,
    /// The item it belongs to.
    #[schema(value_type = String)]
    item: ItemId,
    /// What it is called.
    title: String,
    /// The finished upload.
    #[schema(value_type = String)]
    upload: Uuid,
}

/// The paper that was added.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddedBody {
    /// The sequence number of the event.
    seq: i64,
    /// What was found out from its bytes.
    #[schema(value_type = Object)]
    file: PaperFile,
    /// The verification report: `verdict`, `at`, `signers`, `signed_bytes`.
    #[schema(value_type = Object)]
    verdict: serde_json::Value,
}

/// Judges or seals a finished upload and adds it to an item.
#[utoipa::path(post, path = "/api/meetings/{meeting}/papers", tag = "papers",
    params(("meeting" = String, Path, description = "UUID")), request_body = AddPaperBody,
    responses((status = 200, body = AddedBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody),
        (status = 422, body = ProblemBody, description = "the file is refused, with seal's code")))]
pub(crate) async fn add(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Path(meeting): Path<String>,
    Body(body): Body<AddPaperBody>,
) -> Result<Json<AddedBody>, Problem> {
    let meeting: MeetingId = meeting.parse().map_err(|_| Problem::absent())?;
    let new = NewPaper {
        actor: session.actor(),
        person: session.person,
        meeting,
        command: body.id,
        paper: body.paper,
        item: body.item,
        title: body.title,
        upload: body.upload,
    };
    let added = app.papers.add(new).await?;
    let verdict = serde_json::from_str(&added.report).map_err(|error| Problem::failed(&error))?;
    Ok(Json(AddedBody { seq: added.done.seq, file: added.file, verdict }))
}

/// A paper's bytes. What the reader may not see is not there.
#[utoipa::path(get, path = "/api/papers/{sha256}", tag = "papers",
    params(("sha256" = String, Path, description = "64 hexadecimal digits"),
        ("Range" = Option<String>, Header, description = "one range of bytes")),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>),
        (status = 206, content_type = "application/pdf", body = Vec<u8>), (status = 304),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 416, description = "Content-Range: bytes */length")))]
pub(crate) async fn get(
    State(app): State<App>,
    Reader(reader): Reader,
    Path(sha256): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let sha256: Digest = sha256.parse().map_err(|_| Problem::absent())?;
    let library = &app.papers.library;
    if library.readable_in(&reader, &sha256).await?.is_empty() {
        return Err(Problem::absent());
    }
    let etag = format!("\"{sha256}\"");
    if not_modified(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, common(&etag)?).into_response());
    }
    let opened = library.open(sha256).await?;
    let file = (opened.file, opened.length);
    let mut response = file_range::answer(&headers, file, (&etag, "application/pdf")).await?;
    if response.status() != StatusCode::RANGE_NOT_SATISFIABLE {
        response.headers_mut().extend(common(&etag)?);
    }
    Ok(response)
}

/// The headers of every answer with a paper: its bytes never change, they are for this reader
/// alone, and a browser that opens them by themselves runs nothing in them.
fn common(etag: &str) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, field(etag.to_owned())?);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let forever = HeaderValue::from_static("private, max-age=31536000, immutable");
    headers.insert(header::CACHE_CONTROL, forever);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    Ok(headers)
}

fn not_modified(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let same = |tag: &str| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
    };
    tags.is_some_and(|tags| tags.split(',').any(same))
}

impl From<AddError> for Problem {
    fn from(error: AddError) -> Self {
        match error {
            AddError::Command(error) => error.into(),
            AddError::Upload(error) => error.into(),
            AddError::Intake(error) => error.into(),
            AddError::Store(error) => error.into(),
        }
    }
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Self {
        match error.code() {
            Some(code) => Self::refused(StatusCode::UNPROCESSABLE_ENTITY, code, error.to_string()),
            None => Self::failed(&error),
        }
    }
}

impl From<LibraryError> for Problem {
    fn from(error: LibraryError) -> Self {
        Self::failed(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_who_has_it_gets_nothing() {
        let cases = [
            (None, false),
            (Some("\"a\""), true),
            (Some("W/\"a\""), true),
            (Some("\"b\", \"a\""), true),
            (Some("*"), true),
            (Some("\"b\""), false),
        ];
        for (value, expected) in cases {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(value));
            }
            assert_eq!(not_modified(&headers, "\"a\""), expected, "{value:?}");
        }
    }
}
