//! The controls of the points, by the names of the functions that a buyer asks for.

use std::collections::{BTreeMap, BTreeSet};

use meeting::{
    Actor, Command, Deed, Event, Layout, Mark, MarkedBy, Microphone, Phase, Refusal, Scope,
    Section, Speaker, audience_of, can, decide, may_view, me_for, view_for,
};

use crate::world::{
    CHAIR, DELEGATE, LAYOUTS, PRESENTER, SECRETARY, STRANGER, TECHNICIAN, World, by, controls,
    everybody, evidence, item, names, only, person, point, room, speakers, written,
};

fn the_point(number: u8) -> Speaker {
    Speaker::Point(point(number))
}

fn the_chair() -> Speaker {
    Speaker::Person(person(CHAIR))
}

fn microphone(world: &World, reader: &Actor) -> Microphone {
    let Section::Me(me) = me_for(&world.state, reader, &names()) else { unreachable!() };
    me.microphone
}

fn refused(world: &mut World, cases: Vec<(Actor, Command, Refusal)>) {
    for (actor, command, refusal) in cases {
        assert_eq!(world.act(&actor, &command), Err(refusal), "{command:?} by {actor:?}");
    }
}

fn section(world: &World, reader: &Actor, key: &str) -> Option<Section> {
    let audience = audience_of(&world.state, reader)?;
    view_for(&world.state, &audience, &names()).remove(key)
}

#[test]
fn v03_give_floor() {
    let mut world = World::running();
    world.must(by(CHAIR), Command::GiveFloor { speaker: the_point(0) });
    for reader in [by(CHAIR), by(DELEGATE), room(0), room(1)] {
        let hearing = world.state.hearing_of(&reader);
        assert_eq!(hearing.main, Some(the_point(0)), "on every screen");
        assert_eq!(hearing.voices, [the_point(0), the_chair()], "others are muted");
    }
    assert_eq!(microphone(&world, &room(1)), Microphone::Off);
    world.must(by(CHAIR), Command::WithdrawFloor);
    assert_eq!(world.state.hearing().main, Some(the_chair()));
    assert_eq!(microphone(&world, &room(0)), Microphone::Off);
}

#[test]
fn v03_loudspeakers() {
    let mut world = World::running();
    let one = Scope::Point(point(0));
    refused(
        &mut world,
        vec![
            (by(DELEGATE), Command::Silence { scope: one }, Refusal::NotAllowed),
            (by(CHAIR), Command::Unsilence { scope: one }, Refusal::NothingToChange),
            (by(CHAIR), Command::Silence { scope: Scope::Point(point(2)) }, Refusal::NotInvited),
        ],
    );
    world.must(by(TECHNICIAN), Command::Silence { scope: one });
    assert_eq!(world.state.hearing_of(&room(0)).voices, [], "it is sent no voice");
    assert_eq!(world.state.hearing_of(&room(1)).voices, [the_chair()]);
    let Section::Me(me) = me_for(&world.state, &room(0), &names()) else { unreachable!() };
    assert_eq!(me.own.silenced_loudspeaker, Some(true), "its screen says so");
    assert_eq!(world.act(&by(CHAIR), &Command::Silence { scope: Scope::All }), Ok(1));
    assert_eq!(world.act(&by(CHAIR), &Command::Unsilence { scope: Scope::All }), Ok(1));
    assert_eq!(world.state.hearing_of(&room(0)).voices, [the_chair()]);
}

#[test]
fn v03_discussion() {
    let mut world = World::running();
    let (mute, unmute) = (
        |n| Command::Mute { speaker: the_point(n) },
        |n| Command::Unmute { speaker: the_point(n) },
    );
    refused(
        &mut world,
        vec![
            (room(0), unmute(0), Refusal::NotAllowed),
            (by(CHAIR), unmute(0), Refusal::NothingToChange),
            (by(CHAIR), Command::EndDiscussion, Refusal::NothingToChange),
            (by(TECHNICIAN), Command::BeginDiscussion, Refusal::NotAllowed),
        ],
    );
    world.must(by(CHAIR), Command::BeginDiscussion);
    assert_eq!(microphone(&world, &room(0)), Microphone::Muted, "off until it turns it on");
    world.must(room(0), unmute(0));
    world.must(room(1), unmute(1));
    refused(&mut world, vec![(room(0), mute(1), Refusal::NotAllowed)]);
    assert_eq!(world.state.hearing().voices, [the_chair(), the_point(0), the_point(1)]);
    world.must(room(1), mute(1));
    world.must(by(CHAIR), unmute(1));

    world.must(by(CHAIR), Command::GiveFloor { speaker: the_point(0) });
    assert_eq!(world.state.hearing().voices, [the_point(0), the_chair()], "the floor silences");
    world.must(room(1), unmute(1));
    world.must(by(CHAIR), Command::MuteAll);
    assert_eq!(world.state.hearing().voices, [the_chair()]);
    world.must(room(1), unmute(1));
    world.must(room(1), Command::Leave);
    world.must(room(1), Command::Attend);
    assert_eq!(microphone(&world, &room(1)), Microphone::Muted, "who comes back is off");
    world.must(room(1), unmute(1));
    world.must(by(CHAIR), Command::EndDiscussion);
    assert_eq!(microphone(&world, &room(1)), Microphone::Off, "all are muted again");
}

