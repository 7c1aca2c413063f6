//! The figures of a run, for people and for scripts.

use std::time::Duration;

use serde_json::{Value, json};

use crate::process::Usage;
use crate::tally::{Tally, per_mille};

/// What was measured.
pub(crate) struct Measured {
    pub(crate) label: String,
    pub(crate) subscribers: usize,
    /// From the start of each subscriber's first request to its first packet of media.
    pub(crate) joins: Vec<Duration>,
    pub(crate) tallies: Vec<Tally>,
    /// Packets that the publisher sent within the window.
    pub(crate) sent: u64,
    pub(crate) window: Duration,
    pub(crate) server: Option<Server>,
    /// Of the tool itself, at the window's begin and end.
    pub(crate) own: [Usage; 2],
    pub(crate) failures: Vec<String>,
}

/// What the server used.
pub(crate) struct Server {
    /// With a publisher and no subscriber.
    pub(crate) empty: Usage,
    pub(crate) begin: Usage,
    pub(crate) end: Usage,
}

impl Measured {
    pub(crate) fn json(&self) -> Value {
        let received: u64 = self.tallies.iter().map(Tally::received).sum();
        let expected = self.sent * self.subscribers as u64;
        let lost = expected.saturating_sub(received);
        let mut delays: Vec<u32> =
            self.tallies.iter().flat_map(|it| it.delays_us.iter().copied()).collect();
        delays.sort_unstable();
        let mut joins = self.joins.clone();
        joins.sort_unstable();
        let delay = |of| f64::from(per_mille(&delays, of)) / 1e3;
        let join = |of| per_mille(&joins, of).as_secs_f64() * 1e3;
        let seconds = self.window.as_secs_f64();
        let server = self.server.as_ref().map(|it| {
            let cpu_ns = ratio(it.end.cpu_ns.saturating_sub(it.begin.cpu_ns), 1);
            let grown = it.end.memory_bytes.saturating_sub(it.empty.memory_bytes);
            json!({
                "cpu_percent": rounded(cpu_ns / seconds / 1e7),
                "cpu_us_per_packet": rounded(cpu_ns / 1e3 / ratio(received.max(1), 1)),
                "memory_bytes": it.end.memory_bytes,
                "memory_bytes_per_subscriber": grown / self.subscribers as u64,
            })
        });
        let own_ns = ratio(self.own[1].cpu_ns.saturating_sub(self.own[0].cpu_ns), 1);
        json!({
            "label": self.label,
            "subscribers": self.subscribers,
            "connected": self.joins.len(),
            "window_seconds": rounded(seconds),
            "packets_expected": expected,
            "packets_received": received,
            "packets_per_second": rounded(ratio(received, 1) / seconds),
            "loss_percent": rounded(100.0 * ratio(lost, expected.max(1))),
            "delay_ms": {"p50": delay(500), "p99": delay(990), "max": delay(1_000)},
            "join_ms": {"p50": rounded(join(500)), "p99": rounded(join(990)),
                "max": rounded(join(1_000))},
            "server": server,
            "tool_cpu_percent": rounded(own_ns / seconds / 1e7),
            "failures": self.failures,
        })
    }
}

/// A table of one run.
pub(crate) fn text(report: &Value) -> String {
    let rows = [
        ("subscribers connected", "/connected", ""),
        ("packets forwarded", "/packets_received", ""),
        ("packets forwarded each second", "/packets_per_second", ""),
        ("loss", "/loss_percent", " %"),
        ("delay p50", "/delay_ms/p50", " ms"),
        ("delay p99", "/delay_ms/p99", " ms"),
        ("join p50", "/join_ms/p50", " ms"),
        ("join p99", "/join_ms/p99", " ms"),
        ("server CPU", "/server/cpu_percent", " % of a core"),
        ("server CPU per forwarded packet", "/server/cpu_us_per_packet", " µs"),
        ("server memory per subscriber", "/server/memory_bytes_per_subscriber", " bytes"),
        ("this tool's CPU", "/tool_cpu_percent", " % of a core"),
    ];
    let line = |(name, pointer, unit): (&str, &str, &str)| {
        let value = report.pointer(pointer).filter(|it| !it.is_null())?;
        Some(format!("{name:34}{value}{unit}\n"))
    };
    let failures = report["failures"].as_array().into_iter().flatten();
    let failures = failures.map(|failure| format!("failed: {failure}\n"));
    rows.into_iter().filter_map(line).chain(failures).collect()
}

fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[expect(clippy::cast_precision_loss, reason = "figures of a report, far below 2^53")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}
