//! What waits to be written to one reader: bounded in frames and bytes, with a task of its own,
//! so that a line that does not move never holds up the reader's own frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::ws::{Message, WebSocket};
use futures_util::SinkExt as _;
use futures_util::stream::SplitSink;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::limits::{LAST_WORDS_TIMEOUT, OUTBOX_FRAMES_MAX};

/// The end that is written to.
pub(super) struct Outbox {
    queue: mpsc::Sender<Message>,
    waiting_bytes: Arc<AtomicUsize>,
    bytes_max: usize,
    last: Option<oneshot::Sender<LastWords>>,
    writer: JoinSet<()>,
}

/// More waits for this reader than may.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slow;

/// What is written before the close.
struct LastWords {
    text: String,
    /// Whether what still waits is thrown away.
    skips_queue: bool,
}

impl Outbox {
    /// Writes to this socket until the outbox is closed or dropped.
    pub(super) fn open(sink: SplitSink<WebSocket, Message>, bytes_max: usize) -> Self {
        let (queue, waiting) = mpsc::channel(OUTBOX_FRAMES_MAX);
        let (last, told) = oneshot::channel();
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        let mut writer = JoinSet::new();
        writer.spawn(write(sink, waiting, told, Arc::clone(&waiting_bytes)));
        Self { queue, waiting_bytes, bytes_max, last: Some(last), writer }
    }

    /// Puts a frame behind those that wait.
    pub(super) fn send(&self, message: Message) -> Result<(), Slow> {
        let length = length(&message);
        let waiting = self.waiting_bytes.fetch_add(length, Ordering::Relaxed);
        // A single frame may be larger than the limit: a reader without a backlog is not slow.
        if waiting > 0 && waiting + length > self.bytes_max {
            return Err(Slow);
        }
        match self.queue.try_send(message) {
            // A writer that ended is noticed by `ended`.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Slow),
        }
    }

    /// Waits until nothing can be written any more.
    pub(super) async fn ended(&mut self) {
        let _ = self.writer.join_next().await;
    }

    /// Writes a last frame and closes, within a time limit.
    pub(super) async fn close(mut self, text: String, skips_queue: bool) {
        if let Some(last) = self.last.take() {
            let _ = last.send(LastWords { text, skips_queue });
        }
        let _ = tokio::time::timeout(LAST_WORDS_TIMEOUT, self.writer.join_next()).await;
    }
}

async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut waiting: mpsc::Receiver<Message>,
    mut told: oneshot::Receiver<LastWords>,
    waiting_bytes: Arc<AtomicUsize>,
) {
    let last = loop {
        let message = tokio::select! {
            biased;
            last = &mut told => break last.ok(),
            message = waiting.recv() => match message {
                Some(message) => message,
                None => break None,
            },
        };
        let length = length(&message);
        let sent = tokio::select! {
            sent = sink.send(message) => sent,
            last = &mut told => break last.ok(),
        };
        waiting_bytes.fetch_sub(length, Ordering::Relaxed);
        if sent.is_err() {
            return;
        }
    };
    let Some(last) = last else { return };
    while let Ok(message) = waiting.try_recv() {
        if !last.skips_queue && sink.send(message).await.is_err() {
            return;
        }
    }
    if sink.send(Message::Text(last.text.into())).await.is_ok() {
        // The line may be gone already; there is nobody left to tell.
        let _ = sink.close().await;
    }
}

fn length(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.as_str().len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Close(_) => 0,
    }
}