#[test]
fn v04_roll_call() {
    let mut world = World::running();
    let reports = BTreeMap::from([(point(0), evidence(true)), (point(2), evidence(true))]);
    let record = |number| Command::RecordRoll { number, reports: reports.clone() };
    let hand = Command::MarkPoint { point: point(1), present: true };
    refused(
        &mut world,
        vec![
            (by(DELEGATE), Command::CallRoll, Refusal::NotAllowed),
            (by(CHAIR), record(1), Refusal::NoRoll),
            (by(CHAIR), hand.clone(), Refusal::NoRoll),
        ],
    );
    assert_eq!(section(&world, &by(CHAIR), "roll"), None);
    world.must(by(CHAIR), Command::CallRoll);
    refused(
        &mut world,
        vec![
            (by(CHAIR), record(2), Refusal::NoRoll),
            (room(0), record(1), Refusal::NotAllowed),
            (by(TECHNICIAN), hand.clone(), Refusal::NotAllowed),
        ],
    );
    world.must(by(CHAIR), record(1));
    assert_eq!(world.act(&by(CHAIR), &record(1)), Err(Refusal::NothingToChange));
    let Some((_, Event::RollRecorded { marks, .. })) = world.log.last() else { unreachable!() };
    let silence = Mark { present: false, by: MarkedBy::Silence };
    let report = Mark { present: true, by: MarkedBy::Report(evidence(true)) };
    let expected = BTreeMap::from([(point(0), report), (point(1), silence)]);
    assert_eq!(marks, &expected, "one mark for every point invited");

    world.must(by(CHAIR), hand);
    let Some(Section::Roll(roll)) = section(&world, &by(TECHNICIAN), "roll") else {
        unreachable!()
    };
    assert_eq!((roll.number, roll.present, roll.total), (1, 2, 2));
    assert_eq!(roll.points[1].mark.as_ref().map(|mark| &mark.by), Some(&MarkedBy::Hand));
    assert_eq!(section(&world, &by(DELEGATE), "roll"), None);
    world.must(by(CHAIR), Command::End);
    assert!(section(&world, &by(CHAIR), "roll").is_some(), "it outlives the meeting");
}

#[test]
fn v05_view_unseen() {
    let world = World::running();
    let may = |actor| may_view(&world.state, &actor, the_point(0));
    assert!([CHAIR, SECRETARY, TECHNICIAN].into_iter().all(|number| may(by(number))));
    assert!(![DELEGATE, PRESENTER, STRANGER].into_iter().any(|number| may(by(number))));
    assert!(!may(room(0)) && !may(room(1)));
    assert!(!may_view(&world.state, &by(CHAIR), the_point(2)), "it is not invited");
    assert!(!may_view(&World::prepared().state, &by(CHAIR), the_point(0)), "nothing runs");
    assert!(can(&world.state, &by(CHAIR)).contains(&Deed::View));

    let mut world = world;
    let audience = only(&[], &[]);
    let closed = Command::ChangeItem { item: item(0), title: written("x"), minutes: 5, audience };
    world.must(by(CHAIR), closed);
    world.must(by(CHAIR), Command::OpenItem { item: item(0) });
    assert!(!may_view(&world.state, &by(TECHNICIAN), the_point(0)), "at an item closed to him");
    assert!(may_view(&world.state, &by(CHAIR), the_point(0)));
}

