//! Table `sign_in`: every answered try to sign in.

use meeting::{PersonId, Timestamp};
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::Connection;
use super::error::{Error, one_row};
use super::row::number;

/// One try.
pub(crate) struct SignIn<'a> {
    /// Of this row.
    pub(crate) id: Uuid,
    /// When.
    pub(crate) at: Timestamp,
    /// The name that was typed.
    pub(crate) user_name: &'a str,
    /// Where from.
    pub(crate) address: &'a str,
    /// Whose name it is.
    pub(crate) person: Option<PersonId>,
    /// Whether the password was right.
    pub(crate) succeeded: bool,
}

/// Failed tries since some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failures {
    /// How many.
    pub(crate) count: u32,
    /// The first of them.
    pub(crate) first_at: Option<Timestamp>,
}

/// Writes a try down.
pub(crate) async fn insert(connection: &mut Connection, sign_in: &SignIn<'_>) -> Result<(), Error> {
    const OPERATION: &str = "insert sign-in";
    let done = sqlx::query(
        "INSERT INTO sign_in (id, at, user_name, address, person, succeeded) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(sign_in.id.to_string())
    .bind(sign_in.at.millis())
    .bind(sign_in.user_name)
    .bind(sign_in.address)
    .bind(sign_in.person.map(|person| person.to_string()))
    .bind(i64::from(sign_in.succeeded))
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// Failures of one account since its last success or `since`, whatever is later.
pub(crate) async fn failures_of_account(
    connection: &mut Connection,
    user_name: &str,
    since: Timestamp,
) -> Result<Failures, Error> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS failures, COALESCE(MIN(at), 0) AS first_at FROM sign_in \
         WHERE user_name = $1 AND succeeded = 0 AND at > $2 AND at > (SELECT COALESCE(MAX(at), 0) \
         FROM sign_in WHERE user_name = $1 AND succeeded = 1)",
    )
    .bind(user_name)
    .bind(since.millis())
    .fetch_one(connection)
    .await
    .map_err(Error::of("count failures of account"))?;
    failures_in(&row)
}

/// Failures from one address since `since`.
pub(crate) async fn failures_of_address(
    connection: &mut Connection,
    address: &str,
    since: Timestamp,
) -> Result<Failures, Error> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS failures, COALESCE(MIN(at), 0) AS first_at FROM sign_in \
         WHERE address = $1 AND succeeded = 0 AND at > $2",
    )
    .bind(address)
    .bind(since.millis())
    .fetch_one(connection)
    .await
    .map_err(Error::of("count failures of address"))?;
    failures_in(&row)
}

fn failures_in(row: &AnyRow) -> Result<Failures, Error> {
    const OPERATION: &str = "read failures";
    let count = number(OPERATION, row, "failures")?;
    let first_at = Timestamp::from_millis(number(OPERATION, row, "first_at")?);
    Ok(Failures {
        count: u32::try_from(count).unwrap_or(u32::MAX),
        first_at: (count > 0).then_some(first_at),
    })
}
