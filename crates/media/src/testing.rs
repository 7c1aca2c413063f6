//! What unit tests share.

use std::time::Instant;

/// The moment at which virtual time begins. An `Instant` cannot be made otherwise.
#[expect(clippy::disallowed_methods, reason = "virtual time needs one real instant to begin with")]
pub(crate) fn beginning() -> Instant {
    Instant::now()
}
