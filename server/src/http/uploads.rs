//! `/api/uploads`: tus 1.0.0 (core, creation, expiration, termination). The protocol itself tells
//! the sender how much has arrived; after a cut he asks with `HEAD` and goes on from there.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::fmt::rfc2822::DateTimePrinter;
use meeting::Timestamp;
use uuid::Uuid;

use super::Problem;
use super::auth::SignedIn;
use super::problem::ProblemBody;
use crate::app::App;
use crate::papers::{UploadError, UploadRefusal};
use crate::store::uploads::Upload;

const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const EXTENSIONS: HeaderValue = HeaderValue::from_static("creation,expiration,termination");
const BYTES: &str = "application/offset+octet-stream";

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");

/// What this server takes.
#[utoipa::path(options, path = "/api/uploads", tag = "papers",
    responses((status = 204, description = "Tus-Version, Tus-Extension, Tus-Max-Size")))]
pub(crate) async fn options(State(app): State<App>) -> Response {
    let size = HeaderValue::from(app.papers.uploads.bytes_max());
    answer(
        StatusCode::NO_CONTENT,
        [(TUS_VERSION, VERSION), (TUS_EXTENSION, EXTENSIONS), (TUS_MAX_SIZE, size)],
    )
}

/// Begins an upload of `Upload-Length` bytes.
#[utoipa::path(post, path = "/api/uploads", tag = "papers",
    params(("Upload-Length" = u64, Header, description = "bytes of the file")),
    responses((status = 201, description = "Location, Upload-Expires"),
        (status = 400, body = ProblemBody), (status = 412, body = ProblemBody),
        (status = 413, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !speaks_tus(&headers) {
        return Ok(other_version());
    }
    let length = number(&headers, &UPLOAD_LENGTH)?;
    let (id, now) = (app.edge.uuid(), app.edge.now());
    let upload = app.papers.uploads.begin(id, session.person, length, now).await?;
    let location = HeaderValue::try_from(format!("/api/uploads/{id}"));
    let location = location.map_err(|error| Problem::failed(&error))?;
    Ok(answer(StatusCode::CREATED, [(header::LOCATION, location), expires(&upload)]))
}

/// How much has arrived.
#[utoipa::path(head, path = "/api/uploads/{id}", tag = "papers",
    params(("id" = String, Path, description = "from Location")),
    responses((status = 200, description = "Upload-Offset, Upload-Length, Upload-Expires"),
        (status = 404)))]
pub(crate) async fn head(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !speaks_tus(&headers) {
        return Ok(other_version());
    }
    let upload = app.papers.uploads.find(parse(&id)?, session.person, app.edge.now()).await?;
    Ok(answer(
        StatusCode::OK,
        [
            (UPLOAD_OFFSET, HeaderValue::from(upload.durable)),
            (UPLOAD_LENGTH, HeaderValue::from(upload.length)),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            expires(&upload),
        ],
    ))
}

/// Takes bytes from `Upload-Offset` on, as many as come.
#[utoipa::path(patch, path = "/api/uploads/{id}", tag = "papers",
    params(("id" = String, Path, description = "from Location"),
        ("Upload-Offset" = u64, Header, description = "where these bytes begin")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "Upload-Offset: what is on the disk now"),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 413, body = ProblemBody), (status = 415, body = ProblemBody),
        (status = 423, body = ProblemBody)))]
pub(crate) async fn patch(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if !speaks_tus(&headers) {
        return Ok(other_version());
    }
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != BYTES) {
        let message = format!("the content type must be {BYTES}");
        return Err(Problem::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "MALFORMED", message));
    }
    let offset = number(&headers, &UPLOAD_OFFSET)?;
    let uploads = &app.papers.uploads;
    let upload = uploads.find(parse(&id)?, session.person, app.edge.now()).await?;
    let durable = uploads.append(&upload, offset, body.into_data_stream()).await?;
    let offset = (UPLOAD_OFFSET, HeaderValue::from(durable));
    Ok(answer(StatusCode::NO_CONTENT, [offset, expires(&upload)]))
}

/// Gives an upload up.
#[utoipa::path(delete, path = "/api/uploads/{id}", tag = "papers",
    params(("id" = String, Path, description = "from Location")),
    responses((status = 204), (status = 404, body = ProblemBody), (status = 423, body = ProblemBody)))]
pub(crate) async fn delete(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !speaks_tus(&headers) {
        return Ok(other_version());
    }
    let uploads = &app.papers.uploads;
    let upload = uploads.find(parse(&id)?, session.person, app.edge.now()).await?;
    uploads.discard(upload.id).await?;
    Ok(answer(StatusCode::NO_CONTENT, []))
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let refusal = match error {
            UploadError::Refused(refusal) => refusal,
            error => return Self::failed(&error),
        };
        let (status, code) = match refusal {
            UploadRefusal::Absent => return Self::absent(),
            UploadRefusal::OtherOffset { .. } => (StatusCode::CONFLICT, "OTHER_OFFSET"),
            UploadRefusal::Busy => (StatusCode::LOCKED, "BUSY"),
            UploadRefusal::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE"),
            UploadRefusal::Empty => (StatusCode::BAD_REQUEST, "EMPTY"),
            UploadRefusal::NotPdf => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "NOT_PDF"),
            UploadRefusal::TooMany => (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_UPLOADS"),
            UploadRefusal::Unfinished => (StatusCode::CONFLICT, "UNFINISHED"),
        };
        Self::refused(status, code, refusal.to_string())
    }
}

fn speaks_tus(headers: &HeaderMap) -> bool {
    headers.get(TUS_RESUMABLE).is_some_and(|version| version == VERSION)
}

fn other_version() -> Response {
    let problem = Problem::refused(
        StatusCode::PRECONDITION_FAILED,
        "TUS_VERSION",
        "this server speaks tus 1.0.0: send Tus-Resumable",
    );
    ([(TUS_RESUMABLE, VERSION), (TUS_VERSION, VERSION)], problem).into_response()
}

fn answer<const N: usize>(status: StatusCode, headers: [(HeaderName, HeaderValue); N]) -> Response {
    (status, [(TUS_RESUMABLE, VERSION)], headers).into_response()
}

fn expires(upload: &Upload) -> (HeaderName, HeaderValue) {
    let value = http_date(upload.expires_at).and_then(|date| HeaderValue::try_from(date).ok());
    (UPLOAD_EXPIRES, value.unwrap_or(HeaderValue::from_static("0")))
}

/// A time as RFC 9110, section 5.6.7, writes it.
fn http_date(time: Timestamp) -> Option<String> {
    let time = jiff::Timestamp::from_millisecond(time.millis()).ok()?;
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).ok()
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Problem> {
    let text = headers.get(name).and_then(|value| value.to_str().ok());
    let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| Problem::malformed(format!("{name} must be a number of bytes")))
}

fn parse(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| Problem::absent())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_http_wants_it() {
        let date = http_date(Timestamp::from_millis(784_111_777_000));
        assert_eq!(date.as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    }
}
