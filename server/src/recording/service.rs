//! Follows the meetings and their calls, and tells the recorder whom to record.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use ledger::{Entry, Hash};
use media::{Kind, PeerId, StreamId};
use meeting::{Actor, Command, CommandId, Event, Speaker};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::chain;
use super::repair::{Whole, repair};
use super::tape::Filed;
use super::thread::{Following, Key, Recorder, Report, Wanted};
use super::webm::Shape;
use crate::calls::Calls;
use crate::config;
use crate::edge::Edge;
use crate::limits::RECORDER_REPORTS_MAX;
use crate::meetings::{Changed, CommandError, Meetings, Order};
use crate::sfu::Sfu;
use crate::store::{self, Db, ledger as ledger_table, recordings as table};

/// Orders that wait for the recorder. Each says everything, so that only the last one counts.
const ORDERS_MAX: usize = 64;

/// The recordings of this server.
#[derive(Clone, Debug)]
pub(crate) struct Recordings {
    folder: PathBuf,
}

/// The recordings cannot be kept: the operator must act.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordingsError {
    /// The folder cannot be used, or the thread not started.
    #[error("recordings: {folder} cannot be used")]
    Disk {
        /// Which folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The media plane has given its packets to somebody else.
    #[error("recordings: recorded packets are taken already")]
    Taken,
}

/// What the loop owns.
struct Loop {
    root: PathBuf,
    db: Db,
    edge: Edge,
    meetings: Meetings,
    calls: Calls,
    sfu: Sfu,
    orders: SyncSender<Following>,
    thread: JoinHandle<()>,
    /// The recordings that are not over.
    active: BTreeSet<Key>,
    following: Following,
    streams: BTreeSet<StreamId>,
}

impl Recordings {
    /// Makes the folder, starts the recorder and the loop that tells it what to do until `stop`.
    pub(crate) fn start(
        config: &config::Recordings,
        (db, edge): (Db, Edge),
        (meetings, calls, sfu): (Meetings, Calls, Sfu),
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> Result<Self, RecordingsError> {
        let root = config.folder.clone();
        let error = |source| RecordingsError::Disk { folder: root.clone(), source };
        fs::create_dir_all(&root).map_err(error)?;
        let (orders, order_queue) = sync_channel(ORDERS_MAX);
        let (reports, report_queue) = mpsc::channel(RECORDER_REPORTS_MAX);
        let recorder = Recorder {
            root: root.clone(),
            free_bytes_min: config.free_bytes_min,
            orders: order_queue,
            packets: sfu.take_recorded().ok_or(RecordingsError::Taken)?,
            reports,
            sfu: sfu.clone(),
            edge: edge.clone(),
            work: super::thread::Work::default(),
        };
        let thread = std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || recorder.run())
            .map_err(error)?;
        let follower = Loop {
            root: root.clone(),
            db,
            edge,
            meetings,
            calls,
            sfu,
            orders,
            thread,
            active: BTreeSet::new(),
            following: Following::default(),
            streams: BTreeSet::new(),
        };
        tasks.spawn(follower.run(report_queue, stop));
        Ok(Self { folder: root })
    }

    /// The file of a part.
    pub(crate) fn path(&self, key: Key, part: Uuid) -> PathBuf {
        chain::path_of(&key.folder(&self.folder), part)
    }
}

impl Loop {
    async fn run(mut self, mut reports: mpsc::Receiver<Report>, stop: CancellationToken) {
        let mut changes = self.meetings.changes();
        let mut moves = self.calls.moves();
        if let Err(error) = self.take_up().await {
            tracing::error!(error = %error, "unfinished recordings are not taken up");
        }
        loop {
            self.follow().await;
            tokio::select! {
                () = stop.cancelled() => break,
                report = reports.recv() => match report {
                    Some(report) => self.reported(report).await,
                    None => break,
                },
                change = changes.recv() => self.changed(change).await,
                goes_on = moved(&mut moves) => if !goes_on { break },
            }
        }
        let Self { orders, thread, db, .. } = self;
        drop(orders);
        // The recorder may wait to say something, until nobody listens.
        while let Some(report) = reports.recv().await {
            if let Report::Filed { key, speaker, filed } = report {
                note(&db, (key, speaker), filed).await;
            }
        }
        if !matches!(tokio::task::spawn_blocking(move || thread.join()).await, Ok(Ok(()))) {
            tracing::error!("the recorder panicked");
        }
    }

