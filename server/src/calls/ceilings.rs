//! The ceilings of points' lines, as the forwarding unit keeps to them.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use media::PeerId;
use meeting::{PointId, Speaker};

use super::service::Calls;

impl Calls {
    /// Keeps to these ceilings, in thousands of bits a second, and to no others.
    pub(crate) fn set_ceilings(&self, ceilings: BTreeMap<PointId, u32>) {
        let desk = self.desk();
        let mut held = self.ceilings();
        let before = std::mem::replace(&mut *held, ceilings);
        for (point, kbps) in before.iter().filter(|(point, _)| !held.contains_key(point)) {
            tracing::info!(point.id = %point, line.kbps = kbps, "a ceiling was lifted");
            for peer in desk.peers_of(Speaker::Point(*point)) {
                self.0.sfu.ceiling(peer, None);
            }
        }
        for (point, kbps) in held.iter().filter(|(point, kbps)| before.get(point) != Some(kbps)) {
            tracing::info!(point.id = %point, line.kbps = kbps, "a ceiling was set");
            for peer in desk.peers_of(Speaker::Point(*point)) {
                self.0.sfu.ceiling(peer, Some(bits(*kbps)));
            }
        }
    }

    /// A peer came: what may be sent to it.
    pub(super) fn keep_below_ceiling(&self, peer: PeerId, speaker: Option<Speaker>) {
        let Some(Speaker::Point(point)) = speaker else { return };
        if let Some(kbps) = self.ceilings().get(&point) {
            self.0.sfu.ceiling(peer, Some(bits(*kbps)));
        }
    }

    fn ceilings(&self) -> MutexGuard<'_, BTreeMap<PointId, u32>> {
        self.0.ceilings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bits(kbps: u32) -> u64 {
    u64::from(kbps) * 1000
}
