//! What is made of who speaks: which of many open microphones are forwarded, and whose picture
//! follows the voices (V7).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use media::{Loudest, Loudness, RouteTable};
use meeting::{Following, Hearing, MeetingId, Speaker};

use super::desk::Desk;
use super::participant::CallKey;

/// The voices of one call.
#[derive(Debug, Default)]
pub(super) struct Voices {
    /// When it was heard last how loud they are.
    heard_at: Option<Instant>,
    /// How loud those are who make a sound.
    loudness: BTreeMap<Speaker, u8>,
    loudest: Loudest<Speaker>,
    /// For how long a picture holds, while the main one follows the voices.
    hold: Option<Duration>,
    following: Following,
    /// Whose picture that is.
    main: Option<Speaker>,
    /// Whether there are more voices than are forwarded.
    is_crowded: bool,
}

impl Voices {
    /// What a reader sees and hears of what he may: the picture of who speaks, and the loudest.
    /// Who may hear nobody sees what he saw.
    pub(super) fn narrow(&self, hearing: &Hearing) -> Hearing {
        let mut narrowed = hearing.clone();
        if self.is_crowded {
            narrowed.voices.retain(|voice| self.loudest.contains(*voice));
        }
        if hearing.main.is_some() {
            narrowed.main = self.main.or(hearing.main);
            narrowed.tiles.retain(|tile| Some(*tile) != narrowed.main);
        }
        narrowed
    }

    /// Notes who may be heard now, and decides anew; whether anything changed.
    fn decide(&mut self, now: Instant, all: &Hearing) -> bool {
        let always: Vec<Speaker> =
            all.main.into_iter().filter(|main| all.voices.contains(main)).collect();
        let loudness = |speaker| self.loudness.get(&speaker).copied().unwrap_or(0);
        let mut has_changed = self.loudest.choose(now, &always, &all.voices, loudness);
        let is_crowded = all.voices.len() > media::limits::LOUDEST_MAX;
        has_changed |= std::mem::replace(&mut self.is_crowded, is_crowded) != is_crowded;
        let main = self.follow(now, all);
        has_changed | (std::mem::replace(&mut self.main, main) != main)
    }

    fn follow(&mut self, now: Instant, all: &Hearing) -> Option<Speaker> {
        let Some(hold) = self.hold else {
            self.following = Following::default();
            return None;
        };
        let speaks = |speaker: &Speaker| {
            self.loudness.get(speaker).copied().filter(|it| *it >= media::limits::SPEECH_LOUDNESS)
        };
        let speaking = all.voices.iter().filter_map(|it| Some((speaks(it)?, *it)));
        let loudest = speaking.max().map(|(_, speaker)| speaker);
        self.following.hear(now, hold, loudest);
        self.following.shown(|speaker| all.voices.contains(&speaker))
    }
}

impl Desk {
    /// How loud the voices are at a moment, of all calls: what changes in the tables by it.
    pub(super) fn heard(&mut self, at: Instant, levels: &[Loudness]) -> RouteTable {
        let mut by_call: BTreeMap<CallKey, BTreeMap<Speaker, u8>> = BTreeMap::new();
        for level in levels {
            if let (Some(key), Some(speaker)) =
                (self.place(level.stream.peer), self.speaker(level.stream.peer))
            {
                by_call.entry(key).or_default().insert(speaker, level.loudness);
            }
        }
        let keys: Vec<CallKey> = self.calls.keys().copied().collect();
        let mut table = RouteTable::new();
        for key in keys {
            let all = self.audible(key);
            let voices = self.voices.entry(key).or_default();
            voices.heard_at = Some(at);
            voices.loudness = by_call.remove(&key).unwrap_or_default();
            if voices.decide(at, &all) {
                table.append(&mut self.reroute(key));
            }
        }
        table
    }

    /// Whether the picture of a meeting follows the voices, and for how long each then holds.
    pub(super) fn follow_voices(&mut self, meeting: MeetingId, hold: Option<Duration>) {
        let key = CallKey::Meeting(meeting);
        if self.calls.contains_key(&key) {
            let voices = self.voices.entry(key).or_default();
            voices.hold = hold;
            if hold.is_none() {
                // At once, and not with the next word: a floor was given, or the mode ended.
                (voices.following, voices.main) = (Following::default(), None);
            }
        }
    }

