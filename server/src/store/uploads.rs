//! Table `upload`: files on their way in.

use meeting::{Digest, PersonId, Timestamp};
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::Connection;
use super::error::{Error, one_row};
use super::papers::{from_bigint, to_bigint};
use super::row::{parsed, parsed_or_null, time};

/// An upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    /// Which.
    pub(crate) id: Uuid,
    /// Whose.
    pub(crate) person: PersonId,
    /// Bytes announced.
    pub(crate) length: u64,
    /// Bytes on the disk for certain.
    pub(crate) durable: u64,
    /// Of the whole file, once it is complete.
    pub(crate) sha256: Option<Digest>,
    /// The file it became.
    pub(crate) kept: Option<Digest>,
    /// When it is given up.
    pub(crate) expires_at: Timestamp,
}

/// Begins an upload.
pub(crate) async fn insert(
    connection: &mut Connection,
    upload: &Upload,
    now: Timestamp,
) -> Result<(), Error> {
    const OPERATION: &str = "insert upload";
    let done = sqlx::query(
        "INSERT INTO upload (id, person, length, durable, created_at, expires_at) \
         VALUES ($1, $2, $3, 0, $4, $5)",
    )
    .bind(upload.id.to_string())
    .bind(upload.person.to_string())
    .bind(to_bigint(upload.length))
    .bind(now.millis())
    .bind(upload.expires_at.millis())
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// Finds an upload.
pub(crate) async fn find(connection: &mut Connection, id: Uuid) -> Result<Option<Upload>, Error> {
    sqlx::query(
        "SELECT id, person, length, durable, sha256, kept_sha256, expires_at FROM upload \
         WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await
    .map_err(Error::of("find upload"))?
    .as_ref()
    .map(upload)
    .transpose()
}

/// Writes down how many bytes are on the disk, and the hash when that is all of them.
pub(crate) async fn set_durable(
    connection: &mut Connection,
    id: Uuid,
    durable: u64,
    sha256: Option<Digest>,
) -> Result<(), Error> {
    const OPERATION: &str = "set durable bytes of upload";
    let done = sqlx::query("UPDATE upload SET durable = $2, sha256 = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(to_bigint(durable))
        .bind(sha256.map(|sha256| sha256.to_string()))
        .execute(connection)
        .await
        .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// Writes down which file an upload became.
pub(crate) async fn set_kept(
    connection: &mut Connection,
    id: Uuid,
    kept: &Digest,
) -> Result<(), Error> {
    const OPERATION: &str = "set kept file of upload";
    let done = sqlx::query("UPDATE upload SET kept_sha256 = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(kept.to_string())
        .execute(connection)
        .await
        .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// Takes an upload away; whether it was there.
pub(crate) async fn remove(connection: &mut Connection, id: Uuid) -> Result<bool, Error> {
    let done = sqlx::query("DELETE FROM upload WHERE id = $1")
        .bind(id.to_string())
        .execute(connection)
        .await
        .map_err(Error::of("remove upload"))?;
    Ok(done.rows_affected() > 0)
}

/// How many uploads somebody has that became no file yet.
pub(crate) async fn count_open(
    connection: &mut Connection,
    person: PersonId,
) -> Result<u64, Error> {
    const OPERATION: &str = "count open uploads";
    let row = sqlx::query(
        "SELECT COUNT(*) AS open FROM upload WHERE person = $1 AND kept_sha256 IS NULL",
    )
    .bind(person.to_string())
    .fetch_one(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    from_bigint(OPERATION, &row, "open")
}

/// The uploads whose time is over, at most `limit`.
pub(crate) async fn expired(
    connection: &mut Connection,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Upload>, Error> {
    sqlx::query(
        "SELECT id, person, length, durable, sha256, kept_sha256, expires_at FROM upload \
         WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
    )
    .bind(now.millis())
    .bind(limit)
    .fetch_all(connection)
    .await
    .map_err(Error::of("find expired uploads"))?
    .iter()
    .map(upload)
    .collect()
}

fn upload(row: &AnyRow) -> Result<Upload, Error> {
    const OPERATION: &str = "read upload";
    Ok(Upload {
        id: parsed(OPERATION, row, "id")?,
        person: parsed(OPERATION, row, "person")?,
        length: from_bigint(OPERATION, row, "length")?,
        durable: from_bigint(OPERATION, row, "durable")?,
        sha256: parsed_or_null(OPERATION, row, "sha256")?,
        kept: parsed_or_null(OPERATION, row, "kept_sha256")?,
        expires_at: time(OPERATION, row, "expires_at")?,
    })
}
