//! What a meeting's events do to recordings, in the events' own transaction.

use meeting::{Event, MeetingId};

use crate::store::meeting_log::Record;
use crate::store::{self, Connection, recordings};

/// Follows one event.
pub(crate) async fn follow(
    connection: &mut Connection,
    meeting: MeetingId,
    record: &Record,
) -> Result<(), store::Error> {
    match &record.event {
        Event::RecordingStarted => {
            recordings::insert(connection, meeting, record.seq, record.at).await
        }
        Event::RecordingStopped => recordings::stop(connection, meeting, record.at, None).await,
        Event::RecordingInterrupted { code } => {
            recordings::stop(connection, meeting, record.at, Some(code)).await
        }
        _ => Ok(()),
    }
}
