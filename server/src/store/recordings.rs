//! Tables `recording` and `recording_part`: which recordings there are, and their files.

use meeting::{MeetingId, Speaker, Timestamp};
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::Connection;
use super::error::{Error, one_row};
use super::papers::{from_bigint, to_bigint};
use super::row::{Member, number, parsed, text, text_or_null, time, time_or_null};

/// Parts of one meeting that are told.
const PARTS_MAX: i64 = 5_000;

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recording {
    /// Of which meeting.
    pub(crate) meeting: MeetingId,
    /// The place in the log of the event that began it.
    pub(crate) seq: i64,
    /// When it began.
    pub(crate) started_at: Timestamp,
    /// When it was ended.
    pub(crate) stopped_at: Option<Timestamp>,
    /// Why the server could not go on.
    pub(crate) trouble: Option<String>,
    /// When all of it was on the disk.
    pub(crate) closed_at: Option<Timestamp>,
}

/// A file of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Which.
    pub(crate) id: Uuid,
    /// Of which meeting.
    pub(crate) meeting: MeetingId,
    /// Of which recording.
    pub(crate) seq: i64,
    /// Whose.
    pub(crate) speaker: Speaker,
    /// When it begins.
    pub(crate) started_at: Timestamp,
    /// Width and height of the picture, if there is one.
    pub(crate) size: Option<(u16, u16)>,
    /// When it ends, once it is complete.
    pub(crate) ended_at: Option<Timestamp>,
    /// Its bytes, once it is complete.
    pub(crate) bytes: u64,
}

/// Begins a recording.
pub(crate) async fn insert(
    connection: &mut Connection,
    meeting: MeetingId,
    seq: i64,
    at: Timestamp,
) -> Result<(), Error> {
    const OPERATION: &str = "insert recording";
    let done = sqlx::query("INSERT INTO recording (meeting, seq, started_at) VALUES ($1, $2, $3)")
        .bind(meeting.to_string())
        .bind(seq)
        .bind(at.millis())
        .execute(connection)
        .await
        .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// Ends the recording of a meeting that was not ended yet.
pub(crate) async fn stop(
    connection: &mut Connection,
    meeting: MeetingId,
    at: Timestamp,
    trouble: Option<&str>,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE recording SET stopped_at = $2, trouble = $3 \
         WHERE meeting = $1 AND stopped_at IS NULL",
    )
    .bind(meeting.to_string())
    .bind(at.millis())
    .bind(trouble)
    .execute(connection)
    .await
    .map_err(Error::of("stop recording"))?;
    Ok(())
}

/// Writes down that all of a recording is on the disk; whether that is news.
pub(crate) async fn close(
    connection: &mut Connection,
    (meeting, seq): (MeetingId, i64),
    at: Timestamp,
    (links, head): (u64, &str),
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE recording SET closed_at = $3, links = $4, head = $5 \
         WHERE meeting = $1 AND seq = $2 AND closed_at IS NULL",
    )
    .bind(meeting.to_string())
    .bind(seq)
    .bind(at.millis())
    .bind(to_bigint(links))
    .bind(head)
    .execute(connection)
    .await
    .map_err(Error::of("close recording"))?;
    Ok(done.rows_affected() > 0)
}

/// The recordings that are not closed.
pub(crate) async fn unclosed(connection: &mut Connection) -> Result<Vec<Recording>, Error> {
    sqlx::query(
        "SELECT meeting, seq, started_at, stopped_at, trouble, closed_at FROM recording \
         WHERE closed_at IS NULL ORDER BY meeting, seq",
    )
    .fetch_all(connection)
    .await
    .map_err(Error::of("find unclosed recordings"))?
    .iter()
    .map(recording)
    .collect()
}

/// The recordings of a meeting.
pub(crate) async fn of_meeting(
    connection: &mut Connection,
    meeting: MeetingId,
) -> Result<Vec<Recording>, Error> {
    sqlx::query(
        "SELECT meeting, seq, started_at, stopped_at, trouble, closed_at FROM recording \
         WHERE meeting = $1 ORDER BY seq",
    )
    .bind(meeting.to_string())
    .fetch_all(connection)
    .await
    .map_err(Error::of("find recordings of meeting"))?
    .iter()
    .map(recording)
    .collect()
}

