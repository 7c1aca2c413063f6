//! Looking at a point without others seeing it: the private slot of one client's call.

use meeting::{Actor, Meeting, MeetingId, PointId};
use tokio::sync::mpsc;

use super::participant::CallNotice;
use super::service::Calls;
use crate::store;

impl Calls {
    /// Puts a point, or none, into the preview slot of the client of this channel. A point that
    /// its actor may not look at is none; the slots he is told say so.
    pub(crate) async fn preview(
        &self,
        actor: &Actor,
        (meeting, point): (MeetingId, Option<PointId>),
        notices: &mpsc::Sender<CallNotice>,
    ) -> Result<(), store::Error> {
        let loaded = self.0.meetings.load(meeting).await?;
        let state = loaded.as_ref().map(|loaded| &loaded.state);
        let allowed =
            point.filter(|point| state.is_some_and(|state| may_look(state, actor, *point)));
        let mut desk = self.desk();
        let orders = desk.preview(meeting, notices, allowed);
        self.carry_out(orders);
        Ok(())
    }
}

/// Whether an actor may look at a point of a meeting on his own.
pub(super) fn may_look(state: &Meeting, actor: &Actor, point: PointId) -> bool {
    state.points_watched_by(actor).is_some_and(|points| points.contains(&point))
}
