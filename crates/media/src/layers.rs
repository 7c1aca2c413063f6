//! The layers of a published stream: which come, what they cost, and which one is shown.

use std::time::Instant;

use crate::allocation::Class;
use crate::ids::Kind;
use crate::limits::{
    LAYER_BITRATES, LAYER_RATE_WINDOW, LAYER_SILENCE, LAYERS_MAX, TILE_LAYERS, VOICE_BITRATE,
};

/// How much of a layer comes.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    bytes: u64,
    since: Option<Instant>,
    bitrate: Option<u64>,
}

impl Rate {
    /// So many bytes came.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// Ends a span of measuring if it has lasted.
    pub(crate) fn measure(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(*self.since.get_or_insert(now));
        if passed < LAYER_RATE_WINDOW {
            return;
        }
        let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX).max(1);
        let bytes = std::mem::take(&mut self.bytes);
        self.since = Some(now);
        // A layer that was stopped costs what it cost before.
        if bytes > 0 {
            let bitrate = bytes.saturating_mul(8_000) / millis;
            self.bitrate = Some(self.bitrate.map_or(bitrate, |known| known.midpoint(bitrate)));
        }
    }

    /// In bits per second, once it was measured.
    pub(crate) fn bitrate(&self) -> Option<u64> {
        self.bitrate
    }
}

/// The layers of one stream at one moment, the smallest first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layers {
    kind: Kind,
    count: usize,
    measured: [Option<u64>; LAYERS_MAX],
    costs: [u64; LAYERS_MAX],
    comes: [bool; LAYERS_MAX],
}

impl Layers {
    pub(crate) fn new(kind: Kind) -> Self {
        let (measured, costs) = ([None; LAYERS_MAX], [0; LAYERS_MAX]);
        Self { kind, count: 0, measured, costs, comes: [false; LAYERS_MAX] }
    }

    /// The next larger layer: when it was heard last, and its measured bitrate.
    pub(crate) fn add(&mut self, now: Instant, heard_at: Option<Instant>, bitrate: Option<u64>) {
        let Some(place) = self.measured.get_mut(self.count) else { return };
        *place = bitrate;
        let comes = heard_at.is_some_and(|at| now.saturating_duration_since(at) < LAYER_SILENCE);
        self.comes[self.count] = comes;
        self.count += 1;
        self.reckon();
    }

    pub(crate) fn is_published(&self) -> bool {
        self.count > 0
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// What the layers cost that a slot of `class` may want, in bits per second.
    pub(crate) fn costs(&self, class: Class) -> &[u64] {
        let wanted = if class == Class::Tile { TILE_LAYERS } else { LAYERS_MAX };
        &self.costs[..self.count.min(wanted)]
    }

    /// The layer to show when `chosen` has room: the largest that comes up to it, or else the
    /// smallest that comes. While none comes, the chosen one is waited for.
    pub(crate) fn shown(&self, chosen: Option<usize>) -> Option<usize> {
        let chosen = chosen?;
        let coming = |range: std::ops::Range<usize>| range.filter(|layer| self.comes[*layer]);
        let below = coming(0..self.count.min(chosen + 1)).next_back();
        let above = || coming(self.count.min(chosen + 1)..self.count).next();
        Some(below.or_else(above).unwrap_or(chosen.min(self.count.saturating_sub(1))))
    }

    /// A layer is never thought to cost less than a smaller one.
    fn reckon(&mut self) {
        let mut least = 0;
        let layers = self.measured.iter().zip(LAYER_BITRATES).zip(&mut self.costs);
        for ((measured, of_layer), cost) in layers.take(self.count) {
            let expected = match self.kind {
                Kind::Audio => VOICE_BITRATE,
                Kind::Video => of_layer,
            };
            least = measured.unwrap_or(expected).max(least).max(1);
            *cost = least;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// When each layer was heard, what has room, what is shown.
    type Case<'a> = (&'a [Option<u64>], Option<usize>, Option<usize>);

    #[test]
    fn what_comes_is_shown() {
        let now = crate::testing::beginning() + Duration::from_secs(9);
        let ago = |millis| now.checked_sub(Duration::from_millis(millis));
        let cases: [Case<'_>; 9] = [
            (&[Some(10), Some(10), Some(10)], Some(2), Some(2)),
            (&[Some(10), Some(10), Some(10)], Some(0), Some(0)),
            (&[Some(10), Some(10), Some(900)], Some(2), Some(1)),
            (&[None, None, Some(10)], Some(1), Some(2)),
            (&[None, None, None], Some(1), Some(1)),
            (&[Some(10)], Some(0), Some(0)),
            (&[Some(10), Some(10)], Some(2), Some(1)),
            (&[None], Some(2), Some(0)),
            (&[Some(10), Some(10)], None, None),
        ];
        for (heard, chosen, shown) in cases {
            let mut layers = Layers::new(Kind::Video);
            for millis in heard {
                layers.add(now, millis.and_then(ago), None);
            }
            assert_eq!(layers.shown(chosen), shown, "{heard:?} {chosen:?}");
        }
    }

    #[test]
    fn what_layers_cost() {
        let now = crate::testing::beginning();
        let mut layers = Layers::new(Kind::Video);
        for bitrate in [Some(200_000), Some(90_000), None] {
            layers.add(now, None, bitrate);
        }
        assert_eq!(layers.costs(Class::Main), [200_000, 200_000, LAYER_BITRATES[2]]);
        assert_eq!(layers.costs(Class::Tile).len(), TILE_LAYERS);
        let mut rate = Rate::default();
        rate.measure(now);
        rate.add(125_000);
        rate.measure(now + Duration::from_secs(1));
        assert_eq!(rate.bitrate(), Some(1_000_000));
        rate.measure(now + Duration::from_secs(3));
        assert_eq!(rate.bitrate(), Some(1_000_000), "what is stopped costs what it cost");
    }
}
