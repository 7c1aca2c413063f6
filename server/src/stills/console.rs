//! One console: it gets what changed, one message at a time, and says when it has it. So no more
//! than one message is ever on its way: a slow console skips stills and is never behind.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use meeting::{Actor, MeetingId, PointId};
use tokio::time::{Instant, sleep_until, timeout};

use super::desk::Sent;
use crate::app::App;
use crate::limits::{STILL_ACK_TIMEOUT, STILL_BITS_PER_SECOND_MAX, STILL_PAUSE_MAX};

/// How often the rights and the session are looked at while nothing comes.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Who looks at which meeting.
pub(crate) struct Console {
    /// Who.
    pub(crate) actor: Actor,
    /// His cookie, to ask now and then whether it is still good.
    pub(crate) token: String,
    /// Which meeting.
    pub(crate) meeting: MeetingId,
}

/// Serves a console until it goes or may look no more.
pub(crate) async fn serve(app: &App, mut socket: WebSocket, console: Console) {
    tokio::select! {
        () = hand_out(app, &mut socket, &console) => {}
        () = app.stop.cancelled() => {}
    }
    // The line may be gone already; there is nobody left to tell.
    let _ = timeout(Duration::from_secs(1), socket.send(Message::Close(None))).await;
}

async fn hand_out(app: &App, socket: &mut WebSocket, console: &Console) {
    let Some(watch) = app.stills.watch(console.meeting) else { return };
    let mut arrivals = watch.arrivals();
    let mut sent = Sent::default();
    let mut known_until = None;
    loop {
        let now = Instant::from_std(app.edge.instant());
        if known_until.is_none_or(|until| now >= until) {
            if !is_signed_in(app, console).await {
                return;
            }
            known_until = Some(now + LOOK_EVERY);
        }
        let Some(points) = points(app, console).await else { return };
        watch.renew(&points);
        arrivals.mark_unchanged();
        let batch = watch.batch(&mut sent);
        let pause_until = if batch.is_empty() {
            tokio::select! {
                _ = arrivals.changed() => {}
                () = sleep_until(now + LOOK_EVERY) => {}
                is_there = heard(socket) => if !is_there { return },
            }
            continue;
        } else {
            let bytes = batch.len();
            if !taken(socket, batch).await {
                return;
            }
            let then = Instant::from_std(app.edge.instant());
            then + pause(bytes, then.duration_since(now))
        };
        if !rests(socket, pause_until).await {
            return;
        }
    }
}

/// How long the line is left to others: as long as the message took, so that at most half of it
/// is used, and never more than a console may have.
pub(super) fn pause(bytes: usize, took: Duration) -> Duration {
    let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8);
    let least = Duration::from_micros(bits.saturating_mul(1_000_000) / STILL_BITS_PER_SECOND_MAX);
    least.saturating_sub(took).max(took).min(STILL_PAUSE_MAX)
}

async fn is_signed_in(app: &App, console: &Console) -> bool {
    match app.sessions.find(&console.token).await {
        Ok(found) => found.is_some_and(|session| session.actor() == console.actor),
        Err(error) => {
            tracing::error!(error = %error, "a session could not be looked up");
            true
        }
    }
}

async fn points(app: &App, console: &Console) -> Option<BTreeSet<PointId>> {
    match app.meetings.load(console.meeting).await {
        Ok(loaded) => loaded?.state.points_watched_by(&console.actor).cloned(),
        Err(error) => {
            tracing::error!(meeting.id = %console.meeting, error = %error, "no stills are given");
            None
        }
    }
}

/// Sends a message and waits until the console has it.
async fn taken(socket: &mut WebSocket, batch: Vec<u8>) -> bool {
    let sent_and_heard =
        async { socket.send(Message::Binary(batch.into())).await.is_ok() && heard(socket).await };
    timeout(STILL_ACK_TIMEOUT, sent_and_heard).await.unwrap_or(false)
}

/// Waits for a word of the console; false when it is gone.
async fn heard(socket: &mut WebSocket) -> bool {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(_) | Message::Binary(_))) => return true,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_)) | Err(_)) | None => return false,
        }
    }
}

/// Waits; false when the console went meanwhile.
async fn rests(socket: &mut WebSocket, until: Instant) -> bool {
    loop {
        tokio::select! {
            () = sleep_until(until) => return true,
            is_there = heard(socket) => if !is_there { return false },
        }
    }
}
