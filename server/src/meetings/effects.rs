//! What an event does to other tables, in its own transaction: either all of it is there or
//! nothing. Another part that must not miss an event adds its line here.

use meeting::MeetingId;

use crate::papers;
use crate::recording;
use crate::store::meeting_log::Record;
use crate::store::{self, Connection, meeting_list};

/// Brings every table that follows the log up to an event.
pub(crate) async fn follow(
    connection: &mut Connection,
    meeting: MeetingId,
    record: &Record,
) -> Result<(), store::Error> {
    meeting_list::follow(connection, meeting, record).await?;
    papers::follow(connection, meeting, record).await?;
    recording::follow(connection, meeting, record).await
}
