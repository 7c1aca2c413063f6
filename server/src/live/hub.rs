//! Rings the readers whom a change concerns.
//!
//! A bell carries no content: a reader that is rung looks at what is there now. So a burst of
//! changes costs a slow reader one look, and nothing waits for anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meeting::{Event, MeetingId};
use protocol::live::Topic;
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::limits::HOME_DIRTY_MAX;
use crate::meetings::Changed;

/// What a reader has to look at again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Dirty {
    /// These topics, as a whole.
    pub(super) topics: BTreeSet<Topic>,
    /// On his own page, these meetings.
    pub(super) cards: BTreeSet<MeetingId>,
}

impl Dirty {
    fn add_card(&mut self, meeting: MeetingId) {
        if self.cards.len() == HOME_DIRTY_MAX {
            self.topics.insert(Topic::Home);
        } else {
            self.cards.insert(meeting);
        }
    }
}

/// One reader's bell.
#[derive(Default)]
pub(super) struct Bell {
    dirty: Mutex<Dirty>,
    rung: Notify,
}

impl Bell {
    /// Waits until there is something to look at.
    pub(super) async fn rung(&self) {
        self.rung.notified().await;
    }

    /// Takes what there is to look at.
    pub(super) fn take(&self) -> Dirty {
        std::mem::take(&mut *self.dirty())
    }

    fn ring(&self, change: impl FnOnce(&mut Dirty)) {
        change(&mut self.dirty());
        self.rung.notify_one();
    }

    fn dirty(&self) -> MutexGuard<'_, Dirty> {
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
                    Ok(()) => self.ring(Topic::Board, |dirty| {
                        dirty.topics.insert(Topic::Board);
                    }),
                    Err(_) => return,
                },
            }
        }
    }

    fn meeting_changed(&self, change: &Changed) {
        let topic = Topic::Meeting(change.meeting);
        self.ring(topic, |dirty| {
            dirty.topics.insert(topic);
        });
        if change.records.iter().any(|record| concerns_home(&record.event)) {
            self.ring(Topic::Home, |dirty| dirty.add_card(change.meeting));
        }
    }

    fn everything_changed(&self) {
        let topics: Vec<Topic> = self.bells().keys().copied().collect();
        for topic in topics {
            self.ring(topic, |dirty| {
                dirty.topics.insert(topic);
            });
        }
    }

    fn ring(&self, topic: Topic, change: impl Fn(&mut Dirty)) {
        if let Some(readers) = self.bells().get(&topic) {
            for bell in readers.values() {
                bell.ring(&change);
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
        | Event::Unmuted { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn only_followers_are_rung_and_only_once() {
        let hub = Hub::default();
        let (one, other) = (Arc::new(Bell::default()), Arc::new(Bell::default()));
        hub.follow(Topic::Board, 1, &one);
        hub.follow(Topic::Home, 2, &other);
        for _ in 0..3 {
            hub.ring(Topic::Board, |dirty| {
                dirty.topics.insert(Topic::Board);
            });
        }
        one.rung().await;
        assert_eq!(one.take().topics, BTreeSet::from([Topic::Board]));
        assert_eq!(one.take(), Dirty::default());
        assert_eq!(other.take(), Dirty::default());
        hub.unfollow(Topic::Board, 1);
        hub.unfollow(Topic::Home, 2);
        assert!(hub.bells().is_empty(), "nothing outlives its owner");
    }

    #[test]
    fn too_many_cards_are_the_whole_page() {
        let mut dirty = Dirty::default();
        for n in 0..=HOME_DIRTY_MAX {
            dirty.add_card(MeetingId::new(Uuid::from_u128(n as u128)));
        }
        assert_eq!(dirty.cards.len(), HOME_DIRTY_MAX);
        assert!(dirty.topics.contains(&Topic::Home));
    }
}
