//! `GET /live`: opens the live channel.

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;

use super::Problem;
use super::auth::cookie;
use super::problem::ProblemBody;
use crate::app::App;
use crate::limits::FRAME_BYTES_MAX;
use crate::live::{Live, Visit};

/// Opens the live channel (WebSocket). A browser is known by its cookie, which counts only from
/// a page of this very host; an agent proves itself in its first frame.
#[utoipa::path(get, path = "/live", tag = "live",
    responses((status = 101), (status = 403, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    upgrade: WebSocketUpgrade,
    request: Request,
) -> Result<Response, Problem> {
    if app.live.open_count() >= app.config.live.connections_max {
        let message = "too many live channels are open";
        return Err(Problem::refused(StatusCode::SERVICE_UNAVAILABLE, "BUSY", message));
    }
    let host = host_of(&request);
    let token = cookie(request.headers()).map(ToOwned::to_owned);
    if token.is_some() && !is_from(request.headers(), &host) {
        let message = "the page that opens the live channel is of another host";
        return Err(Problem::refused(StatusCode::FORBIDDEN, "ORIGIN", message));
    }
    let session = match token {
        Some(token) => app.sessions.find(&token).await?.map(|session| (session, token)),
        None => None,
    };
    let visit = Visit { session, host };
    let upgrade = upgrade.max_message_size(FRAME_BYTES_MAX).max_frame_size(FRAME_BYTES_MAX);
    let tasks = app.tasks.clone();
    Ok(upgrade.on_upgrade(move |socket| {
        tasks.track_future(async move { Live::serve(&app, socket, visit).await })
    }))
}

pub(super) fn host_of(request: &Request) -> String {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let asked = request.uri().authority().map(axum::http::uri::Authority::as_str);
    named.or(asked).unwrap_or_default().to_owned()
}

/// Whether the page that asks was served by this host.
pub(super) fn is_from(headers: &HeaderMap, host: &str) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let origin = origin.and_then(|origin| origin.parse::<Uri>().ok());
    origin.as_ref().and_then(Uri::authority).is_some_and(|authority| authority.as_str() == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_this_host_may_use_the_cookie() {
        let cases = [
            (Some("http://127.0.0.1:8080"), true),
            (Some("https://127.0.0.1:8080"), true),
            (Some("http://127.0.0.1:8081"), false),
            (Some("http://evil.example"), false),
            (Some("null"), false),
            (None, false),
        ];
        for (origin, is_ours) in cases {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().expect("a header"));
            }
            assert_eq!(is_from(&headers, "127.0.0.1:8080"), is_ours, "{origin:?}");
        }
    }
}
