//! Who is at the other end: a person by his session, a room by its device's proof.

use axum::extract::ws::{Message, WebSocket};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use meeting::{Actor, speaker_of};
use protocol::VERSION;
use protocol::call::Relay;
use protocol::live::{ClientFrame, ServerFrame};
use protocol::room::DeviceProof;

use super::frames;
use super::service::Visit;
use crate::app::App;
use crate::limits::HELLO_TIMEOUT;
use crate::rooms::Expected;
use crate::sessions::Session;
use crate::store::devices::Device;

/// A known reader.
pub(super) enum Reader {
    /// Somebody who is signed in.
    Person {
        /// His session.
        session: Session,
        /// His cookie, to ask now and then whether it is still good.
        token: String,
    },
    /// A room.
    Room(Device),
}

impl Reader {
    /// As whom the domain knows him.
    pub(super) fn actor(&self) -> Actor {
        match self {
            Self::Person { session, .. } => session.actor(),
            Self::Room(device) => Actor::Point(device.point),
        }
    }

    /// Whether he is still who he was.
    pub(super) async fn is_known(&self, app: &App) -> bool {
        let known = match self {
            Self::Person { session, token } => {
                let found = app.sessions.find(token).await;
                found.map(|found| found.as_ref() == Some(session))
            }
            // A replaced device is told by the end of its plans.
            Self::Room(_) => Ok(true),
        };
        known.unwrap_or_else(|error| {
            tracing::error!(error = %error, "a session could not be looked up");
            true
        })
    }
}

/// Why a channel ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The other end is gone, or said nothing for too long.
    Gone,
    /// It is told why: one of the codes of [`ServerFrame::Bye`].
    Bye(&'static str),
    /// It is told that it was too slow, before what still waits for it.
    Slow,
}

/// Greets, and learns who is there.
pub(super) async fn greet(
    app: &App,
    socket: &mut WebSocket,
    visit: Visit,
) -> Result<Reader, Ending> {
    let nonce = STANDARD.encode(app.edge.bytes::<32>());
    let greeting =
        ServerFrame::Greeting { protocol: VERSION, nonce: nonce.clone(), now: app.edge.now() };
    say(socket, &greeting).await?;
    let hello = tokio::time::timeout(HELLO_TIMEOUT, hear(socket)).await;
    let ClientFrame::Hello { protocol, device } = hello.map_err(|_| Ending::Gone)?? else {
        return Err(Ending::Bye("MALFORMED"));
    };
    if protocol != VERSION {
        return Err(Ending::Bye("VERSION"));
    }
    match (device, visit.session) {
        (Some(proof), _) => prove(app, &proof, (&visit.host, &nonce)).await,
        (None, Some((session, token))) => Ok(Reader::Person { session, token }),
        (None, None) => Err(Ending::Bye("SIGN_IN")),
    }
}

/// Welcomes who is known, and tells him before how to get into a call through a relay: a client
/// enters as soon as it is welcome.
pub(super) async fn welcome(
    app: &App,
    socket: &mut WebSocket,
    reader: &Reader,
) -> Result<Option<Relay>, Ending> {
    let now = app.edge.now();
    let relays = app.relays.as_ref();
    let relay = relays.map(|relays| relays.way(now, Some(speaker_of(&reader.actor()))));
    if let Some(relay) = relay.clone() {
        say(socket, &ServerFrame::Relay(relay)).await?;
    }
    say(socket, &ServerFrame::Welcome { now, instance: app.instance.clone() }).await?;
    Ok(relay)
}

/// Says the last frame on a socket that was not split yet.
pub(super) async fn refuse(socket: &mut WebSocket, ending: Ending) {
    if let Ending::Bye(code) = ending {
        let _ = say(socket, &ServerFrame::Bye { code: code.to_owned() }).await;
    }
}

async fn prove(
    app: &App,
    proof: &DeviceProof,
    (host, nonce): (&str, &str),
) -> Result<Reader, Ending> {
    let expected = Expected { host, nonce, now: app.edge.now() };
    match app.rooms.prove(proof, &expected).await {
        Ok(Some(device)) => Ok(Reader::Room(device)),
        Ok(None) => {
            tracing::warn!(device.id = %proof.device, "a device did not prove itself");
            Err(Ending::Bye("SIGN_IN"))
        }
        Err(error) => {
            tracing::error!(error = %error, "a device could not be looked up");
            Err(Ending::Bye("RESTART"))
        }
    }
}

async fn say(socket: &mut WebSocket, frame: &ServerFrame) -> Result<(), Ending> {
    let text = frames::text(frame).map_err(|_| Ending::Gone)?;
    socket.send(Message::Text(text.into())).await.map_err(|_| Ending::Gone)
}

async fn hear(socket: &mut WebSocket) -> Result<ClientFrame, Ending> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => {
                return serde_json::from_str(text.as_str()).map_err(|_| Ending::Bye("MALFORMED"));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_))) => return Err(Ending::Bye("MALFORMED")),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Ending::Gone),
        }
    }
}
