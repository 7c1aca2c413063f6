//! The live channel of a person's browser, as much of it as entering a call needs.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::http::Request;
use crate::limits::{FRAME_BYTES_MAX, REQUEST_TIMEOUT};
use crate::loopback;
use crate::peer::Role;

/// Of the frames of the live channel.
const VERSION: u16 = 1;
/// The chair starts a meeting once, however often it is asked with this id.
const START: &str = "01939ef0-5d0a-7000-8000-0000000d1ca0";
/// RFC 6455 §5.2.
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
const MASKED: u8 = 0x80;

/// The cookie of a session that begins for `NAME:PASSWORD`.
pub(crate) fn sign_in(url: &str, account: &str) -> Result<String> {
    let (user, password) = account.split_once(':').context("an account is NAME:PASSWORD")?;
    let body = json!({"user": user, "password": password}).to_string();
    let url = format!("{url}/api/session");
    let media_type = "application/json";
    Request { method: "POST", url: &url, media_type, bearer: None, body: &body }.cookie()
}

/// An open channel.
pub(crate) struct Channel {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Channel {
    /// Opens one, and says hello.
    pub(crate) fn open(url: &str, cookie: &str) -> Result<Self> {
        let (address, _) = loopback::target(url)?;
        let mut stream = TcpStream::connect_timeout(&address, REQUEST_TIMEOUT)?;
        stream.set_read_timeout(Some(REQUEST_TIMEOUT))?;
        stream.set_nodelay(true)?;
        // The key only keeps caches away, of which there are none on this machine.
        let request = format!(
            "GET /live HTTP/1.1\r\nhost: {address}\r\norigin: {url}\r\ncookie: {cookie}\r\n\
             connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: ZGllbWNhdS1sb2FkLWtleQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut channel = Self { stream, unread: vec![] };
        let end = loop {
            let end = channel.unread.windows(4).position(|window| window == b"\r\n\r\n");
            match end {
                Some(end) => break end + 4,
                None => channel.read()?,
            }
        };
        let head: Vec<u8> = channel.unread.drain(..end).collect();
        ensure!(head.starts_with(b"HTTP/1.1 101"), "live: {}", String::from_utf8_lossy(&head));
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
        Ok(self.stream.set_nonblocking(true)?)
    }

    /// Reads what came, and answers pings.
    pub(crate) fn tend(&mut self) -> Result<()> {
        loop {
            while self.next()?.is_some() {}
            match self.read() {
                Ok(()) => {}
                Err(error) => match error.downcast_ref::<std::io::Error>() {
                    Some(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                    _ => return Err(error),
                },
            }
        }
    }

    /// The next frame of a type; others are passed over, refusals are errors.
    fn hear(&mut self, wanted: &str) -> Result<Value> {
        loop {
            while let Some(frame) = self.next()? {
                match frame["type"].as_str() {
                    Some(found) if found == wanted => return Ok(frame),
                    Some("absent" | "refused" | "call_ended" | "bye") => {
                        bail!("waited for {wanted}, heard {frame}")
                    }
                    _ => {}
                }
            }
            self.read().with_context(|| format!("waited for {wanted}"))?;
        }
    }

    fn read(&mut self) -> Result<()> {
        let mut buffer = [0; 16 * 1024];
        let length = self.stream.read(&mut buffer)?;
        ensure!(length > 0, "the live channel ended");
        self.unread.extend_from_slice(&buffer[..length]);
        ensure!(self.unread.len() <= FRAME_BYTES_MAX, "a frame without end");
        Ok(())
    }

    /// The next text frame that came whole; control frames are dealt with.
    fn next(&mut self) -> Result<Option<Value>> {
        while let Some((opcode, payload)) = take_frame(&mut self.unread) {
            match opcode {
                TEXT => return Ok(Some(serde_json::from_slice(&payload)?)),
                PING => self.send(PONG, &payload)?,
                CLOSE => bail!("the server closed the live channel"),
                _ => {}
            }
        }
        Ok(None)
    }

    fn say(&mut self, frame: &Value) -> Result<()> {
        self.send(TEXT, frame.to_string().as_bytes())
    }

    /// A client's frame is masked; nobody is between who could be misled, so the mask is zero.
    fn send(&mut self, opcode: u8, payload: &[u8]) -> Result<()> {
        let length = u16::try_from(payload.len()).context("a frame that is too long")?;
        let mut frame = vec![0x80 | opcode];
        match u8::try_from(length) {
            Ok(length) if length < 126 => frame.push(MASKED | length),
            _ => {
                frame.push(MASKED | 0x7e);
                frame.extend_from_slice(&length.to_be_bytes());
            }
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(payload);
        self.stream.write_all(&frame).context("send on the live channel")
    }
}

/// Takes a whole frame of the server, which neither masks nor fragments.
fn take_frame(unread: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let [first, second, rest @ ..] = unread.as_slice() else { return None };
    let (opcode, short) = (first & 0x0f, second & 0x7f);
    let (start, length): (usize, usize) = match short {
        126 => (4, usize::from(u16::from_be_bytes(*rest.first_chunk()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?),
        short => (2, usize::from(short)),
    };
    let payload = unread.get(start..start.checked_add(length)?)?.to_vec();
    unread.drain(..start + length);
    Some((opcode, payload))
}

#[test]
fn frames_are_taken_whole() {
    let mut unread = vec![0x81, 2, b'{', b'}', 0x89, 0, 0x81, 126, 0, 3, b'a', b'b'];
    assert_eq!(take_frame(&mut unread), Some((TEXT, b"{}".to_vec())));
    assert_eq!(take_frame(&mut unread), Some((PING, vec![])));
    assert_eq!(take_frame(&mut unread), None);
    unread.push(b'c');
    assert_eq!(take_frame(&mut unread), Some((TEXT, b"abc".to_vec())));
    assert_eq!((take_frame(&mut unread), take_frame(&mut vec![0x81])), (None, None));
}
