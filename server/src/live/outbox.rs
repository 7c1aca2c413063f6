//! What waits to be written to one reader: bounded in frames and bytes, with a task of its own,
//! so that a line that does not move never holds up the reader's own frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::ws::Message;
use futures_util::{Sink, SinkExt as _};
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
    pub(super) fn open(
        sink: impl Sink<Message> + Send + Unpin + 'static,
        bytes_max: usize,
    ) -> Self {
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
    mut sink: impl Sink<Message> + Unpin,
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

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use futures_util::sink::unfold;
    use tokio::sync::mpsc::Receiver;

    use super::*;

    fn text(text: &str) -> Message {
        Message::Text(text.into())
    }

    /// A line that holds this many frames until the far end takes them.
    fn line(frames: usize) -> (Pin<Box<impl Sink<Message, Error = Slow>>>, Receiver<Message>) {
        let (near_end, far_end) = mpsc::channel(frames);
        let sink = unfold(near_end, async |near_end: mpsc::Sender<Message>, message| {
            near_end.send(message).await.map_err(|_| Slow)?;
            Ok(near_end)
        });
        (Box::pin(sink), far_end)
    }

    async fn arrived(mut far_end: Receiver<Message>) -> Vec<Message> {
        let mut messages = Vec::new();
        while let Some(message) = far_end.recv().await {
            messages.push(message);
        }
        messages
    }

    #[tokio::test]
    async fn what_waits_is_bounded_in_bytes() {
        let (sink, far_end) = line(1);
        let outbox = Outbox::open(sink, 10);
        outbox.send(text("a frame longer than the limit")).expect("nothing waits yet");
        let refused = (0..10).map(|_| outbox.send(text("more"))).find(Result::is_err);
        assert_eq!(refused, Some(Err(Slow)));
        let (messages, ()) = tokio::join!(arrived(far_end), outbox.close("bye".into(), true));
        assert_eq!(messages.last(), Some(&text("bye")), "{messages:?}");
        assert!(!messages.contains(&text("more")), "what waits is skipped");
    }

    #[tokio::test]
    async fn what_waits_is_bounded_in_frames() {
        let (sink, _far_end) = line(1);
        let outbox = Outbox::open(sink, usize::MAX);
        let more = 0..=OUTBOX_FRAMES_MAX;
        let refused = more.map(|_| outbox.send(text(""))).find(Result::is_err);
        assert_eq!(refused, Some(Err(Slow)));
    }

    #[tokio::test]
    async fn an_orderly_end_writes_what_waits_first() {
        let (sink, far_end) = line(8);
        let outbox = Outbox::open(sink, 1000);
        for word in ["one", "two"] {
            outbox.send(text(word)).expect("there is room");
        }
        outbox.close("bye".into(), false).await;
        assert_eq!(arrived(far_end).await, [text("one"), text("two"), text("bye")]);
    }
}