    /// Decides anew when it changed who may be heard: whoever was given the floor is heard at once.
    pub(super) fn settle(&mut self, key: CallKey) {
        let all = self.audible(key);
        if let Some(voices) = self.voices.get_mut(&key)
            && let Some(at) = voices.heard_at
        {
            voices.decide(at, &all);
        }
    }

    /// All who may be heard by anybody in a call: some readers are kept from some.
    fn audible(&self, key: CallKey) -> Hearing {
        let entries = self.calls.get(&key).into_iter().flat_map(BTreeMap::values);
        let mut all = Hearing::default();
        for entry in entries {
            let hearing = &entry.participant.hearing;
            all.main = all.main.or(hearing.main);
            for voice in &hearing.voices {
                if !all.voices.contains(voice) {
                    all.voices.push(*voice);
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use meeting::PointId;
    use uuid::Uuid;

    use super::*;

    const STEP: Duration = Duration::from_millis(100);

    fn speaker(letter: char) -> Speaker {
        Speaker::Point(PointId::new(Uuid::from_u128(letter as u128)))
    }

    struct Call {
        voices: Voices,
        all: Hearing,
        now: Instant,
    }

    impl Call {
        /// `C` chairs; all of these have their microphones open.
        fn new(open: &str, hold: Option<u64>) -> Self {
            let voices: Vec<Speaker> = open.chars().map(speaker).collect();
            let all = Hearing { main: Some(speaker('C')), voices, ..Hearing::default() };
            let voices = Voices { hold: hold.map(Duration::from_secs), ..Voices::default() };
            Self { voices, all, now: crate::edge::Edge::real().instant() }
        }

        /// These speak for so many tenths of a second.
        fn speak(&mut self, tenths: u32, who: &str) -> Hearing {
            self.voices.loudness = who.chars().map(|letter| (speaker(letter), 100)).collect();
            for _ in 0..tenths {
                self.voices.decide(self.now, &self.all);
                self.now += STEP;
            }
            self.voices.narrow(&self.all)
        }
    }

    #[test]
    fn v07_the_picture_follows_who_speaks_and_holds() {
        let mut call = Call::new("Cab", Some(3));
        assert_eq!(call.speak(5, "a").main, Some(speaker('C')), "not at the first word");
        assert_eq!(call.speak(10, "a").main, Some(speaker('a')));
        assert_eq!(call.speak(15, "b").main, Some(speaker('a')), "it holds");
        assert_eq!(call.speak(20, "b").main, Some(speaker('b')));
        assert_eq!(call.speak(60, "").main, Some(speaker('b')), "silence changes nothing");
        call.all.voices.retain(|voice| *voice != speaker('b'));
        assert_eq!(call.speak(1, "").main, Some(speaker('C')), "whose microphone was closed");
        assert_eq!(call.voices.narrow(&Hearing::default()), Hearing::default(), "closed item");
    }

    #[test]
    fn v07_without_the_mode_the_picture_stays() {
        let mut call = Call::new("Cab", None);
        assert_eq!(call.speak(50, "a").main, Some(speaker('C')));
    }

    #[test]
    fn the_loudest_of_many_are_heard_and_the_main_picture_always() {
        let mut call = Call::new("abcdeC", None);
        let heard = call.speak(30, "de").voices;
        let letters = ["d", "e", "C"].map(|it| speaker(it.chars().next().unwrap_or('?')));
        assert_eq!(heard.len(), letters.len(), "{heard:?}");
        assert!(letters.iter().all(|letter| heard.contains(letter)), "{heard:?}");
        // A floor is heard at once, though nobody makes a sound.
        (call.all.main, call.voices.heard_at) = (Some(speaker('a')), Some(call.now));
        call.voices.decide(call.now, &call.all);
        assert!(call.voices.narrow(&call.all).voices.contains(&speaker('a')));
        let few = Call::new("abC", None).speak(30, "a").voices;
        assert_eq!(few.len(), 3, "all, where there are few");
    }
}
