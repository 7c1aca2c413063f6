//! Single decisions, as a table: who does what in which world, and what comes of it.

use meeting::{
    Command, Event, ItemAudience, Microphone, PaperStep, Part, Refusal, Section, Speaker,
    Timestamp, Written, audience_of, me_for, view_for,
};

use crate::world::{
    CHAIR, DELEGATE, PRESENTER, SECRETARY, STRANGER, TECHNICIAN, World, add_paper, amend, at, by,
    create, invite, item, names, only, person, point, report, room, show, written,
};

fn check(world: &World, cases: Vec<(meeting::Actor, Command, Result<usize, Refusal>)>) {
    for (actor, command, expected) in cases {
        let done = world.clone().act(&actor, &command);
        assert_eq!(done, expected, "{command:?} by {actor:?}");
    }
}

fn the_point(number: u8) -> Speaker {
    Speaker::Point(point(number))
}

fn with_title(title: Written) -> Command {
    Command::Amend { title, starts_at: at(0), minutes: 1 }
}

#[test]
fn preparing() {
    let secretary = || by(SECRETARY);
    let later = Timestamp::from_millis(i64::MAX);
    let long = "d".repeat(301);
    check(
        &World::prepared(),
        vec![
            (secretary(), create(), Err(Refusal::MeetingExists)),
            (by(DELEGATE), create(), Err(Refusal::NotAllowed)),
            (by(STRANGER), amend(), Err(Refusal::NoSuchMeeting)),
            (by(DELEGATE), amend(), Err(Refusal::NoSuchMeeting)),
            (room(0), Command::Attend, Err(Refusal::NoSuchMeeting)),
            (by(TECHNICIAN), Command::MuteAll, Err(Refusal::NoSuchMeeting)),
            (by(CHAIR), amend(), Ok(1)),
            (secretary(), with_title(written("  ")), Err(Refusal::BadTitle)),
            (secretary(), with_title(written("a\u{7}")), Err(Refusal::BadTitle)),
            (secretary(), with_title(written(&long)), Err(Refusal::BadTitle)),
            (
                secretary(),
                Command::Amend { title: written("x"), starts_at: later, minutes: 1 },
                Err(Refusal::BadTime),
            ),
            (
                secretary(),
                Command::Amend { title: written("x"), starts_at: at(0), minutes: 0 },
                Err(Refusal::BadLength),
            ),
            (secretary(), add_paper(0, 1), Err(Refusal::IdTaken)),
            (secretary(), add_paper(7, 7), Err(Refusal::NoSuchItem)),
            (secretary(), Command::Start, Err(Refusal::WrongPhase)),
            (secretary(), Command::RemoveItem { item: item(0) }, Ok(1)),
            (secretary(), Command::MoveItem { item: item(2), place: 9 }, Err(NOTHING)),
            (secretary(), Command::MoveItem { item: item(0), place: 9 }, Ok(1)),
            (secretary(), invite(&[DELEGATE], Part::Delegate), Err(NOTHING)),
            (secretary(), invite(&[CHAIR], Part::Guest), Err(Refusal::NotAllowed)),
            (secretary(), invite(&[DELEGATE], Part::Chair), Ok(1)),
            (secretary(), invite(&[DELEGATE, STRANGER], Part::Chair), Err(Refusal::TooMany)),
            (secretary(), Command::IssuePapers, Ok(3)),
        ],
    );
}

const NOTHING: Refusal = Refusal::NothingToChange;

