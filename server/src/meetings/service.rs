//! Commands in, events kept, watchers told.

use std::sync::Arc;

use meeting::{Actor, Command, CommandId, MeetingId, Refusal, audience_of};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::sync::broadcast;

use super::cache::{Cache, Loaded};
use super::directory::DirectoryCache;
use super::effects;
use super::words::{self, Prepared};
use crate::edge::Edge;
use crate::limits::{CHANGES_BEHIND_MAX, DECISIONS_MAX};
use crate::store::meeting_log::{self, Append, Appended, Record};
use crate::store::{self, Connection, Db, Member, texts};

/// Bounds of the histogram of commands: a commit waits for the disk, a queue for other commits.
const COMMAND_SECONDS: [f64; 9] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.15, 0.5, 2.0];

/// The meetings of this server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Meetings(Arc<Inner>);

struct Inner {
    db: Db,
    edge: Edge,
    cache: Cache,
    directory: DirectoryCache,
    changes: broadcast::Sender<Changed>,
    command_seconds: Histogram,
}

/// A wish with everything that it needs.
pub(crate) struct Order {
    /// Who.
    pub(crate) actor: Actor,
    /// Where.
    pub(crate) meeting: MeetingId,
    /// Chosen by the sender: the same id is the same command.
    pub(crate) id: CommandId,
    /// What.
    pub(crate) command: Command<String>,
}

impl Order {
    /// A command as a client sends it. What a file is, is found out by the server alone: a paper
    /// enters a meeting through its upload and not through a command. So is what points report
    /// when the roll is called, and why a recording ends that nobody wanted to end.
    pub(crate) fn by_client(
        actor: Actor,
        meeting: MeetingId,
        id: CommandId,
        command: Command<String>,
    ) -> Result<Self, Refusal> {
        match command {
            Command::AddPaper { .. }
            | Command::RecordRoll { .. }
            | Command::InterruptRecording { .. } => Err(Refusal::NotAllowed),
            command => Ok(Self { actor, meeting, id, command }),
        }
    }
}

/// The command was carried out, now or when it came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    /// The sequence number of the last event it made; 0 for somebody from whom something of the
    /// meeting may be kept.
    pub(crate) seq: i64,
}

/// Something happened in a meeting. Sent after the commit.
#[derive(Clone, Debug)]
pub(crate) struct Changed {
    /// Where.
    pub(crate) meeting: MeetingId,
    /// What the meeting is now.
    pub(crate) loaded: Arc<Loaded>,
    /// What happened, in order.
    pub(crate) records: Arc<[Record]>,
}

/// Nothing happened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The actor can do something about it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Others were quicker again and again; the actor may repeat it.
    #[error("meetings: others were quicker {DECISIONS_MAX} times")]
    Contended,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

enum Attempt {
    Done(Done),
    Conflict,
}

impl Meetings {
    /// Meetings in this database.
    pub(crate) fn new(db: Db, edge: Edge) -> Self {
        let (changes, _) = broadcast::channel(CHANGES_BEHIND_MAX);
        let (cache, directory) = (Cache::default(), DirectoryCache::default());
        let command_seconds = Histogram::new(COMMAND_SECONDS);
        Self(Arc::new(Inner { db, edge, cache, directory, changes, command_seconds }))
    }

