//! `kill -9` of the real server: whatever it acknowledged is there afterwards.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails as the test would"
)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use uuid::Uuid;

const PASSWORD: &str = "mật khẩu của bài kiểm tra";
/// How often the server is asked whether it is up, a tenth of a second apart.
const TRIES_MAX: u32 = 200;

/// The real program, killed with the test at the latest.
struct Server(Child);

impl Server {
    async fn start(config: &Path, address: SocketAddr) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_diemcau-server"));
        command.arg("--config").arg(config).stderr(Stdio::null());
        let server = Self(command.spawn().expect("the server starts"));
        for _ in 0..TRIES_MAX {
            if matches!(http(address, "GET", "/healthz", "").await, Some((200, _, _))) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server does not answer");
    }

    /// SIGKILL: it has no chance to finish anything.
    fn kill(mut self) {
        self.0.kill().expect("it is killed");
        self.0.wait().expect("it is gone");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One request and its whole answer: status, head, body.
async fn http(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> Option<(u16, String, String)> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, head.to_owned(), body.to_owned()))
}

struct Channel(WebSocketStream<TcpStream>);

impl Channel {
    async fn open(address: SocketAddr, cookie: &str) -> Self {
        let mut request = format!("ws://{address}/live").into_client_request().expect("a request");
        let headers = request.headers_mut();
        headers.insert("cookie", cookie.parse().expect("a header"));
        headers.insert("origin", format!("http://{address}").parse().expect("a header"));
        let stream = TcpStream::connect(address).await.expect("it connects");
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.expect("it opens");
        let mut channel = Self(socket);
        channel.next().await.expect("a greeting");
        channel.say(&json!({"type": "hello", "protocol": protocol::VERSION})).await;
        assert_eq!(channel.next().await.expect("a welcome")["type"], "welcome");
        channel
    }

    async fn say(&mut self, frame: &Value) {
        // A server that was killed meanwhile is noticed by the missing answer.
        let _ = self.0.send(Message::text(frame.to_string())).await;
    }

    async fn next(&mut self) -> Option<Value> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) => return serde_json::from_str(text.as_str()).ok(),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}

struct Bench {
    address: SocketAddr,
    config: std::path::PathBuf,
    meeting: Uuid,
    _folder: tempfile::TempDir,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().expect("a folder");
    let free = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = free.local_addr().expect("an address");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let text = format!(
        "[http]\nlisten = '{address}'\n[database]\nurl = 'sqlite:{}'\n\
         [papers]\nfolder = '{}'\nkeys = '{}'\n",
        at("diemcau.db"),
        at("papers"),
        at("keys")
    );
    let config = folder.path().join("diemcau.toml");
    std::fs::write(&config, text).expect("a configuration");
    Bench { address, config, meeting: Uuid::from_u128(1 << 100), _folder: folder }
}

fn add_person(config: &Path) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_diemcau-server"))
        .args(["add-person", "lan", "--name", "Phạm Thị Lan", "--role", "secretary", "--config"])
        .arg(config)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("standard input");
    writeln!(stdin, "{PASSWORD}").expect("it reads");
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
}

/// The cookie and the person.
async fn sign_in(address: SocketAddr) -> (String, Value) {
    let body = json!({"user": "lan", "password": PASSWORD}).to_string();
    let (status, head, body) =
        http(address, "POST", "/api/session", &body).await.expect("an answer");
    assert_eq!(status, 200, "{body}");
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    let cookie = cookie.split(';').next().expect("a value").to_owned();
    (cookie, serde_json::from_str(&body).expect("JSON"))
}

fn command(bench: &Bench, number: u128, command: &Value) -> Value {
    let id = Uuid::from_u128(number);
    json!({"type": "command", "id": id, "meeting": bench.meeting, "command": command})
}

fn item(number: u128) -> Value {
    json!({"do": "add_item", "item": Uuid::from_u128(number), "title": format!("Nội dung {number}"),
        "minutes": 5, "audience": {"kind": "everyone"}})
}

async fn items(channel: &mut Channel, bench: &Bench) -> BTreeSet<String> {
    channel
        .say(&json!({"type": "follow", "topic": {"kind": "meeting", "id": bench.meeting}}))
        .await;
    let changes = channel.next().await.expect("changes");
    let items = changes["changed"]["agenda"]["items"].as_array().expect("an agenda").clone();
    items.iter().map(|item| item["item"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill() {
    let bench = bench();
    add_person(&bench.config);
    let server = Server::start(&bench.config, bench.address).await;
    let (cookie, session) = sign_in(bench.address).await;
    let mut channel = Channel::open(bench.address, &cookie).await;
    let create = json!({"do": "create", "title": "Họp giao ban", "minutes": 60,
        "starts_at": 1_800_000_000_000_i64, "chair": session["person"]});
    channel.say(&command(&bench, 1, &create)).await;
    assert_eq!(channel.next().await.expect("an answer")["type"], "done");

    // Many on their way at once; killed when some were answered and others were not.
    for number in 100..160 {
        channel.say(&command(&bench, number, &item(number))).await;
    }
    let mut acknowledged = Vec::new();
    while acknowledged.len() < 25 {
        let answer = channel.next().await.expect("an answer");
        assert_eq!(answer["type"], "done", "{answer}");
        acknowledged.push(answer);
    }
    server.kill();
    while let Some(answer) = channel.next().await {
        acknowledged.push(answer);
    }
    drop(channel);

    let server = Server::start(&bench.config, bench.address).await;
    let mut channel = Channel::open(bench.address, &cookie).await;
    let kept = items(&mut channel, &bench).await;
    for answer in &acknowledged {
        let id = answer["id"].as_str().expect("an id");
        assert!(kept.contains(id), "{answer} was acknowledged and is gone");
    }
    // The client repeats everything: the old is answered as before, the rest is done once.
    for number in 100..160 {
        channel.say(&command(&bench, number, &item(number))).await;
    }
    let mut answers = Vec::new();
    while answers.len() < 60 {
        let frame = channel.next().await.expect("an answer");
        match frame["type"].as_str() {
            Some("done") => answers.push(frame),
            Some("changes") => {}
            _ => panic!("{frame}"),
        }
    }
    for answer in &acknowledged {
        assert!(answers.contains(answer), "{answer} is answered otherwise now");
    }
    let mut fresh = Channel::open(bench.address, &cookie).await;
    assert_eq!(items(&mut fresh, &bench).await.len(), 60);
    server.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orderly_stop_tells_everybody_and_leaves_one_file() {
    let bench = bench();
    add_person(&bench.config);
    let mut server = Server::start(&bench.config, bench.address).await;
    let (cookie, _) = sign_in(bench.address).await;
    let mut channel = Channel::open(bench.address, &cookie).await;
    let pid = server.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    let bye = channel.next().await.expect("a last frame");
    assert_eq!((&bye["type"], &bye["code"]), (&json!("bye"), &json!("RESTART")));
    drop(channel);
    let mut ended = None;
    for _ in 0..50 {
        ended = server.0.try_wait().expect("it can be asked");
        if ended.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(ended.expect("it stopped within five seconds").success());
    let wal = bench.config.with_file_name("diemcau.db-wal");
    let left = std::fs::metadata(wal).map_or(0, |wal| wal.len());
    assert_eq!(left, 0, "the write-ahead log is empty");
}