#[test]
fn v06_layouts() {
    let mut world = World::running();
    let set = |scope, layout| Command::SetLayout { scope, layout };
    let one = Scope::Point(point(1));
    refused(
        &mut world,
        vec![
            (by(DELEGATE), set(Scope::All, Layout::Grid), Refusal::NotAllowed),
            (by(CHAIR), set(Scope::All, Layout::ContentAndSpeaker), Refusal::NothingToChange),
            (by(CHAIR), set(Scope::Point(point(2)), Layout::Grid), Refusal::NotInvited),
        ],
    );
    assert_eq!(world.state.hearing_of(&room(0)).tiles, [], "as many pictures as are looked at");
    world.must(by(CHAIR), set(Scope::All, Layout::Grid));
    world.must(by(TECHNICIAN), set(one, Layout::One));
    assert_eq!(world.state.hearing_of(&room(1)).tiles, []);
    let seen = world.state.hearing_of(&room(0)).tiles;
    assert_eq!(seen, [the_point(1), Speaker::Person(person(PRESENTER))]);
    let Section::Me(me) = me_for(&world.state, &room(1), &names()) else { unreachable!() };
    assert_eq!(me.own.layout, Some(Layout::One));
    world.must(by(CHAIR), set(Scope::All, Layout::Grid));
    let Section::Me(me) = me_for(&world.state, &room(1), &names()) else { unreachable!() };
    assert_eq!(me.own.layout, None, "what is set for all holds for all");
    for layout in LAYOUTS {
        let _same_or_set = world.act(&by(CHAIR), &set(Scope::All, layout));
        let Some(Section::Controls(controls)) = section(&world, &room(0), "controls") else {
            unreachable!()
        };
        assert_eq!(controls.layout, layout);
    }
}

#[test]
fn v08_lock_and_call() {
    let mut world = World::running();
    world.must(room(1), Command::Leave);
    world.must(by(CHAIR), Command::Lock);
    refused(
        &mut world,
        vec![
            (room(1), Command::Attend, Refusal::Locked),
            (by(DELEGATE), Command::Attend, Refusal::Locked),
            (by(CHAIR), Command::Lock, Refusal::NothingToChange),
            (by(CHAIR), Command::Admit { speaker: the_point(0) }, Refusal::NothingToChange),
            (by(CHAIR), Command::CallPoint { point: point(0) }, Refusal::Attending),
            (by(TECHNICIAN), Command::Admit { speaker: the_point(1) }, Refusal::NotAllowed),
        ],
    );
    assert_eq!(world.state.hearing_of(&room(1)).main, None, "who is late sees nobody");
    assert!(world.state.hearing_of(&room(0)).main.is_some());
    world.must(by(CHAIR), Command::Admit { speaker: Speaker::Person(person(DELEGATE)) });
    world.must(by(DELEGATE), Command::Attend);
    world.must(by(SECRETARY), Command::Attend);
    world.must(by(TECHNICIAN), Command::CallPoint { point: point(1) });
    let Section::Me(me) = me_for(&world.state, &room(1), &names()) else { unreachable!() };
    assert!(me.own.called_at.is_some() && me.own.locked_out.is_none());
    world.must(room(1), Command::Attend);
    let Section::Me(me) = me_for(&world.state, &room(1), &names()) else { unreachable!() };
    assert_eq!(me.own.called_at, None);
    world.must(by(CHAIR), Command::Unlock);
}

#[test]
fn v08_extend() {
    let mut world = World::running();
    let extend = |minutes| Command::Extend { minutes };
    refused(
        &mut world,
        vec![
            (by(CHAIR), extend(0), Refusal::BadLength),
            (by(CHAIR), extend(721), Refusal::BadLength),
            (by(TECHNICIAN), extend(5), Refusal::NotAllowed),
        ],
    );
    world.must(by(CHAIR), extend(30));
    assert_eq!(world.state.facts().map(|facts| facts.minutes), Some(120));
}

#[test]
fn v09_microphones_off() {
    let world = World::running();
    assert_eq!(world.state.hearing().voices, [the_chair()]);
    for reader in [room(0), room(1), by(DELEGATE), by(PRESENTER), by(SECRETARY)] {
        assert_eq!(microphone(&world, &reader), Microphone::Off, "{reader:?}");
    }
}

