//! Shares what one receiver's line carries among the streams he is to have.
//!
//! Sound is always on. Then every picture gets its lowest layer in order of class, and none of a
//! lower class before all of the higher ones have theirs. What is left raises layers, again in
//! order of class. Less takes effect at once; more only once it has fitted with a margin for a
//! while, so that nothing flaps.

use std::cmp::Ordering;
use std::time::{Duration, Instant};

use crate::limits::{
    LAYERS_MAX, PICTURE_BITRATE, RAISE_HOLD, RAISE_HOLD_MAX, RAISE_MARGIN, RAISE_REGRET, SLOTS_MAX,
};

/// What a stream is to its receiver, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A voice.
    Audio,
    /// What is presented: a screen or a paper.
    Content,
    /// The picture of whoever has the floor.
    Main,
    /// A small picture of the strip.
    Tile,
}

/// A stream that a slot is to carry, and what each of its layers costs in bits per second, the
/// lowest first. A layer that does not come at present costs nothing and is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    class: Class,
    bitrates: [u64; LAYERS_MAX],
    layers: usize,
}

/// What each slot carries: a layer, or nothing. Indexed as the wishes are.
pub type Choice = [Option<usize>; SLOTS_MAX];

/// One layer more for one slot.
#[derive(Debug, Clone, Copy)]
struct Step {
    class: Class,
    slot: usize,
    layer: usize,
    cost: u64,
}

/// The allocation of one receiver and what it was a moment ago.
#[derive(Debug)]
pub struct Allocation {
    ceiling: u64,
    choice: Choice,
    /// Class and number of layers of each slot: a change of these takes effect at once.
    shape: [Option<(Class, usize)>; SLOTS_MAX],
    better_since: Option<Instant>,
    raised_at: Option<Instant>,
    hold: Duration,
}

impl Wish {
    /// A stream of `class` with the given layers; those beyond [`LAYERS_MAX`] are left out, and
    /// so is all from a layer on that costs nothing.
    #[must_use]
    pub fn new(class: Class, bitrates: &[u64]) -> Self {
        let mut wish = Self { class, bitrates: [0; LAYERS_MAX], layers: 0 };
        let coming = bitrates.iter().take_while(|bitrate| **bitrate > 0);
        for (place, bitrate) in wish.bitrates.iter_mut().zip(coming) {
            *place = *bitrate;
            wish.layers += 1;
        }
        wish
    }

    /// The same stream when all of it is sent so many times.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        for bitrate in &mut self.bitrates {
            *bitrate = bitrate.saturating_mul(times);
        }
        self
    }

    /// What its lowest layer costs.
    #[must_use]
    pub fn least(&self) -> u64 {
        self.cost(Some(0))
    }

    fn cost(&self, layer: Option<usize>) -> u64 {
        layer.and_then(|layer| self.bitrates.get(layer)).copied().unwrap_or(0)
    }
}

impl Allocation {
    /// An allocation that never gives more than `ceiling` bits per second.
    #[must_use]
    pub fn new(ceiling: u64) -> Self {
        Self {
            ceiling,
            choice: [None; SLOTS_MAX],
            shape: [None; SLOTS_MAX],
            better_since: None,
            raised_at: None,
            hold: RAISE_HOLD,
        }
    }

    /// From now on it gives no more than so many bits per second, or as many as the line carries.
    pub fn set_ceiling(&mut self, ceiling: Option<u64>) {
        self.ceiling = ceiling.unwrap_or(u64::MAX);
    }

    /// What each slot carries from now on. The wish at an index is that of the slot; slots beyond
    /// [`SLOTS_MAX`] carry nothing.
    pub fn allocate(&mut self, now: Instant, target: u64, wishes: &[Option<Wish>]) -> Choice {
        let target = target.min(self.ceiling);
        let shape = shape(wishes);
        if shape != self.shape {
            self.shape = shape;
            self.better_since = None;
            self.choice = fit(target, wishes);
        } else if exceeds(&self.choice, target, wishes) {
            self.lower(now, &fit(target, wishes));
        } else {
            self.raise(now, fit(with_margin(target), wishes), wishes);
        }
        self.choice
    }

