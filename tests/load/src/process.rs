//! What a process used, as the kernel counts it.

use std::fs;

use anyhow::{Context, Result};

/// Processor time and memory of a process at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Nanoseconds on a processor of all its threads, the kernel's work for them included.
    pub(crate) cpu_ns: u64,
    /// Bytes of memory that it has.
    pub(crate) memory_bytes: u64,
}

impl Usage {
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let mut cpu_ns = 0;
        let tasks = format!("/proc/{pid}/task");
        for task in fs::read_dir(&tasks).with_context(|| format!("no process {pid}"))? {
            // A thread may end between the list and its line.
            let text = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
            cpu_ns += text.split(' ').next().and_then(|it| it.parse::<u64>().ok()).unwrap_or(0);
        }
        let status = fs::read_to_string(format!("/proc/{pid}/status"))
            .with_context(|| format!("no process {pid}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        Ok(Self { cpu_ns, memory_bytes: kib.context("no VmRSS")? * 1_024 })
    }
}

#[test]
fn this_very_process_uses_something() {
    let before = Usage::of(std::process::id()).unwrap();
    let sum: u64 = (0..20_000_000_u64).map(std::hint::black_box).sum();
    let after = Usage::of(std::process::id()).unwrap();
    assert!(sum > 0 && after.cpu_ns > before.cpu_ns && after.memory_bytes > 100_000);
    assert!(Usage::of(u32::MAX).is_err());
}
