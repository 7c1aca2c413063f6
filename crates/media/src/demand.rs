//! How many layers of each stream anybody wants, and what its publisher was told of that.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::ids::StreamId;
use crate::limits::LAYER_LINGER;

/// The demand for each published stream. More is told at once, less once it has lasted.
#[derive(Debug, Default)]
pub(crate) struct Demands {
    streams: BTreeMap<StreamId, Demand>,
}

#[derive(Debug)]
struct Demand {
    /// Layers that its publisher was told to send.
    told: usize,
    /// Since when fewer are wanted.
    fewer_since: Option<Instant>,
}

impl Demands {
    /// A publisher begins a stream with all of its `layers`, whoever wants them.
    pub(crate) fn begin(&mut self, stream: StreamId, layers: usize) {
        self.streams.insert(stream, Demand { told: layers, fewer_since: None });
    }

    /// Its publisher is gone.
    pub(crate) fn forget(&mut self, stream: StreamId) {
        self.streams.remove(&stream);
    }

    /// Somebody wants so many layers of a stream; whether its publisher has to be told.
    pub(crate) fn want(&mut self, stream: StreamId, layers: usize) -> bool {
        let Some(demand) = self.streams.get_mut(&stream) else { return false };
        if layers < demand.told {
            return false;
        }
        demand.fewer_since = None;
        std::mem::replace(&mut demand.told, layers) < layers
    }

    /// Looks at what is wanted in all; of which streams fewer layers have long been enough, and
    /// how many are.
    pub(crate) fn review(
        &mut self,
        now: Instant,
        wanted: &BTreeMap<StreamId, usize>,
    ) -> Vec<(StreamId, usize)> {
        let mut fewer = Vec::new();
        for (stream, demand) in &mut self.streams {
            let layers = wanted.get(stream).copied().unwrap_or(0);
            if layers >= demand.told {
                demand.fewer_since = None;
                continue;
            }
            let since = *demand.fewer_since.get_or_insert(now);
            if now.saturating_duration_since(since) >= LAYER_LINGER {
                *demand = Demand { told: layers, fewer_since: None };
                fewer.push((*stream, layers));
            }
        }
        fewer
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ids::PeerId;

    #[test]
    fn more_is_told_at_once_and_less_when_it_lasts() {
        let start = crate::testing::beginning();
        let stream = StreamId::video(PeerId(1));
        let at = |millis| start + Duration::from_millis(millis);
        let wanted = |layers| BTreeMap::from([(stream, layers)]);
        let mut demands = Demands::default();
        assert!(!demands.want(stream, 3), "nobody publishes it");
        demands.begin(stream, 3);
        assert!(!demands.want(stream, 3));
        assert_eq!(demands.review(at(0), &wanted(1)), []);
        assert_eq!(demands.review(at(2_000), &wanted(3)), [], "wanted again");
        assert_eq!(demands.review(at(2_500), &wanted(1)), []);
        assert_eq!(demands.review(at(5_400), &wanted(1)), []);
        assert_eq!(demands.review(at(5_500), &wanted(1)), [(stream, 1)]);
        assert!(demands.want(stream, 2));
        assert!(!demands.want(stream, 2));
        assert_eq!(demands.review(at(6_000), &BTreeMap::new()), []);
        assert_eq!(demands.review(at(9_000), &BTreeMap::new()), [(stream, 0)]);
        demands.forget(stream);
        assert!(demands.is_empty());
    }
}
