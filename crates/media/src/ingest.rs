//! What is done once per arriving packet, before it goes to anybody: drop what came twice, drop
//! padding, and number the rest without the holes that padding leaves.

use std::collections::VecDeque;

use crate::limits::{DUPLICATE_WINDOW, RENUMBERINGS_MAX};

/// Which of the last numbers came.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    /// The highest number so far.
    highest: Option<u16>,
    /// Bit `n` is set when `highest - n` came.
    seen: u128,
}

impl Window {
    /// Notes that a number came; false if it came before or is too old to tell.
    pub(crate) fn mark(&mut self, number: u16) -> bool {
        let Some(highest) = self.highest else {
            self.highest = Some(number);
            self.seen = 1;
            return true;
        };
        if after(number, highest) {
            let step = u32::from(number.wrapping_sub(highest));
            self.seen = self.seen.checked_shl(step).unwrap_or(0) | 1;
            self.highest = Some(number);
            return true;
        }
        let age = highest.wrapping_sub(number);
        if age >= DUPLICATE_WINDOW {
            return false;
        }
        let bit = 1_u128 << age;
        let is_new = self.seen & bit == 0;
        self.seen |= bit;
        is_new
    }
}

/// The sequence numbers of one stream.
#[derive(Debug, Default)]
pub(crate) struct Ingest {
    arrived: Window,
    /// Two packets never leave with one number, however they were numbered.
    left: Window,
    /// From which arriving number on how many were dropped, oldest first.
    dropped: VecDeque<(u16, u16)>,
}

/// Whether `a` comes after `b` (RFC 1982 arithmetic).
pub(crate) fn after(a: u16, b: u16) -> bool {
    a != b && a.wrapping_sub(b) < 0x8000
}

impl Ingest {
    /// Takes a packet in. The number it goes on with, or nothing if it must not go on.
    pub(crate) fn accept(&mut self, sequence: u16, is_padding: bool) -> Option<u16> {
        let in_order = self.arrived.highest.is_none_or(|highest| after(sequence, highest));
        if !self.arrived.mark(sequence) {
            return None;
        }
        if !is_padding {
            let number = sequence.wrapping_sub(self.dropped_before(sequence));
            return self.left.mark(number).then_some(number);
        }
        // A late padding packet leaves a hole: those after it have left with their numbers.
        if in_order {
            let so_far = self.dropped.back().map_or(0, |&(_, count)| count);
            if self.dropped.len() == RENUMBERINGS_MAX {
                self.dropped.pop_front();
            }
            self.dropped.push_back((sequence.wrapping_add(1), so_far.wrapping_add(1)));
        }
        None
    }

    fn dropped_before(&self, sequence: u16) -> u16 {
        let entry =
            self.dropped.iter().rev().find(|&&(from, _)| from == sequence || after(sequence, from));
        match entry {
            Some(&(_, count)) => count,
            // Older than all that is remembered: what had been dropped before the oldest entry.
            None => self.dropped.front().map_or(0, |&(_, count)| count.wrapping_sub(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `m7` is media with number 7, `p7` padding; the answer of each in order, `-` for none.
    #[track_caller]
    fn check(arriving: &str, leaving: &str) {
        let mut ingest = Ingest::default();
        let got: Vec<String> = arriving
            .split(' ')
            .map(|packet| {
                let (kind, number) = packet.split_at(1);
                let number = number.parse().unwrap();
                ingest.accept(number, kind == "p").map_or("-".to_owned(), |n| n.to_string())
            })
            .collect();
        assert_eq!(got.join(" "), leaving, "{arriving}");
    }

    #[test]
    fn numbers() {
        check("m7 m8 m9", "7 8 9");
        check("m7 p8 m9 p10 p11 m12", "7 - 8 - - 9");
        // Late media keep the number they would have had.
        check("m7 p9 m10 m8", "7 - 9 8");
        check("m7 m9 m8", "7 9 8");
        // Twice is once.
        check("m7 m7 m8 m7", "7 - 8 -");
        check("m7 p8 p8 m9", "7 - - 8");
        // Late padding is a hole.
        check("m7 m9 p8 m10", "7 9 - 10");
        // Around the end of the numbers.
        check("m65534 p65535 m0 m1", "65534 - 65535 0");
        // Too old to tell.
        check("m1000 m1 m1001", "1000 - 1001");
        check("m1000 m1127 m1000 m999", "1000 1127 - -");
    }

    #[test]
    fn a_flood_of_padding_keeps_numbers_together() {
        let mut ingest = Ingest::default();
        assert_eq!(ingest.accept(0, false), Some(0));
        for sequence in 1..=500 {
            assert_eq!(ingest.accept(sequence, true), None);
        }
        assert_eq!(ingest.accept(501, false), Some(1));
    }
}
