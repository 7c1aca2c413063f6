//! Rings the readers whom a change concerns.
//!
//! A bell carries no content: a reader that is rung looks at what is there now. So a burst of
//! changes costs a slow reader one look, and nothing waits for anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meeting::Event;
use protocol::live::Topic;
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::meetings::Changed;

/// One reader's bell.
#[derive(Default)]
pub(super) struct Bell {
    dirty: Mutex<BTreeSet<Topic>>,
    rung: Notify,
}

impl Bell {
    /// Waits until there is something to look at.
    pub(super) async fn rung(&self) {
        self.rung.notified().await;
    }

    /// Takes the topics that have to be looked at again.
    pub(super) fn take(&self) -> BTreeSet<Topic> {
        std::mem::take(&mut *self.dirty())
    }

    fn ring(&self, topic: Topic) {
        self.dirty().insert(topic);
        self.rung.notify_one();
    }

    fn dirty(&self) -> MutexGuard<'_, BTreeSet<Topic>> {
        self.dirty.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who follows what.
#[derive(Default)]
pub(super) struct Hub {
    bells: Mutex<BTreeMap<Topic, BTreeMap<u64, Arc<Bell>>>>,
}

impl Hub {
    /// Rings `bell` whenever the topic changes.
    pub(super) fn follow(&self, topic: Topic, reader: u64, bell: &Arc<Bell>) {
        self.bells().entry(topic).or_default().insert(reader, Arc::clone(bell));
    }

    /// Does not any more.
    pub(super) fn unfollow(&self, topic: Topic, reader: u64) {
        let mut bells = self.bells();
        if let Some(readers) = bells.get_mut(&topic) {
            readers.remove(&reader);
            if readers.is_empty() {
                bells.remove(&topic);
            }
        }
    }

    /// Passes on changes until the server stops.
    pub(super) async fn run(
        &self,
        mut meetings: broadcast::Receiver<Changed>,
        mut board: watch::Receiver<u64>,
        stop: &CancellationToken,
    ) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                change = meetings.recv() => match change {
                    Ok(change) => self.meeting_changed(&change),
                    Err(RecvError::Lagged(_)) => self.everything_changed(),
                    Err(RecvError::Closed) => return,
                },
                change = board.changed() => match change {
                    Ok(()) => self.ring(Topic::Board),
                    Err(_) => return,
                },
            }
        }
    }

    fn meeting_changed(&self, change: &Changed) {
        self.ring(Topic::Meeting(change.meeting));
        if change.records.iter().any(|record| concerns_home(&record.event)) {
            self.ring(Topic::Home);
        }
    }

    fn everything_changed(&self) {
        for (topic, readers) in &*self.bells() {
            for bell in readers.values() {
                bell.ring(*topic);
            }
        }
    }

    fn ring(&self, topic: Topic) {
        if let Some(readers) = self.bells().get(&topic) {
            for bell in readers.values() {
                bell.ring(topic);
            }
        }
    }

    fn bells(&self) -> MutexGuard<'_, BTreeMap<Topic, BTreeMap<u64, Arc<Bell>>>> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a card on anybody's own page may look different afterwards. What moves within a
/// running meeting is left to its own page.
fn concerns_home(event: &Event) -> bool {
    match event {
        Event::Created { .. }
        | Event::Amended { .. }
        | Event::PeopleInvited { .. }
        | Event::PeopleUninvited { .. }
        | Event::PointsInvited { .. }
        | Event::PointsUninvited { .. }
        | Event::Announced
        | Event::ItemAdded { .. }
        | Event::ItemRemoved { .. }
        | Event::PaperAdded { .. }
        | Event::PaperRemoved { .. }
        | Event::PaperIssued { .. }
        | Event::Started
        | Event::Extended { .. }
        | Event::Ended => true,
        Event::ItemChanged { .. }
        | Event::ItemMoved { .. }
        | Event::PaperReported { .. }
        | Event::ItemOpened { .. }
        | Event::PageShown { .. }
        | Event::ShowingStopped
        | Event::Attended { .. }
        | Event::Left { .. }
        | Event::SpeechRequested { .. }
        | Event::RequestWithdrawn { .. }
        | Event::FloorGiven { .. }
        | Event::FloorWithdrawn { .. }
        | Event::Muted { .. }
        | Event::Unmuted { .. }
        | Event::LoudspeakersSilenced { .. }
        | Event::LoudspeakersUnsilenced { .. }
        | Event::DiscussionBegun
        | Event::DiscussionEnded
        | Event::VoicesFollowed { .. }
        | Event::FollowingStopped
        | Event::RollCalled { .. }
        | Event::RollRecorded { .. }
        | Event::PointMarked { .. }
        | Event::LayoutSet { .. }
        | Event::Locked
        | Event::Unlocked
        | Event::Admitted { .. }
        | Event::PointCalled { .. }
        | Event::RecordingStarted
        | Event::RecordingStopped
        | Event::RecordingInterrupted { .. }
        | Event::SharingStarted { .. }
        | Event::SharingStopped { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_followers_are_rung_and_only_once() {
        let hub = Hub::default();
        let (one, other) = (Arc::new(Bell::default()), Arc::new(Bell::default()));
        hub.follow(Topic::Board, 1, &one);
        hub.follow(Topic::Home, 2, &other);
        for _ in 0..3 {
            hub.ring(Topic::Board);
        }
        one.rung().await;
        assert_eq!(one.take(), BTreeSet::from([Topic::Board]));
        assert_eq!((one.take(), other.take()), (BTreeSet::new(), BTreeSet::new()));
        hub.everything_changed();
        assert_eq!(other.take(), BTreeSet::from([Topic::Home]));
        hub.unfollow(Topic::Board, 1);
        hub.unfollow(Topic::Home, 2);
        assert!(hub.bells().is_empty(), "nothing outlives its owner");
    }
}
