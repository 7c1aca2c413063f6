//! The only place where the tool reads the clock.

use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "a load tool is an edge: it measures real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
