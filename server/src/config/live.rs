//! `[live]`: the one WebSocket of every browser and every agent.

use std::time::Duration;

use serde::Deserialize;

use super::Section;

/// Limits of the live channel.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Live {
    /// Seconds without a frame from the client before it is cut.
    pub idle_seconds: u32,
    /// Bytes waiting for one client before it is called slow and cut.
    pub queue_bytes_max: usize,
    /// Milliseconds between two changes of one topic.
    pub coalesce_millis: u32,
    /// Open channels.
    pub connections_max: usize,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            idle_seconds: 30,
            queue_bytes_max: 4 * 1024 * 1024,
            coalesce_millis: 20,
            connections_max: 12_000,
        }
    }
}

impl Live {
    /// [`Live::idle_seconds`] as a duration.
    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(u64::from(self.idle_seconds))
    }

    /// [`Live::coalesce_millis`] as a duration.
    pub(crate) fn coalesce(&self) -> Duration {
        Duration::from_millis(u64::from(self.coalesce_millis))
    }
}

impl Section for Live {
    const EXAMPLE: &'static str = r"[live]
# Seconds without a frame from the client before it is cut.
idle_seconds = 30
# Bytes waiting for one client before it is called slow and cut; it comes back and resumes.
queue_bytes_max = 4194304
# Milliseconds between two changes of one topic.
coalesce_millis = 20
# Open channels.
connections_max = 12000
";

    fn check(&self) -> Result<(), String> {
        if self.idle_seconds < 5 {
            return Err("live.idle_seconds must be 5 or more".into());
        }
        if self.queue_bytes_max < 4096 {
            return Err("live.queue_bytes_max must be 4096 or more".into());
        }
        Ok(())
    }
}
