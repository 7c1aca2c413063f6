//! Shared screens that break off: whoever's browser is gone shares nothing any longer.

use media::Event;
use meeting::{Actor, Command, MeetingId, speaker_of};

use super::service::Calls;
use crate::meetings::{CommandError, Order};

impl Calls {
    /// Whose screen breaks off with this event, if any does. One that was told to leave is not in
    /// the call any more.
    pub(super) fn lost_screen(&self, event: &Event) -> Option<(MeetingId, Actor)> {
        match event {
            Event::Gone { peer, .. } => self.desk().screen(*peer),
            _ => None,
        }
    }

    /// Ends the sharing of somebody whose screen broke off, in his name. Who shares again has a
    /// new connection by then, and who shares now is never another one.
    pub(super) async fn end_sharing(&self, meeting: MeetingId, actor: Actor) {
        let loaded = match self.0.meetings.load(meeting).await {
            Ok(loaded) => loaded,
            Err(error) => {
                tracing::error!(meeting.id = %meeting, error = %error, "a sharing is not ended");
                return;
            }
        };
        let sharer = loaded.and_then(|loaded| loaded.state.hearing_of(&actor).content);
        if sharer != Some(speaker_of(&actor)) || self.desk().has_screen(meeting, &actor) {
            return;
        }
        let id = self.0.meetings.command_id();
        let command = Command::StopSharing;
        match self.0.meetings.command(Order { actor, meeting, id, command }).await {
            Ok(_) | Err(CommandError::Refused(_)) => {}
            Err(error) => {
                tracing::error!(meeting.id = %meeting, error = %error, "a sharing is not ended");
            }
        }
    }
}
