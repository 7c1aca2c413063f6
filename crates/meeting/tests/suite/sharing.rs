//! V8: a screen that is shared as content.

use meeting::{Actor, Command, Deed, Part, Refusal, Section, Speaker, audience_of, can, view_for};

use crate::world::{
    CHAIR, CLOSED, DELEGATE, PRESENTER, SECRETARY, STRANGER, TECHNICIAN, World, at, by, invite,
    item, names, person, room, show,
};

const CLEAR: Option<u8> = None;

/// Whose screen a reader is told of; it is the one that he is sent.
fn seen(world: &World, reader: &Actor) -> Option<Speaker> {
    let audience = audience_of(&world.state, reader)?;
    match view_for(&world.state, &audience, &names()).remove("sharing") {
        Some(Section::Sharing(screen)) => Some(screen.speaker),
        _ => None,
    }
}

fn screen_of(number: u8) -> Speaker {
    Speaker::Person(person(number))
}

fn open(number: u8) -> Command {
    Command::OpenItem { item: item(number) }
}

fn give(number: u8) -> Command {
    Command::GiveFloor { speaker: screen_of(number) }
}

/// A running meeting at an open item, where everybody is.
fn world() -> World {
    let mut world = World::running();
    for number in [CHAIR, SECRETARY, DELEGATE] {
        world.must(by(number), Command::Attend);
    }
    world.must(by(CHAIR), open(0));
    world
}

/// The same, with a screen that the presenter shares.
fn shared() -> World {
    let mut world = world();
    world.must(by(PRESENTER), Command::StartSharing);
    world
}

#[test]
fn screen_share_is_for_who_presides_presents_or_has_the_floor() {
    let start = Command::StartSharing;
    for (actor, allowed) in [
        (by(CHAIR), Ok(1)),
        (by(SECRETARY), Ok(1)),
        (by(PRESENTER), Ok(1)),
        (by(DELEGATE), Err(Refusal::NotAllowed)),
        (by(TECHNICIAN), Err(Refusal::NotAllowed)),
        (room(0), Err(Refusal::NotAllowed)),
        (by(STRANGER), Err(Refusal::NoSuchMeeting)),
    ] {
        assert_eq!(world().act(&actor, &start), allowed, "{actor:?}");
        let offered = can(&world().state, &actor).contains(&Deed::StartSharing);
        assert_eq!(offered, allowed.is_ok(), "{actor:?}");
    }
    let mut world = world();
    world.must(by(CHAIR), give(DELEGATE));
    assert_eq!(world.act(&by(DELEGATE), &start), Ok(1));
    world.must(by(PRESENTER), Command::Leave);
    world.must(by(DELEGATE), Command::StopSharing);
    assert_eq!(world.act(&by(PRESENTER), &start), Err(Refusal::NotAttending));
    world.must(by(CHAIR), Command::End);
    assert_eq!(world.act(&by(CHAIR), &start), Err(Refusal::WrongPhase));
}

#[test]
fn screen_share_is_told_to_everybody_and_sent_to_them() {
    let mut world = shared();
    let presenter = screen_of(PRESENTER);
    for reader in [by(CHAIR), by(PRESENTER), by(DELEGATE), by(TECHNICIAN), room(0), room(1)] {
        assert_eq!(seen(&world, &reader), Some(presenter), "{reader:?}");
        assert_eq!(world.state.hearing_of(&reader).content, Some(presenter), "{reader:?}");
    }
    world.must(by(PRESENTER), Command::StopSharing);
    assert_eq!(seen(&world, &room(0)), None);
    assert_eq!(world.state.hearing_of(&room(0)).content, None);
}

#[test]
fn screen_share_is_one_at_a_time() {
    let mut world = shared();
    let start = Command::StartSharing;
    for (actor, refusal) in [
        (by(PRESENTER), Refusal::NothingToChange),
        (by(CHAIR), Refusal::ScreenShared),
        (by(SECRETARY), Refusal::ScreenShared),
    ] {
        assert_eq!(world.act(&actor, &start), Err(refusal), "{actor:?}");
    }
    world.must(by(CHAIR), Command::StopSharing);
    world.must(by(CHAIR), start);
    assert_eq!(seen(&world, &room(0)), Some(screen_of(CHAIR)));
}