    async fn changed(&mut self, change: Result<Changed, RecvError>) {
        match change {
            Ok(Changed { meeting, records, .. }) => {
                for record in records.iter() {
                    match record.event {
                        Event::RecordingStarted => {
                            self.active.insert(Key { meeting, seq: record.seq });
                        }
                        Event::RecordingStopped | Event::RecordingInterrupted { .. } => {
                            self.active.retain(|key| key.meeting != meeting);
                        }
                        _ => {}
                    }
                }
            }
            Err(RecvError::Lagged(_)) => match self.unclosed().await {
                Ok(unclosed) => {
                    let open = unclosed.iter().filter(|it| it.stopped_at.is_none());
                    self.active = open.map(key_of).collect();
                }
                Err(error) => tracing::error!(error = %error, "recordings are not followed"),
            },
            Err(RecvError::Closed) => {}
        }
    }

    async fn unclosed(&self) -> Result<Vec<table::Recording>, store::Error> {
        table::unclosed(&mut *self.db.read().await?).await
    }

    /// Ends the files that an earlier process left, closes what was over, goes on with the rest.
    async fn take_up(&mut self) -> Result<(), store::Error> {
        for recording in self.unclosed().await? {
            let key = key_of(&recording);
            let folder = key.folder(&self.root);
            let mended = tokio::task::spawn_blocking(move || {
                fs::create_dir_all(&folder)?;
                let whole = repair(&folder)?;
                let (links, head) = chain::read(&folder)?;
                Ok::<_, io::Error>((whole, links.len() as u64, head))
            });
            match mended.await.unwrap_or_else(|panicked| Err(io::Error::other(panicked))) {
                Ok((whole, links, head)) => {
                    self.note_repair(key, &whole).await?;
                    if recording.stopped_at.is_some() {
                        self.close(key, links, head).await?;
                    } else {
                        self.active.insert(key);
                    }
                }
                Err(error) => {
                    tracing::error!(meeting.id = %key.meeting, error = %error, "not repaired");
                }
            }
        }
        Ok(())
    }

    async fn note_repair(
        &self,
        key: Key,
        whole: &BTreeMap<Uuid, Whole>,
    ) -> Result<(), store::Error> {
        let mut tx = self.db.begin().await?;
        let parts = table::parts_of(&mut tx, key.meeting).await?;
        for part in parts.iter().filter(|part| part.seq == key.seq && part.ended_at.is_none()) {
            match whole.get(&part.id) {
                Some(Whole { length, millis, cut }) => {
                    let at = part.started_at.plus_millis(*millis);
                    table::end_part(&mut tx, part.id, at, *length).await?;
                    tracing::info!(recording.part = %part.id, recording.cut = cut, "repaired");
                }
                None => table::remove_part(&mut tx, part.id).await?,
            }
        }
        tx.commit().await
    }

