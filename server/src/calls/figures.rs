//! Numbers about pictures and sound, for `GET /metrics`.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use media::PeerStats;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What the forwarding unit did so far.
#[derive(Debug, Default)]
pub(super) struct Figures {
    peers: Gauge,
    packets_in: Counter,
    packets_out: Counter,
    bytes_in: Counter,
    bytes_out: Counter,
    keyframe_requests: Counter,
    loss_worst: Gauge<f64, AtomicU64>,
    /// What each peer had at the last report: a peer that is gone must not take its packets away.
    last: Mutex<BTreeMap<u64, PeerStats>>,
}

impl Figures {
    pub(super) fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("media");
        registry.register("peers", "Peers in calls", self.peers.clone());
        registry.register("packets_in", "RTP packets taken in", self.packets_in.clone());
        registry.register("packets_out", "RTP packets forwarded", self.packets_out.clone());
        registry.register("bytes_in", "Payload bytes taken in", self.bytes_in.clone());
        registry.register("bytes_out", "Payload bytes forwarded", self.bytes_out.clone());
        let help = "Keyframes that publishers were asked for";
        registry.register("keyframe_requests", help, self.keyframe_requests.clone());
        let help = "Worst loss that a receiver reports now, as a fraction";
        registry.register("loss_worst", help, self.loss_worst.clone());
    }

    pub(super) fn keyframe_requested(&self) {
        self.keyframe_requests.inc();
    }

    /// A report of every peer there is.
    pub(super) fn report(&self, stats: &[PeerStats]) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        for now in stats {
            let before = last.get(&now.peer).copied().unwrap_or_default();
            self.packets_in.inc_by(now.packets_in.saturating_sub(before.packets_in));
            self.packets_out.inc_by(now.packets_out.saturating_sub(before.packets_out));
            self.bytes_in.inc_by(now.bytes_in.saturating_sub(before.bytes_in));
            self.bytes_out.inc_by(now.bytes_out.saturating_sub(before.bytes_out));
        }
        *last = stats.iter().map(|stats| (stats.peer, *stats)).collect();
        self.peers.set(i64::try_from(stats.len()).unwrap_or(i64::MAX));
        let worst = stats.iter().map(|stats| stats.loss_256ths).max().unwrap_or(0);
        self.loss_worst.set(f64::from(worst) / 256.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_stays_counted() {
        let figures = Figures::default();
        let peer = |peer, packets_out| PeerStats { peer, packets_out, ..PeerStats::default() };
        figures.report(&[peer(1, 10), peer(2, 5)]);
        figures.report(&[peer(2, 7)]);
        figures.report(&[peer(2, 7), peer(3, 1)]);
        assert_eq!(figures.packets_out.get(), 18);
        assert_eq!(figures.peers.get(), 2);
    }
}
