//! Who waits for a keyframe of which layer, and when its publisher may be asked again.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::ids::{LayerId, StreamId};
use crate::limits::KEYFRAME_INTERVAL;

/// Requests for all layers. However many receivers ask, a publisher is asked once per interval,
/// and again until the keyframe comes.
#[derive(Debug, Default)]
pub(crate) struct Keyframes {
    layers: BTreeMap<LayerId, Request>,
}

#[derive(Debug, Default)]
struct Request {
    is_wanted: bool,
    asked_at: Option<Instant>,
}

impl Request {
    fn is_due(&self, now: Instant) -> bool {
        self.is_wanted && self.asked_at.is_none_or(|at| at + KEYFRAME_INTERVAL <= now)
    }
}

impl Keyframes {
    /// Somebody waits for a keyframe of `layer`.
    pub(crate) fn want(&mut self, layer: LayerId) {
        self.layers.entry(layer).or_default().is_wanted = true;
    }

    /// A keyframe of `layer` came: all who wait have it.
    pub(crate) fn came(&mut self, layer: LayerId) {
        if let Some(request) = self.layers.get_mut(&layer) {
            request.is_wanted = false;
        }
    }

    /// `stream` is not there any more.
    pub(crate) fn forget(&mut self, stream: StreamId) {
        self.layers.retain(|layer, _| layer.stream != stream);
    }

    /// The next layer to ask for now.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<LayerId> {
        let (&layer, request) = self.layers.iter_mut().find(|(_, request)| request.is_due(now))?;
        request.asked_at = Some(now);
        Some(layer)
    }

    /// When `pop_due` has something next, once it was drained.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let wanted = self.layers.values().filter(|request| request.is_wanted);
        wanted.filter_map(|request| Some(request.asked_at? + KEYFRAME_INTERVAL)).min()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ids::PeerId;

    #[test]
    fn a_storm_is_one_request_per_interval() {
        let layer = LayerId { stream: StreamId::video(PeerId(1)), layer: 0 };
        let start = crate::testing::beginning();
        let mut keyframes = Keyframes::default();
        let mut asked = vec![];
        for millis in 0..1_200_u64 {
            let now = start + Duration::from_millis(millis);
            keyframes.want(layer);
            while keyframes.pop_due(now).is_some() {
                asked.push(millis);
            }
        }
        assert_eq!(asked, [0, 500, 1_000]);
        keyframes.came(layer);
        assert_eq!(keyframes.next_due(), None);
    }
}