    /// Adds the numbers of the meetings.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let help = "Time from a command to its answer, the disk included, in seconds";
        registry.register("meeting_command_seconds", help, self.0.command_seconds.clone());
    }

    /// An id for a command of the server's own.
    pub(crate) fn command_id(&self) -> CommandId {
        CommandId::new(self.0.edge.uuid())
    }

    /// Carries a command out, or answers it when it was carried out before. What it returns is
    /// on the disk.
    pub(crate) async fn command(&self, order: Order) -> Result<Done, CommandError> {
        let began = self.0.edge.instant();
        let carried_out = self.carry_out(order).await;
        let took = self.0.edge.instant().saturating_duration_since(began);
        self.0.command_seconds.observe(took.as_secs_f64());
        carried_out
    }

    async fn carry_out(&self, order: Order) -> Result<Done, CommandError> {
        let gate = self.0.cache.gate(order.meeting);
        let _held = gate.lock().await;
        let Order { actor, meeting, id, command } = order;
        let prepared = words::prepare(&self.0.edge, command)?;
        let wish = Wish { actor, meeting, id, prepared };
        for _ in 0..DECISIONS_MAX {
            match self.attempt(&wish).await? {
                Attempt::Done(done) => return Ok(self.told(&wish, done).await?),
                Attempt::Conflict => {}
            }
        }
        Err(CommandError::Contended)
    }

    /// What the actor may hear of it: the place in the log only when nothing of the meeting is
    /// kept from him, for a number that jumps betrays what happened without him.
    async fn told(&self, wish: &Wish, done: Done) -> Result<Done, store::Error> {
        let loaded = self.load(wish.meeting).await?;
        let audience = loaded.and_then(|loaded| audience_of(&loaded.state, &wish.actor));
        let sees_everything = audience.is_some_and(|audience| audience.sees_everything());
        Ok(if sees_everything { done } else { Done { seq: 0 } })
    }

    /// What a meeting is now; `None` when there is no such meeting.
    pub(crate) async fn load(
        &self,
        meeting: MeetingId,
    ) -> Result<Option<Arc<Loaded>>, store::Error> {
        if let Some(loaded) = self.0.cache.get(meeting) {
            return Ok(Some(loaded).filter(|loaded| loaded.seq > 0));
        }
        let mut reader = self.0.db.read().await?;
        let loaded = self.catch_up(&mut reader, meeting).await?;
        if loaded.seq == 0 {
            return Ok(None);
        }
        self.0.cache.keep(meeting, Arc::clone(&loaded));
        Ok(Some(loaded))
    }

    /// Hears of every change from now on. Whoever lags too far behind must read anew.
    pub(crate) fn changes(&self) -> broadcast::Receiver<Changed> {
        self.0.changes.subscribe()
    }

    /// A name of a person or point changed, or one was added.
    pub(crate) fn names_changed(&self) {
        self.0.directory.forget();
        self.0.cache.clear();
    }

    async fn attempt(&self, wish: &Wish) -> Result<Attempt, CommandError> {
        let mut tx = self.0.db.begin().await?;
        let actor = Member::of(&wish.actor);
        let answered = meeting_log::answered(&mut tx, wish.meeting, wish.id, actor).await?;
        match answered {
            Some(answer) if answer.by_same_actor => {
                return Ok(Attempt::Done(Done { seq: answer.seq }));
            }
            Some(_) => return Err(Refusal::IdTaken.into()),
            None => {}
        }
        let before = self.catch_up(&mut tx, wish.meeting).await?;
        let at = self.0.edge.now().max(before.last_at);
        let command = &wish.prepared.command;
        let events = meeting::decide(&before.state, command, &wish.actor, at)?;
        if events.is_empty() {
            return Ok(Attempt::Done(Done { seq: before.seq }));
        }
        let (after, id) = (before.seq, wish.id);
        let append =
            Append { meeting: wish.meeting, after, at, actor, command: id, events: &events };
        let records = match meeting_log::append(&mut tx, &append).await? {
            Appended::Records(records) => records,
            Appended::Conflict => return Ok(Attempt::Conflict),
        };
        for text in &wish.prepared.texts {
            texts::insert(&mut tx, wish.meeting, text).await?;
        }
        for record in &records {
            effects::follow(&mut tx, wish.meeting, record).await?;
        }
        tx.commit().await?;
        Ok(Attempt::Done(self.publish(wish, &before, records)))
    }

    /// The state after every event there is on this connection.
    async fn catch_up(
        &self,
        connection: &mut Connection,
        meeting: MeetingId,
    ) -> Result<Arc<Loaded>, store::Error> {
        let kept = self.0.cache.get(meeting);
        let after = kept.as_ref().map_or(0, |kept| kept.seq);
        let records = meeting_log::since(connection, meeting, after).await?;
        match kept {
            Some(kept) if records.is_empty() => Ok(kept),
            kept => {
                let directory = self.0.directory.get(connection).await?;
                let words = texts::of_meeting(connection, meeting).await?;
                let names = Arc::new(directory.names(words));
                let mut loaded = match kept {
                    Some(kept) => Loaded { names, ..Loaded::clone(&kept) },
                    None => Loaded::nothing(names),
                };
                loaded.apply(&records);
                Ok(Arc::new(loaded))
            }
        }
    }

    fn publish(&self, wish: &Wish, before: &Loaded, records: Vec<Record>) -> Done {
        let mut after = before.clone();
        after.apply(&records);
        after.learn(&wish.prepared.texts);
        let (meeting, loaded) = (wish.meeting, Arc::new(after));
        let done = Done { seq: loaded.seq };
        self.0.cache.keep(meeting, Arc::clone(&loaded));
        // Nobody listens: nobody has to be told.
        let _ = self.0.changes.send(Changed { meeting, loaded, records: records.into() });
        done
    }
}

struct Wish {
    actor: Actor,
    meeting: MeetingId,
    id: CommandId,
    prepared: Prepared,
}
