//! How a peer enters: by WHIP and WHEP, a meeting's live channel, or Janus' video room.
//!
//! Runs in threads of its own, which wait for responses; the thread with the peers never does.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::channel::Channel;
use crate::clock;
use crate::http::Request;
use crate::peer::Role;

/// Who a peer is: 0 publishes, the others subscribe.
pub(crate) type PeerNumber = usize;

/// What signalling asks of the thread with the peers.
pub(crate) enum Ask {
    /// Make a peer; its offer is wanted.
    Offer(PeerNumber, SyncSender<String>),
    /// Make a peer that answers an offer; its answer is wanted.
    Answer(PeerNumber, String, SyncSender<String>),
    /// The answer to a peer's offer.
    Accept(PeerNumber, String),
    /// The first request of a peer was begun.
    Began(PeerNumber, Instant),
    /// A live channel that has to be kept open while its peer is in the call.
    Keep(Box<Channel>),
    /// A peer could not enter.
    Failed(PeerNumber, anyhow::Error),
}

/// Which server is asked, and how.
pub(crate) enum Target {
    /// By WHIP and WHEP.
    Whip { whip: String, whep: String, bearer: Option<String> },
    /// Janus' video room over its HTTP API.
    Janus { url: String },
    /// A meeting of our server: over the live channel, as browsers do.
    Meeting { url: String, meeting: String, chair: String, attendees: Vec<String> },
}

const ROOM: u64 = 4_242;
const PUBLISHER: u64 = 1;

impl Target {
    /// Brings one peer in.
    pub(crate) fn enter(&self, peer: PeerNumber, asks: &SyncSender<Ask>) {
        if let Err(error) = self.try_enter(peer, asks) {
            // A loop that ended does not want to know.
            let _ = asks.send(Ask::Failed(peer, error));
        }
    }

    fn try_enter(&self, peer: PeerNumber, asks: &SyncSender<Ask>) -> Result<()> {
        let role = role(peer);
        match self {
            Self::Whip { whip, whep, bearer } => {
                let offer = offer_of(peer, asks)?;
                asks.send(Ask::Began(peer, clock::now()))?;
                let url = if role == Role::Publisher { whip } else { whep };
                let bearer = bearer.as_deref();
                let body = Some(("application/sdp", offer.as_str()));
                let request = Request { url, bearer, body };
                asks.send(Ask::Accept(peer, request.send()?))?;
            }
            Self::Meeting { url, meeting, chair, attendees } => {
                let cookie = if role == Role::Publisher {
                    chair
                } else {
                    &attendees[peer % attendees.len()]
                };
                let offer = offer_of(peer, asks)?;
                asks.send(Ask::Began(peer, clock::now()))?;
                let mut channel = Channel::open(url, cookie)?;
                channel.attend(meeting, role == Role::Publisher)?;
                asks.send(Ask::Accept(peer, channel.call(meeting, role, &offer)?))?;
                channel.is_kept()?;
                asks.send(Ask::Keep(Box::new(channel)))?;
            }
            Self::Janus { url } if role == Role::Publisher => {
                let offer = offer_of(peer, asks)?;
                asks.send(Ask::Began(peer, clock::now()))?;
                let handle = Handle::attach(url)?;
                let room = json!({"request": "create", "room": ROOM, "publishers": 1,
                    "bitrate": 0, "videocodec": "vp8", "audiocodec": "opus"});
                handle.tell(&room, None)?;
                let join = json!({"request": "joinandconfigure", "ptype": "publisher",
                    "room": ROOM, "id": PUBLISHER});
                let answer = handle.tell(&join, Some(("offer", &offer)))?;
                asks.send(Ask::Accept(peer, answer.context("Janus answered without SDP")?))?;
            }
            Self::Janus { url } => {
                asks.send(Ask::Began(peer, clock::now()))?;
                let handle = Handle::attach(url)?;
                let join = json!({"request": "join", "ptype": "subscriber", "room": ROOM,
                    "streams": [{"feed": PUBLISHER}]});
                let offer = handle.tell(&join, None)?.context("Janus offered nothing")?;
                let (reply, answer) = sync_channel(1);
                asks.send(Ask::Answer(peer, offer, reply))?;
                let answer = answer.recv().context("the loop ended")?;
                let start = json!({"request": "start", "room": ROOM});
                handle.tell(&start, Some(("answer", &answer)))?;
            }
        }
        Ok(())
    }
}

/// What a peer with this number does.
pub(crate) fn role(peer: PeerNumber) -> Role {
    if peer == 0 { Role::Publisher } else { Role::Subscriber }
}

fn offer_of(peer: PeerNumber, asks: &SyncSender<Ask>) -> Result<String> {
    let (reply, offer) = sync_channel(1);
    asks.send(Ask::Offer(peer, reply))?;
    offer.recv().context("the loop ended")
}

/// A session of Janus with one handle of the video room.
struct Handle {
    session: String,
    handle: String,
}

impl Handle {
    fn attach(url: &str) -> Result<Self> {
        let made = ask(url, &json!({"janus": "create", "transaction": "create"}))?;
        let session = format!("{url}/{}", made["data"]["id"]);
        let plugin = json!({"janus": "attach", "plugin": "janus.plugin.videoroom",
            "transaction": "attach"});
        let made = ask(&session, &plugin)?;
        Ok(Self { handle: format!("{session}/{}", made["data"]["id"]), session })
    }

    /// Sends a message to the room; the SDP that came back, if any did.
    fn tell(&self, body: &Value, sdp: Option<(&str, &str)>) -> Result<Option<String>> {
        let name = body["request"].as_str().unwrap_or_default();
        let mut message = json!({"janus": "message", "transaction": name, "body": body});
        if let Some((kind, sdp)) = sdp {
            message["jsep"] = json!({"type": kind, "sdp": sdp});
        }
        let mut heard = ask(&self.handle, &message)?;
        for _ in 0..crate::limits::EVENTS_MAX {
            let is_meant = heard["janus"] == "event" || heard["janus"] == "success";
            if is_meant && heard["transaction"] == name {
                let data = &heard["plugindata"]["data"];
                if !data["error"].is_null() {
                    bail!("Janus refused {name}: {data}");
                }
                return Ok(heard["jsep"]["sdp"].as_str().map(str::to_owned));
            }
            let url = format!("{}?maxev=1", self.session);
            let poll = Request { url: &url, bearer: None, body: None };
            heard = read(&poll.send()?)?;
        }
        bail!("no answer of Janus to {name}")
    }
}

const JSON: &str = "application/json";

fn ask(url: &str, message: &Value) -> Result<Value> {
    let body = message.to_string();
    read(&Request { url, bearer: None, body: Some((JSON, &body)) }.send()?)
}

fn read(text: &str) -> Result<Value> {
    let value: Value = serde_json::from_str(text).with_context(|| format!("from Janus: {text}"))?;
    let value = match value {
        Value::Array(mut events) if !events.is_empty() => events.remove(0),
        other => other,
    };
    if value["janus"] == "error" {
        bail!("Janus: {}", value["error"]);
    }
    Ok(value)
}
