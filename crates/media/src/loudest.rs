//! Which of many open microphones are forwarded: the loudest few, without flapping.
//!
//! A unit that mixes nothing can give a receiver only as many voices as he has slots. Whoever has
//! the floor is always among them; the others keep their places until somebody else is clearly
//! louder for a while.

use std::time::Instant;

use crate::limits::{LOUDEST_HOLD, LOUDEST_MARGIN, LOUDEST_MAX, LOUDEST_STAY, SPEECH_LOUDNESS};

/// The voices that are forwarded now, of one audience.
#[derive(Debug)]
pub struct Loudest<K> {
    places: Vec<Place<K>>,
    /// Who is louder than one of them, and since when.
    challenger: Option<(K, Instant)>,
}

#[derive(Debug)]
struct Place<K> {
    voice: K,
    since: Instant,
}

impl<K> Default for Loudest<K> {
    fn default() -> Self {
        Self { places: Vec::new(), challenger: None }
    }
}

impl<K: Copy + Ord> Loudest<K> {
    /// Chooses at most [`LOUDEST_MAX`] of the candidates, `always` first; whether that changed
    /// anything. Of one whose loudness is not known it is 0: it has a place while one is free.
    pub fn choose(
        &mut self,
        now: Instant,
        always: &[K],
        candidates: &[K],
        loudness: impl Fn(K) -> u8,
    ) -> bool {
        let before: Vec<K> = self.voices().collect();
        let is_fixed = |voice: K| always.contains(&voice);
        self.places.retain(|place| is_fixed(place.voice) || candidates.contains(&place.voice));
        for voice in always {
            self.admit(now, *voice, |place| !is_fixed(place), &loudness);
        }
        for voice in candidates {
            if self.places.len() < LOUDEST_MAX && !self.contains(*voice) {
                self.places.push(Place { voice: *voice, since: now });
            }
        }
        let waiting = candidates.iter().copied().filter(|voice| !self.contains(*voice));
        let challenger = waiting.max_by_key(|voice| loudness(*voice));
        self.challenge(now, challenger, is_fixed, &loudness);
        !self.voices().eq(before)
    }

    /// Whether a voice is forwarded.
    #[must_use]
    pub fn contains(&self, voice: K) -> bool {
        self.places.iter().any(|place| place.voice == voice)
    }

    /// The voices that are forwarded; who stays keeps his place.
    pub fn voices(&self) -> impl Iterator<Item = K> {
        self.places.iter().map(|place| place.voice)
    }

    fn challenge(
        &mut self,
        now: Instant,
        challenger: Option<K>,
        is_fixed: impl Fn(K) -> bool,
        loudness: &impl Fn(K) -> u8,
    ) {
        let yields = |place: &Place<K>, to: u8| {
            let own = loudness(place.voice);
            let has_stayed = now.saturating_duration_since(place.since) >= LOUDEST_STAY;
            let may_go = has_stayed || own < SPEECH_LOUDNESS;
            !is_fixed(place.voice) && may_go && to >= own.saturating_add(LOUDEST_MARGIN)
        };
        let louder = challenger.filter(|voice| {
            let loudness = loudness(*voice);
            loudness >= SPEECH_LOUDNESS && self.places.iter().any(|place| yields(place, loudness))
        });
        let Some(voice) = louder else {
            self.challenger = None;
            return;
        };
        let since = match self.challenger {
            Some((other, since)) if other == voice => since,
            _ => now,
        };
        self.challenger = Some((voice, since));
        if now.saturating_duration_since(since) >= LOUDEST_HOLD {
            self.challenger = None;
            let to = loudness(voice);
            let weakest = self.places.iter_mut().filter(|place| yields(place, to));
            if let Some(place) = weakest.min_by_key(|place| loudness(place.voice)) {
                *place = Place { voice, since: now };
            }
        }
    }