    /// What the estimator is to look for: enough to give every wish its highest layer, and to show
    /// who comes next.
    #[must_use]
    pub fn demand(&self, wishes: &[Option<Wish>]) -> u64 {
        let all = || wishes.iter().flatten();
        let cost = all().map(|wish| wish.cost(wish.layers.checked_sub(1)));
        let sum = cost.fold(0, u64::saturating_add).saturating_mul(RAISE_MARGIN) / 1_000;
        let has_picture = all().any(|wish| wish.class != Class::Audio);
        sum.max(if has_picture { PICTURE_BITRATE } else { 0 }).min(self.ceiling)
    }

    /// Both choices serve the slots in one order, so what they have in common does too.
    fn lower(&mut self, now: Instant, fitting: &Choice) {
        for (present, fitting) in self.choice.iter_mut().zip(fitting) {
            *present = (*present).min(*fitting);
        }
        self.better_since = None;
        let regrets = |at: Instant| now.saturating_duration_since(at) < RAISE_REGRET;
        let is_regretted = self.raised_at.take().is_some_and(regrets);
        self.hold = if is_regretted { (self.hold * 2).min(RAISE_HOLD_MAX) } else { RAISE_HOLD };
    }

    fn raise(&mut self, now: Instant, fitting: Choice, wishes: &[Option<Wish>]) {
        if rank(&fitting, &self.choice, wishes) != Ordering::Greater {
            self.better_since = None;
            return;
        }
        let since = *self.better_since.get_or_insert(now);
        let begins = fitting.iter().zip(&self.choice).any(|it| matches!(it, (Some(_), None)));
        let hold = if begins { self.hold / 4 } else { self.hold };
        if now.saturating_duration_since(since) >= hold {
            self.choice = fitting;
            self.better_since = None;
            self.raised_at = Some(now);
        }
    }
}

/// What fits into `target`, whatever was before.
#[must_use]
pub fn fit(target: u64, wishes: &[Option<Wish>]) -> Choice {
    let mut choice = [None; SLOTS_MAX];
    let mut spent: u64 = 0;
    let mut is_base_missing = false;
    for step in steps(wishes) {
        let is_sound = step.class == Class::Audio && step.layer == 0;
        let fits = is_sound || spent.saturating_add(step.cost) <= target;
        let is_barred = step.layer == 0 && is_base_missing && !is_sound;
        let Some(place) = choice.get_mut(step.slot) else { continue };
        let is_next = place.map_or(0, |layer: usize| layer + 1) == step.layer;
        if fits && is_next && !is_barred {
            *place = Some(step.layer);
            spent = spent.saturating_add(step.cost);
        } else if step.layer == 0 {
            is_base_missing = true;
        }
    }
    choice
}

/// Every step that could be taken, the most important first: lowest layers by class, then the
/// higher layers by class, each layer of a class for all its slots before the next.
fn steps(wishes: &[Option<Wish>]) -> impl Iterator<Item = Step> {
    const CLASSES: [Class; 4] = [Class::Audio, Class::Content, Class::Main, Class::Tile];
    let bases = CLASSES.into_iter().map(|class| (class, 0));
    let above = CLASSES.into_iter().flat_map(|class| (1..LAYERS_MAX).map(move |l| (class, l)));
    bases.chain(above).flat_map(move |(class, layer)| {
        let slots = wishes.iter().take(SLOTS_MAX).enumerate();
        slots.filter_map(move |(slot, wish)| {
            let wish = wish.filter(|wish| wish.class == class && layer < wish.layers)?;
            let below = wish.cost(layer.checked_sub(1));
            let cost = wish.cost(Some(layer)).saturating_sub(below);
            Some(Step { class, slot, layer, cost })
        })
    })
}

/// Which of two choices takes the more important step, where they first differ.
fn rank(one: &Choice, other: &Choice, wishes: &[Option<Wish>]) -> Ordering {
    let has = |choice: &Choice, step: Step| {
        choice.get(step.slot).is_some_and(|layer| *layer >= Some(step.layer))
    };
    let compared = steps(wishes).map(|step| has(one, step).cmp(&has(other, step)));
    compared.fold(Ordering::Equal, Ordering::then)
}

