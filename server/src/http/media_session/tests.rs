//! WHIP and WHEP as RFC 9725 asks, against a whole server without a network.

use axum::body::Body;
use axum::http::{Request as HttpRequest, Response as HttpResponse};
use tower::ServiceExt as _;

use super::*;
use crate::config::{Bench, Config, Turn};

/// A publisher's offer; `sendonly` turned round it is a viewer's.
const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n\
    a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:\
    88:99:AA:BB:CC:DD:EE:FF\r\na=setup:actpass\r\na=ice-ufrag:abcd\r\n\
    a=ice-pwd:abcdefghijklmnopqrstuvwx\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\n\
    a=rtpmap:111 opus/48000/2\r\na=msid:s a\r\na=ssrc:1 cname:c\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendonly\r\na=rtcp-mux\r\n\
    a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\na=msid:s v\r\na=ssrc:2 cname:c\r\n";
const TOKEN: &str = "Bearer bench";

struct Server(App);

impl Server {
    async fn start() -> Self {
        Self::with(Turn::default()).await
    }

    async fn with(turn: Turn) -> Self {
        let config = Config { bench: Some(Bench::default()), turn, ..Config::default() };
        Self(App::start(config, Edge::real()).await.expect("started"))
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> HttpResponse<Body> {
        let mut request = HttpRequest::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        let (router, _) = crate::http::router(self.0.clone());
        router.oneshot(request).await.expect("an answer")
    }
}

fn header_of(response: &HttpResponse<Body>, name: &str) -> String {
    let value = response.headers().get(name).unwrap_or_else(|| panic!("no {name}"));
    value.to_str().expect("text").to_owned()
}

async fn text_of(response: HttpResponse<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// Names and values.
type Headers<'a> = &'a [(&'a str, &'a str)];

#[tokio::test]
async fn an_offer_is_judged_before_it_is_answered() {
    let server = Server::start().await;
    let auth = ("authorization", TOKEN);
    let sdp = ("content-type", SDP);
    let viewer = OFFER.replace("sendonly", "recvonly");
    let h264 = OFFER.replace("VP8", "H264");
    let cases: &[(&str, Headers<'_>, &str, u16)] = &[
        ("/whip/bench?stream=a", &[sdp], OFFER, 401),
        ("/whip/bench?stream=a", &[("authorization", "Bearer no"), sdp], OFFER, 401),
        ("/whip/nowhere?stream=a", &[auth, sdp], OFFER, 401),
        ("/whip/bench?stream=a", &[auth], OFFER, 415),
        ("/whip/bench?stream=a", &[auth, ("content-type", "text/plain")], OFFER, 415),
        ("/whip/bench?stream=a%20b", &[auth, sdp], OFFER, 400),
        ("/whip/bench?stream=a", &[auth, sdp], "no offer", 422),
        ("/whip/bench?stream=a", &[auth, sdp], &viewer, 422),
        ("/whip/bench?stream=a", &[auth, sdp], &h264, 422),
        ("/whep/bench?stream=a", &[auth, sdp], OFFER, 422),
        ("/whip/bench?stream=a", &[auth, sdp], OFFER, 201),
        ("/whep/bench?stream=a", &[auth, sdp], &viewer, 201),
        ("/whep/bench", &[auth, ("content-type", "application/sdp; charset=utf-8")], &viewer, 201),
    ];
    for (path, headers, body, status) in cases {
        let response = server.ask("POST", path, headers, body).await;
        assert_eq!(response.status().as_u16(), *status, "{path} {headers:?} {body:.20}");
        assert_eq!(header_of(&response, "access-control-allow-origin"), "*");
        if *status == 401 {
            assert_eq!(header_of(&response, "www-authenticate"), "Bearer");
        }
    }
    server.0.stop().await;
}

#[tokio::test]
async fn a_session_trickles_restarts_and_ends() {
    let server = Server::start().await;
    let auth = ("authorization", TOKEN);
    let fragment = ("content-type", ice_fragment::MEDIA_TYPE);
    let begun =
        server.ask("POST", "/whip/bench?stream=a", &[auth, ("content-type", SDP)], OFFER).await;
    let (path, etag) = (header_of(&begun, "location"), header_of(&begun, "etag"));
    assert!(path.starts_with("/whip/bench/"), "{path}");
    assert_eq!(header_of(&begun, "accept-patch"), ice_fragment::MEDIA_TYPE);
    let answer = text_of(begun).await;
    assert!(answer.contains("a=ice-lite") && answer.contains("a=setup:passive"), "{answer}");

    let same = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n\
        m=audio 9 X 111\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";
    let fresh = "a=ice-ufrag:efgh\r\na=ice-pwd:xyzxyzxyzxyzxyzxyzxyzxyz\r\n";
    let cases: &[(Headers<'_>, &str, u16)] = &[
        (&[fragment], same, 401),
        (&[auth, fragment], same, 428),
        (&[auth, fragment, ("if-match", "\"other\"")], same, 412),
        (&[auth, ("content-type", SDP), ("if-match", &etag)], same, 415),
        (&[auth, fragment, ("if-match", &etag)], same, 204),
        (&[auth, fragment, ("if-match", "*")], same, 204),
    ];
    for (headers, body, status) in cases {
        let response = server.ask("PATCH", &path, headers, body).await;
        assert_eq!(response.status().as_u16(), *status, "{headers:?}");
    }

    let restart = [auth, fragment, ("if-match", "*")];
    let restarted = server.ask("PATCH", &path, &restart, fresh).await;
    assert_eq!(restarted.status(), StatusCode::OK);
    assert_ne!(header_of(&restarted, "etag"), etag);
    let text = text_of(restarted).await;
    let told = ice_fragment::credentials(&text).expect("credentials");
    assert_ne!(Some(told), ice_fragment::credentials(&answer));
    assert!(text.contains("a=candidate:"), "{text}");
    let stale = [auth, fragment, ("if-match", etag.as_str())];
    assert_eq!(server.ask("PATCH", &path, &stale, same).await.status().as_u16(), 412);

    assert_eq!(server.ask("DELETE", &path, &[], "").await.status().as_u16(), 401);
    assert_eq!(server.ask("DELETE", &path, &[auth], "").await.status().as_u16(), 200);
    assert_eq!(server.ask("DELETE", &path, &[auth], "").await.status().as_u16(), 404);
    assert_eq!(server.ask("PATCH", &path, &restart, fresh).await.status().as_u16(), 404);
    server.0.stop().await;
}

#[tokio::test]
async fn v13_who_may_come_is_told_the_relays() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret_file = folder.path().join("secret");
    std::fs::write(&secret_file, "thu-duong-truyen-chung").expect("written");
    let urls = ["turn:t.example:3478?transport=udp", "turns:t.example:443?transport=tcp"];
    let urls = urls.map(ToOwned::to_owned).to_vec();
    let server = Server::with(Turn { urls, secret_file, ..Turn::default() }).await;
    let (auth, sdp) = (("authorization", TOKEN), ("content-type", SDP));
    let cases: &[(&str, &str, Headers<'_>, &str, usize)] = &[
        ("POST", "/whip/bench?stream=a", &[auth, sdp], OFFER, 2),
        ("POST", "/whip/bench?stream=a", &[sdp], OFFER, 0),
        ("OPTIONS", "/whip/bench", &[auth], "", 2),
        ("OPTIONS", "/whep/bench", &[auth], "", 2),
        ("OPTIONS", "/whip/bench", &[], "", 0),
        ("OPTIONS", "/whip/bench", &[("authorization", "Bearer no")], "", 0),
        ("OPTIONS", "/whip/elsewhere", &[auth], "", 0),
    ];
    for (method, path, headers, body, count) in cases {
        let response = server.ask(method, path, headers, body).await;
        let links: Vec<_> = response.headers().get_all(header::LINK).iter().collect();
        assert_eq!(links.len(), *count, "{method} {path} {headers:?}");
        for link in links {
            let link = link.to_str().expect("text");
            assert!(link.contains("; rel=\"ice-server\"; username=\""), "{link}");
            assert!(link.contains(":bench\"; credential=\""), "{link}");
            assert!(link.ends_with("; credential-type=\"password\""), "{link}");
        }
    }
    server.0.stop().await;
}

#[tokio::test]
async fn any_page_may_ask_first() {
    let server = Server::start().await;
    for path in ["/whip/bench", "/whep/bench", "/whip/bench/x", "/whep/bench/x"] {
        let response = server.ask("OPTIONS", path, &[("origin", "https://x.example")], "").await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT, "{path}");
        assert_eq!(header_of(&response, "accept-post"), SDP);
        let methods = header_of(&response, "access-control-allow-methods");
        assert!(methods.contains("PATCH") && methods.contains("DELETE"), "{methods}");
        let allowed = header_of(&response, "access-control-allow-headers");
        assert!(allowed.contains("authorization") && allowed.contains("if-match"), "{allowed}");
    }
    assert_eq!(server.ask("GET", "/whip/bench", &[], "").await.status().as_u16(), 405);
    server.0.stop().await;
}

#[test]
fn names_of_streams() {
    for (name, is_fit) in [("p0", true), ("a-b_c.1", true), ("", false), ("a b", false)] {
        assert_eq!(stream_name(name.to_owned()).is_ok(), is_fit, "{name:?}");
    }
    assert!(stream_name("x".repeat(STREAM_CHARS_MAX + 1)).is_err());
}

#[test]
fn bearer_tokens() {
    let cases =
        [("Bearer abc", Some("abc")), ("bearer abc", Some("abc")), ("Basic x", None), ("x", None)];
    for (value, token) in cases {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().expect("a header"));
        assert_eq!(bearer(&headers), token, "{value}");
    }
}
