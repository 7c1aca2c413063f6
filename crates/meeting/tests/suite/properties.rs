//! Random meetings.

use std::collections::BTreeSet;

use meeting::{
    Actor, Command, Deed, Event, Meeting, Part, Phase, Refusal, Role, Speaker, audience_of, can,
    decide, may_create, may_view, view_for,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::reference::Reference;
use crate::world::{
    World, all_commands, any_act, any_world, config, everybody, invite, names, only, written,
};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_machine_agrees_with_the_naive_meeting(
        begin in select(vec![World::default(), World::prepared(), World::running()]),
        acts in proptest::collection::vec(any_act(), 0..60),
    ) {
        let mut world = begin;
        for (actor, command) in acts {
            let log = world.log.iter().map(|(_, event)| event.clone()).collect();
            let reference = Reference { log };
            let done = world.act(&actor, &command);
            prop_assert_eq!(
                done.is_ok(), reference.accepts(&actor, &command),
                "{:?} by {:?}: {:?}", command, actor, done
            );
            let log = world.log.iter().map(|(_, event)| event.clone()).collect();
            prop_assert_eq!(world.state.hearing(), Reference { log }.hearing());
        }
    }

    #[test]
    fn replaying_the_log_gives_the_same_state(world in any_world()) {
        let mut replayed = Meeting::default();
        for (at, event) in &world.log {
            let kept = serde_json::to_string(event).unwrap();
            replayed.apply(*at, &serde_json::from_str(&kept).unwrap());
        }
        prop_assert_eq!(replayed, world.state);
    }

    #[test]
    fn events_that_do_not_fit_do_no_harm(
        world in any_world(),
        kept in proptest::collection::vec(any::<bool>(), 64),
    ) {
        let mut torn = Meeting::default();
        let kept = kept.iter().cycle();
        for ((at, event), _) in world.log.iter().zip(kept).filter(|(_, kept)| **kept) {
            torn.apply(*at, event);
        }
        for reader in everybody() {
            if let Some(audience) = audience_of(&torn, &reader) {
                let _view = view_for(&torn, &audience, &names());
            }
            let _deeds = can(&torn, &reader);
        }
    }

    #[test]
    fn the_floor_has_one_holder_at_most(world in any_world()) {
        let mut holder = None;
        for (_, event) in &world.log {
            match event {
                Event::FloorGiven { speaker } => {
                    prop_assert_eq!(holder, None, "the floor was given while somebody had it");
                    holder = Some(*speaker);
                }
                Event::FloorWithdrawn { speaker } => {
                    prop_assert_eq!(holder, Some(*speaker));
                    holder = None;
                }
                Event::Ended => prop_assert_eq!(holder, None, "it ended with somebody speaking"),
                _ => {}
            }
        }
        let chair = world.state.facts().map(|facts| Speaker::Person(facts.chair));
        let hearing = world.state.hearing();
        let may_speak: BTreeSet<_> = holder.into_iter().chain(chair).collect();
        let discussion = world.log.iter().rev().find_map(|(_, event)| match event {
            Event::DiscussionBegun => Some(true),
            Event::DiscussionEnded => Some(false),
            _ => None,
        });
        let discusses = |voice: &Speaker| {
            discussion == Some(true) && matches!(voice, Speaker::Point(_))
        };
        let heard = hearing.voices.iter();
        prop_assert!(heard.clone().all(|voice| may_speak.contains(voice) || discusses(voice)));
        let runs = matches!(world.state.facts().map(|f| f.phase), Some(Phase::Running { .. }));
        prop_assert_eq!(hearing.main, holder.or(chair).filter(|_| runs));
    }

    #[test]
    fn nothing_happens_without_a_right(world in any_world()) {
        for actor in everybody() {
            for command in all_commands() {
                let done = decide(&world.state, &command, &actor, world.now());
                // The server alone sends what it found out at a roll call.
                if matches!(command, Command::RecordRoll { .. }) {
                    continue;
                }
                if done.is_ok() {
                    prop_assert!(has_right(&world.state, &actor, &command), "{command:?} {actor:?}");
                } else {
                    prop_assert!(done != Err(Refusal::MeetingExists));
                }
            }
        }
    }

    #[test]
    fn what_one_can_is_what_would_be_carried_out(world in any_world()) {
        for actor in everybody() {
            let buttons = all_commands().into_iter();
            let buttons = buttons.filter(|it| !matches!(it, Command::RecordRoll { .. }));
            let commands = buttons.filter(|command| {
                decide(&world.state, command, &actor, world.now()).is_ok()
            });
            let possible: BTreeSet<_> = commands.map(|command| deed(&command)).collect();
            let mut can: BTreeSet<_> = can(&world.state, &actor).into_iter().collect();
            let views = can.remove(&Deed::View);
            let first = Speaker::Point(crate::world::point(0));
            prop_assert!(views || !may_view(&world.state, &actor, first));
            prop_assert_eq!(can, possible, "{:?}", actor);
        }
    }
}

