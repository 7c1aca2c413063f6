//! The engine's own threads: named, restarted when they panic, and joined in time.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle, park_timeout};
use std::time::Duration;

/// How long a thread that panicked waits before it begins again.
const RESTART: Duration = Duration::from_secs(1);

/// Threads that end by themselves when their commands do.
pub(super) struct Threads {
    running: Vec<(&'static str, JoinHandle<()>)>,
    /// Held by every thread; the channel closes when the last has ended.
    ended: SyncSender<()>,
    all_ended: Receiver<()>,
}

impl Threads {
    pub(super) fn new() -> Self {
        let (ended, all_ended) = sync_channel(0);
        Self { running: Vec::new(), ended, all_ended }
    }

    /// Starts a thread. `body` returns when the thread should end; if it panics, it is called
    /// again a second later: a camera with a broken driver must not silence the loudspeaker.
    pub(super) fn start(
        &mut self,
        name: &'static str,
        mut body: impl FnMut() + Send + 'static,
    ) -> io::Result<()> {
        let ended = self.ended.clone();
        let thread = Builder::new().name(name.to_owned()).spawn(move || {
            while catch_unwind(AssertUnwindSafe(&mut body)).is_err() {
                tracing::error!(
                    thread = name,
                    "A thread of the media engine panicked; it restarts."
                );
                park_timeout(RESTART);
            }
            drop(ended);
        })?;
        self.running.push((name, thread));
        Ok(())
    }

    /// Waits until all threads have ended, but not longer than `wait`; a thread that hangs in a
    /// driver is left to itself and named in the log. Returns how many are left.
    pub(super) fn join(self, wait: Duration) -> usize {
        drop(self.ended);
        let hang = self.all_ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout);
        let mut left = 0;
        for (name, thread) in self.running {
            if hang && !thread.is_finished() {
                tracing::error!(thread = name, "A thread of the media engine hangs in a driver.");
                left += 1;
            } else if thread.join().is_err() {
                tracing::error!(thread = name, "A thread of the media engine ended by a panic.");
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn threads_end_with_their_commands_and_a_hanging_one_is_left() {
        let (commands, inbox) = sync_channel::<()>(1);
        let mut threads = Threads::new();
        threads.start("test", move || while inbox.recv().is_ok() {}).unwrap();
        drop(commands);
        assert_eq!(threads.join(Duration::from_secs(5)), 0);

        let (held, inbox) = sync_channel::<()>(1);
        let mut threads = Threads::new();
        threads.start("test", move || while inbox.recv().is_ok() {}).unwrap();
        assert_eq!(threads.join(Duration::from_millis(10)), 1);
        drop(held);
    }
}
