//! The one place where the media threads read the clock; everything below takes `now` (rule 9).

use std::time::Instant;

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "the edge of the media threads, once per input")]
pub(super) fn now() -> Instant {
    Instant::now()
}
