//! What a meeting's events do to papers, in the events' own transaction.

use ledger::Entry;
use meeting::{Digest, Event, MeetingId, PaperFile, PaperId, Timestamp};

use crate::store::meeting_log::Record;
use crate::store::{self, Connection, ledger as table, papers};

/// Follows one event: a paper that is added must be a kept file, a paper that is issued enters
/// the ledger, and either both are there or neither is.
pub(crate) async fn follow(
    connection: &mut Connection,
    meeting: MeetingId,
    record: &Record,
) -> Result<(), store::Error> {
    match &record.event {
        Event::PaperAdded { paper, file, .. } => {
            same_facts(connection, file).await?;
            papers::insert_use(connection, &file.sha256, meeting, *paper).await
        }
        Event::PaperRemoved { paper } => papers::remove_use(connection, meeting, *paper).await,
        Event::PaperIssued { paper, version, sha256 } => {
            let issued = Issued { meeting, paper: *paper, version: *version, sha256: *sha256 };
            enter(connection, &issued, record.at).await
        }
        _ => Ok(()),
    }
}

struct Issued {
    meeting: MeetingId,
    paper: PaperId,
    version: u32,
    sha256: Digest,
}

/// What a command says about a file is what was found out from its bytes. Only the intake makes
/// such commands, so anything else is refused without words.
async fn same_facts(connection: &mut Connection, file: &PaperFile) -> Result<(), store::Error> {
    match papers::find_file(connection, &file.sha256).await? {
        Some(kept) if kept.file == *file => Ok(()),
        _ => Err(store::Error::Corrupt {
            operation: "add paper",
            value: format!("{} was never kept like this", file.sha256),
        }),
    }
}

async fn enter(
    connection: &mut Connection,
    issued: &Issued,
    at: Timestamp,
) -> Result<(), store::Error> {
    let kept = papers::find_file(connection, &issued.sha256).await?;
    let kept = kept.ok_or_else(|| store::Error::Corrupt {
        operation: "issue paper",
        value: format!("{} is not kept", issued.sha256),
    })?;
    let entry = Entry::PaperIssued {
        meeting: issued.meeting.uuid().into_bytes(),
        paper: issued.paper.uuid().into_bytes(),
        version: issued.version,
        sha256: *issued.sha256.as_bytes(),
        bytes: kept.file.bytes,
        issued_at: at.millis(),
    };
    let index = table::append(connection, &entry).await?;
    tracing::info!(ledger.index = index, paper.id = %issued.paper, "a paper enters the ledger");
    Ok(())
}
