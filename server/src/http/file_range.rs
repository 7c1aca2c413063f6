//! A file as an answer, whole or in part (RFC 9110, section 14).

use std::fs::File;
use std::io::SeekFrom;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::Problem;
use crate::papers::{Range, Slice};

/// Bytes read from the disk at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// The part of a file that the headers ask for. The file is at its first byte.
pub(super) async fn answer(
    asked: &HeaderMap,
    (file, length): (File, u64),
    (etag, kind): (&str, &'static str),
) -> Result<Response, Problem> {
    let value = |name: header::HeaderName| asked.get(name).and_then(|it| it.to_str().ok());
    let range = Range::parse(value(header::RANGE), value(header::IF_RANGE), etag);
    let (status, first, count) = match range.of(length) {
        Slice::Whole => (StatusCode::OK, 0, length),
        Slice::Part { first, last } => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Slice::Beyond => {
            let all = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, all).into_response());
        }
    };
    let mut file = tokio::fs::File::from_std(file);
    file.seek(SeekFrom::Start(first)).await.map_err(|error| Problem::failed(&error))?;
    let stream = ReaderStream::with_capacity(file.take(count), CHUNK_BYTES);
    let mut response = (status, Body::from_stream(stream)).into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_LENGTH, HeaderValue::from(count));
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    fields.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    fields.insert(header::ETAG, field(etag.to_owned())?);
    if status == StatusCode::PARTIAL_CONTENT {
        let last = first + count - 1;
        fields.insert(header::CONTENT_RANGE, field(format!("bytes {first}-{last}/{length}"))?);
    }
    Ok(response)
}

/// A header of ours.
pub(super) fn field(value: String) -> Result<HeaderValue, Problem> {
    HeaderValue::try_from(value).map_err(|error| Problem::failed(&error))
}
