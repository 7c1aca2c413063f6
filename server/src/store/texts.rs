//! Table `text`: words beside the log, apart so that they can be erased.

#[cfg(test)]
use meeting::TextId;
use meeting::{MeetingId, Words, Written};

use super::Connection;
use super::error::{Error, one_row};
use super::row::{parsed, text};

/// Words with the salt of their hash.
#[derive(Clone, Debug)]
pub(crate) struct Salted {
    /// The words and their hash.
    pub(crate) written: Written,
    /// Base64.
    pub(crate) salt: String,
}

/// Keeps the words of a meeting's event.
pub(crate) async fn insert(
    connection: &mut Connection,
    meeting: MeetingId,
    salted: &Salted,
) -> Result<(), Error> {
    const OPERATION: &str = "insert text";
    let done = sqlx::query(
        "INSERT INTO text (id, meeting, salt, words, digest) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(salted.written.id.to_string())
    .bind(meeting.to_string())
    .bind(salted.salt.as_str())
    .bind(salted.written.words.as_str())
    .bind(salted.written.digest.to_string())
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// The words of a meeting that were not erased.
pub(crate) async fn of_meeting(
    connection: &mut Connection,
    meeting: MeetingId,
) -> Result<Words, Error> {
    const OPERATION: &str = "list texts";
    sqlx::query("SELECT id, words FROM text WHERE meeting = $1 AND words IS NOT NULL")
        .bind(meeting.to_string())
        .fetch_all(connection)
        .await
        .map_err(Error::of(OPERATION))?
        .iter()
        .map(|row| Ok((parsed(OPERATION, row, "id")?, text(OPERATION, row, "words")?)))
        .collect()
}

/// Erases words and salt: what is left in the log says nothing about them any more. Only a test
/// asks for it until retention does: it proves that the log stands without them.
#[cfg(test)]
pub(crate) async fn erase(connection: &mut Connection, id: TextId) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE text SET words = NULL, salt = NULL WHERE id = $1 AND words IS NOT NULL",
    )
    .bind(id.to_string())
    .execute(connection)
    .await
    .map_err(Error::of("erase text"))?;
    Ok(done.rows_affected() == 1)
}
