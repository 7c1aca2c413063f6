//! One live channel: opened, greeted, proved, then frames both ways until it breaks.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use protocol::live::{ClientFrame, ServerFrame};
use protocol::meeting::DeviceId;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use super::key::DeviceKey;
use super::tls::Clients;
use crate::config::Config;
use crate::limits::{CONNECT_MS_MAX, FRAME_BYTES_MAX, FRAMES_WAITING_MAX, PROOF_MS};
use crate::machine::{Input, LineInput};
use crate::worker::Event;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An open or opening channel. Closed when dropped.
#[derive(Debug)]
pub struct Link {
    generation: u64,
    frames: mpsc::Sender<ClientFrame>,
    stills: mpsc::Sender<Bytes>,
    task: AbortHandle,
}

/// Whom a channel speaks for.
#[derive(Debug)]
pub struct Caller {
    /// Which device.
    pub device: DeviceId,
    /// Tells this channel's events from those of the ones before.
    pub generation: u64,
    /// The device's key.
    pub key: std::sync::Arc<DeviceKey>,
}

/// Why a channel ended.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error("the live channel: {0}")]
    Socket(#[from] Box<Error>),
    #[error("the server took too long")]
    TooSlow,
    #[error("the server said {0} instead of the greeting")]
    Unexpected(String),
    #[error("the server speaks version {0} of the protocol")]
    Version(u16),
    #[error("a frame cannot be read: {0}")]
    Frame(#[from] serde_json::Error),
    #[error("the server closed the channel")]
    Closed,
}

impl Link {
    /// Begins to open a channel; what happens on it comes as events.
    pub fn open(
        tasks: &mut JoinSet<()>,
        config: &Config,
        clients: &Clients,
        caller: Caller,
        events: mpsc::Sender<Event>,
    ) -> Self {
        let (frames, outgoing) = mpsc::channel(FRAMES_WAITING_MAX);
        // One at a time: a line that is slower than the camera is given fewer stills.
        let (stills, outgoing_stills) = mpsc::channel(1);
        let generation = caller.generation;
        let url = config.live_url();
        let host = config.host().unwrap_or_default().to_owned();
        let connector = clients.live.clone();
        let task = tasks.spawn(async move {
            let line = Line { caller, host, events };
            let error = line.run(&url, connector, (outgoing, outgoing_stills)).await;
            tracing::warn!(line.generation = generation, %error, "the live channel is down");
            line.tell(LineInput::Down).await;
        });
        Self { generation, frames, stills, task }
    }

    /// Says something. A channel whose queue is full is as good as cut: it is closed, and the
    /// machine hears of it by silence.
    pub fn send(&self, generation: u64, frame: ClientFrame) {
        if self.generation == generation && self.frames.try_send(frame).is_err() {
            self.task.abort();
        }
    }

    /// Sends a still of the camera, unless the last one is still waiting.
    pub fn send_still(&self, frame: Bytes) {
        // One that is left out is followed by a newer one.
        let _ = self.stills.try_send(frame);
    }

    /// Which channel this is.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Line {
    caller: Caller,
    host: String,
    events: mpsc::Sender<Event>,
}

impl Line {
    async fn run(
        &self,
        url: &str,
        connector: Option<tokio_tungstenite::Connector>,
        (mut outgoing, mut stills): (mpsc::Receiver<ClientFrame>, mpsc::Receiver<Bytes>),
    ) -> LinkError {
        let patience = Duration::from_millis(CONNECT_MS_MAX);
        let mut socket = match timeout(patience, self.greet(url, connector)).await {
            Ok(Ok((socket, instance))) => {
                self.tell(LineInput::Up { instance }).await;
                socket
            }
            Ok(Err(error)) => return error,
            Err(_) => return LinkError::TooSlow,
        };
        loop {
            let step = tokio::select! {
                frame = outgoing.recv() => match frame {
                    Some(frame) => say(&mut socket, &frame).await,
                    None => Err(LinkError::Closed),
                },
                Some(still) = stills.recv() => {
                    let sent = socket.send(Message::binary(still)).await;
                    sent.map_err(|error| Box::new(error).into())
                }
                frame = hear(&mut socket) => match frame {
                    Ok(frame) => {
                        self.tell(LineInput::Frame(Box::new(frame))).await;
                        Ok(())
                    }
                    Err(error) => Err(error),
                },
            };
            if let Err(error) = step {
                return error;
            }
        }
    }

    async fn greet(
        &self,
        url: &str,
        connector: Option<tokio_tungstenite::Connector>,
    ) -> Result<(Socket, String), LinkError> {
        let limits = WebSocketConfig::default()
            .max_message_size(Some(FRAME_BYTES_MAX))
            .max_frame_size(Some(FRAME_BYTES_MAX));
        let (mut socket, _) = connect_async_tls_with_config(url, Some(limits), true, connector)
            .await
            .map_err(Box::new)?;
        let (nonce, now) = match hear(&mut socket).await? {
            ServerFrame::Greeting { protocol: protocol::VERSION, nonce, now } => (nonce, now),
            ServerFrame::Greeting { protocol, .. } => return Err(LinkError::Version(protocol)),
            other => return Err(LinkError::Unexpected(format!("{other:?}"))),
        };
        // By the server's clock: a room whose own is wrong gets in all the same, and is told.
        let expires_at = now.plus_millis(PROOF_MS);
        let device = self.caller.key.proof(self.caller.device, &self.host, &nonce, expires_at);
        let hello = ClientFrame::Hello { protocol: protocol::VERSION, device: Some(device) };
        say(&mut socket, &hello).await?;
        let mut answer = hear(&mut socket).await?;
        if matches!(answer, ServerFrame::Relay(_)) {
            self.tell(LineInput::Frame(Box::new(answer))).await;
            answer = hear(&mut socket).await?;
        }
        match answer {
            ServerFrame::Welcome { instance, .. } => Ok((socket, instance)),
            other => Err(LinkError::Unexpected(format!("{other:?}"))),
        }
    }

    async fn tell(&self, event: LineInput) {
        let generation = self.caller.generation;
        let input = Input::Line { generation, event };
        // The receiver is gone only when the whole worker is ending.
        let _ = self.events.send(Event::Room(input)).await;
    }
}

async fn say(socket: &mut Socket, frame: &ClientFrame) -> Result<(), LinkError> {
    let text = serde_json::to_string(frame)?;
    Ok(socket.send(Message::text(text)).await.map_err(Box::new)?)
}

async fn hear(socket: &mut Socket) -> Result<ServerFrame, LinkError> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text)?),
            Some(Ok(Message::Close(_))) | None => return Err(LinkError::Closed),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(Box::new(error).into()),
        }
    }
}
