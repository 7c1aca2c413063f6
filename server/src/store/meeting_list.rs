//! Tables `meeting_card` and `meeting_member`: to find meetings without reading their logs.
//!
//! Written from the events in their own transaction; can be made anew from the log at any time.

use meeting::{Event, MeetingId, Timestamp};

use super::Connection;
use super::error::{Error, one_row};
use super::meeting_log::Record;
use super::row::{Member, parsed};

/// Meetings in one list.
const LIST_MAX: i64 = 500;

/// Brings the lists up to an event.
pub(crate) async fn follow(
    connection: &mut Connection,
    meeting: MeetingId,
    record: &Record,
) -> Result<(), Error> {
    if let Event::Created { starts_at, minutes, .. } = &record.event {
        insert_card(connection, meeting, *starts_at, *minutes).await?;
    }
    match &record.event {
        Event::Created { chair, secretary, .. } => {
            insert_member(connection, meeting, Member::Person(*chair)).await?;
            insert_member(connection, meeting, Member::Person(*secretary)).await?;
        }
        Event::Amended { starts_at, minutes, .. } => {
            update_time(connection, meeting, *starts_at, *minutes).await?;
        }
        Event::Extended { minutes } => add_minutes(connection, meeting, *minutes).await?,
        Event::PeopleInvited { people, .. } => {
            for person in people {
                insert_member(connection, meeting, Member::Person(*person)).await?;
            }
        }
        Event::PeopleUninvited { people } => {
            for person in people {
                delete_member(connection, meeting, Member::Person(*person)).await?;
            }
        }
        Event::PointsInvited { points } => {
            for point in points {
                insert_member(connection, meeting, Member::Point(*point)).await?;
            }
        }
        Event::PointsUninvited { points } => {
            for point in points {
                delete_member(connection, meeting, Member::Point(*point)).await?;
            }
        }
        Event::Announced => update_phase(connection, meeting, "announced").await?,
        Event::Started => update_phase(connection, meeting, "running").await?,
        Event::Ended => update_phase(connection, meeting, "ended").await?,
        _ => {}
    }
    update_seq(connection, meeting, record.seq).await
}

/// The meetings that may concern somebody and did not end before they began to matter: those that
/// start after `from`, or are running whenever they started. The latest first.
pub(crate) async fn of_member(
    connection: &mut Connection,
    member: Member,
    from: Timestamp,
) -> Result<Vec<MeetingId>, Error> {
    const OPERATION: &str = "list meetings of member";
    sqlx::query(
        "SELECT meeting_card.meeting FROM meeting_card \
         JOIN meeting_member ON meeting_member.meeting = meeting_card.meeting \
         WHERE meeting_member.member = $1 \
         AND (meeting_card.starts_at >= $2 OR meeting_card.phase = 'running') \
         ORDER BY meeting_card.starts_at DESC LIMIT $3",
    )
    .bind(member.column())
    .bind(from.millis())
    .bind(LIST_MAX)
    .fetch_all(connection)
    .await
    .map_err(Error::of(OPERATION))?
    .iter()
    .map(|row| parsed(OPERATION, row, "meeting"))
    .collect()
}

/// Every meeting that starts after `from`, or is running. For those who help in any meeting.
pub(crate) async fn all(
    connection: &mut Connection,
    from: Timestamp,
) -> Result<Vec<MeetingId>, Error> {
    const OPERATION: &str = "list meetings";
    sqlx::query(
        "SELECT meeting FROM meeting_card WHERE starts_at >= $1 OR phase = 'running' \
         ORDER BY starts_at DESC LIMIT $2",
    )
    .bind(from.millis())
    .bind(LIST_MAX)
    .fetch_all(connection)
    .await
    .map_err(Error::of(OPERATION))?
    .iter()
    .map(|row| parsed(OPERATION, row, "meeting"))
    .collect()
}

async fn insert_card(
    connection: &mut Connection,
    meeting: MeetingId,
    starts_at: Timestamp,
    minutes: u16,
) -> Result<(), Error> {
    const OPERATION: &str = "insert meeting card";
    let done = sqlx::query(
        "INSERT INTO meeting_card (meeting, starts_at, minutes, phase, seq) \
         VALUES ($1, $2, $3, 'draft', 0)",
    )
    .bind(meeting.to_string())
    .bind(starts_at.millis())
    .bind(i64::from(minutes))
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

async fn add_minutes(
    connection: &mut Connection,
    meeting: MeetingId,
    minutes: u16,
) -> Result<(), Error> {
    const OPERATION: &str = "add meeting minutes";
    let done = sqlx::query("UPDATE meeting_card SET minutes = minutes + $2 WHERE meeting = $1")
        .bind(meeting.to_string())
        .bind(i64::from(minutes))
        .execute(connection)
        .await
        .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

async fn update_time(
    connection: &mut Connection,
    meeting: MeetingId,
    starts_at: Timestamp,
    minutes: u16,
) -> Result<(), Error> {
    const OPERATION: &str = "update meeting time";
    let done =
        sqlx::query("UPDATE meeting_card SET starts_at = $2, minutes = $3 WHERE meeting = $1")
            .bind(meeting.to_string())
            .bind(starts_at.millis())
            .bind(i64::from(minutes))
            .execute(connection)
            .await
            .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

async fn update_phase(
    connection: &mut Connection,
    meeting: MeetingId,
    phase: &'static str,
) -> Result<(), Error> {
    const OPERATION: &str = "update meeting phase";
    let done = sqlx::query("UPDATE meeting_card SET phase = $2 WHERE meeting = $1")
        .bind(meeting.to_string())
        .bind(phase)
        .execute(connection)
        .await
        .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

async fn update_seq(
    connection: &mut Connection,
    meeting: MeetingId,
    seq: i64,
) -> Result<(), Error> {
    const OPERATION: &str = "update meeting seq";
    let done = sqlx::query("UPDATE meeting_card SET seq = $2 WHERE meeting = $1 AND seq = $3")
        .bind(meeting.to_string())
        .bind(seq)
        .bind(seq - 1)
        .execute(connection)
        .await
        .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

async fn insert_member(
    connection: &mut Connection,
    meeting: MeetingId,
    member: Member,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO meeting_member (meeting, member) VALUES ($1, $2) \
         ON CONFLICT (meeting, member) DO NOTHING",
    )
    .bind(meeting.to_string())
    .bind(member.column())
    .execute(connection)
    .await
    .map_err(Error::of("insert meeting member"))?;
    Ok(())
}

async fn delete_member(
    connection: &mut Connection,
    meeting: MeetingId,
    member: Member,
) -> Result<(), Error> {
    sqlx::query("DELETE FROM meeting_member WHERE meeting = $1 AND member = $2")
        .bind(meeting.to_string())
        .bind(member.column())
        .execute(connection)
        .await
        .map_err(Error::of("delete meeting member"))?;
    Ok(())
}