    /// Gives a voice a place at once, if need be that of the quietest who may lose it.
    fn admit(
        &mut self,
        now: Instant,
        voice: K,
        may_lose: impl Fn(K) -> bool,
        loudness: &impl Fn(K) -> u8,
    ) {
        if self.contains(voice) {
            return;
        }
        let place = Place { voice, since: now };
        if self.places.len() < LOUDEST_MAX {
            self.places.push(place);
            return;
        }
        let others = self.places.iter_mut().filter(|other| may_lose(other.voice));
        if let Some(quietest) = others.min_by_key(|other| loudness(other.voice)) {
            *quietest = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const STEP: Duration = Duration::from_millis(200);

    struct Room {
        loudest: Loudest<char>,
        now: Instant,
        changes: usize,
    }

    impl Room {
        fn new() -> Self {
            let now = crate::testing::beginning();
            Self { loudest: Loudest::default(), now, changes: 0 }
        }

        /// Who is forwarded after some steps in which these are so loud.
        fn hear(&mut self, steps: u32, always: &str, levels: &[(char, u8)]) -> String {
            let levels: BTreeMap<char, u8> = levels.iter().copied().collect();
            let always: Vec<char> = always.chars().collect();
            let candidates: Vec<char> = levels.keys().copied().collect();
            for _ in 0..steps {
                let loudness = |voice| levels.get(&voice).copied().unwrap_or(0);
                let changed = self.loudest.choose(self.now, &always, &candidates, loudness);
                self.changes += usize::from(changed);
                self.now += STEP;
            }
            self.loudest.voices().collect()
        }
    }

    #[test]
    fn the_loudest_are_forwarded_and_the_floor_always() {
        let mut room = Room::new();
        assert_eq!(room.hear(1, "", &[('a', 90), ('b', 90)]), "ab", "as many as there are");
        let quiet = [('a', 90), ('b', 90), ('c', 0), ('d', 0), ('e', 0)];
        assert_eq!(room.hear(20, "", &quiet), "abc");
        let with_e = [('a', 90), ('b', 90), ('c', 0), ('d', 0), ('e', 95)];
        assert_eq!(room.hear(1, "", &with_e), "abc", "not for a cough");
        assert_eq!(room.hear(5, "", &with_e), "abe", "who says nothing yields his place");
        // The floor gets a place at once, and keeps it though all others are louder.
        assert_eq!(room.hear(1, "d", &with_e), "dbe");
        assert_eq!(room.hear(50, "d", &with_e), "dbe");
        assert_eq!(room.hear(1, "", &[('e', 95)]), "e", "who has closed his microphone is out");
    }

    #[test]
    fn nobody_flaps() {
        let mut room = Room::new();
        // Four who are about equally loud, the order changing all the time.
        for step in 0..200_u8 {
            let level = |voice: u8| 90 + (step.wrapping_mul(7).wrapping_add(voice * 3)) % 5;
            let levels = [('a', level(0)), ('b', level(1)), ('c', level(2)), ('d', level(3))];
            room.hear(1, "", &levels);
        }
        assert_eq!(room.changes, 1, "only the first");
    }

    proptest! {
        /// Whatever is said by whom: never too many, nobody twice, nobody who is no candidate,
        /// the floor always, and not more often than a place is held.
        #[test]
        fn rules_hold(steps in prop::collection::vec(
            (prop::collection::vec((prop::char::range('a', 'h'), 0..128_u8), 0..8), any::<bool>()),
            1..100,
        )) {
            let mut room = Room::new();
            for (levels, has_floor) in steps {
                let floor = if has_floor { "z" } else { "" };
                let chosen = room.hear(1, floor, &levels);
                let mut once: Vec<char> = chosen.chars().collect();
                once.sort_unstable();
                once.dedup();
                prop_assert_eq!(once.len(), chosen.len());
                prop_assert!(once.len() <= LOUDEST_MAX);
                prop_assert_eq!(chosen.contains('z'), has_floor);
                let is_known = |voice: &char| levels.iter().any(|(it, _)| it == voice);
                prop_assert!(once.iter().all(|voice| *voice == 'z' || is_known(voice)));
            }
        }
    }
}
