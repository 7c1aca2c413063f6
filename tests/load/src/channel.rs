//! The live channel of a person's browser, as much of it as entering a call needs.

use std::io::ErrorKind;
use std::net::TcpStream;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message, WebSocket};

use crate::http::Request;
use crate::limits::{FRAME_BYTES_MAX, REQUEST_TIMEOUT};
use crate::loopback;
use crate::peer::Role;

/// Of the frames of the live channel.
const VERSION: u16 = 1;
/// The chair starts a meeting once, however often it is asked with this id.
const START: &str = "01939ef0-5d0a-7000-8000-0000000d1ca0";

/// The cookie of a session that begins for `NAME:PASSWORD`.
pub(crate) fn sign_in(url: &str, account: &str) -> Result<String> {
    let (user, password) = account.split_once(':').context("an account is NAME:PASSWORD")?;
    let body = json!({"user": user, "password": password}).to_string();
    let url = format!("{url}/api/session");
    Request { url: &url, bearer: None, body: Some(("application/json", &body)) }.cookie()
}

/// An open channel.
pub(crate) struct Channel {
    socket: WebSocket<TcpStream>,
}

impl Channel {
    /// Opens one, and says hello.
    pub(crate) fn open(url: &str, cookie: &str) -> Result<Self> {
        let (address, _) = loopback::target(url)?;
        let stream = TcpStream::connect_timeout(&address, REQUEST_TIMEOUT)?;
        stream.set_read_timeout(Some(REQUEST_TIMEOUT))?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{address}/live").into_client_request()?;
        request.headers_mut().insert("origin", url.parse()?);
        request.headers_mut().insert("cookie", cookie.parse()?);
        let config = WebSocketConfig::default().max_message_size(Some(FRAME_BYTES_MAX));
        let opened = tungstenite::client::client_with_config(request, stream, Some(config));
        let (socket, _) = opened.map_err(|error| anyhow!("live: {error}"))?;
        let mut channel = Self { socket };
        channel.hear("greeting")?;
        channel.say(&json!({"type": "hello", "protocol": VERSION}))?;
        channel.hear("welcome")?;
        Ok(channel)
    }

    /// Follows a meeting, and starts it.
    pub(crate) fn attend(&mut self, meeting: &str, starts: bool) -> Result<()> {
        let topic = json!({"kind": "meeting", "id": meeting});
        self.say(&json!({"type": "follow", "topic": topic}))?;
        self.hear("changes")?;
        if starts {
            let command = json!({"do": "start"});
            self.say(&json!({"type": "command", "id": START, "meeting": meeting,
                "command": command}))?;
            self.hear("done")?;
        }
        Ok(())
    }

    /// Enters the call; the server's answer.
    pub(crate) fn call(&mut self, meeting: &str, role: Role, offer: &str) -> Result<String> {
        // The first transceiver of a peer is its picture, the second its voice.
        let mids = match role {
            Role::Publisher => {
                json!({"camera": "0", "microphone": "1", "main": null, "voices": []})
            }
            Role::Subscriber => {
                json!({"camera": null, "microphone": null, "main": "0", "voices": ["1"]})
            }
        };
        self.say(&json!({"type": "call", "meeting": meeting, "generation": 1, "sdp": offer,
            "mids": mids}))?;
        let answer = self.hear("answer")?;
        Ok(answer["sdp"].as_str().context("an answer without SDP")?.to_owned())
    }

    /// From now on nobody waits for this channel: it is tended.
    pub(crate) fn is_kept(&mut self) -> Result<()> {
        Ok(self.socket.get_ref().set_nonblocking(true)?)
    }

    /// Reads what came; pings are answered on the way.
    pub(crate) fn tend(&mut self) -> Result<()> {
        loop {
            match self.socket.read() {
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The next frame of a type; others are passed over, refusals are errors.
    fn hear(&mut self, wanted: &str) -> Result<Value> {
        loop {
            let read = self.socket.read().with_context(|| format!("waited for {wanted}"))?;
            let Message::Text(text) = read else { continue };
            let frame: Value = serde_json::from_str(&text)?;
            match frame["type"].as_str() {
                Some(found) if found == wanted => return Ok(frame),
                Some("absent" | "refused" | "call_ended" | "bye") => {
                    bail!("waited for {wanted}, heard {frame}")
                }
                _ => {}
            }
        }
    }

    fn say(&mut self, frame: &Value) -> Result<()> {
        self.socket.send(Message::text(frame.to_string())).context("send on the live channel")
    }
}