/// A million random steps of controlling: there is one holder of the floor at most, and no
/// microphone is on without a right. The right is found out from the events alone.
#[test]
fn v09_no_open_microphone_in_a_million_steps() {
    let mut commands = controls();
    commands.extend([
        Command::Attend,
        Command::Leave,
        Command::RequestToSpeak,
        Command::WithdrawRequest,
        Command::WithdrawFloor,
        Command::MuteAll,
    ]);
    for speaker in speakers() {
        let acts = [
            Command::GiveFloor { speaker },
            Command::Mute { speaker },
            Command::Unmute { speaker },
        ];
        commands.extend(acts);
    }
    // The meeting is extended for ever: its length says nothing about microphones.
    commands.retain(|command| !matches!(command, Command::Extend { .. }));
    let actors = everybody();
    let mut world = World::running();
    let mut rights = Rights::default();
    let mut chance = 2026_u64;
    for step in 0..1_000_000 {
        let actor = &actors[pick(&mut chance, actors.len())];
        let command = &commands[pick(&mut chance, commands.len())];
        let Ok(events) = decide(&world.state, command, actor, world.now()) else { continue };
        for event in &events {
            world.state.apply(world.now(), event);
            rights.learn(event);
        }
        let hearing = world.state.hearing();
        assert_eq!(hearing.main, rights.floor.or(Some(the_chair())), "step {step}: {command:?}");
        for voice in &hearing.voices {
            assert!(rights.may_be_heard(*voice), "step {step}: {voice:?} after {command:?}");
        }
    }
    assert!(matches!(world.state.facts().map(|facts| facts.phase), Some(Phase::Running { .. })));
}

#[derive(Default)]
struct Rights {
    floor: Option<Speaker>,
    discussion: bool,
    away: BTreeSet<Speaker>,
    muted: BTreeSet<Speaker>,
    on: BTreeSet<Speaker>,
}

impl Rights {
    fn learn(&mut self, event: &Event) {
        match event {
            Event::FloorGiven { speaker } => {
                assert_eq!(self.floor, None, "two have the floor");
                self.floor = Some(*speaker);
                self.on.clear();
                self.muted.remove(speaker);
            }
            Event::FloorWithdrawn { .. } => self.floor = None,
            Event::DiscussionBegun => self.discussion = true,
            Event::DiscussionEnded => {
                self.discussion = false;
                self.on.clear();
            }
            Event::Left { speaker } => {
                self.away.insert(*speaker);
                self.on.remove(speaker);
            }
            Event::Attended { speaker } => {
                self.away.remove(speaker);
            }
            Event::Muted { speaker } => {
                self.muted.insert(*speaker);
                self.on.remove(speaker);
            }
            Event::Unmuted { speaker } => {
                self.muted.remove(speaker);
                self.on.insert(*speaker);
            }
            _ => {}
        }
    }

    fn may_be_heard(&self, voice: Speaker) -> bool {
        if voice == the_chair() || Some(voice) == self.floor {
            return !self.muted.contains(&voice);
        }
        let is_point = matches!(voice, Speaker::Point(_));
        is_point && self.discussion && self.on.contains(&voice) && !self.away.contains(&voice)
    }
}

fn pick(chance: &mut u64, among: usize) -> usize {
    *chance =
        chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*chance >> 33).unwrap() % among
}

#[test]
fn v07_voice_switching() {
    let mut world = World::running();
    let follow = |hold_seconds| Command::FollowVoices { hold_seconds };
    refused(
        &mut world,
        vec![
            (by(DELEGATE), follow(3), Refusal::NotAllowed),
            (by(CHAIR), follow(1), Refusal::BadLength),
            (by(CHAIR), follow(11), Refusal::BadLength),
            (by(CHAIR), Command::StopFollowingVoices, Refusal::NothingToChange),
        ],
    );
    let hold = |world: &World| world.state.follows_voices().map(|hold| hold.as_secs());
    world.must(by(TECHNICIAN), follow(3));
    assert_eq!(world.act(&by(CHAIR), &follow(3)), Err(Refusal::NothingToChange));
    assert_eq!(hold(&world), None, "without a discussion nobody but the chair is heard");
    world.must(by(CHAIR), Command::BeginDiscussion);
    assert_eq!(hold(&world), Some(3));
    world.must(by(CHAIR), Command::GiveFloor { speaker: the_point(0) });
    assert_eq!(hold(&world), None, "a floor that was given by hand stands");
    world.must(by(CHAIR), Command::WithdrawFloor);
    world.must(by(CHAIR), follow(10));
    assert_eq!(hold(&world), Some(10));
    let Some(Section::Controls(controls)) = section(&world, &by(CHAIR), "controls") else {
        panic!("no controls");
    };
    assert_eq!(controls.follows, Some(10), "the console says so");
    world.must(by(CHAIR), Command::StopFollowingVoices);
    assert_eq!(hold(&world), None);
}
