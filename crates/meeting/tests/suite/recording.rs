//! V11: recording with notice, by the class of what is spoken about.

use std::collections::BTreeSet;

use meeting::{
    Actor, ChapterKind, Command, Deed, Event, ItemAudience, Playback, RecordingState, Refusal,
    Section, Speaker, audience_of, can, view_for,
};

use crate::world::{
    CHAIR, CLOSED, DELEGATE, PRESENTER, SECRETARY, TECHNICIAN, World, at, by, interrupt, item,
    names, person, point, room, show,
};

fn notice(world: &World, reader: &Actor) -> Option<RecordingState> {
    let audience = audience_of(&world.state, reader)?;
    match view_for(&world.state, &audience, &names()).remove("recording") {
        Some(Section::Recording(notice)) => Some(notice.state),
        _ => None,
    }
}

fn open(number: u8) -> Command {
    Command::OpenItem { item: item(number) }
}

#[test]
fn v11_recording_is_begun_and_ended_by_chair_or_secretary() {
    let mut world = World::prepared();
    for command in [Command::Announce, Command::StartRecording] {
        let done = world.act(&by(SECRETARY), &command);
        assert_eq!(done.is_ok(), command == Command::Announce, "{command:?}: {done:?}");
    }
    world.must(by(CHAIR), Command::Start);
    for actor in [by(DELEGATE), by(TECHNICIAN), room(0)] {
        assert_eq!(world.act(&actor, &Command::StartRecording), Err(Refusal::NotAllowed));
    }
    assert!(can(&world.state, &by(CHAIR)).contains(&Deed::StartRecording));
    world.must(by(CHAIR), Command::StartRecording);
    assert_eq!(world.act(&by(CHAIR), &Command::StartRecording), Err(Refusal::NothingToChange));
    assert_eq!(world.state.recorded(), Some(world.state.hearing()));
    world.must(by(SECRETARY), Command::StopRecording);
    assert_eq!(world.state.recorded(), None);
    world.must(by(SECRETARY), Command::StartRecording);
    world.must(by(SECRETARY), Command::End);
    let last: Vec<_> = world.log.iter().rev().take(2).map(|(_, event)| event.clone()).collect();
    assert_eq!(last, [Event::Ended, Event::RecordingStopped], "the end ends it");
}

#[test]
fn v11_recording_is_told_to_everybody() {
    let mut world = World::running();
    let readers = [by(CHAIR), by(DELEGATE), by(TECHNICIAN), room(0), room(1)];
    for reader in &readers {
        assert_eq!(notice(&world, reader), None, "{reader:?}");
    }
    world.must(by(CHAIR), Command::StartRecording);
    for reader in &readers {
        assert_eq!(notice(&world, reader), Some(RecordingState::On { since: world.now() }));
    }
    world.must(by(CHAIR), Command::StopRecording);
    for reader in &readers {
        assert_eq!(notice(&world, reader), None, "{reader:?}");
    }
}

#[test]
fn v11_recording_pauses_at_a_closed_item() {
    let mut world = World::running();
    world.must(by(CHAIR), open(CLOSED));
    assert_eq!(world.act(&by(CHAIR), &Command::StartRecording), Err(Refusal::ItemClosed));
    assert!(!can(&world.state, &by(CHAIR)).contains(&Deed::StartRecording));
    world.must(by(CHAIR), open(0));
    world.must(by(CHAIR), Command::StartRecording);
    let since = world.now();
    world.must(by(CHAIR), open(CLOSED));
    assert_eq!(world.state.recorded(), None, "nothing of it is recorded");
    assert!(world.state.is_recording());
    let paused = Some(RecordingState::Paused { since });
    for (reader, told) in [
        (by(CHAIR), &paused),
        (by(DELEGATE), &paused),
        (room(0), &paused),
        // Who may not know the item cannot tell its pause from none.
        (by(PRESENTER), &Some(RecordingState::On { since })),
        (room(1), &Some(RecordingState::On { since })),
    ] {
        assert_eq!(notice(&world, &reader), *told, "{reader:?}");
    }
    world.must(by(CHAIR), open(1));
    assert!(world.state.recorded().is_some(), "it goes on by itself");

    // An item that is closed while it is open pauses it as well.
    let title = crate::world::written("Kín");
    let audience = ItemAudience::Only { people: BTreeSet::new(), points: BTreeSet::new() };
    let close = Command::ChangeItem { item: item(1), title, minutes: 5, audience };
    world.must(by(SECRETARY), close);
    assert_eq!(world.state.recorded(), None);
}

#[test]
fn v11_recording_that_fails_is_told_to_who_can_act() {
    let mut world = World::running();
    assert_eq!(world.act(&by(CHAIR), &interrupt()), Err(Refusal::NothingToChange));
    world.must(by(CHAIR), Command::StartRecording);
    assert_eq!(world.act(&by(DELEGATE), &interrupt()), Err(Refusal::NotAllowed));
    world.must(by(CHAIR), interrupt());
    let told = RecordingState::Interrupted { at: world.now(), code: "DISK_FULL".to_owned() };
    assert_eq!(notice(&world, &by(CHAIR)), Some(told));
    assert_eq!(notice(&world, &room(0)), None);
    assert_eq!(world.state.recorded(), None);
    world.must(by(CHAIR), Command::StartRecording);
    assert!(world.state.recorded().is_some());
}

#[test]
fn v11_recording_has_the_log_as_chapters() {
    let mut world = World::running();
    let the_point = Speaker::Point(point(0));
    let chair = Speaker::Person(person(CHAIR));
    for command in [
        open(0),
        Command::StartRecording,
        show(0, 2),
        Command::GiveFloor { speaker: the_point },
        open(CLOSED),
        Command::WithdrawFloor,
        Command::GiveFloor { speaker: Speaker::Point(point(1)) },
        open(1),
        Command::End,
    ] {
        world.must(by(CHAIR), command);
    }
    let log = || world.log.iter().map(|(at, event)| (*at, event));
    let of = |reader| Playback::of(log().collect::<Vec<_>>(), &reader, &names());
    let kinds = |playback: &Playback| -> String {
        let letter = |chapter: &meeting::Chapter| match chapter.kind {
            ChapterKind::Item { .. } => 'I',
            ChapterKind::Floor { .. } => 'F',
            ChapterKind::Page { .. } => 'P',
        };
        playback.chapters.iter().map(letter).collect()
    };
    assert_eq!(kinds(&of(by(CHAIR))), "IPFII");
    assert_eq!(kinds(&of(by(PRESENTER))), "IPFI", "without the closed item");
    assert_eq!(of(by(TECHNICIAN)), Playback::default());
    let mains: Vec<_> = of(room(0)).on_air.iter().map(|on_air| on_air.main).collect();
    let last = Some(Speaker::Point(point(1)));
    assert_eq!(mains, [Some(chair), Some(the_point), None, last, None]);
    assert!(of(room(0)).on_air.is_sorted_by_key(|on_air| on_air.at) && at(0) < world.now());
    assert!(world.state.may_watch(&room(0)) && !world.state.may_watch(&by(TECHNICIAN)));
    assert!(world.state.may_keep(&by(SECRETARY)) && !world.state.may_keep(&by(DELEGATE)));
}
