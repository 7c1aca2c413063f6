//! Table `server_secret`: secrets that the server made for itself.

use super::Connection;
use super::error::Error;
use super::row::text;

/// The secret of this name; `fresh` becomes it when there is none yet.
pub(crate) async fn get_or_insert(
    connection: &mut Connection,
    name: &str,
    fresh: &str,
) -> Result<String, Error> {
    const OPERATION: &str = "get secret";
    sqlx::query(
        "INSERT INTO server_secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
    )
    .bind(name)
    .bind(fresh)
    .execute(&mut *connection)
    .await
    .map_err(Error::of(OPERATION))?;
    let row = sqlx::query("SELECT value FROM server_secret WHERE name = $1")
        .bind(name)
        .fetch_one(connection)
        .await
        .map_err(Error::of(OPERATION))?;
    text(OPERATION, &row, "value")
}
