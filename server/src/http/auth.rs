//! Who asks: taken out of the request, never judged here.

use std::net::IpAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

use meeting::Actor;

use super::Problem;
use crate::app::App;
use crate::serve::Peer;
use crate::sessions::Session;

/// The name of the session cookie.
pub(crate) const COOKIE: &str = "diemcau_session";
/// The header that repeats the token of `GET /api/session`.
const CSRF_HEADER: &str = "x-csrf-token";

/// Somebody who is signed in. A request that changes something must carry his CSRF token.
pub(crate) struct SignedIn(pub(crate) Session);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = cookie(&parts.headers).ok_or_else(Problem::sign_in)?;
        let session = app.sessions.find(token).await?.ok_or_else(Problem::sign_in)?;
        let only_reads = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        if !only_reads && !has_csrf(&parts.headers, &session.csrf) {
            return Err(Problem::csrf());
        }
        Ok(Self(session))
    }
}

/// Whoever reads: a bearer ticket of a room or of somebody's player, or somebody signed in.
pub(crate) struct Reader(pub(crate) Actor);

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(token) = bearer(&parts.headers) {
            return app.papers.bearer(token).await?.map(Self).ok_or_else(Problem::sign_in);
        }
        let SignedIn(session) = SignedIn::from_request_parts(parts, app).await?;
        Ok(Self(session.actor()))
    }
}

/// The bearer token (RFC 6750), if there is one.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The address that the request came from.
pub(crate) struct Remote(pub(crate) IpAddr);

impl FromRequestParts<App> for Remote {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<Peer>>().map(|info| info.0.0.ip());
        let peer = peer.unwrap_or(IpAddr::from([0, 0, 0, 0]));
        let told = app.config.http.trust_proxy.then(|| forwarded_for(&parts.headers)).flatten();
        Ok(Self(told.unwrap_or(peer)))
    }
}

/// Whether the browser came by https, so that the cookie must never leave it otherwise.
pub(crate) fn is_https(app: &App, headers: &HeaderMap) -> bool {
    let http = &app.config.http;
    let proxied = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    http.tls.is_some() || (http.trust_proxy && proxied)
}

/// The session cookie.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

fn has_csrf(headers: &HeaderMap, expected: &str) -> bool {
    let sent = headers.get(CSRF_HEADER).map(axum::http::HeaderValue::as_bytes).unwrap_or_default();
    // Both are 43 characters of base64: the time of the comparison says at most where they differ
    // in length.
    sent.len() == expected.len()
        && sent.iter().zip(expected.as_bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// What the nearest proxy added: the last entry. Those before it are the client's own words.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().expect("a header"));
        headers
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let cases = [
            ("diemcau_session=abc", Some("abc")),
            ("a=b; diemcau_session=abc; c=d", Some("abc")),
            ("xdiemcau_session=abc", None),
            ("a=b", None),
        ];
        for (line, expected) in cases {
            assert_eq!(cookie(&headers("cookie", line)), expected, "{line}");
        }
    }

    #[test]
    fn only_the_nearest_proxy_is_believed() {
        let headers = headers("x-forwarded-for", "6.6.6.6, 10.0.0.7");
        assert_eq!(forwarded_for(&headers), Some(IpAddr::from([10, 0, 0, 7])));
    }

    #[test]
    fn the_token_must_be_the_same() {
        for (sent, is_good) in [("abcd", true), ("abce", false), ("abc", false), ("", false)] {
            assert_eq!(has_csrf(&headers(CSRF_HEADER, sent), "abcd"), is_good, "{sent}");
        }
        assert!(!has_csrf(&HeaderMap::new(), "abcd"));
    }
}