/// Begins a file.
pub(crate) async fn insert_part(connection: &mut Connection, part: &Part) -> Result<(), Error> {
    let (width, height) = part.size.unwrap_or_default();
    sqlx::query(
        "INSERT INTO recording_part (id, meeting, seq, speaker, started_at, width, height) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
    )
    .bind(part.id.to_string())
    .bind(part.meeting.to_string())
    .bind(part.seq)
    .bind(Member::of_speaker(part.speaker).column())
    .bind(part.started_at.millis())
    .bind(i64::from(width))
    .bind(i64::from(height))
    .execute(connection)
    .await
    .map_err(Error::of("insert recording part"))?;
    Ok(())
}

/// Writes down that a file is complete.
pub(crate) async fn end_part(
    connection: &mut Connection,
    id: Uuid,
    at: Timestamp,
    bytes: u64,
) -> Result<(), Error> {
    sqlx::query("UPDATE recording_part SET ended_at = $2, bytes = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(at.millis())
        .bind(to_bigint(bytes))
        .execute(connection)
        .await
        .map_err(Error::of("end recording part"))?;
    Ok(())
}

/// Forgets a file that is not there.
pub(crate) async fn remove_part(connection: &mut Connection, id: Uuid) -> Result<(), Error> {
    sqlx::query("DELETE FROM recording_part WHERE id = $1")
        .bind(id.to_string())
        .execute(connection)
        .await
        .map_err(Error::of("remove recording part"))?;
    Ok(())
}

/// The files of a meeting, in the order of their beginning.
pub(crate) async fn parts_of(
    connection: &mut Connection,
    meeting: MeetingId,
) -> Result<Vec<Part>, Error> {
    sqlx::query(
        "SELECT id, meeting, seq, speaker, started_at, width, height, ended_at, bytes \
         FROM recording_part WHERE meeting = $1 ORDER BY started_at, id LIMIT $2",
    )
    .bind(meeting.to_string())
    .bind(PARTS_MAX)
    .fetch_all(connection)
    .await
    .map_err(Error::of("find parts of meeting"))?
    .iter()
    .map(part)
    .collect()
}

/// A file.
pub(crate) async fn find_part(
    connection: &mut Connection,
    id: Uuid,
) -> Result<Option<Part>, Error> {
    sqlx::query(
        "SELECT id, meeting, seq, speaker, started_at, width, height, ended_at, bytes \
         FROM recording_part WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await
    .map_err(Error::of("find recording part"))?
    .as_ref()
    .map(part)
    .transpose()
}

fn recording(row: &AnyRow) -> Result<Recording, Error> {
    const OPERATION: &str = "read recording";
    Ok(Recording {
        meeting: parsed(OPERATION, row, "meeting")?,
        seq: number(OPERATION, row, "seq")?,
        started_at: time(OPERATION, row, "started_at")?,
        stopped_at: time_or_null(OPERATION, row, "stopped_at")?,
        trouble: text_or_null(OPERATION, row, "trouble")?,
        closed_at: time_or_null(OPERATION, row, "closed_at")?,
    })
}

fn part(row: &AnyRow) -> Result<Part, Error> {
    const OPERATION: &str = "read recording part";
    let member = text(OPERATION, row, "speaker")?;
    let speaker = Member::parse(&member).ok_or_else(|| Error::corrupt(OPERATION)(&member))?;
    let side = |name| {
        let side = number(OPERATION, row, name)?;
        u16::try_from(side).map_err(Error::corrupt(OPERATION))
    };
    let picture = (side("width")?, side("height")?);
    let ended_at = time_or_null(OPERATION, row, "ended_at")?;
    Ok(Part {
        id: parsed(OPERATION, row, "id")?,
        meeting: parsed(OPERATION, row, "meeting")?,
        seq: number(OPERATION, row, "seq")?,
        speaker: speaker.speaker(),
        started_at: time(OPERATION, row, "started_at")?,
        size: (picture != (0, 0)).then_some(picture),
        ended_at,
        bytes: if ended_at.is_some() { from_bigint(OPERATION, row, "bytes")? } else { 0 },
    })
}
