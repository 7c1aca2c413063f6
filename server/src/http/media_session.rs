//! What WHIP (RFC 9725) and WHEP have in common: who comes, the session that an offer makes, its
//! end, its trickling and its restart.

use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{AppendHeaders, IntoResponse, Response};
use meeting::Speaker;
use serde::Deserialize;

use super::{Problem, ice_fragment};
use crate::app::App;
use crate::calls::{EnterError, HttpEntry, Session, Visitor};
use crate::edge::Edge;
use crate::relays;

/// RFC 5789 §3.1.
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
const SDP: &str = "application/sdp";
/// Characters of a stream's name.
const STREAM_CHARS_MAX: usize = 64;

/// `?stream=NAME`.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    stream: Option<String>,
}

/// Which of the two protocols.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// Publishing.
    Whip,
    /// Watching.
    Whep,
}

/// `POST`: an offer in, a session and an answer out.
pub(super) async fn offer(
    way: Way,
    app: &App,
    meeting: &str,
    wanted: Wanted,
    request: (HeaderMap, Bytes),
) -> Result<Response, Problem> {
    let (headers, body) = request;
    let visitor = visitor(app, meeting, &headers).await?;
    let speaker = visitor.speaker();
    let sdp = text(&headers, &body, SDP)?;
    let stream = wanted.stream.map(stream_name).transpose()?;
    let (session, etag) = (app.edge.token(), fresh_etag(&app.edge));
    let entry = HttpEntry {
        visitor,
        stream,
        sdp: sdp.to_owned(),
        session: session.clone(),
        etag: etag.clone(),
    };
    let (path, answer) = match way {
        Way::Whip => ("whip", app.calls.publish(entry).await?),
        Way::Whep => ("whep", app.calls.watch(entry).await?),
    };
    let location = format!("/{path}/{meeting}/{session}");
    let headers = [
        (header::CONTENT_TYPE, SDP.to_owned()),
        (header::LOCATION, location),
        (header::ETAG, etag),
        (ACCEPT_PATCH, ice_fragment::MEDIA_TYPE.to_owned()),
    ];
    Ok((StatusCode::CREATED, headers, ice_servers(app, speaker), answer).into_response())
}

/// `OPTIONS` of the endpoint: to who may come, also the relays, for clients that must know them
/// before they make an offer (RFC 9725 §4.6).
pub(crate) async fn before_offer(
    State(app): State<App>,
    Path(meeting): Path<String>,
    headers: HeaderMap,
) -> Response {
    let links = match visitor(&app, &meeting, &headers).await {
        Ok(visitor) => ice_servers(&app, visitor.speaker()),
        // A browser asks without a token first, and a wrong one is refused when it offers.
        Err(_) => AppendHeaders(Vec::new()),
    };
    (links, options().await).into_response()
}

/// `OPTIONS` of a session; the rest of the answer is added to every response.
pub(crate) async fn options() -> Response {
    (StatusCode::NO_CONTENT, [("accept-post", SDP), ("accept-patch", ice_fragment::MEDIA_TYPE)])
        .into_response()
}

/// The relays as headers, each good for who asks.
fn ice_servers(app: &App, speaker: Option<Speaker>) -> AppendHeaders<Vec<(HeaderName, String)>> {
    let way = app.relays.as_ref().map(|relays| relays.way(app.edge.now(), speaker));
    let links = way.iter().flat_map(relays::links);
    AppendHeaders(links.map(|link| (header::LINK, link)).collect())
}

