//! Table `session`: who is signed in.

use meeting::{PersonId, Timestamp};

use super::Connection;
use super::error::{Error, one_row};
use super::row::parsed;

/// Signs a person in under the hash of a cookie.
pub(crate) async fn insert(
    connection: &mut Connection,
    token_sha256: &str,
    person: PersonId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    const OPERATION: &str = "insert session";
    let done = sqlx::query(
        "INSERT INTO session (token_sha256, person, created_at, expires_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(token_sha256)
    .bind(person.to_string())
    .bind(now.millis())
    .bind(expires_at.millis())
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// Whose session it is, unless it is too old.
pub(crate) async fn find(
    connection: &mut Connection,
    token_sha256: &str,
    now: Timestamp,
) -> Result<Option<PersonId>, Error> {
    const OPERATION: &str = "find session";
    let row = sqlx::query("SELECT person FROM session WHERE token_sha256 = $1 AND expires_at > $2")
        .bind(token_sha256)
        .bind(now.millis())
        .fetch_optional(connection)
        .await
        .map_err(Error::of(OPERATION))?;
    row.map(|row| parsed(OPERATION, &row, "person")).transpose()
}

/// Signs out; whether there was such a session.
pub(crate) async fn delete(connection: &mut Connection, token_sha256: &str) -> Result<bool, Error> {
    let done = sqlx::query("DELETE FROM session WHERE token_sha256 = $1")
        .bind(token_sha256)
        .execute(connection)
        .await
        .map_err(Error::of("delete session"))?;
    Ok(done.rows_affected() == 1)
}

/// Takes away what is too old.
pub(crate) async fn delete_expired(
    connection: &mut Connection,
    now: Timestamp,
) -> Result<u64, Error> {
    let done = sqlx::query("DELETE FROM session WHERE expires_at <= $1")
        .bind(now.millis())
        .execute(connection)
        .await
        .map_err(Error::of("delete expired sessions"))?;
    Ok(done.rows_affected())
}
