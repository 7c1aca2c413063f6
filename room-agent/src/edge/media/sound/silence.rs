//! ALSA's own complaints.

use alsa::Output;

/// Runs `open` without letting ALSA write to the process's error output, which it does in eight
/// lines for every device that is not there; a room without a sound card would fill its log.
pub(super) fn quietly<T>(open: impl FnOnce() -> T) -> T {
    // The handler belongs to this thread and keeps what it is told in memory, so a new one each
    // time also frees the last one's. Without one, ALSA is only noisy.
    let heard = Output::local_error_handler();
    let opened = open();
    if let Ok(heard) = heard {
        tracing::trace!(complaints = %heard.borrow(), "ALSA opened a device.");
    }
    opened
}