#[test]
fn running() {
    let refused = |code: &str| report(0, PaperStep::Refused { code: code.to_owned() });
    let other = Command::ReportPaper {
        paper: crate::world::paper(0),
        sha256: crate::world::sha256(9),
        step: PaperStep::Received,
    };
    check(
        &World::running(),
        vec![
            (by(SECRETARY), amend(), Err(Refusal::WrongPhase)),
            (by(SECRETARY), Command::IssuePapers, Err(Refusal::NothingToIssue)),
            (by(SECRETARY), Command::RemoveItem { item: item(0) }, Err(Refusal::WrongPhase)),
            (
                by(SECRETARY),
                Command::RemovePaper { paper: crate::world::paper(0) },
                Err(Refusal::PaperIssued),
            ),
            (room(0), report(0, PaperStep::Received), Ok(1)),
            (room(0), report(2, PaperStep::Verified), Ok(1)),
            (room(1), report(2, PaperStep::Verified), Err(Refusal::NoSuchPaper)),
            (room(2), report(0, PaperStep::Verified), Err(Refusal::NoSuchMeeting)),
            (room(0), other, Err(Refusal::OtherBytes)),
            (room(0), refused("DIGEST"), Ok(1)),
            (room(0), refused("chữ ký hỏng"), Err(Refusal::BadCode)),
            (by(DELEGATE), report(0, PaperStep::Received), Err(Refusal::NotAllowed)),
            (by(CHAIR), show(0, 1), Ok(1)),
            (by(CHAIR), show(0, 3), Err(Refusal::NoSuchPage)),
            (by(CHAIR), show(0, 0), Err(Refusal::NoSuchPage)),
            (by(DELEGATE), show(0, 1), Err(Refusal::NotAllowed)),
            (by(PRESENTER), show(0, 1), Err(Refusal::NoSuchPaper)),
            (by(TECHNICIAN), Command::Attend, Err(Refusal::NotInvited)),
            (by(CHAIR), Command::GiveFloor { speaker: the_point(0) }, Ok(1)),
            (by(CHAIR), Command::GiveFloor { speaker: the_point(2) }, Err(Refusal::NotInvited)),
            (by(CHAIR), give(Speaker::Person(person(DELEGATE))), Err(Refusal::NotAttending)),
            (by(DELEGATE), give(the_point(0)), Err(Refusal::NotAllowed)),
            (by(CHAIR), Command::WithdrawFloor, Err(Refusal::NoFloor)),
            (by(CHAIR), Command::Mute { speaker: the_point(0) }, Err(Refusal::MayNotSpeak)),
            (by(TECHNICIAN), Command::Mute { speaker: Speaker::Person(person(CHAIR)) }, Ok(1)),
            (by(CHAIR), Command::MuteAll, Err(NOTHING)),
            (room(0), Command::RequestToSpeak, Ok(1)),
            (by(DELEGATE), Command::RequestToSpeak, Err(Refusal::NotAttending)),
            (by(SECRETARY), Command::End, Ok(1)),
        ],
    );
}

fn give(speaker: Speaker) -> Command {
    Command::GiveFloor { speaker }
}

#[test]
fn a_report_that_says_nothing_new_makes_no_event() {
    let refused = || PaperStep::Refused { code: "HASH".to_owned() };
    let cases = [
        (PaperStep::Received, PaperStep::Received, 0),
        (PaperStep::Received, PaperStep::Verified, 1),
        (PaperStep::Verified, PaperStep::Received, 0),
        (PaperStep::Verified, refused(), 1),
        (refused(), refused(), 0),
        (refused(), PaperStep::Received, 1),
    ];
    for (first, then, events) in cases {
        let mut world = World::running();
        world.must(room(0), report(0, first.clone()));
        assert_eq!(world.act(&room(0), &report(0, then.clone())), Ok(events), "{first:?} {then:?}");
    }
}

#[test]
fn the_floor_goes_over_and_silences_everybody_but_the_chair() {
    let mut world = World::running();
    world.must(room(1), Command::RequestToSpeak);
    world.must(by(CHAIR), give(the_point(0)));
    world.must(by(CHAIR), give(the_point(1)));
    let last: Vec<_> = world.log.iter().rev().take(2).map(|(_, event)| event.clone()).collect();
    let wanted = [
        Event::FloorGiven { speaker: the_point(1) },
        Event::FloorWithdrawn { speaker: the_point(0) },
    ];
    assert_eq!(last, wanted);
    let hearing = world.state.hearing();
    assert_eq!(hearing.main, Some(the_point(1)));
    assert_eq!(hearing.voices, [the_point(1), Speaker::Person(person(CHAIR))]);
    let Section::Me(me) = me_for(&world.state, &room(1), &names()) else { unreachable!() };
    assert_eq!((me.microphone, me.place_in_queue), (Microphone::On, None));

    world.must(by(CHAIR), Command::MuteAll);
    assert_eq!(world.state.hearing().voices, [Speaker::Person(person(CHAIR))]);
    world.must(room(1), Command::Leave);
    assert_eq!(world.state.hearing().main, Some(Speaker::Person(person(CHAIR))));
}

#[test]
fn a_presenter_shows_papers_of_the_current_item_only() {
    let mut world = World::running();
    world.must(by(CHAIR), Command::OpenItem { item: item(1) });
    assert_eq!(world.act(&by(PRESENTER), &show(0, 1)), Err(Refusal::NotAllowed));
    assert_eq!(world.act(&by(PRESENTER), &show(1, 1)), Ok(1));
    assert_eq!(world.act(&by(PRESENTER), &show(1, 1)), Err(NOTHING));
    assert_eq!(world.act(&by(PRESENTER), &show(1, 2)), Ok(1));
    assert_eq!(world.act(&by(PRESENTER), &show(2, 1)), Err(Refusal::NoSuchPaper));
}

