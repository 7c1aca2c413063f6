//! Packets in the order of their numbers, with a little patience for those that come late.

use std::collections::BTreeMap;
use std::time::Instant;

use media::Recorded;

use crate::limits::{REORDER_PACKETS_MAX, REORDER_WAIT};

/// A jump of the numbers beyond this is a new beginning and no loss.
const JUMP_MAX: i64 = 3_000;

/// The packets of one stream that wait for those before them.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// The number that comes next, counted without end.
    next: Option<i64>,
    waiting: BTreeMap<i64, Recorded>,
}

/// What comes out, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Popped {
    /// The next packet.
    Packet(Recorded),
    /// One or more packets were given up.
    Gap,
}

impl Window {
    /// Takes a packet in.
    pub(super) fn push(&mut self, packet: Recorded) {
        let Some(next) = self.next else {
            let number = i64::from(packet.sequence);
            self.next = Some(number);
            self.waiting.insert(number, packet);
            return;
        };
        let mut step = i64::from(packet.sequence) - next.rem_euclid(1 << 16);
        if step > 1 << 15 {
            step -= 1 << 16;
        } else if step < -(1 << 15) {
            step += 1 << 16;
        }
        if step.abs() > JUMP_MAX {
            self.waiting.clear();
            // One number is left out, so that the new beginning counts as a gap.
            let begin = next - next.rem_euclid(1 << 16) + i64::from(packet.sequence) + (1 << 16);
            self.next = Some(begin - 1);
            self.waiting.insert(begin, packet);
        } else if step >= 0 {
            self.waiting.insert(next + step, packet);
        }
    }

    /// What can go on now: the next packet, or a gap that was waited for long enough.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Popped> {
        let next = self.next?;
        let entry = self.waiting.first_entry()?;
        if *entry.key() == next {
            self.next = Some(next + 1);
            return Some(Popped::Packet(entry.remove()));
        }
        let waited = now.saturating_duration_since(entry.get().at);
        let first = *entry.key();
        if waited < REORDER_WAIT && self.waiting.len() < REORDER_PACKETS_MAX {
            return None;
        }
        self.next = Some(first);
        Some(Popped::Gap)
    }

    /// Whether packets wait.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use media::{PeerId, StreamId};

    use super::*;
    use crate::edge::Edge;

    /// Packets by number in, numbers out, `-` for a gap; `later` is when the last look happens.
    #[track_caller]
    fn check(arriving: &[u16], expected: &str) {
        let start = Edge::real().instant();
        let mut window = Window::default();
        let mut out = Vec::new();
        let mut take = |window: &mut Window, now| {
            while let Some(popped) = window.pop(now) {
                out.push(match popped {
                    Popped::Packet(packet) => packet.sequence.to_string(),
                    Popped::Gap => "-".to_owned(),
                });
            }
        };
        for sequence in arriving {
            let stream = StreamId::video(PeerId(1));
            let (sequence, payload) = (*sequence, bytes::Bytes::new());
            let packet =
                Recorded { stream, sequence, timestamp: 0, marker: true, payload, at: start };
            window.push(packet);
            take(&mut window, start);
        }
        take(&mut window, start + REORDER_WAIT);
        assert!(window.is_empty());
        assert_eq!(out.join(" "), expected, "{arriving:?}");
    }

    #[test]
    fn v11_recording_puts_packets_in_order() {
        check(&[7, 8, 9], "7 8 9");
        check(&[7, 9, 8, 10], "7 8 9 10");
        check(&[7, 9, 10], "7 - 9 10");
        check(&[7, 9, 9, 8, 8, 10, 7], "7 8 9 10");
        check(&[65_534, 0, 65_535, 1], "65534 65535 0 1");
        check(&[7, 40_000, 40_001], "7 - 40000 40001");
        check(&[40_000, 7, 8], "40000 - 7 8");
        check(&[7, 8, 5_000, 5_001], "7 8 - 5000 5001");
    }

    #[test]
    fn v11_recording_never_waits_for_more_than_it_can_hold() {
        let missing_first: Vec<u16> = (0..300).filter(|number| *number != 1).collect();
        let after: Vec<String> = (2..300).map(|number| number.to_string()).collect();
        check(&missing_first, &format!("0 - {}", after.join(" ")));
    }
}
