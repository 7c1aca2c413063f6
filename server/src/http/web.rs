//! The web application, embedded: built files by name, every other path its first page.

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::Problem;

/// `web/dist`: inside the program in release builds, read from the disk in debug builds.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
struct Files;

const FIRST_PAGE: &str = "index.html";
/// The bundler puts a hash into the names in this folder: they never change.
const HASHED: &str = "assets/";
/// First parts of paths that are never pages.
const NOT_PAGES: [&str; 6] = ["api", "live", "whip", "whep", "healthz", "metrics"];

const TYPES: [(&str, &str); 17] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("webmanifest", "application/manifest+json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("webp", "image/webp"),
    ("ico", "image/x-icon"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("pfb", "application/octet-stream"),
    ("wasm", "application/wasm"),
    ("txt", "text/plain; charset=utf-8"),
];

/// Answers whatever no endpoint answers.
pub(super) async fn get(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let first = path.split('/').next().unwrap_or_default();
    if NOT_PAGES.contains(&first) {
        return Problem::absent().into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    match Files::get(path) {
        Some(file) if !path.is_empty() => answer(path, file, &headers),
        // A file that is not there is not a page: a stale page must not get HTML as script.
        None if has_extension(path) => Problem::absent().into_response(),
        _ => match Files::get(FIRST_PAGE) {
            Some(file) => answer(FIRST_PAGE, file, &headers),
            None => Problem::absent().into_response(),
        },
    }
}

fn answer(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let caching =
        if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|one| one.trim() == etag));
    let common = [(header::ETAG, etag), (header::CACHE_CONTROL, caching.to_owned())];
    if is_known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let kind = [(header::CONTENT_TYPE, type_of(path))];
    (common, kind, Body::from(file.data.into_owned())).into_response()
}

fn has_extension(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

fn type_of(path: &str) -> &'static str {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let known = TYPES.iter().find(|(known, _)| *known == extension);
    known.map_or("application/octet-stream", |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(path: &'static str, status: u16, kind: Option<&str>) {
        let response = get(Method::GET, Uri::from_static(path), HeaderMap::new()).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        if let Some(kind) = kind {
            assert_eq!(response.headers()[header::CONTENT_TYPE], kind, "{path}");
        }
    }

    #[tokio::test]
    async fn pages_are_pages_and_the_rest_is_not() {
        let html = Some("text/html; charset=utf-8");
        check("/", 200, html).await;
        check("/meetings/0190a5b2-7d4e-7abc-8def-0123456789ab", 200, html).await;
        check("/index.html", 200, html).await;
        check("/assets/gone-12345678.js", 404, None).await;
        check("/api/nothing", 404, Some("application/json")).await;
        check("/../Cargo.toml", 404, None).await;
    }

    #[tokio::test]
    async fn what_the_browser_has_is_not_sent_again() {
        let first = get(Method::GET, Uri::from_static("/"), HeaderMap::new()).await;
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        let again = get(Method::GET, Uri::from_static("/"), headers).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }
}