    /// Tells media plane and recorder who is to be recorded now, when that changed.
    async fn follow(&mut self) {
        let mut following = Following { recordings: self.active.clone(), tapes: BTreeMap::new() };
        let mut streams = BTreeSet::new();
        for key in &self.active {
            let hearing = match self.meetings.load(key.meeting).await {
                Ok(loaded) => loaded.and_then(|loaded| loaded.state.recorded()),
                Err(error) => {
                    tracing::error!(meeting.id = %key.meeting, error = %error, "not followed");
                    return;
                }
            };
            let Some(hearing) = hearing else { continue };
            for (speaker, stream) in self.calls.publishers(key.meeting) {
                let is_heard = hearing.voices.contains(&speaker);
                let is_recorded = match stream.kind {
                    Kind::Video => is_heard || hearing.main == Some(speaker),
                    Kind::Audio => is_heard,
                };
                // A sound that is off for a while is a silence in the same file.
                if is_heard || hearing.main == Some(speaker) {
                    add(&mut following.tapes, (*key, speaker), stream);
                }
                if is_recorded {
                    streams.insert(stream);
                }
            }
        }
        if following != self.following {
            match self.orders.try_send(following.clone()) {
                Ok(()) => self.following = following,
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                    tracing::error!("the recorder does not take orders");
                }
            }
        }
        if streams != self.streams {
            self.streams.clone_from(&streams);
            self.sfu.record(&streams);
        }
    }

    async fn reported(&mut self, report: Report) {
        match report {
            Report::Filed { key, speaker, filed } => note(&self.db, (key, speaker), filed).await,
            Report::Failed(key, code) => self.interrupt(key, code).await,
            Report::Closed { key, links, head } => {
                if let Err(error) = self.close(key, links, head).await {
                    tracing::error!(meeting.id = %key.meeting, error = %error, "not closed");
                }
            }
        }
    }

    /// Writes into the meeting's log that the server could not go on. Its chair is named as who
    /// acts, for somebody must; what the event is called says that it was the server.
    async fn interrupt(&self, key: Key, code: &str) {
        let chair = match self.meetings.load(key.meeting).await {
            Ok(loaded) => loaded.and_then(|it| it.state.facts().map(|facts| facts.chair)),
            Err(_) => None,
        };
        let Some(person) = chair else { return };
        let order = Order {
            actor: Actor::Person { person, roles: BTreeSet::new() },
            meeting: key.meeting,
            id: CommandId::new(self.edge.uuid()),
            command: Command::InterruptRecording { code: code.to_owned() },
        };
        match self.meetings.command(order).await {
            // Somebody ended it meanwhile.
            Ok(_) | Err(CommandError::Refused(_)) => {}
            Err(error) => {
                tracing::error!(meeting.id = %key.meeting, error = %error, "nobody is told");
            }
        }
    }

    /// Enters a recording that is over into the ledger.
    async fn close(&self, key: Key, links: u64, head: Hash) -> Result<(), store::Error> {
        let now = self.edge.now();
        let mut tx = self.db.begin().await?;
        let place = (key.meeting, key.seq);
        if table::close(&mut tx, place, now, (links, &hex::encode(head.0))).await? {
            let entry = Entry::RecordingKept {
                meeting: key.meeting.uuid().into_bytes(),
                recording: key.seq.unsigned_abs(),
                links,
                head: head.0,
                closed_at: now.millis(),
            };
            ledger_table::append(&mut tx, &entry).await?;
        }
        tx.commit().await
    }
}

async fn moved(moves: &mut watch::Receiver<u64>) -> bool {
    moves.changed().await.is_ok()
}

fn key_of(recording: &table::Recording) -> Key {
    Key { meeting: recording.meeting, seq: recording.seq }
}

fn add(tapes: &mut BTreeMap<PeerId, Wanted>, (key, speaker): (Key, Speaker), stream: StreamId) {
    let nothing = Shape { video: None, audio: false };
    let wanted = tapes.entry(stream.peer).or_insert(Wanted { key, speaker, kinds: nothing });
    match stream.kind {
        Kind::Video => wanted.kinds.video = Some((0, 0)),
        Kind::Audio => wanted.kinds.audio = true,
    }
}

/// Writes down what happened to a file.
async fn note(db: &Db, (key, speaker): (Key, Speaker), filed: Filed) {
    let noted = async {
        let mut tx = db.begin().await?;
        match filed {
            Filed::Begun { part, at, shape } => {
                let part = table::Part {
                    id: part,
                    meeting: key.meeting,
                    seq: key.seq,
                    speaker,
                    started_at: at,
                    size: shape.video,
                    ended_at: None,
                    bytes: 0,
                };
                table::insert_part(&mut tx, &part).await?;
            }
            Filed::Ended { part, at, bytes } => {
                table::end_part(&mut tx, part, at, bytes).await?;
            }
        }
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::error!(meeting.id = %key.meeting, error = %error, "a file is not written down");
    }
}
