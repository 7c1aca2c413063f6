//! The live channel over a real socket.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use meeting::{Actor, Command, CommandId, MeetingId};
use protocol::VERSION;
use protocol::live::{ClientFrame, Cursor, ServerFrame, Topic, TopicSection};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

use crate::serve::Server;
use crate::testing::{House, Seat};

/// Longer than anything here takes, shorter than a test runner's patience.
const PATIENCE: Duration = Duration::from_secs(20);

/// A house with an open door.
struct Open {
    house: House,
    address: SocketAddr,
    stop: CancellationToken,
    serving: JoinSet<anyhow::Result<()>>,
}

impl Open {
    async fn start() -> Self {
        let house = House::start().await;
        let server = Server::over(house.app.clone()).await.expect("it listens");
        let (address, stop) = (server.address(), CancellationToken::new());
        let mut serving = JoinSet::new();
        serving.spawn(server.serve(stop.clone().cancelled_owned()));
        Self { house, address, stop, serving }
    }

    /// Stops the server in order.
    async fn close(mut self) {
        self.stop.cancel();
        let stopped = within(self.serving.join_next()).await.expect("it served");
        stopped.expect("it did not panic").expect("it stopped");
        assert_eq!(self.house.app.live.open_count(), 0, "nothing outlives its owner");
    }

    async fn connect(&self, seat: &Seat, origin: &str) -> Result<Channel, Error> {
        let mut request = format!("ws://{}/live", self.address).into_client_request()?;
        let headers = request.headers_mut();
        let cookie = seat.get("/").headers()["cookie"].clone();
        headers.insert("cookie", cookie);
        headers.insert("origin", HeaderValue::from_str(origin).expect("a header"));
        let stream = TcpStream::connect(self.address).await.map_err(Error::Io)?;
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Channel { socket, seen: BTreeMap::new(), cursor: None })
    }

    /// A channel of somebody who is signed in, greeted and welcomed.
    async fn channel(&self, seat: &Seat) -> Channel {
        let origin = format!("http://{}", self.address);
        let mut channel = self.connect(seat, &origin).await.expect("it opens");
        assert!(matches!(channel.next().await, ServerFrame::Greeting { .. }));
        channel.say(&ClientFrame::Hello { protocol: VERSION, device: None }).await;
        assert!(matches!(channel.next().await, ServerFrame::Welcome { .. }));
        channel
    }

    async fn command(&self, actor: &Actor, command: Command<String>) {
        self.house.command(actor, command).await.expect("it is done");
    }
}

/// One end of a channel, with what it has seen of one topic.
struct Channel {
    socket: WebSocketStream<TcpStream>,
    seen: BTreeMap<String, TopicSection>,
    cursor: Option<Cursor>,
}

impl Channel {
    async fn say(&mut self, frame: &ClientFrame) {
        let text = serde_json::to_string(frame).expect("JSON");
        self.socket.send(Message::text(text)).await.expect("it is sent");
    }

