//! What one subscriber received of the measured window.

use crate::stamp::Stamp;

/// Packets of one subscriber.
#[derive(Default)]
pub(crate) struct Tally {
    seen: Vec<bool>,
    /// Microseconds under way of every packet that came.
    pub(crate) delays_us: Vec<u32>,
}

impl Tally {
    /// Counts a packet of the window that began with the number `first`; a second copy is none.
    pub(crate) fn count(&mut self, stamp: Stamp, first: u32, now_ns: u64) {
        let Some(at) = stamp.number.checked_sub(first).filter(|_| stamp.is_measured) else {
            return;
        };
        let at = at as usize;
        if self.seen.len() <= at {
            self.seen.resize(at + 1, false);
        }
        if !std::mem::replace(&mut self.seen[at], true) {
            let delay = now_ns.saturating_sub(stamp.sent_at) / 1_000;
            self.delays_us.push(u32::try_from(delay).unwrap_or(u32::MAX));
        }
    }

    pub(crate) fn received(&self) -> u64 {
        self.delays_us.len() as u64
    }
}

/// The value below which so many of a thousand lie, of sorted values.
pub(crate) fn per_mille<T: Copy + Default>(sorted: &[T], of_thousand: usize) -> T {
    let rank = (sorted.len() * of_thousand).div_ceil(1_000).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[test]
fn copies_and_what_is_not_measured_are_not_counted() {
    let mut tally = Tally::default();
    let stamp = |is_measured, number| Stamp { is_measured, number, sent_at: 1_000_000 };
    for (is_measured, number) in [(true, 10), (true, 12), (true, 10), (false, 13), (true, 9)] {
        tally.count(stamp(is_measured, number), 10, 3_000_000);
    }
    assert_eq!((tally.received(), tally.delays_us.as_slice()), (2, &[2_000, 2_000][..]));
}

#[test]
fn ranks_are_of_the_values_themselves() {
    let values: Vec<u32> = (1..=200).collect();
    assert_eq!(per_mille(&values, 500), 100);
    assert_eq!(per_mille(&values, 990), 198);
    assert_eq!(per_mille(&values, 1_000), 200);
    assert_eq!((per_mille(&[7_u32], 1), per_mille::<u32>(&[], 500)), (7, 0));
}
