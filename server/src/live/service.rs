//! The live channels of this server.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use axum::extract::ws::WebSocket;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use ring::hmac;
use tokio_util::sync::CancellationToken;

use super::connection::Connection;
use super::hub::Hub;
use super::outbox::Outbox;
use super::reader;
use super::views::Views;
use crate::app::App;
use crate::edge::Edge;
use crate::sessions::Session;
use crate::store::{self, Db, secrets};

/// What the channels share.
pub(crate) struct Live {
    pub(super) hub: Hub,
    pub(super) views: Views,
    open: AtomicUsize,
    next: AtomicU64,
}

/// Who opens a channel, as far as the request says.
pub(crate) struct Visit {
    /// The session of its cookie, with the cookie.
    pub(crate) session: Option<(Session, String)>,
    /// The host the client asked for, which a device's proof must name.
    pub(crate) host: String,
}

impl Live {
    /// With the secret of the cursors out of the database, so that cursors outlive a restart.
    pub(crate) async fn open(db: &Db, edge: &Edge) -> Result<Self, store::Error> {
        let fresh = STANDARD.encode(edge.bytes::<32>());
        let mut tx = db.begin().await?;
        let secret = secrets::get_or_insert(&mut tx, "cursor", &fresh).await?;
        tx.commit().await?;
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Ok(Self {
            hub: Hub::default(),
            views: Views::new(secret),
            open: AtomicUsize::new(0),
            next: AtomicU64::new(1),
        })
    }

    /// Passes changes on to the channels until the server stops.
    pub(crate) async fn run(&self, app: &App, stop: &CancellationToken) {
        self.hub.run(app.meetings.changes(), app.rooms.board_changes(), stop).await;
    }

    /// How many channels are open.
    pub(crate) fn open_count(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Serves one channel until it ends.
    pub(crate) async fn serve(app: &App, mut socket: WebSocket, visit: Visit) {
        let _counted = Counted::new(&app.live.open);
        let reader = match reader::greet(app, &mut socket, visit).await {
            Ok(reader) => reader,
            Err(ending) => return reader::refuse(&mut socket, ending).await,
        };
        let Ok(relay) = reader::welcome(app, &mut socket, &reader).await else { return };
        let id = app.live.next.fetch_add(1, Ordering::Relaxed);
        let (sink, stream) = socket.split();
        let outbox = Outbox::open(sink, app.config.live.queue_bytes_max);
        Connection::run(app, (id, reader, relay), (stream, outbox)).await;
    }
}

/// Counts a channel while it is open.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(open: &'a AtomicUsize) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(open)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
