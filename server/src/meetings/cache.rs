//! States in memory: a cache of the log that may vanish at any time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use meeting::{Meeting, MeetingId, Names, Timestamp};

use crate::limits::MEETINGS_CACHED_MAX;
use crate::store::meeting_log::Record;
use crate::store::texts::Salted;

/// A meeting after the event of a sequence number.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// Of the last event; 0 when nothing happened yet.
    pub(crate) seq: i64,
    /// When it happened: time in a log never goes back.
    pub(crate) last_at: Timestamp,
    /// What the meeting is.
    pub(crate) state: Meeting,
    /// The words and names that belong to it.
    pub(crate) names: Arc<Names>,
}

impl Loaded {
    /// Before anything happened.
    pub(crate) fn nothing(names: Arc<Names>) -> Self {
        Self { seq: 0, last_at: Timestamp::from_millis(0), state: Meeting::default(), names }
    }

    /// After more events.
    pub(crate) fn apply(&mut self, records: &[Record]) {
        for record in records {
            self.state.apply(record.at, &record.event);
            self.seq = record.seq;
            self.last_at = record.at;
        }
    }

    /// With more words.
    pub(crate) fn learn(&mut self, texts: &[Salted]) {
        if texts.is_empty() {
            return;
        }
        let names = Arc::make_mut(&mut self.names);
        for text in texts {
            names.words.insert(text.written.id, text.written.words.clone());
        }
    }
}

/// States by meeting, and a gate each through which commands go one by one: the database would
/// let only one of them through anyway, and the others would decide in vain.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    by_meeting: BTreeMap<MeetingId, Slot>,
    uses: u64,
}

#[derive(Default)]
struct Slot {
    loaded: Option<Arc<Loaded>>,
    gate: Arc<tokio::sync::Mutex<()>>,
    used: u64,
}

impl Cache {
    /// What is in memory of a meeting.
    pub(crate) fn get(&self, meeting: MeetingId) -> Option<Arc<Loaded>> {
        self.with(meeting, |slot| slot.loaded.clone())
    }

    /// The gate of a meeting.
    pub(crate) fn gate(&self, meeting: MeetingId) -> Arc<tokio::sync::Mutex<()>> {
        self.with(meeting, |slot| Arc::clone(&slot.gate))
    }

    /// Keeps a state, unless a later one is there already.
    pub(crate) fn keep(&self, meeting: MeetingId, loaded: Arc<Loaded>) {
        self.with(meeting, |slot| match &slot.loaded {
            Some(kept) if kept.seq > loaded.seq => {}
            _ => slot.loaded = Some(loaded),
        });
    }

    /// Forgets every state, for names changed.
    pub(crate) fn clear(&self) {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for slot in slots.by_meeting.values_mut() {
            slot.loaded = None;
        }
    }

    fn with<T>(&self, meeting: MeetingId, act: impl FnOnce(&mut Slot) -> T) -> T {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.uses += 1;
        let uses = slots.uses;
        if !slots.by_meeting.contains_key(&meeting) {
            slots.make_room();
        }
        let slot = slots.by_meeting.entry(meeting).or_default();
        slot.used = uses;
        act(slot)
    }
}

impl Slots {
    /// Forgets the meeting that was not used for longest, unless a command is in its gate.
    fn make_room(&mut self) {
        if self.by_meeting.len() < MEETINGS_CACHED_MAX {
            return;
        }
        let idle = self.by_meeting.iter().filter(|(_, slot)| Arc::strong_count(&slot.gate) == 1);
        if let Some(oldest) = idle.min_by_key(|(_, slot)| slot.used).map(|(meeting, _)| *meeting) {
            self.by_meeting.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_forgets_what_was_not_used_for_longest() {
        let cache = Cache::default();
        let id = |n: usize| MeetingId::new(uuid::Uuid::from_u128(n as u128));
        let kept = || Arc::new(Loaded::nothing(Arc::default()));
        let held = cache.gate(id(0));
        for n in 1..=MEETINGS_CACHED_MAX {
            cache.keep(id(n), kept());
        }
        assert_eq!(cache.0.lock().expect("unpoisoned").by_meeting.len(), MEETINGS_CACHED_MAX);
        assert!(cache.get(id(MEETINGS_CACHED_MAX)).is_some());
        assert!(Arc::ptr_eq(&held, &cache.gate(id(0))), "a gate in use is not taken away");
        assert!(cache.get(id(1)).is_none());
    }

    #[test]
    fn an_older_state_never_replaces_a_later_one() {
        let cache = Cache::default();
        let meeting = MeetingId::new(uuid::Uuid::from_u128(7));
        for seq in [2, 1] {
            let loaded = Loaded { seq, ..Loaded::nothing(Arc::default()) };
            cache.keep(meeting, Arc::new(loaded));
        }
        assert_eq!(cache.get(meeting).expect("kept").seq, 2);
    }
}
