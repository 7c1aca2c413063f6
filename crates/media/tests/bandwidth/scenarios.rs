//! The lines, and what is expected on each.

use crate::link::{Line, Losing, Places};

pub(crate) const SECOND: u64 = 1_000_000;

/// The bench's path of 3 Mbit/s: 20 ms, and room for a second.
pub(crate) fn steady() -> Line {
    Line {
        propagation: 20_000,
        capacity: vec![(0, 3_000_000)],
        queue_bits: 3_000_000,
        places: Places::Empty,
        losing: Losing::Nothing,
        jitter: 0,
    }
}

/// The bench's path on which a sender begins at four times the rate.
pub(crate) fn queue_building() -> Line {
    Line { capacity: vec![(0, 300_000)], queue_bits: 6_000_000, ..steady() }
}

/// The bench's path that loses every fifth packet, whatever is sent.
pub(crate) fn lossy() -> Line {
    Line { losing: Losing::OneIn(5), ..steady() }
}

/// The bench's path that loses every twentieth.
pub(crate) fn mildly_lossy() -> Line {
    Line { losing: Losing::OneIn(20), ..steady() }
}

/// The bench's path that widens fivefold after 15 s.
pub(crate) fn recovering() -> Line {
    let capacity = vec![(0, 600_000), (15 * SECOND, 3_000_000)];
    Line { capacity, queue_bits: 6_000_000, ..steady() }
}
