//! The ledger entry of an issued paper. Server and agent make it out of the same values in this
//! one place, so that the agent's proof is about what the server wrote.

use ledger::Entry;
use meeting::MeetingId;

use crate::room::ManifestPaper;

/// The entry that the ledger has for a paper of a meeting's manifest.
#[must_use]
pub fn paper_entry(meeting: MeetingId, paper: &ManifestPaper) -> Entry {
    Entry::PaperIssued {
        meeting: meeting.uuid().into_bytes(),
        paper: paper.paper.uuid().into_bytes(),
        version: paper.version,
        sha256: *paper.sha256.as_bytes(),
        bytes: paper.bytes,
        issued_at: paper.issued_at.millis(),
    }
}
