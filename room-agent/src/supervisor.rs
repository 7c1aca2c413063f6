//! The process that a technician starts: it runs the worker and starts it again whatever happens.
//!
//! It knows nothing of meetings, so there is little in it that could fail. A worker that is alive
//! but stopped writing `status.json` is killed like a dead one.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use protocol::meeting::Timestamp;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until};

use crate::edge::clock;
use crate::edge::status;
use crate::limits::{
    FIRST_HEARTBEAT_MS_MAX, HEARTBEAT_MS_MAX, RESTART_CALM_MS, RESTART_MS_MAX, RESTART_MS_MIN,
};

/// Runs workers until the process is told to stop.
///
/// # Errors
/// When the process cannot listen for signals or does not know its own binary.
pub async fn run(config_path: &Path, data_dir: &Path) -> std::io::Result<()> {
    let binary = std::env::current_exe()?;
    let mut stop = Stop::listen()?;
    let mut wait_ms = RESTART_MS_MIN;
    loop {
        let started_at = clock::now();
        let outcome = match start(&binary, config_path) {
            Ok(worker) => watch(worker, data_dir, started_at, &mut stop).await,
            Err(error) => {
                tracing::error!(%error, "the worker cannot be started");
                Outcome::Died
            }
        };
        if matches!(outcome, Outcome::Stopped) {
            return Ok(());
        }
        if clock::now().millis_since(started_at) > RESTART_CALM_MS {
            wait_ms = RESTART_MS_MIN;
        }
        tracing::warn!(worker.restart_in_ms = wait_ms, "the worker is started again");
        tokio::select! {
            () = sleep_until(Instant::now() + Duration::from_millis(wait_ms)) => {}
            () = stop.asked() => return Ok(()),
        }
        wait_ms = (wait_ms * 2).min(RESTART_MS_MAX);
    }
}

/// How the life of one worker ended.
enum Outcome {
    Died,
    Stopped,
}

fn start(binary: &PathBuf, config_path: &Path) -> std::io::Result<Child> {
    Command::new(binary).arg("worker").arg("--config").arg(config_path).kill_on_drop(true).spawn()
}

async fn watch(
    mut worker: Child,
    data_dir: &Path,
    started_at: Timestamp,
    stop: &mut Stop,
) -> Outcome {
    let mut ticks: Interval = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            status = worker.wait() => {
                log_end(&status);
                return Outcome::Died;
            }
            () = stop.asked() => {
                end(&mut worker).await;
                return Outcome::Stopped;
            }
            _ = ticks.tick() => {
                if !heart_beats(status::touched_at(data_dir), started_at, clock::now()) {
                    tracing::error!("the worker does not move any more and is killed");
                    let _ = worker.kill().await;
                    return Outcome::Died;
                }
            }
        }
    }
}

/// Whether a worker that started at `started_at` and touched its status at `touched_at` counts as
/// alive at `now`.
fn heart_beats(touched_at: Option<Timestamp>, started_at: Timestamp, now: Timestamp) -> bool {
    match touched_at {
        // A file of the worker before says nothing about this one.
        Some(at) if at >= started_at => now.millis_since(at) <= HEARTBEAT_MS_MAX,
        _ => now.millis_since(started_at) <= FIRST_HEARTBEAT_MS_MAX,
    }
}

/// Asks the worker to end, and waits for it no longer than a second.
async fn end(worker: &mut Child) {
    let pid =
        worker.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    if tokio::time::timeout(Duration::from_secs(1), worker.wait()).await.is_err() {
        let _ = worker.kill().await;
    }
}

fn log_end(status: &std::io::Result<ExitStatus>) {
    match status {
        Ok(status) => tracing::error!(worker.status = %status, "the worker ended"),
        Err(error) => tracing::error!(%error, "the worker was lost"),
    }
}

/// The signals that ask a service to stop.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_worker_counts_as_dead() {
        let at = Timestamp::from_millis;
        for (touched, now, alive) in [
            (None, FIRST_HEARTBEAT_MS_MAX, true),
            (None, FIRST_HEARTBEAT_MS_MAX + 1, false),
            (Some(-1), 6_000, true),
            (Some(10_000), 10_000 + HEARTBEAT_MS_MAX, true),
            (Some(10_000), 10_001 + HEARTBEAT_MS_MAX, false),
            // A clock that was set back does not kill anybody.
            (Some(10_000), 3_000, true),
        ] {
            assert_eq!(heart_beats(touched.map(at), at(0), at(now)), alive, "{touched:?} {now}");
        }
    }
}
