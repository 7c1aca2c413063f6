//! Whose picture is the main one while it follows the voices: in a discussion without a floor.
//!
//! Its switches are no events of the log: they come every few seconds, tell nothing that somebody
//! decided, and each would make every reader's view anew. That the picture follows the voices, and
//! with which hold, is logged; who was switched to is told to who is in the call.

use std::time::{Duration, Instant};

use crate::command::Speaker;
use crate::limits::FOLLOW_AFTER;

/// The picture that follows the voices of one meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Following {
    /// Who is on screen, and since when.
    shown: Option<(Speaker, Instant)>,
    /// Who else is the loudest, and since when without a break.
    rival: Option<(Speaker, Instant)>,
}

impl Following {
    /// Notes who is the loudest of those who speak, if anybody does; whether that switched the
    /// picture. To get it one has to speak for [`FOLLOW_AFTER`], and the last one's picture has to
    /// have been there for `hold`. Silence changes nothing.
    pub fn hear(&mut self, now: Instant, hold: Duration, loudest: Option<Speaker>) -> bool {
        let is_shown = |speaker: &Speaker| self.shown.is_some_and(|(shown, _)| shown == *speaker);
        let Some(speaker) = loudest.filter(|speaker| !is_shown(speaker)) else {
            self.rival = None;
            return false;
        };
        let since = match self.rival {
            Some((rival, since)) if rival == speaker => since,
            _ => now,
        };
        self.rival = Some((speaker, since));
        let past = |since: Instant| now.saturating_duration_since(since);
        let is_held = self.shown.is_some_and(|(_, since)| past(since) < hold);
        if is_held || past(since) < FOLLOW_AFTER {
            return false;
        }
        *self = Self { shown: Some((speaker, now)), rival: None };
        true
    }

    /// Whose picture it is, as long as he may still be heard; nobody's before anybody spoke.
    pub fn shown(&mut self, may_speak: impl Fn(Speaker) -> bool) -> Option<Speaker> {
        self.shown.take_if(|(speaker, _)| !may_speak(*speaker));
        self.shown.map(|(speaker, _)| speaker)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ids::PointId;

    fn speaker(letter: char) -> Speaker {
        Speaker::Point(PointId::new(Uuid::from_u128(letter as u128)))
    }

    #[expect(clippy::disallowed_methods, reason = "virtual time needs one real instant")]
    fn beginning() -> Instant {
        Instant::now()
    }

    /// Who is shown after each step of half a second in which this one is the loudest.
    fn shown(hold_seconds: u64, loudest: &str) -> String {
        let (mut following, mut now) = (Following::default(), beginning());
        let hold = Duration::from_secs(hold_seconds);
        let mut letters = loudest.chars().filter(|letter| *letter != '-').collect::<Vec<_>>();
        letters.dedup();
        loudest
            .chars()
            .map(|letter| {
                following.hear(now, hold, (letter != '-').then(|| speaker(letter)));
                now += Duration::from_millis(500);
                let shown = following.shown(|_| true);
                letters.iter().copied().find(|it| shown == Some(speaker(*it))).unwrap_or('-')
            })
            .collect()
    }

    #[test]
    fn v07_the_picture_follows_who_speaks_and_holds() {
        let cases = [
            ("who speaks for a second", 3, "AAAA", "--AA"),
            ("a cough is no speech", 3, "AAAABBAAAA", "--AAAAAAAA"),
            ("silence changes nothing", 3, "AAA----------", "--AAAAAAAAAAA"),
            // A is shown from the third step on; B speaks at once, and gets it after 3 s.
            ("the picture holds", 3, "AAABBBBBBB", "--AAAAAABB"),
            ("for as long as is said", 5, "AAABBBBBBBBBB", "--AAAAAAAAAAB"),
            ("two at once do not make it flap", 2, "AAABABABABABABAB", "--AAAAAAAAAAAAAA"),
            ("a pause begins anew", 2, "AAAAAAAAB-BBBB", "--AAAAAAAAAABB"),
        ];
        for (name, hold, loudest, expected) in cases {
            assert_eq!(shown(hold, loudest), expected, "{name}");
        }
    }

    #[test]
    fn v07_who_may_not_speak_any_more_is_not_shown() {
        let (mut following, now) = (Following::default(), beginning());
        let hold = Duration::from_secs(2);
        following.hear(now, hold, Some(speaker('A')));
        assert!(following.hear(now + FOLLOW_AFTER, hold, Some(speaker('A'))));
        assert_eq!(following.shown(|_| true), Some(speaker('A')));
        assert_eq!(following.shown(|_| false), None);
        assert_eq!(following.shown(|_| true), None, "and does not come back by himself");
    }
}
