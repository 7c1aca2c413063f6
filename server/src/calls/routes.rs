//! Who receives whom: pure functions from what a meeting shows to a table of slots.

use std::collections::BTreeMap;

use media::{Kind, PeerId, StreamId};
use meeting::{Hearing, Speaker};
use protocol::call::CallSlots;

use super::participant::{Publisher, SlotUse};

/// Which peer publishes what as whom; the latest, where several do.
pub(super) type Publishers = BTreeMap<(Publisher, Kind), PeerId>;

/// Who is in which slot of a receiver: the main picture is the meeting's, or the chair's for him
/// who is it himself; the voices are all who may be heard, except his own. A voice that is heard
/// already keeps its slot, so that nobody is cut off by a change that is not about him.
pub(super) fn choose(
    receiver: Option<Speaker>,
    hearing: &Hearing,
    before: &CallSlots,
    (voices, tiles): (usize, usize),
) -> CallSlots {
    let is_other = |speaker: &Speaker| Some(*speaker) != receiver;
    let others: Vec<Speaker> = hearing.voices.iter().copied().filter(is_other).collect();
    // Whoever else may be heard besides the holder of the floor is the chair.
    let main = hearing.main.filter(is_other).or_else(|| others.first().copied());
    let main = hearing.main.and(main);

    let beside: Vec<Speaker> =
        hearing.tiles.iter().copied().filter(|it| is_other(it) && Some(*it) != main).collect();
    CallSlots {
        main,
        voices: fill(&others, &before.voices, voices),
        tiles: fill(&beside, &before.tiles, tiles),
        preview: before.preview,
        content: hearing.content.filter(is_other),
    }
}

/// Puts speakers into slots; who is in one already keeps it.
fn fill(speakers: &[Speaker], before: &[Option<Speaker>], slots: usize) -> Vec<Option<Speaker>> {
    let kept = |slot: usize| {
        let speaker = before.get(slot).copied().flatten();
        speaker.filter(|speaker| speakers.contains(speaker))
    };
    let mut chosen: Vec<Option<Speaker>> = (0..slots).map(kept).collect();
    for speaker in speakers {
        if !chosen.contains(&Some(*speaker))
            && let Some(free) = chosen.iter_mut().find(|slot| slot.is_none())
        {
            *free = Some(*speaker);
        }
    }
    chosen
}

/// The streams for a receiver's slots when these are in them.
pub(super) fn sources(
    uses: &[SlotUse],
    slots: &CallSlots,
    publishers: &Publishers,
) -> Vec<Option<StreamId>> {
    let (mut voices, mut tiles) = (slots.voices.iter(), slots.tiles.iter());
    uses.iter()
        .map(|slot| {
            let (speaker, kind) = match slot {
                SlotUse::Content => {
                    let screen = Publisher::Screen(slots.content?);
                    let peer = *publishers.get(&(screen, Kind::Video))?;
                    return Some(StreamId::video(peer));
                }
                SlotUse::Main => (slots.main, Kind::Video),
                SlotUse::Voice => (voices.next().copied().flatten(), Kind::Audio),
                SlotUse::Tile => (tiles.next().copied().flatten(), Kind::Video),
                SlotUse::Preview => (slots.preview.map(Speaker::Point), Kind::Video),
            };
            let peer = *publishers.get(&(Publisher::Speaker(speaker?), kind))?;
            Some(StreamId { peer, kind })
        })
        .collect()
}

