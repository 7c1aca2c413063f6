//! The whole surface: every endpoint has its authorisation cases (rule 41), the description is
//! pinned, browsers are protected.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::testing::{Answer, House, json_request};

/// What somebody gets who is not signed in, and what somebody gets whose request changes
/// something without the CSRF token of his session. `None`: no such question.
type Expected = (u16, Option<u16>);

/// Every endpoint. The paths of those with parameters are filled in by [`filled`].
const CASES: [(&str, &str, Expected); 26] = [
    ("post", "/api/session", (401, None)),
    ("get", "/api/session", (401, None)),
    ("delete", "/api/session", (401, Some(403))),
    ("get", "/api/people", (401, None)),
    ("get", "/api/points", (401, None)),
    ("get", "/api/units", (401, None)),
    ("post", "/api/meetings/{meeting}/commands", (401, Some(403))),
    ("post", "/api/meetings/{meeting}/papers", (401, Some(403))),
    ("options", "/api/uploads", (204, None)),
    ("post", "/api/uploads", (401, Some(403))),
    ("head", "/api/uploads/{id}", (401, None)),
    ("patch", "/api/uploads/{id}", (401, Some(403))),
    ("delete", "/api/uploads/{id}", (401, Some(403))),
    ("get", "/api/papers/{sha256}", (401, None)),
    ("get", "/api/papers/{sha256}/proof", (401, None)),
    ("get", "/api/meetings/{meeting}/recordings", (401, None)),
    ("get", "/api/recordings/{part}", (401, None)),
    // A device that is not enrolled yet has no other way in; what it may ask is limited.
    ("post", "/api/enrolments", (400, None)),
    ("get", "/api/enrolments/{secret}", (404, None)),
    ("post", "/api/enrolments/confirm", (401, Some(403))),
    // Not a WebSocket; who opens one is asked in the first frame.
    ("get", "/live", (400, None)),
    ("get", "/api/meetings/{meeting}/stills", (401, None)),
    ("put", "/api/points/{point}/ceiling", (401, Some(403))),
    ("get", "/api/meetings/{meeting}/lines", (401, None)),
    ("get", "/healthz", (200, None)),
    ("get", "/metrics", (200, None)),
];

fn filled(path: &str) -> String {
    let uuid = "0190a5b2-7d4e-7abc-8def-0123456789ab";
    path.replace("{meeting}", uuid)
        .replace("{id}", uuid)
        .replace("{part}", uuid)
        .replace("{point}", uuid)
        .replace("{sha256}", &"a".repeat(64))
        .replace("{secret}", &"s".repeat(43))
}

fn description() -> Value {
    serde_json::to_value(super::endpoints().into_openapi()).expect("JSON")
}

fn described() -> BTreeSet<(String, String)> {
    let description = description();
    let paths = description["paths"].as_object().expect("paths");
    let methods = |(path, item): (&String, &Value)| -> Vec<(String, String)> {
        let methods = item.as_object().expect("methods").keys();
        methods.map(|method| (method.clone(), path.clone())).collect()
    };
    paths.iter().flat_map(methods).collect()
}

#[test]
fn every_endpoint_has_its_authorisation_cases() {
    let cases: BTreeSet<(String, String)> =
        CASES.iter().map(|(method, path, _)| ((*method).into(), (*path).into())).collect();
    assert_eq!(described(), cases);
}

#[tokio::test]
async fn nobody_gets_what_is_not_for_him() {
    let house = House::start().await;
    let seat = house.seat("secretary").await;
    let json = |request: axum::http::request::Builder| {
        request
            .header("content-type", "application/json")
            .body(Body::from("{}"))
            .expect("a request")
    };
    for (method, path, (anonymous, without_token)) in CASES {
        let to = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
        let request = Request::builder().method(to.clone()).uri(filled(path));
        let answer = match (method, path) {
            ("post", "/api/session") => {
                let body = json!({"user": "nobody", "password": "wrong"});
                house.send(json_request(to.clone(), path, &body)).await
            }
            _ => house.send(json(request)).await,
        };
        // A body that is not even looked at may be malformed as well.
        let got = match answer.status.as_u16() {
            422 if anonymous == 400 => 400,
            status => status,
        };
        assert_eq!(got, anonymous, "{method} {path}: {}", answer.code());
        if let Some(status) = without_token {
            let mut request = seat.request(to, &filled(path));
            let headers = request.headers_mut().expect("headers");
            headers.remove("x-csrf-token");
            let answer = house.send(json(request)).await;
            assert_eq!(answer.status.as_u16(), status, "{method} {path}");
            assert_eq!(answer.code(), "CSRF", "{method} {path}");
        }
    }
}

