//! Tables `paper_file` and `paper_use`: kept files and which meetings use them.

use meeting::{Digest, MeetingId, PaperFile, PaperId, PaperOrigin, Timestamp};
use sqlx::any::AnyRow;

use super::Connection;
use super::error::Error;
use super::row::{number, parsed, text};

/// A kept file with the report that was made when it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptFile {
    /// What its bytes are.
    pub(crate) file: PaperFile,
    /// The verification report, JSON.
    pub(crate) report: String,
}

/// Writes down a kept file; the facts of one already there stay.
pub(crate) async fn insert_file(
    connection: &mut Connection,
    kept: &KeptFile,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO paper_file (sha256, bytes, pages, origin, report, kept_at) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (sha256) DO UPDATE SET kept_at = excluded.kept_at",
    )
    .bind(kept.file.sha256.to_string())
    .bind(to_bigint(kept.file.bytes))
    .bind(i64::from(kept.file.pages))
    .bind(origin_name(kept.file.origin))
    .bind(kept.report.as_str())
    .bind(now.millis())
    .execute(connection)
    .await
    .map_err(Error::of("insert paper file"))?;
    Ok(())
}

/// Finds a kept file.
pub(crate) async fn find_file(
    connection: &mut Connection,
    sha256: &Digest,
) -> Result<Option<KeptFile>, Error> {
    sqlx::query("SELECT sha256, bytes, pages, origin, report FROM paper_file WHERE sha256 = $1")
        .bind(sha256.to_string())
        .fetch_optional(connection)
        .await
        .map_err(Error::of("find paper file"))?
        .as_ref()
        .map(kept_file)
        .transpose()
}

/// Takes away what is known about a file that no meeting uses; whether it was there.
pub(crate) async fn remove_unused_file(
    connection: &mut Connection,
    sha256: &Digest,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "DELETE FROM paper_file WHERE sha256 = $1 \
         AND NOT EXISTS (SELECT 1 FROM paper_use WHERE paper_use.sha256 = paper_file.sha256)",
    )
    .bind(sha256.to_string())
    .execute(connection)
    .await
    .map_err(Error::of("remove unused paper file"))?;
    Ok(done.rows_affected() > 0)
}

/// The files kept before `before` that no meeting uses, at most `limit`.
pub(crate) async fn unused_files(
    connection: &mut Connection,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<Digest>, Error> {
    const OPERATION: &str = "find unused paper files";
    sqlx::query(
        "SELECT sha256 FROM paper_file WHERE kept_at < $1 \
         AND NOT EXISTS (SELECT 1 FROM paper_use WHERE paper_use.sha256 = paper_file.sha256) \
         LIMIT $2",
    )
    .bind(before.millis())
    .bind(limit)
    .fetch_all(connection)
    .await
    .map_err(Error::of(OPERATION))?
    .iter()
    .map(|row| parsed(OPERATION, row, "sha256"))
    .collect()
}

/// Writes down that a meeting uses a file.
pub(crate) async fn insert_use(
    connection: &mut Connection,
    sha256: &Digest,
    meeting: MeetingId,
    paper: PaperId,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO paper_use (sha256, meeting, paper) VALUES ($1, $2, $3) \
         ON CONFLICT (sha256, meeting, paper) DO NOTHING",
    )
    .bind(sha256.to_string())
    .bind(meeting.to_string())
    .bind(paper.to_string())
    .execute(connection)
    .await
    .map_err(Error::of("insert paper use"))?;
    Ok(())
}

/// Writes down that a paper was taken off a meeting.
pub(crate) async fn remove_use(
    connection: &mut Connection,
    meeting: MeetingId,
    paper: PaperId,
) -> Result<(), Error> {
    sqlx::query("DELETE FROM paper_use WHERE meeting = $1 AND paper = $2")
        .bind(meeting.to_string())
        .bind(paper.to_string())
        .execute(connection)
        .await
        .map_err(Error::of("remove paper use"))?;
    Ok(())
}

/// The meetings that use a file.
pub(crate) async fn meetings_of(
    connection: &mut Connection,
    sha256: &Digest,
) -> Result<Vec<MeetingId>, Error> {
    const OPERATION: &str = "find meetings of a paper file";
    sqlx::query("SELECT DISTINCT meeting FROM paper_use WHERE sha256 = $1 ORDER BY meeting")
        .bind(sha256.to_string())
        .fetch_all(connection)
        .await
        .map_err(Error::of(OPERATION))?
        .iter()
        .map(|row| parsed(OPERATION, row, "meeting"))
        .collect()
}

const fn origin_name(origin: PaperOrigin) -> &'static str {
    match origin {
        PaperOrigin::Signed => "signed",
        PaperOrigin::Sealed => "sealed",
    }
}

fn kept_file(row: &AnyRow) -> Result<KeptFile, Error> {
    const OPERATION: &str = "read paper file";
    let origin = match text(OPERATION, row, "origin")?.as_str() {
        "signed" => PaperOrigin::Signed,
        "sealed" => PaperOrigin::Sealed,
        other => return Err(Error::corrupt(OPERATION)(other)),
    };
    let pages: u64 = from_bigint(OPERATION, row, "pages")?;
    Ok(KeptFile {
        file: PaperFile {
            sha256: parsed(OPERATION, row, "sha256")?,
            bytes: from_bigint(OPERATION, row, "bytes")?,
            pages: u32::try_from(pages).map_err(Error::corrupt(OPERATION))?,
            origin,
        },
        report: text(OPERATION, row, "report")?,
    })
}

/// A count as the database keeps it.
pub(super) fn to_bigint(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count as it was kept.
pub(super) fn from_bigint(operation: &'static str, row: &AnyRow, name: &str) -> Result<u64, Error> {
    u64::try_from(number(operation, row, name)?).map_err(Error::corrupt(operation))
}
