//! The engine's own threads: named, restarted when they panic, and joined in time.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, park_timeout};
use std::time::Duration;

/// How long a thread that panicked waits before it begins again.
const RESTART: Duration = Duration::from_secs(1);

/// Threads that end by themselves when their commands do.
#[derive(Default)]
pub(super) struct Threads {
    started: Vec<(&'static str, JoinHandle<()>)>,
    running: Arc<Running>,
}

/// How many have not ended yet.
#[derive(Default)]
struct Running {
    count: Mutex<usize>,
    ended: Condvar,
}

impl Threads {
    /// Starts a thread. `body` returns when the thread should end; if it panics, it is called
    /// again a second later: a camera with a broken driver must not silence the loudspeaker.
    pub(super) fn start(
        &mut self,
        name: &'static str,
        mut body: impl FnMut() + Send + 'static,
    ) -> io::Result<()> {
        let running = Arc::clone(&self.running);
        running.change(|count| count + 1);
        let begun = Builder::new().name(name.to_owned()).spawn(move || {
            while catch_unwind(AssertUnwindSafe(&mut body)).is_err() {
                tracing::error!(
                    thread = name,
                    "A thread of the media engine panicked; it restarts."
                );
                park_timeout(RESTART);
            }
            running.change(|count| count - 1);
        });
        match begun {
            Ok(thread) => {
                self.started.push((name, thread));
                Ok(())
            }
            Err(error) => {
                self.running.change(|count| count - 1);
                Err(error)
            }
        }
    }

    /// Waits until all threads have ended, but not longer than `wait`; a thread that hangs in a
    /// driver is left to itself and named in the log. Returns how many are left.
    pub(super) fn join(self, wait: Duration) -> usize {
        let left = self.running.wait(wait);
        for (name, thread) in self.started {
            if left > 0 && !thread.is_finished() {
                tracing::error!(thread = name, "A thread of the media engine hangs in a driver.");
            } else if thread.join().is_err() {
                tracing::error!(thread = name, "A thread of the media engine ended by a panic.");
            }
        }
        left
    }
}

impl Running {
    fn change(&self, change: impl FnOnce(usize) -> usize) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        *count = change(*count);
        self.ended.notify_all();
    }

    fn wait(&self, wait: Duration) -> usize {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.ended.wait_timeout_while(count, wait, |count| *count > 0);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn threads_end_with_their_commands_and_a_hanging_one_is_left() {
        let (commands, inbox) = sync_channel::<()>(1);
        let mut threads = Threads::default();
        threads.start("test", move || while inbox.recv().is_ok() {}).unwrap();
        drop(commands);
        assert_eq!(threads.join(Duration::from_secs(5)), 0);

        let (held, inbox) = sync_channel::<()>(1);
        let mut threads = Threads::default();
        threads.start("test", move || while inbox.recv().is_ok() {}).unwrap();
        assert_eq!(threads.join(Duration::from_millis(10)), 1);
        drop(held);
    }
}
