//! Table `enrolment`: devices that show a code.

use meeting::{DeviceId, Digest, Timestamp};
use sqlx::any::AnyRow;

use super::Connection;
use super::error::{Error, one_row};
use super::papers::from_bigint;
use super::row::{parsed, parsed_or_null, text, time};

/// A device that waits for its code to be typed, or whose code was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Enrolment {
    /// SHA-256 of the secret that the device asks with.
    pub(crate) secret_sha256: Digest,
    /// What it shows, without the hyphen.
    pub(crate) code: String,
    /// Its Ed25519 key, base64.
    pub(crate) public_key: String,
    /// The first moment at which the code is refused.
    pub(crate) expires_at: Timestamp,
    /// What it became.
    pub(crate) device: Option<DeviceId>,
}

/// Begins an enrolment. The error [`Error::is_taken`] when the code is in use.
pub(crate) async fn insert(
    connection: &mut Connection,
    enrolment: &Enrolment,
    now: Timestamp,
) -> Result<(), Error> {
    const OPERATION: &str = "insert enrolment";
    let done = sqlx::query(
        "INSERT INTO enrolment (secret_sha256, code, public_key, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(enrolment.secret_sha256.to_string())
    .bind(enrolment.code.as_str())
    .bind(enrolment.public_key.as_str())
    .bind(now.millis())
    .bind(enrolment.expires_at.millis())
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// Finds an enrolment by what its device asks with.
pub(crate) async fn find_by_secret(
    connection: &mut Connection,
    secret_sha256: &Digest,
) -> Result<Option<Enrolment>, Error> {
    sqlx::query(
        "SELECT secret_sha256, code, public_key, expires_at, device FROM enrolment \
         WHERE secret_sha256 = $1",
    )
    .bind(secret_sha256.to_string())
    .fetch_optional(connection)
    .await
    .map_err(Error::of("find enrolment by secret"))?
    .as_ref()
    .map(enrolment)
    .transpose()
}

/// Finds an enrolment by what its device shows.
pub(crate) async fn find_by_code(
    connection: &mut Connection,
    code: &str,
) -> Result<Option<Enrolment>, Error> {
    sqlx::query(
        "SELECT secret_sha256, code, public_key, expires_at, device FROM enrolment \
         WHERE code = $1",
    )
    .bind(code)
    .fetch_optional(connection)
    .await
    .map_err(Error::of("find enrolment by code"))?
    .as_ref()
    .map(enrolment)
    .transpose()
}

/// Writes down which device an enrolment became; a code is typed once.
pub(crate) async fn set_device(
    connection: &mut Connection,
    code: &str,
    device: DeviceId,
) -> Result<(), Error> {
    const OPERATION: &str = "set device of enrolment";
    let done = sqlx::query("UPDATE enrolment SET device = $2 WHERE code = $1 AND device IS NULL")
        .bind(code)
        .bind(device.to_string())
        .execute(connection)
        .await
        .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// How many codes are open.
pub(crate) async fn count_open(connection: &mut Connection, now: Timestamp) -> Result<u64, Error> {
    const OPERATION: &str = "count open enrolments";
    let row = sqlx::query(
        "SELECT COUNT(*) AS open FROM enrolment WHERE device IS NULL AND expires_at > $1",
    )
    .bind(now.millis())
    .fetch_one(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    from_bigint(OPERATION, &row, "open")
}

/// Forgets the enrolments that ended before `before`.
pub(crate) async fn remove_expired(
    connection: &mut Connection,
    before: Timestamp,
) -> Result<u64, Error> {
    sqlx::query("DELETE FROM enrolment WHERE expires_at < $1")
        .bind(before.millis())
        .execute(connection)
        .await
        .map(|done| done.rows_affected())
        .map_err(Error::of("remove expired enrolments"))
}

fn enrolment(row: &AnyRow) -> Result<Enrolment, Error> {
    const OPERATION: &str = "read enrolment";
    Ok(Enrolment {
        secret_sha256: parsed(OPERATION, row, "secret_sha256")?,
        code: text(OPERATION, row, "code")?,
        public_key: text(OPERATION, row, "public_key")?,
        expires_at: time(OPERATION, row, "expires_at")?,
        device: parsed_or_null(OPERATION, row, "device")?,
    })
}