#[test]
fn screen_share_is_ended_by_the_sharer_the_office_and_the_technician() {
    let stop = Command::StopSharing;
    for (actor, allowed) in [
        (by(PRESENTER), Ok(1)),
        (by(CHAIR), Ok(1)),
        (by(SECRETARY), Ok(1)),
        (by(TECHNICIAN), Ok(1)),
        (by(DELEGATE), Err(Refusal::NotAllowed)),
        (room(0), Err(Refusal::NotAllowed)),
    ] {
        let mut world = shared();
        assert_eq!(world.act(&actor, &stop), allowed, "{actor:?}");
        assert_eq!(seen(&world, &room(0)).is_none(), allowed.is_ok(), "{actor:?}");
    }
    let mut world = shared();
    world.must(by(CHAIR), stop.clone());
    world.must(by(CHAIR), Command::StartSharing);
    assert_eq!(world.act(&by(PRESENTER), &stop), Err(Refusal::NotAllowed), "another's");
    world.must(by(CHAIR), stop.clone());
    assert_eq!(world.act(&by(CHAIR), &stop), Err(Refusal::NothingToChange));
}

/// What is done by whom while a screen is shared.
type Ending = (Actor, Command);

#[test]
fn screen_share_ends_with_the_right_to_it() {
    let endings: Vec<Ending> = vec![
        (by(PRESENTER), Command::Leave),
        (by(SECRETARY), invite(&[PRESENTER], Part::Delegate)),
        (by(SECRETARY), Command::UninvitePeople { people: [person(PRESENTER)].into() }),
        (by(CHAIR), open(1)),
        (by(CHAIR), Command::End),
    ];
    for (actor, command) in endings {
        let mut world = shared();
        world.must(actor, command.clone());
        assert_eq!(seen(&world, &room(0)), None, "{command:?}");
        assert_eq!(world.state.hearing_of(&room(0)).content, None, "{command:?}");
    }
    let mut world = world();
    world.must(by(CHAIR), give(DELEGATE));
    world.must(by(DELEGATE), Command::StartSharing);
    world.must(by(CHAIR), Command::WithdrawFloor);
    assert_eq!(seen(&world, &room(0)), None);
    world.must(by(CHAIR), give(DELEGATE));
    assert_eq!(seen(&world, &room(0)), None, "it does not come back with the floor");
    world.must(by(DELEGATE), Command::StartSharing);
    world.must(by(CHAIR), open(1));
    world.must(by(CHAIR), open(0));
    assert_eq!(seen(&world, &room(0)), None, "nor with the item");
}

#[test]
fn screen_share_and_page_exclude_one_another() {
    let mut world = world();
    let content = |world: &World| world.state.hearing_of(&room(0)).content;
    world.must(by(PRESENTER), show(0, 1));
    world.must(by(PRESENTER), Command::StartSharing);
    assert_eq!(content(&world), Some(screen_of(PRESENTER)), "the screen covers the page");
    world.must(by(PRESENTER), show(0, 2));
    assert_eq!(content(&world), None, "the page is later");
    world.must(by(CHAIR), Command::StartSharing);
    assert_eq!(world.act(&by(PRESENTER), &show(0, 1)), Err(Refusal::ScreenShared));
    assert!(!can(&world.state, &by(PRESENTER)).contains(&Deed::ShowPage));
    world.must(by(SECRETARY), show(0, 1));
    assert_eq!(content(&world), None, "the secretary may");
    world.must(by(CHAIR), Command::StartSharing);
    world.must(by(CHAIR), Command::StopShowing);
    assert_eq!(content(&world), None, "nothing is shown, nor shared");
}

#[test]
fn screen_share_in_a_closed_item_is_absent_outside() {
    let mut world = shared();
    let presenter = Some(screen_of(PRESENTER));
    world.must(by(CHAIR), open(CLOSED));
    for (reader, sharer) in [(by(CHAIR), CLEAR), (room(0), CLEAR), (room(1), Some(PRESENTER))] {
        assert_eq!(seen(&world, &reader), sharer.map(screen_of), "{reader:?}");
    }
    world.must(by(CHAIR), Command::StartSharing);
    assert_eq!(world.state.hearing_of(&room(0)).content, Some(screen_of(CHAIR)));
    assert_eq!(world.state.hearing_of(&room(1)).content, None, "he is sent nothing");
    assert_eq!(seen(&world, &room(1)), presenter, "and is told what he was told");
    world.must(by(CHAIR), open(1));
    for reader in [by(CHAIR), room(0), room(1), by(PRESENTER)] {
        assert_eq!(seen(&world, &reader), None, "{reader:?}");
    }
}

#[test]
fn screen_share_says_whose_and_since_when() {
    let world = shared();
    let audience = audience_of(&world.state, &room(0)).expect("invited");
    let mut view = view_for(&world.state, &audience, &names());
    let Some(Section::Sharing(screen)) = view.remove("sharing") else { panic!("no section") };
    assert_eq!(screen.name.as_deref(), Some("Đại biểu 3"));
    assert_eq!(screen.at, world.now());
    assert!(screen.at > at(0));
}
