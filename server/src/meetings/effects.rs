//! What an event does to other tables, in its own transaction: either all of it is there or
//! nothing. Another part that must not miss an event adds its line here.

use meeting::{Event, MeetingId};

use crate::papers;
use crate::store::meeting_log::Record;
use crate::store::{self, Connection, Error, meeting_list};

/// Brings every table that follows the log up to an event.
pub(crate) async fn follow(
    connection: &mut Connection,
    meeting: MeetingId,
    record: &Record,
) -> Result<(), Error> {
    meeting_list::follow(connection, meeting, record).await?;
    match &record.event {
        Event::PaperAdded { paper, file, .. } => {
            store::papers::insert_use(connection, &file.sha256, meeting, *paper).await
        }
        Event::PaperRemoved { paper } => {
            store::papers::remove_use(connection, meeting, *paper).await
        }
        Event::PaperIssued { sha256, .. } => {
            const OPERATION: &str = "find issued file";
            let kept = store::papers::find_file(connection, sha256).await?;
            let kept = kept.ok_or_else(|| Error::corrupt(OPERATION)(sha256))?;
            let (event, bytes) = (&record.event, kept.file.bytes);
            papers::append_issued(connection, meeting, event, bytes, record.at).await
        }
        _ => Ok(()),
    }
}
