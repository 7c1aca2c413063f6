//! What was sent lately, in a ring that the transport-wide sequence number indexes.

use super::probing::Cluster;
use crate::limits::SENT_PACKETS;

/// Twelve bytes for each packet, so that a thousand of them cost a receiver 12 KB.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Microseconds since the beginning, of which the lower 32 bits are kept: 71 minutes.
    sent_at: u32,
    sequence: u16,
    bytes: u16,
    fate: Fate,
    cluster: Option<Cluster>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Nothing,
    Unknown,
    Missing,
    Received,
}

/// A packet whose fate is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reported {
    pub(super) sent_at: i64,
    pub(super) bytes: u64,
    pub(super) cluster: Option<Cluster>,
    /// It was reported missing before: it came late, after all.
    pub(super) was_missing: bool,
}

#[derive(Debug)]
pub(super) struct History {
    entries: Box<[Entry]>,
}

impl History {
    pub(super) fn new() -> Self {
        let nothing =
            Entry { sent_at: 0, sequence: 0, bytes: 0, fate: Fate::Nothing, cluster: None };
        Self { entries: vec![nothing; SENT_PACKETS].into_boxed_slice() }
    }

    pub(super) fn add(&mut self, at: i64, sequence: u16, bytes: u64, cluster: Option<Cluster>) {
        let sent_at = low_bits(at);
        let bytes = u16::try_from(bytes).unwrap_or(u16::MAX);
        let entry = Entry { sent_at, sequence, bytes, fate: Fate::Unknown, cluster };
        if let Some(place) = self.entries.get_mut(usize::from(sequence) % SENT_PACKETS) {
            *place = entry;
        }
    }

    /// Notes the fate of a packet; nothing if it is unknown or says nothing new.
    pub(super) fn report(&mut self, now: i64, sequence: u16, arrived: bool) -> Option<Reported> {
        let entry = self.entries.get_mut(usize::from(sequence) % SENT_PACKETS)?;
        let is_news = match entry.fate {
            Fate::Nothing | Fate::Received => false,
            Fate::Unknown => true,
            Fate::Missing => arrived,
        };
        if !is_news || entry.sequence != sequence {
            return None;
        }
        let was_missing = entry.fate == Fate::Missing;
        entry.fate = if arrived { Fate::Received } else { Fate::Missing };
        let age = low_bits(now).wrapping_sub(entry.sent_at);
        Some(Reported {
            sent_at: now - i64::from(age),
            bytes: u64::from(entry.bytes),
            cluster: entry.cluster,
            was_missing,
        })
    }
}

fn low_bits(at: i64) -> u32 {
    u32::try_from(at & i64::from(u32::MAX)).unwrap_or(0)
}

const _: () = assert!(size_of::<Entry>() == 12);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_told_once_and_once_more_if_it_came_late() {
        let mut history = History::new();
        let later = 1_i64 << 40;
        history.add(later, 65_535, 100, None);
        assert!(history.report(later + 5, 1_023, true).is_none(), "another of the same place");
        assert!(history.report(later + 5, 65_535, false).is_some());
        assert!(history.report(later + 6, 65_535, false).is_none());
        let late = history.report(later + 7, 65_535, true).unwrap();
        assert_eq!((late.sent_at, late.bytes, late.was_missing), (later, 100, true));
        assert!(history.report(later + 8, 65_535, true).is_none());
    }
}