/// `DELETE`: ends a session.
pub(crate) async fn end(
    State(app): State<App>,
    Path((meeting, session)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    own_session(&app, &meeting, &session, &headers).await?;
    if app.calls.end_session(&session) {
        Ok(StatusCode::OK.into_response())
    } else {
        Err(Problem::absent())
    }
}

/// `PATCH`: trickles candidates, which an ICE-lite server has no need of, or restarts ICE.
pub(crate) async fn change(
    State(app): State<App>,
    Path((meeting, session)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let had = own_session(&app, &meeting, &session, &headers).await?;
    let fragment = text(&headers, &body, ice_fragment::MEDIA_TYPE)?;
    let fresh = ice_fragment::credentials(fragment);
    let is_restart = fresh.is_some_and(|it| Some(it) != ice_fragment::credentials(&had.offer));
    let condition = headers.get(header::IF_MATCH).map(HeaderValue::as_bytes);
    match (condition, fresh) {
        (None, _) => Err(Problem::refused(
            StatusCode::PRECONDITION_REQUIRED,
            "IF_MATCH",
            "a change of the session needs If-Match",
        )),
        (Some(condition), _) if condition != b"*" && condition != had.etag.as_bytes() => {
            Err(Problem::refused(
                StatusCode::PRECONDITION_FAILED,
                "IF_MATCH",
                "the session was restarted meanwhile",
            ))
        }
        (Some(_), Some(fresh)) if is_restart => {
            let offer = ice_fragment::with_credentials(&had.offer, fresh);
            let etag = fresh_etag(&app.edge);
            let answer = app.calls.restart_session(&session, offer, etag.clone()).await?;
            let headers =
                [(header::CONTENT_TYPE, ice_fragment::MEDIA_TYPE.to_owned()), (header::ETAG, etag)];
            Ok((headers, ice_fragment::of_answer(&answer)).into_response())
        }
        (Some(_), _) => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// Any page may use these endpoints: who may do what is in the bearer token (RFC 9725 §4.2).
pub(super) async fn any_origin(request: Request, next: Next) -> Response {
    let is_preflight = *request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    let status = response.status();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("location, etag, link, accept-patch"),
    );
    if is_preflight {
        let methods = HeaderValue::from_static("POST, PATCH, DELETE, OPTIONS");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let allowed = HeaderValue::from_static("authorization, content-type, if-match");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

async fn visitor(app: &App, meeting: &str, headers: &HeaderMap) -> Result<Visitor, Problem> {
    let token = bearer(headers).ok_or_else(Problem::sign_in)?;
    if let Some(bench) = &app.config.bench
        && bench.meeting == meeting
    {
        let is_right = bench.token == token;
        return is_right.then_some(Visitor::Bench).ok_or_else(Problem::sign_in);
    }
    let actor = app.papers.bearer(token).await?.ok_or_else(Problem::sign_in)?;
    let meeting = meeting.parse().map_err(|_| Problem::absent())?;
    Ok(Visitor::Known(actor, meeting))
}

/// The session, for who began it; to everybody else it is not there.
async fn own_session(
    app: &App,
    meeting: &str,
    session: &str,
    headers: &HeaderMap,
) -> Result<Session, Problem> {
    let visitor = visitor(app, meeting, headers).await?;
    app.calls.session(session, &visitor).ok_or_else(Problem::absent)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn text<'a>(headers: &HeaderMap, body: &'a Bytes, media_type: &str) -> Result<&'a str, Problem> {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| value.split(';').next()).unwrap_or_default();
    if !sent.trim().eq_ignore_ascii_case(media_type) {
        let message = format!("the body must be {media_type}");
        return Err(Problem::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "MEDIA_TYPE", message));
    }
    let limit = match media_type {
        SDP => media::limits::OFFER_CHARS_MAX,
        _ => ice_fragment::CHARS_MAX,
    };
    if body.len() > limit {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return Err(Problem::refused(status, "TOO_LARGE", "the body is too large"));
    }
    std::str::from_utf8(body).map_err(|_| Problem::malformed("the body is not text"))
}

fn stream_name(name: String) -> Result<String, Problem> {
    let is_fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > STREAM_CHARS_MAX || !name.chars().all(is_fit) {
        return Err(Problem::malformed("a stream's name is 1 to 64 letters, digits, - _ ."));
    }
    Ok(name)
}

fn fresh_etag(edge: &Edge) -> String {
    format!("\"{}\"", hex::encode(edge.bytes::<8>()))
}

/// The query of an endpoint.
pub(super) type WantedQuery = Query<Wanted>;

impl From<EnterError> for Problem {
    fn from(error: EnterError) -> Self {
        let message = error.to_string();
        match error {
            EnterError::NoSuchMeeting => Self::absent(),
            EnterError::Stale => Self::refused(StatusCode::CONFLICT, "STALE", message),
            EnterError::NotSharing => Self::refused(StatusCode::CONFLICT, "NOT_SHARING", message),
            EnterError::Useless | EnterError::Refused(_) => {
                Self::refused(StatusCode::UNPROCESSABLE_ENTITY, "OFFER", message)
            }
            EnterError::Busy => Self::refused(StatusCode::SERVICE_UNAVAILABLE, "BUSY", message),
            EnterError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests;