    /// The next frame that is not about the WebSocket itself; `None` when the channel is closed.
    async fn next_or_end(&mut self) -> Option<ServerFrame> {
        loop {
            match within(self.socket.next()).await? {
                Ok(Message::Text(text)) => {
                    return Some(serde_json::from_str(text.as_str()).expect("a frame"));
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    async fn next(&mut self) -> ServerFrame {
        self.next_or_end().await.expect("a frame")
    }

    async fn follow(&mut self, topic: Topic, cursor: Option<Cursor>) {
        self.say(&ClientFrame::Follow { topic, cursor }).await;
    }

    /// Takes one frame of changes; how many sections it named.
    async fn take_changes(&mut self) -> usize {
        let ServerFrame::Changes(changes) = self.next().await else { panic!("no changes") };
        let count = changes.changed.len() + changes.removed.len();
        self.seen.extend(changes.changed);
        for key in changes.removed {
            assert!(self.seen.remove(&key).is_some(), "{key} was never there");
        }
        self.cursor = Some(changes.cursor);
        count
    }

    /// Gives a command, and takes changes until it is answered.
    async fn command(&mut self, meeting: MeetingId, command: Command<String>) -> ServerFrame {
        let id = CommandId::new(uuid::Uuid::from_u128(rand_from(&command)));
        self.say(&ClientFrame::Command { id, meeting, command }).await;
        loop {
            match self.next().await {
                ServerFrame::Changes(changes) => self.seen.extend(changes.changed),
                frame => return frame,
            }
        }
    }
}

/// Another id for every command of these tests.
fn rand_from(command: &Command<String>) -> u128 {
    format!("{command:?}")
        .bytes()
        .fold(7, |all: u128, byte| all.wrapping_mul(31) + u128::from(byte))
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("in time")
}

#[tokio::test]
async fn a_reader_resumes_without_a_gap() {
    let open = Open::start().await;
    let topic = Topic::Meeting(open.house.made.meeting);
    let (chair, reader) = (open.house.seat("chair").await, open.house.seat("secretary").await);

    let mut channel = open.channel(&reader).await;
    channel.follow(topic, None).await;
    let all = channel.take_changes().await;
    assert!(all > 5, "{:?}", channel.seen.keys());
    open.command(&chair.actor, Command::Start).await;
    channel.take_changes().await;
    let (mut seen, mut cursor) = (channel.seen.clone(), channel.cursor.clone());
    drop(channel);

    // Cut again and again, with something happening each time.
    let commands =
        [Command::Attend, Command::RequestToSpeak, Command::WithdrawRequest, Command::Leave];
    for command in commands {
        open.command(&reader.actor, command).await;
        let mut channel = open.channel(&reader).await;
        channel.seen = seen;
        channel.follow(topic, cursor).await;
        let some = channel.take_changes().await;
        assert!(0 < some && some < all, "{some} of {all}");
        (seen, cursor) = (channel.seen.clone(), channel.cursor.clone());
    }

    let mut fresh = open.channel(&reader).await;
    fresh.follow(topic, None).await;
    fresh.take_changes().await;
    assert_eq!(seen, fresh.seen, "what was pieced together is what there is");
    assert_eq!(cursor, fresh.cursor);
    drop(fresh);
    open.close().await;
}

#[tokio::test]
async fn nothing_is_sent_when_nothing_changed_and_all_when_the_cursor_is_strange() {
    let open = Open::start().await;
    let topic = Topic::Meeting(open.house.made.meeting);
    let seat = open.house.seat("secretary").await;
    let mut channel = open.channel(&seat).await;
    channel.follow(topic, None).await;
    let all = channel.take_changes().await;
    let cursor = channel.cursor.clone();
    channel.follow(topic, cursor).await;
    assert_eq!(channel.take_changes().await, 0);
    channel.follow(topic, Some(Cursor("not a cursor".into()))).await;
    assert_eq!(channel.take_changes().await, all);
    drop(channel);
    open.close().await;
}

#[tokio::test]
async fn a_command_is_answered_and_everybody_sees_it() {
    let open = Open::start().await;
    let meeting = open.house.made.meeting;
    let (chair, other) = (open.house.seat("chair").await, open.house.seat("secretary").await);
    let mut watching = open.channel(&other).await;
    watching.follow(Topic::Meeting(meeting), None).await;
    watching.take_changes().await;
    let mut acting = open.channel(&chair).await;
    let ServerFrame::Done { seq, .. } = acting.command(meeting, Command::Start).await else {
        panic!("not done")
    };
    let again = acting.command(meeting, Command::Start).await;
    assert!(matches!(again, ServerFrame::Done { seq: same, .. } if same == seq), "{again:?}");
    watching.take_changes().await;
    let TopicSection::Meeting(meeting::Section::Head(head)) = &watching.seen["head"] else {
        panic!("no head")
    };
    assert!(matches!(head.phase, meeting::Phase::Running { .. }));
    let twice = watching.command(meeting, Command::Announce).await;
    assert!(matches!(twice, ServerFrame::Refused { .. }), "{twice:?}");
    drop((watching, acting));
    open.close().await;
}

#[tokio::test]
async fn what_is_not_there_is_absent_and_the_home_page_is_there() {
    let open = Open::start().await;
    let seat = open.house.seat("chair").await;
    let mut channel = open.channel(&seat).await;
    for topic in [Topic::Meeting(MeetingId::new(uuid::Uuid::nil())), Topic::Board] {
        channel.follow(topic, None).await;
        assert_eq!(channel.next().await, ServerFrame::Absent { topic });
    }
    channel.follow(Topic::Home, None).await;
    channel.take_changes().await;
    let card = format!("meeting/{}", open.house.made.meeting);
    assert!(channel.seen.contains_key(&card), "{:?}", channel.seen.keys());
    let technician = open.house.seat("technician").await;
    let mut board = open.channel(&technician).await;
    board.follow(Topic::Board, None).await;
    assert_eq!(board.take_changes().await, 116);
    drop((channel, board));
    open.close().await;
}

#[tokio::test]
async fn a_page_of_another_host_does_not_come_in() {
    let open = Open::start().await;
    let seat = open.house.seat("chair").await;
    match open.connect(&seat, "http://evil.example").await {
        Err(Error::Http(answer)) => assert_eq!(answer.status().as_u16(), 403),
        other => panic!("{:?}", other.err()),
    }
    open.close().await;
}

#[tokio::test]
async fn who_makes_no_sense_is_told_and_cut() {
    let open = Open::start().await;
    let seat = open.house.seat("chair").await;
    let cases = [
        (r#"{"type":"hello","protocol":0}"#, "VERSION"),
        (r#"{"type":"ping","number":1}"#, "MALFORMED"),
        ("nonsense", "MALFORMED"),
    ];
    for (first, code) in cases {
        let origin = format!("http://{}", open.address);
        let mut channel = open.connect(&seat, &origin).await.expect("it opens");
        channel.next().await;
        channel.socket.send(Message::text(first)).await.expect("it is sent");
        assert_eq!(channel.next_or_end().await, Some(ServerFrame::Bye { code: code.into() }));
        assert_eq!(channel.next_or_end().await, None);
    }
    open.close().await;
}

#[tokio::test]
async fn a_slow_reader_is_cut_and_resumes() {
    let open = Open::start().await;
    let topic = Topic::Meeting(open.house.made.meeting);
    let (chair, seat) = (open.house.seat("chair").await, open.house.seat("secretary").await);
    let mut channel = open.channel(&seat).await;
    channel.follow(topic, None).await;
    channel.take_changes().await;
    // He asks and asks and never reads what he is answered.
    let ping = serde_json::to_string(&ClientFrame::Ping { number: 7 }).expect("JSON");
    for _ in 0..200_000 {
        let write = channel.socket.send(Message::text(ping.as_str()));
        match tokio::time::timeout(Duration::from_millis(500), write).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => break,
        }
    }
    open.command(&chair.actor, Command::Start).await;
    let mut last = None;
    while let Some(frame) = channel.next_or_end().await {
        last = Some(frame);
    }
    assert_eq!(last, Some(ServerFrame::Bye { code: "SLOW".into() }));
    let mut again = open.channel(&seat).await;
    again.seen = channel.seen;
    again.follow(topic, channel.cursor).await;
    assert!(again.take_changes().await > 0);
    let mut fresh = open.channel(&seat).await;
    fresh.follow(topic, None).await;
    fresh.take_changes().await;
    assert_eq!(again.seen, fresh.seen);
    drop((again, fresh));
    open.close().await;
}

#[tokio::test]
async fn a_stopping_server_says_so() {
    let open = Open::start().await;
    let seat = open.house.seat("chair").await;
    let mut channel = open.channel(&seat).await;
    open.stop.cancel();
    assert_eq!(channel.next_or_end().await, Some(ServerFrame::Bye { code: "RESTART".into() }));
    assert_eq!(channel.next_or_end().await, None);
    open.close().await;
}
