//! A whole server in a folder of its own, made from sample data, for tests.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use meeting::{Actor, Command, CommandId, PersonId, PointId, Role};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::app::App;
use crate::config::Config;
use crate::demo::{self, Made, Options};
use crate::edge::Edge;
use crate::http;
use crate::meetings::{CommandError, Done, Order};
use crate::store::points;

/// A running server without a port.
pub(crate) struct House {
    /// Its services.
    pub(crate) app: App,
    /// What was made.
    pub(crate) made: Made,
    router: Router,
    _home: tempfile::TempDir,
}

/// Somebody who signed in.
pub(crate) struct Seat {
    /// Who.
    pub(crate) person: PersonId,
    /// As whom the domain knows him.
    pub(crate) actor: Actor,
    cookie: String,
    csrf: String,
}

/// An answer.
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: Bytes,
}

impl House {
    /// A province with five points invited, two of them with a device.
    pub(crate) async fn start() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let options = Options {
            folder: home.path().join("data"),
            host: "127.0.0.1".into(),
            port: 0,
            lan: None,
            agents: 2,
            points: Some(5),
            starts_in_seconds: 60,
            pdfium: None,
        };
        let made = demo::write(&options, Edge::real()).await.expect("sample data");
        let app = start_app(&made).await;
        let (router, _) = http::router(app.clone());
        Self { app, made, router, _home: home }
    }

    /// The same server after its process was killed: nothing is told, nothing is finished.
    pub(crate) async fn killed_and_started(self) -> Self {
        let app = start_app(&self.made).await;
        let (router, _) = http::router(app.clone());
        Self { app, router, ..self }
    }

    /// Signs the first account of a role in.
    pub(crate) async fn seat(&self, role: &str) -> Seat {
        let account = self.made.accounts.iter().find(|account| account.role == role);
        let account = account.expect("an account of this role");
        let body = json!({"user": account.user, "password": account.password});
        let answer = self.send(json_request(Method::POST, "/api/session", &body)).await;
        let session = answer.json(StatusCode::OK);
        let cookie = answer.headers["set-cookie"].to_str().expect("text").to_owned();
        let roles: BTreeSet<Role> =
            serde_json::from_value(session["roles"].clone()).expect("roles");
        let person: PersonId = serde_json::from_value(session["person"].clone()).expect("an id");
        Seat {
            person,
            actor: Actor::Person { person, roles },
            cookie: cookie.split(';').next().expect("a cookie").to_owned(),
            csrf: session["csrf"].as_str().expect("text").to_owned(),
        }
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// The points in use.
    pub(crate) async fn point_ids(&self) -> Vec<PointId> {
        let mut reader = self.app.db.read().await.expect("a connection");
        let points = points::at(&mut reader, self.app.edge.now()).await.expect("points");
        points.into_iter().map(|point| point.id).collect()
    }

    /// Gives a command to the sample meeting.
    pub(crate) async fn command(
        &self,
        actor: &Actor,
        command: Command<String>,
    ) -> Result<Done, CommandError> {
        let id = CommandId::new(self.app.edge.uuid());
        let order = Order { actor: actor.clone(), meeting: self.made.meeting, id, command };
        self.app.meetings.command(order).await
    }

    /// Uploads a file as tus says and gives the upload's id, or the answer that refused it.
    pub(crate) async fn upload(&self, seat: &Seat, bytes: &[u8]) -> Result<String, Answer> {
        let request = seat
            .request(Method::POST, "/api/uploads")
            .header("tus-resumable", "1.0.0")
            .header("upload-length", bytes.len());
        let answer = self.send(request.body(Body::empty()).expect("a request")).await;
        if answer.status != StatusCode::CREATED {
            return Err(answer);
        }
        let location = answer.headers["location"].to_str().expect("text").to_owned();
        let request = seat
            .request(Method::PATCH, &location)
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", 0)
            .header("content-type", "application/offset+octet-stream");
        let body = Body::from(bytes.to_vec());
        let answer = self.send(request.body(body).expect("a request")).await;
        if answer.status != StatusCode::NO_CONTENT {
            return Err(answer);
        }
        Ok(location.rsplit('/').next().expect("an id").to_owned())
    }

    /// Uploads a file and makes it a paper of the first item.
    pub(crate) async fn add_paper(&self, seat: &Seat, bytes: &[u8]) -> Answer {
        let upload = match self.upload(seat, bytes).await {
            Ok(upload) => upload,
            Err(answer) => return answer,
        };
        let loaded = self.app.meetings.load(self.made.meeting).await.expect("it loads");
        let loaded = loaded.expect("there is a meeting");
        let item = loaded.state.papers_for(&seat.actor).first().expect("a paper").item;
        let body = json!({
            "id": self.app.edge.uuid(), "paper": self.app.edge.uuid(), "item": item,
            "title": "Tài liệu bổ sung", "upload": upload,
        });
        let path = format!("/api/meetings/{}/papers", self.made.meeting);
        self.send(seat.json(Method::POST, &path, &body)).await
    }
}

async fn start_app(made: &Made) -> App {
    let config = Config::load(Some(&made.config)).expect("a configuration");
    App::start(config, Edge::real()).await.expect("the server starts")
}

impl Seat {
    /// A request of this person.
    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path);
        request.header("cookie", &self.cookie).header("x-csrf-token", &self.csrf)
    }

    /// A request without a body.
    pub(crate) fn get(&self, path: &str) -> Request<Body> {
        self.request(Method::GET, path).body(Body::empty()).expect("a request")
    }

    /// A request with a body.
    pub(crate) fn json(&self, method: Method, path: &str, body: &Value) -> Request<Body> {
        let request = self.request(method, path).header("content-type", "application/json");
        request.body(Body::from(body.to_string())).expect("a request")
    }
}

/// A request of nobody.
pub(crate) fn json_request(method: Method, path: &str, body: &Value) -> Request<Body> {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/json");
    request.body(Body::from(body.to_string())).expect("a request")
}

impl Answer {
    /// The body, if the answer has this status.
    pub(crate) fn json(&self, status: StatusCode) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The code of a refusal.
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}
