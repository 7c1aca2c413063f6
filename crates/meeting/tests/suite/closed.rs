//! A closed item is absent to those outside: they cannot tell a meeting with it from the same
//! meeting without it, neither by what they see nor by what they are told when they try.

use std::collections::BTreeSet;

use meeting::{Actor, Command, Meeting, Section, audience_of, decide, me_for, view_for};
use proptest::prelude::*;

use crate::world::{
    PRESENTER, STRANGER, TECHNICIAN, World, all_commands, any_world, by, config, everybody, names,
    report, room, sha256, without_closed,
};

/// Who is outside the closed item, as long as nobody made him chair or secretary.
fn outsiders(state: &Meeting) -> Vec<Actor> {
    let facts = state.facts();
    let is_office = |actor: &Actor| match (actor, facts) {
        (Actor::Person { person, .. }, Some(facts)) => matches!(
            facts.people.get(person),
            Some(meeting::Part::Chair | meeting::Part::Secretary)
        ),
        _ => false,
    };
    let outside = [by(PRESENTER), by(TECHNICIAN), by(STRANGER), room(1), room(2)];
    outside.into_iter().filter(|actor| !is_office(actor)).collect()
}

/// All that a reader can get out of a meeting, as he gets it.
fn known_to(state: &Meeting, reader: &Actor) -> String {
    let names = names();
    let audience = audience_of(state, reader);
    let view = audience.as_ref().map(|audience| view_for(state, audience, &names));
    let me = audience.as_ref().map(|_| me_for(state, reader, &names));
    serde_json::to_string(&(view, me)).unwrap()
}

fn trials() -> Vec<Command> {
    let mut commands = all_commands();
    commands.extend((0..4).map(|number| report(number, meeting::PaperStep::Verified)));
    commands
}

fn check(world: &World) {
    let mut without = Meeting::default();
    for (at, event) in without_closed(&world.log) {
        without.apply(at, &event);
    }
    for reader in outsiders(&world.state) {
        assert_eq!(known_to(&world.state, &reader), known_to(&without, &reader), "{reader:?}");
        assert_eq!(audience_of(&world.state, &reader), audience_of(&without, &reader));
        for command in trials() {
            let told = decide(&world.state, &command, &reader, world.now());
            let told_without = decide(&without, &command, &reader, world.now());
            assert_eq!(told, told_without, "{command:?} by {reader:?}");
        }
    }
}

#[test]
fn an_opened_and_shown_closed_item_leaves_no_gap() {
    let mut world = World::running();
    let chair = || by(crate::world::CHAIR);
    for (item, paper) in [(0, 0), (2, 2)] {
        world.must(chair(), Command::OpenItem { item: crate::world::item(item) });
        world.must(chair(), crate::world::show(paper, 1));
        check(&world);
    }
    assert_ne!(known_to(&world.state, &room(0)), known_to(&world.state, &room(1)));
}

#[test]
fn nobody_outside_hears_a_closed_item() {
    let mut world = World::running();
    world.must(by(crate::world::CHAIR), Command::OpenItem { item: crate::world::item(2) });
    assert_eq!(world.state.hearing_of(&room(0)), world.state.hearing());
    for reader in outsiders(&world.state) {
        assert_eq!(world.state.hearing_of(&reader), meeting::Hearing::default(), "{reader:?}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_view_never_betrays_a_closed_item(world in any_world()) {
        check(&world);
    }

    #[test]
    fn a_reader_may_fetch_what_he_sees_and_nothing_else(world in any_world()) {
        for reader in everybody() {
            let view = audience_of(&world.state, &reader)
                .map(|audience| view_for(&world.state, &audience, &names()))
                .unwrap_or_default();
            let lines = match view.get("agenda") {
                Some(Section::Agenda(agenda)) => agenda.items.as_slice(),
                _ => &[],
            };
            let papers = lines.iter().flat_map(|line| &line.papers);
            let seen: BTreeSet<_> = papers.clone().map(|paper| paper.file.sha256).collect();
            let fetched = (0..4).map(sha256).filter(|file| world.state.may_read(&reader, *file));
            prop_assert_eq!(fetched.collect::<BTreeSet<_>>(), seen);
            let issued = papers.filter(|paper| paper.version > 0).map(|paper| paper.paper);
            let listed = world.state.papers_for(&reader).into_iter().map(|paper| paper.paper);
            prop_assert_eq!(listed.collect::<Vec<_>>(), issued.collect::<Vec<_>>());
        }
    }
}