/// The streams for the slots of a receiver that asked for one stream: its picture in every
/// picture, its sound in the first voice.
pub(super) fn sources_of_stream(
    uses: &[SlotUse],
    name: &str,
    publishers: &Publishers,
) -> Vec<Option<StreamId>> {
    let stream = |kind| {
        let peer = *publishers.get(&(Publisher::Named(name.to_owned()), kind))?;
        Some(StreamId { peer, kind })
    };
    let mut sound = stream(Kind::Audio);
    uses.iter()
        .map(|slot| match slot {
            SlotUse::Main | SlotUse::Tile => stream(Kind::Video),
            SlotUse::Voice => sound.take(),
            SlotUse::Preview | SlotUse::Content => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use meeting::{PersonId, PointId};
    use uuid::Uuid;

    use super::*;

    /// Speakers by letter: `C` is the chair, others are points.
    fn speaker(letter: char) -> Speaker {
        let id = Uuid::from_u128(letter as u128);
        match letter {
            'C' => Speaker::Person(PersonId::new(id)),
            _ => Speaker::Point(PointId::new(id)),
        }
    }

    /// `main:voices`, `-` for nobody.
    fn slots(text: &str) -> CallSlots {
        let (main, voices) = text.split_once(':').expect("a colon");
        let one = |letter: char| (letter != '-').then(|| speaker(letter));
        CallSlots {
            main: main.chars().next().and_then(one),
            voices: voices.chars().map(one).collect(),
            tiles: Vec::new(),
            preview: None,
            content: None,
        }
    }

    fn hearing(text: &str) -> Hearing {
        let CallSlots { main, voices, .. } = slots(text);
        let voices = voices.into_iter().flatten().collect();
        Hearing { main, voices, ..Hearing::default() }
    }

    #[test]
    fn who_is_in_which_slot() {
        // The receiver, what the meeting shows, his slots before and after.
        let cases = [
            // Nothing runs.
            ('A', "-:", "-:---", "-:---"),
            // The chair alone.
            ('A', "C:C", "-:---", "C:C--"),
            ('C', "C:C", "-:---", "-:---"),
            // A has the floor.
            ('B', "A:AC", "C:C--", "A:CA-"),
            ('A', "A:AC", "C:C--", "C:C--"),
            ('C', "A:AC", "-:---", "A:A--"),
            // A is muted: seen, not heard.
            ('B', "A:C", "A:CA-", "A:C--"),
            ('C', "A:C", "A:A--", "A:---"),
            // From A to B, seen by D: the chair's voice stays where it is.
            ('D', "B:BC", "A:AC-", "B:BC-"),
            ('D', "B:BC", "A:CA-", "B:CB-"),
            // Fewer slots than voices.
            ('D', "A:AC", "-:-", "A:A"),
            ('D', "A:AC", "-:", "A:"),
            // Everybody is muted.
            ('D', "A:", "A:AC-", "A:---"),
            ('A', "A:", "C:C--", "-:---"),
        ];
        for (receiver, shown, before, after) in cases {
            let before = slots(before);
            let room = (before.voices.len(), 0);
            let chosen = choose(Some(speaker(receiver)), &hearing(shown), &before, room);
            assert_eq!(chosen, slots(after), "{receiver} {shown}");
            let again = choose(Some(speaker(receiver)), &hearing(shown), &chosen, room);
            assert_eq!(again, chosen, "twice changes nothing: {receiver} {shown}");
        }
        assert_eq!(
            choose(None, &hearing("A:AC"), &slots("-:--"), (2, 0)),
            slots("A:AC"),
            "a viewer"
        );
    }

    #[test]
    fn tiles_are_who_is_not_in_the_main_picture() {
        let tiles = ['C', 'B', 'D'].map(speaker).to_vec();
        let shown = Hearing { tiles, ..hearing("A:AC") };
        let none = CallSlots::default();
        let of = |receiver, before: &CallSlots| {
            choose(Some(speaker(receiver)), &shown, before, (0, 2)).tiles
        };
        let two = |one, other| vec![Some(speaker(one)), Some(speaker(other))];
        assert_eq!(of('E', &none), two('C', 'B'));
        assert_eq!(of('B', &none), two('C', 'D'), "nobody sees himself");
        // He who has the floor sees the chair in the main picture.
        assert_eq!(of('A', &none), two('B', 'D'));
        let before = CallSlots { tiles: two('D', 'A'), ..none };
        assert_eq!(of('E', &before), two('D', 'C'), "who is seen keeps his place");
    }

    #[test]
    fn the_content_is_a_screen_and_never_ones_own() {
        let shown = Hearing { content: Some(speaker('C')), ..hearing("A:AC") };
        let of = |receiver| choose(Some(speaker(receiver)), &shown, &CallSlots::default(), (0, 0));
        assert_eq!(of('A').content, Some(speaker('C')));
        assert_eq!(of('C').content, None);
        let publishers = Publishers::from([
            ((Publisher::Speaker(speaker('C')), Kind::Video), PeerId(1)),
            ((Publisher::Screen(speaker('C')), Kind::Video), PeerId(2)),
        ]);
        let uses = [SlotUse::Main, SlotUse::Content];
        let screen = Some(StreamId::video(PeerId(2)));
        assert_eq!(sources(&uses, &of('B'), &publishers), [None, screen]);
        assert_eq!(sources(&uses, &of('C'), &publishers), [None, None]);
        let camera = CallSlots { main: Some(speaker('C')), ..of('B') };
        let both = [Some(StreamId::video(PeerId(1))), screen];
        assert_eq!(sources(&uses, &camera, &publishers), both, "beside his camera");
    }

    #[test]
    fn which_streams_that_is() {
        let publishers = Publishers::from([
            ((Publisher::Speaker(speaker('A')), Kind::Video), PeerId(1)),
            ((Publisher::Speaker(speaker('A')), Kind::Audio), PeerId(1)),
            ((Publisher::Speaker(speaker('C')), Kind::Audio), PeerId(2)),
            ((Publisher::Named("p0".to_owned()), Kind::Video), PeerId(7)),
            ((Publisher::Named("p0".to_owned()), Kind::Audio), PeerId(7)),
        ]);
        let uses = [SlotUse::Main, SlotUse::Voice, SlotUse::Voice];
        let video = |peer| Some(StreamId::video(PeerId(peer)));
        let audio = |peer| Some(StreamId::audio(PeerId(peer)));
        let cases = [
            ("A:CA", vec![video(1), audio(2), audio(1)]),
            // The chair publishes no picture.
            ("C:C-", vec![None, audio(2), None]),
            // B does not publish at all.
            ("B:BA", vec![None, None, audio(1)]),
        ];
        for (who, streams) in cases {
            assert_eq!(sources(&uses, &slots(who), &publishers), streams, "{who}");
        }
        assert_eq!(sources_of_stream(&uses, "p0", &publishers), [video(7), audio(7), None]);
        assert_eq!(sources_of_stream(&uses, "p1", &publishers), [None, None, None]);
    }
}
