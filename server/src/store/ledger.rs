//! Table `ledger_entry`: the one append-only list of the server.

use ledger::{Entry, Hash};
use meeting::{Digest, MeetingId, PaperId};
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::Connection;
use super::error::{Error, one_row};
use super::papers::{from_bigint, to_bigint};
use super::row::text;

/// An entry at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// From 0.
    pub(crate) index: u64,
    /// The entry.
    pub(crate) entry: Entry,
}

/// Appends an entry and says where. The writer is alone, so the place cannot be taken meanwhile.
pub(crate) async fn append(connection: &mut Connection, entry: &Entry) -> Result<u64, Error> {
    const OPERATION: &str = "append ledger entry";
    let index = size(connection).await?;
    let (meeting, paper, version, sha256) = match entry {
        Entry::PaperIssued { meeting, paper, version, sha256, .. } => {
            (meeting, Uuid::from_bytes(*paper).to_string(), i64::from(*version), sha256)
        }
        // A recording stands in the columns of a paper, under a name that no paper has.
        Entry::RecordingKept { meeting, recording, head, .. } => {
            (meeting, "recording".to_owned(), to_bigint(*recording), head)
        }
    };
    let done = sqlx::query(
        "INSERT INTO ledger_entry (position, leaf_hash, body, meeting, paper, version, sha256) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(to_bigint(index))
    .bind(hex::encode(entry.leaf_hash().0))
    .bind(hex::encode(entry.to_bytes()))
    .bind(Uuid::from_bytes(*meeting).to_string())
    .bind(paper)
    .bind(version)
    .bind(hex::encode(sha256))
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())?;
    Ok(index)
}

/// How many entries there are.
pub(crate) async fn size(connection: &mut Connection) -> Result<u64, Error> {
    const OPERATION: &str = "count ledger entries";
    let row = sqlx::query("SELECT COUNT(*) AS entries FROM ledger_entry")
        .fetch_one(connection)
        .await
        .map_err(Error::of(OPERATION))?;
    from_bigint(OPERATION, &row, "entries")
}

/// The leaves from a place on, in order, at most `limit`.
pub(crate) async fn leaves_from(
    connection: &mut Connection,
    index: u64,
    limit: i64,
) -> Result<Vec<Hash>, Error> {
    const OPERATION: &str = "read ledger leaves";
    let rows = sqlx::query(
        "SELECT position, leaf_hash FROM ledger_entry WHERE position >= $1 \
         ORDER BY position LIMIT $2",
    )
    .bind(to_bigint(index))
    .bind(limit)
    .fetch_all(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    let mut leaves = Vec::with_capacity(rows.len());
    for (row, expected) in rows.iter().zip(index..) {
        if from_bigint(OPERATION, row, "position")? != expected {
            return Err(Error::corrupt(OPERATION)(format!("there is no entry {expected}")));
        }
        let digits = text(OPERATION, row, "leaf_hash")?;
        let mut leaf = [0; 32];
        hex::decode_to_slice(digits, &mut leaf).map_err(Error::corrupt(OPERATION))?;
        leaves.push(Hash(leaf));
    }
    Ok(leaves)
}

/// The entry of one version of a paper.
pub(crate) async fn find(
    connection: &mut Connection,
    meeting: MeetingId,
    paper: PaperId,
    version: u32,
) -> Result<Option<Placed>, Error> {
    sqlx::query(
        "SELECT position, body FROM ledger_entry \
         WHERE meeting = $1 AND paper = $2 AND version = $3",
    )
    .bind(meeting.to_string())
    .bind(paper.to_string())
    .bind(i64::from(version))
    .fetch_optional(connection)
    .await
    .map_err(Error::of("find ledger entry"))?
    .as_ref()
    .map(placed)
    .transpose()
}

/// The entry of a recording that was closed.
#[cfg(test)]
pub(crate) async fn find_recording(
    connection: &mut Connection,
    meeting: MeetingId,
    seq: i64,
) -> Result<Option<Placed>, Error> {
    sqlx::query(
        "SELECT position, body FROM ledger_entry \
         WHERE meeting = $1 AND paper = 'recording' AND version = $2",
    )
    .bind(meeting.to_string())
    .bind(seq)
    .fetch_optional(connection)
    .await
    .map_err(Error::of("find ledger entry of recording"))?
    .as_ref()
    .map(placed)
    .transpose()
}

/// The entries about some bytes, in order.
pub(crate) async fn find_by_sha256(
    connection: &mut Connection,
    sha256: &Digest,
) -> Result<Vec<Placed>, Error> {
    sqlx::query("SELECT position, body FROM ledger_entry WHERE sha256 = $1 ORDER BY position")
        .bind(sha256.to_string())
        .fetch_all(connection)
        .await
        .map_err(Error::of("find ledger entries of a file"))?
        .iter()
        .map(placed)
        .collect()
}

fn placed(row: &AnyRow) -> Result<Placed, Error> {
    const OPERATION: &str = "read ledger entry";
    let body = hex::decode(text(OPERATION, row, "body")?).map_err(Error::corrupt(OPERATION))?;
    Ok(Placed {
        index: from_bigint(OPERATION, row, "position")?,
        entry: Entry::from_bytes(&body).map_err(Error::corrupt(OPERATION))?,
    })
}