#[test]
fn the_description_is_pinned() {
    let text = format!("{}\n", serde_json::to_string_pretty(&description()).expect("JSON"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).expect("the description is written");
    }
    let pinned = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(pinned, text, "the surface changed: UPDATE=1 rewrites openapi.json");
}

#[tokio::test]
async fn guessing_a_password_is_slowed_down() {
    let house = House::start().await;
    let account = &house.made.accounts[0];
    let attempt = async |user: &str, password: &str| -> Answer {
        let body = json!({"user": user, "password": password});
        house.send(json_request(Method::POST, "/api/session", &body)).await
    };
    for _ in 0..house.app.config.sessions.tries_per_account {
        let answer = attempt(account.user, "wrong").await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::UNAUTHORIZED, "WRONG_PASSWORD".into())
        );
    }
    let answer = attempt(account.user, &account.password).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::TOO_MANY_REQUESTS, "WAIT".into()));
    let seconds: u32 = answer.headers["retry-after"].to_str().expect("text").parse().expect("n");
    assert!((1..=house.app.config.sessions.window_minutes * 60 + 1).contains(&seconds));
    let unknown = attempt("nobody-has-this-name", "wrong").await;
    assert_eq!(unknown.code(), "WRONG_PASSWORD", "a name nobody has is answered alike");
    let other = &house.made.accounts[1];
    let answer = attempt(&other.user.to_uppercase(), &other.password).await;
    assert_eq!(answer.status, StatusCode::OK, "another account may still come in");
}

#[tokio::test]
async fn a_success_forgives_earlier_failures() {
    let house = House::start().await;
    let account = &house.made.accounts[0];
    let attempt = async |password: &str| {
        let body = json!({"user": account.user, "password": password});
        house.send(json_request(Method::POST, "/api/session", &body)).await.status
    };
    for _ in 0..2 {
        for _ in 1..house.app.config.sessions.tries_per_account {
            assert_eq!(attempt("wrong").await, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(attempt(&account.password).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn who_signed_out_is_out() {
    let house = House::start().await;
    let seat = house.seat("chair").await;
    assert_eq!(house.send(seat.get("/api/session")).await.status, StatusCode::OK);
    let out = seat.request(Method::DELETE, "/api/session").body(Body::empty()).expect("a request");
    assert_eq!(house.send(out).await.status, StatusCode::NO_CONTENT);
    assert_eq!(house.send(seat.get("/api/session")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_command_by_http_is_the_command_of_the_live_channel() {
    let house = House::start().await;
    let seat = house.seat("chair").await;
    let path = format!("/api/meetings/{}/commands", house.made.meeting);
    let body = json!({"id": house.app.edge.uuid(), "command": {"do": "start"}});
    let first = house.send(seat.json(Method::POST, &path, &body)).await.json(StatusCode::OK);
    let again = house.send(seat.json(Method::POST, &path, &body)).await.json(StatusCode::OK);
    assert_eq!(first, again);
    let body = json!({"id": house.app.edge.uuid(), "command": {"do": "start"}});
    let refused = house.send(seat.json(Method::POST, &path, &body)).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "WRONG_PHASE".into()));
    let text = house.app.metrics.text(0).expect("numbers");
    for line in ["outcome=\"done\"} 2", "outcome=\"refused\"} 1"] {
        assert!(text.contains(&format!("diemcau_meeting_commands_total{{{line}")), "{text}");
    }
}

#[tokio::test]
async fn the_directory_is_for_whoever_is_signed_in() {
    let house = House::start().await;
    let seat = house.seat("technician").await;
    let mut counts = BTreeMap::new();
    for path in ["/api/people", "/api/points", "/api/units"] {
        let list = house.send(seat.get(path)).await.json(StatusCode::OK);
        counts.insert(path, list.as_array().expect("a list").len());
    }
    assert_eq!((counts["/api/points"], counts["/api/units"]), (116, 116));
    assert_eq!(counts["/api/people"], house.made.accounts.len());
}

#[tokio::test]
async fn every_answer_protects_the_browser() {
    let house = House::start().await;
    let seat = house.seat("chair").await;
    for path in ["/", "/api/session", "/api/nothing", "/healthz", "/assets/none.js"] {
        let answer = house.send(seat.get(path)).await;
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        let policy = answer.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
    }
}