/// Who may do what at best, in one table, whatever the moment.
fn has_right(state: &Meeting, actor: &Actor, command: &Command) -> bool {
    let Some(facts) = state.facts() else { return false };
    let (part, technician) = match actor {
        Actor::Person { person, roles } => {
            (facts.people.get(person), roles.contains(&Role::Technician))
        }
        Actor::Point(_) => (None, false),
    };
    let is_point = matches!(actor, Actor::Point(point) if facts.points.contains(point));
    let invited = part.is_some() || is_point;
    match (part, deed(command)) {
        (Some(Part::Chair | Part::Secretary), _) => true,
        (_, _) if facts.phase == Phase::Draft => false,
        (Some(Part::Presenter), Deed::ShowPage | Deed::StartSharing | Deed::StopSharing) => true,
        (Some(_), Deed::StartSharing | Deed::StopSharing) => {
            let is_on_floor = |person| state.hearing().main == Some(Speaker::Person(person));
            let is_person = matches!(actor, Actor::Person { person, .. } if is_on_floor(*person));
            is_person || (technician && deed(command) == Deed::StopSharing)
        }
        (_, Deed::Mute) => technician || is_point,
        (_, Deed::Unmute) => is_point,
        (
            _,
            Deed::MuteAll
            | Deed::Silence
            | Deed::Unsilence
            | Deed::CallRoll
            | Deed::SetLayout
            | Deed::CallPoint
            | Deed::FollowVoices
            | Deed::StopFollowingVoices
            | Deed::StopSharing,
        ) => technician,
        (_, Deed::Attend | Deed::Leave | Deed::RequestToSpeak | Deed::WithdrawRequest) => invited,
        _ => false,
    }
}

/// The deed of a command, written down a second time.
fn deed(command: &Command) -> Deed {
    let form = serde_json::to_value(command).unwrap();
    let name = match form["do"].as_str().unwrap() {
        "add_item" | "change_item" | "move_item" | "remove_item" => "edit_agenda",
        "invite_people" | "uninvite_people" | "invite_points" | "uninvite_points" => "invite",
        "remove_paper" => "add_paper",
        "interrupt_recording" => "stop_recording",
        other => other,
    };
    serde_json::from_value(name.into()).unwrap()
}

#[test]
fn only_secretaries_and_admins_begin_meetings() {
    for actor in everybody() {
        let done =
            decide(&Meeting::default(), &crate::world::create(), &actor, World::default().now());
        assert_eq!(done.is_ok(), may_create(&actor), "{actor:?}");
    }
}

#[test]
fn words_are_mapped_and_nothing_else_is() {
    let mut commands = all_commands();
    commands.push(invite(&[1], Part::Guest));
    commands.push(Command::ChangeItem {
        item: crate::world::item(0),
        title: written("Tên"),
        minutes: 1,
        audience: only(&[1], &[2]),
    });
    for command in commands {
        let same = command.clone().try_map_text(Ok::<_, ()>);
        assert_eq!(same.as_ref(), Ok(&command));
        let refused = command.clone().try_map_text(|_| Err::<String, _>(()));
        assert_eq!(refused.is_err(), !command.written().is_empty());
    }
}