fn shape(wishes: &[Option<Wish>]) -> [Option<(Class, usize)>; SLOTS_MAX] {
    let mut shape = [None; SLOTS_MAX];
    for (place, wish) in shape.iter_mut().zip(wishes) {
        *place = wish.map(|wish| (wish.class, wish.layers));
    }
    shape
}

/// What a choice costs, and whether that is more than `target` and more than sound alone.
fn exceeds(choice: &Choice, target: u64, wishes: &[Option<Wish>]) -> bool {
    let carried = || choice.iter().zip(wishes).filter_map(|(layer, wish)| Some((layer, (*wish)?)));
    let cost = carried().fold(0, |sum: u64, (layer, wish)| sum.saturating_add(wish.cost(*layer)));
    let has_picture = carried().any(|(layer, wish)| layer.is_some() && wish.class != Class::Audio);
    cost > target && has_picture
}

fn with_margin(target: u64) -> u64 {
    target.saturating_mul(1_000) / RAISE_MARGIN
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VOICE: u64 = 32_000;
    const PICTURE: [u64; 3] = [150_000, 500_000, 1_500_000];

    fn meeting() -> Vec<Option<Wish>> {
        let tile = || Some(Wish::new(Class::Tile, &[60_000, 150_000]));
        let main = Some(Wish::new(Class::Main, &PICTURE));
        let content = Some(Wish::new(Class::Content, &[200_000, 800_000]));
        vec![main, content, tile(), None, tile(), Some(Wish::new(Class::Audio, &[VOICE]))]
    }

    fn cost(choice: &Choice, wishes: &[Option<Wish>]) -> u64 {
        let each = wishes.iter().zip(choice);
        each.map(|(wish, layer)| wish.map_or(0, |wish| wish.cost(*layer))).sum()
    }

    #[test]
    fn a_line_carries_what_fits_in_order_of_class() {
        let cases = [
            (0, [None, None, None, None, None, Some(0)]),
            (200_000, [None, None, None, None, None, Some(0)]),
            (231_999, [None, None, None, None, None, Some(0)]),
            (232_000, [None, Some(0), None, None, None, Some(0)]),
            (512_000, [Some(0), Some(0), Some(0), None, Some(0), Some(0)]),
            (1_102_000, [Some(0), Some(1), Some(0), None, Some(0), Some(0)]),
            (900_000, [Some(1), Some(0), Some(0), None, Some(0), Some(0)]),
            (9_000_000, [Some(2), Some(1), Some(1), None, Some(1), Some(0)]),
        ];
        for (target, expected) in cases {
            assert_eq!(fit(target, &meeting())[..6], expected, "{target}");
        }
    }

    #[test]
    fn half_a_megabit_is_a_voice_and_the_lowest_layer() {
        let wishes =
            [Some(Wish::new(Class::Main, &PICTURE)), Some(Wish::new(Class::Audio, &[VOICE]))];
        assert_eq!(fit(512_000, &wishes)[..2], [Some(0), Some(0)]);
    }

    /// Targets given at seconds, and the layer of the one picture expected after each.
    fn check(steps: &[(u64, u64, Option<usize>)]) {
        let start = crate::testing::beginning();
        let wishes = [Some(Wish::new(Class::Main, &PICTURE))];
        let mut allocation = Allocation::new(u64::MAX);
        for &(second, target, expected) in steps {
            let now = start + Duration::from_secs(second);
            assert_eq!(allocation.allocate(now, target, &wishes)[0], expected, "at {second} s");
        }
    }

    #[test]
    fn down_at_once_and_up_after_a_while() {
        check(&[(0, 600_000, Some(1)), (1, 400_000, Some(0)), (2, 100_000, None)]);
        check(&[(0, 400_000, Some(0)), (1, 510_000, Some(0)), (60, 510_000, Some(0))]);
        check(&[(0, 400_000, Some(0)), (1, 600_000, Some(0)), (3, 600_000, Some(1))]);
        check(&[
            (0, 400_000, Some(0)),
            (1, 600_000, Some(0)),
            (2, 400_000, Some(0)),
            (3, 600_000, Some(0)),
        ]);
    }

    #[test]
    fn a_raise_that_was_regretted_waits_longer() {
        let (low, high) = (400_000, 600_000);
        check(&[
            (0, low, Some(0)),
            (1, high, Some(0)),
            (3, high, Some(1)),
            (4, low, Some(0)),
            (5, high, Some(0)),
            (8, high, Some(0)),
            (9, high, Some(1)),
        ]);
    }

    #[test]
    fn a_picture_where_there_was_none_waits_less() {
        let start = crate::testing::beginning();
        let wishes = [Some(Wish::new(Class::Main, &PICTURE))];
        let mut allocation = Allocation::new(u64::MAX);
        let steps = [
            (0, 100_000, None),
            (100, 200_000, None),
            (599, 200_000, None),
            (600, 200_000, Some(0)),
        ];
        for (millis, target, expected) in steps {
            let now = start + Duration::from_millis(millis);
            assert_eq!(allocation.allocate(now, target, &wishes)[0], expected, "at {millis} ms");
        }
    }

    #[test]
    fn a_line_is_looked_into_for_who_comes_next() {
        let allocation = Allocation::new(9_000_000);
        let voice = Some(Wish::new(Class::Audio, &[VOICE]));
        let small = Some(Wish::new(Class::Main, &[30_000]));
        assert_eq!(allocation.demand(&[voice]), VOICE * RAISE_MARGIN / 1_000);
        assert_eq!(allocation.demand(&[voice, small]), PICTURE_BITRATE);
    }

    #[test]
    fn another_stream_is_shown_at_once() {
        let start = crate::testing::beginning();
        let mut allocation = Allocation::new(1_000_000);
        let mut wishes = vec![Some(Wish::new(Class::Audio, &[VOICE]))];
        assert_eq!(allocation.allocate(start, 5_000_000, &wishes)[..2], [Some(0), None]);
        wishes.push(Some(Wish::new(Class::Main, &PICTURE)));
        assert_eq!(allocation.allocate(start, 5_000_000, &wishes)[..2], [Some(0), Some(1)]);
        assert_eq!(allocation.demand(&wishes), 1_000_000, "the ceiling");
    }

    fn wishes() -> impl Strategy<Value = Vec<Option<Wish>>> {
        let class =
            prop::sample::select(vec![Class::Audio, Class::Content, Class::Main, Class::Tile]);
        let layers = prop::collection::vec(1_u64..1_000_000, 0..4);
        let wish = (class, layers).prop_map(|(class, mut layers)| {
            layers.sort_unstable();
            Wish::new(class, &layers)
        });
        prop::collection::vec(prop::option::of(wish), 0..SLOTS_MAX)
    }

    fn is_in_order(choice: &Choice, wishes: &[Option<Wish>]) -> bool {
        let each = || wishes.iter().zip(choice).filter_map(|(wish, layer)| Some(((*wish)?, layer)));
        let is_shown = |(wish, layer): (Wish, &Option<usize>)| layer.map(|_| wish.class);
        let lowest_shown = each().filter_map(is_shown).max();
        each().all(|(wish, layer)| {
            let is_above = Some(wish.class) < lowest_shown || wish.class == Class::Audio;
            layer.is_some() || wish.layers == 0 || !is_above
        })
    }

    proptest! {
        #[test]
        fn what_fits_grows_with_the_target(wishes in wishes(), a in 0_u64..4_000_000, b in 0_u64..4_000_000) {
            let (less, more) = (fit(a.min(b), &wishes), fit(a.max(b), &wishes));
            prop_assert!(cost(&less, &wishes) <= cost(&more, &wishes));
            prop_assert!(rank(&more, &less, &wishes) != Ordering::Less);
        }

        #[test]
        fn no_allocation_exceeds_its_target_or_order(
            wishes in wishes(),
            targets in prop::collection::vec((0_u64..5, 0_u64..4_000_000), 1..30),
        ) {
            let mut now = crate::testing::beginning();
            let mut allocation = Allocation::new(3_000_000);
            for (seconds, target) in targets {
                now += Duration::from_secs(seconds);
                let choice = allocation.allocate(now, target, &wishes);
                prop_assert!(!exceeds(&choice, target.min(3_000_000), &wishes));
                prop_assert!(is_in_order(&choice, &wishes));
                prop_assert_eq!(allocation.allocate(now, target, &wishes), choice);
            }
        }
    }
}
