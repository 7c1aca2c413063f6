//! Around every endpoint: headers that protect the browser, numbers, and a log line.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::auth::is_https;
use crate::app::App;

/// pdf.js decodes pictures in WebAssembly and builds style rules; nothing comes from elsewhere.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob:; \
    font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(self), microphone=(self), geolocation=()"),
    ),
];
/// Two years, as browsers' preload lists want it.
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// Runs an endpoint and says how it went. The path is the router's own (`/api/people`), never the
/// client's, which may hold a secret.
pub(crate) async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = app.edge.instant();
    let method = request.method().clone();
    let is_https = is_https(&app, request.headers());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    if is_https {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
    let took = app.edge.instant().saturating_duration_since(began);
    let path = path.as_ref().map_or("other", MatchedPath::as_str);
    let status = response.status();
    app.metrics.request((method.as_str(), path), status.as_u16(), took.as_secs_f64());
    tracing::debug!(
        http.method = method.as_str(),
        http.path = path,
        http.status = status.as_u16(),
        http.micros = took.as_micros(),
        "answered"
    );
    response
}
