//! Table `meeting_event`: what happened in every meeting, only ever appended to.

use meeting::{CommandId, Event, MeetingId, Timestamp};
use sqlx::any::AnyRow;

use super::Connection;
use super::error::{Error, one_row};
use super::row::{Member, number, text, time};

/// An event with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// From 1, without a gap.
    pub(crate) seq: i64,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// What.
    pub(crate) event: Event,
}

/// The events of one command.
pub(crate) struct Append<'a> {
    /// In which meeting.
    pub(crate) meeting: MeetingId,
    /// The last sequence number that the decision knew.
    pub(crate) after: i64,
    /// When.
    pub(crate) at: Timestamp,
    /// Who wanted it.
    pub(crate) actor: Member,
    /// Which command.
    pub(crate) command: CommandId,
    /// What it became.
    pub(crate) events: &'a [Event],
}

/// What became of an append.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    /// It is there once the transaction commits.
    Records(Vec<Record>),
    /// Somebody else appended meanwhile, or the same command did: begin a new transaction, read
    /// the log and decide again.
    Conflict,
}

/// Appends the events of one command behind the number that the decision knew.
pub(crate) async fn append(
    connection: &mut Connection,
    append: &Append<'_>,
) -> Result<Appended, Error> {
    let mut records = Vec::with_capacity(append.events.len());
    for (part, event) in (0_i64..).zip(append.events) {
        let record = Record { seq: append.after + 1 + part, at: append.at, event: event.clone() };
        match insert(connection, append, part, &record).await {
            Err(error) if error.is_taken() => return Ok(Appended::Conflict),
            result => result?,
        }
        records.push(record);
    }
    Ok(Appended::Records(records))
}

async fn insert(
    connection: &mut Connection,
    append: &Append<'_>,
    part: i64,
    record: &Record,
) -> Result<(), Error> {
    const OPERATION: &str = "append event";
    let body = serde_json::to_string(&record.event).map_err(Error::corrupt(OPERATION))?;
    let done = sqlx::query(
        "INSERT INTO meeting_event (meeting, seq, at, actor, command_id, part, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(append.meeting.to_string())
    .bind(record.seq)
    .bind(record.at.millis())
    .bind(append.actor.column())
    .bind(append.command.to_string())
    .bind(part)
    .bind(body)
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// What happened behind a sequence number, in order. A gap is an error: the log is broken.
pub(crate) async fn since(
    connection: &mut Connection,
    meeting: MeetingId,
    after: i64,
) -> Result<Vec<Record>, Error> {
    const OPERATION: &str = "read log";
    let rows = sqlx::query(
        "SELECT seq, at, body FROM meeting_event WHERE meeting = $1 AND seq > $2 ORDER BY seq",
    )
    .bind(meeting.to_string())
    .bind(after)
    .fetch_all(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    let mut records = Vec::with_capacity(rows.len());
    for (expected, row) in (after + 1..).zip(&rows) {
        let record = record_of(row)?;
        if record.seq != expected {
            let value = format!("meeting {meeting} has {} instead of {expected}", record.seq);
            return Err(Error::Corrupt { operation: OPERATION, value });
        }
        records.push(record);
    }
    Ok(records)
}

/// Who gave a command, and the last event it became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    /// The sequence number of its last event.
    pub(crate) seq: i64,
    /// Whether it was the same actor.
    pub(crate) by_same_actor: bool,
}

/// Whether a command was carried out already.
pub(crate) async fn answered(
    connection: &mut Connection,
    meeting: MeetingId,
    command: CommandId,
    actor: Member,
) -> Result<Option<Answered>, Error> {
    const OPERATION: &str = "find command";
    let row = sqlx::query(
        "SELECT seq, actor FROM meeting_event WHERE meeting = $1 AND command_id = $2 \
         ORDER BY part DESC LIMIT 1",
    )
    .bind(meeting.to_string())
    .bind(command.to_string())
    .fetch_optional(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    row.map(|row| {
        Ok(Answered {
            seq: number(OPERATION, &row, "seq")?,
            by_same_actor: text(OPERATION, &row, "actor")? == actor.column(),
        })
    })
    .transpose()
}

fn record_of(row: &AnyRow) -> Result<Record, Error> {
    const OPERATION: &str = "read event";
    let body = text(OPERATION, row, "body")?;
    Ok(Record {
        seq: number(OPERATION, row, "seq")?,
        at: time(OPERATION, row, "at")?,
        event: serde_json::from_str(&body).map_err(Error::corrupt(OPERATION))?,
    })
}