#[test]
fn unissued_papers_are_absent_to_those_invited() {
    let mut world = World::running();
    world.must(by(SECRETARY), add_paper(3, 0));
    for (reader, papers) in [(by(CHAIR), 2), (by(DELEGATE), 1), (room(0), 1)] {
        let audience = audience_of(&world.state, &reader).unwrap();
        let view = view_for(&world.state, &audience, &names());
        let Some(Section::Agenda(agenda)) = view.get("agenda") else { unreachable!() };
        assert_eq!(agenda.items[0].papers.len(), papers, "{reader:?}");
    }
    assert_eq!(world.act(&by(CHAIR), &show(3, 1)), Err(Refusal::NotIssued));
}

#[test]
fn each_reader_has_his_sections() {
    let world = World::running();
    let common = "controls floor head point/2 point/2";
    let reading = "agenda controls floor head people point/2 point/2";
    let cases = [
        (by(CHAIR), format!("{reading} receipts/0 receipts/1 receipts/2 shown")),
        (by(DELEGATE), format!("{reading} shown")),
        (room(0), format!("{reading} shown")),
        (by(TECHNICIAN), format!("{common} receipts/0 receipts/1")),
    ];
    for (reader, expected) in cases {
        let audience = audience_of(&world.state, &reader).unwrap();
        let view = view_for(&world.state, &audience, &names());
        let keys: Vec<_> = view.keys().map(|key| short(key)).collect();
        assert_eq!(keys.join(" "), expected, "{reader:?}");
    }
    assert_eq!(audience_of(&world.state, &by(STRANGER)), None);
    let sees_everything = |reader| audience_of(&world.state, &reader).unwrap().sees_everything();
    assert!(sees_everything(by(SECRETARY)) && !sees_everything(by(DELEGATE)));
}

/// The key, with the last digit of a paper's id and the kind of a point's.
fn short(key: &str) -> String {
    match key.split_once('/') {
        Some(("receipts", id)) => format!("receipts/{}", &id[id.len() - 1..]),
        Some((kind, id)) => format!("{kind}/{}", &id[1..2]),
        None => key.to_owned(),
    }
}

#[test]
fn the_numbers_of_an_agenda_have_no_gap() {
    let mut world = World::running();
    let audience = only(&[], &[]);
    let close = Command::ChangeItem { item: item(0), title: written("Kín"), minutes: 5, audience };
    world.must(by(SECRETARY), close);
    let audience = audience_of(&world.state, &by(PRESENTER)).unwrap();
    let view = view_for(&world.state, &audience, &names());
    let Some(Section::Agenda(agenda)) = view.get("agenda") else { unreachable!() };
    let lines: Vec<_> = agenda.items.iter().map(|line| (line.item, line.number)).collect();
    assert_eq!(lines, [(item(1), 1)]);
    assert!(!agenda.items[0].closed);
    let open = ItemAudience::Everyone;
    let open =
        Command::ChangeItem { item: item(0), title: written("Mở"), minutes: 5, audience: open };
    world.must(by(SECRETARY), open);
    let view = view_for(&world.state, &audience, &names());
    let Some(Section::Agenda(agenda)) = view.get("agenda") else { unreachable!() };
    assert_eq!(agenda.items.len(), 2);
}

#[test]
fn the_cameras_of_the_points_are_for_those_who_run_the_meeting() {
    let watched = |world: &World, reader: &meeting::Actor| {
        world.state.points_watched_by(reader).map(std::collections::BTreeSet::len)
    };
    let prepared = World::prepared();
    assert_eq!(watched(&prepared, &by(TECHNICIAN)), None, "a draft is nobody else's");
    let mut world = World::running();
    let points = watched(&world, &by(CHAIR)).unwrap();
    assert!(points > 0);
    assert_eq!(watched(&world, &by(SECRETARY)), Some(points));
    assert_eq!(watched(&world, &by(TECHNICIAN)), Some(points));
    for nobody in [by(DELEGATE), by(PRESENTER), by(STRANGER), room(0)] {
        assert_eq!(watched(&world, &nobody), None, "{nobody:?}");
    }
    let closed = Command::ChangeItem {
        item: item(0),
        title: written("x"),
        minutes: 5,
        audience: only(&[], &[]),
    };
    world.must(by(CHAIR), closed);
    world.must(by(CHAIR), Command::OpenItem { item: item(0) });
    assert_eq!(watched(&world, &by(TECHNICIAN)), None, "not at an item closed to him");
    assert_eq!(watched(&world, &by(CHAIR)), Some(points));
    world.must(by(CHAIR), Command::End);
    assert_eq!(watched(&world, &by(CHAIR)), None, "it is over");
}
