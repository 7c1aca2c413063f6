//! The forms in which commands, events and sections are kept and sent. The log is read by later
//! versions, so a form never changes: `forms.txt` grows, and no line of it is edited.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use meeting::{Command, Event, Refusal, Scope, Section, audience_of, me_for, view_for};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::world::{
    CHAIR, DELEGATE, World, add_item, all_commands, by, item, names, only, person, point, report,
    room, show, written,
};

#[test]
fn the_forms_are_those_that_were_promised() {
    let mut lines = Vec::new();
    note("command", &commands(), "do", &mut lines);
    note("event", &events(), "event", &mut lines);
    note("section", &sections(), "kind", &mut lines);
    lines.push(format!("refusals {}", variants::<Refusal>("?".into()).join(" ")));
    let wanted = format!("{}\n", lines.join("\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/forms.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let promised = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, promise) in wanted.lines().zip(promised.lines()) {
        assert_eq!(line, promise, "a form changed: give the new form a new name");
    }
    assert_eq!(wanted.lines().count(), promised.lines().count(), "run with UPDATE=1");
}

/// One line for each form, and a failure when a variant has no sample or does not come back.
fn note<T>(what: &str, samples: &[T], tag: &str, lines: &mut Vec<String>)
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let mut seen = BTreeSet::new();
    for sample in samples {
        let form = serde_json::to_value(sample).unwrap();
        assert_eq!(&serde_json::from_value::<T>(form.clone()).unwrap(), sample);
        if seen.insert(form[tag].as_str().unwrap().to_owned()) {
            lines.push(format!("{what} {}", serde_json::to_string(sample).unwrap()));
        }
    }
    let variants = variants::<T>(serde_json::json!({ tag: "?" }));
    assert_eq!(seen, variants.into_iter().collect(), "every {what} has a sample");
}

/// The variants of an enum, as serde lists them to somebody who names another one.
fn variants<T: DeserializeOwned>(unknown: serde_json::Value) -> Vec<String> {
    let message = serde_json::from_value::<T>(unknown).err().expect("unknown").to_string();
    let list = message.split_once("expected").expect("a list of variants").1;
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn commands() -> Vec<Command> {
    let people = BTreeSet::from([person(DELEGATE)]);
    let points = BTreeSet::from([point(0)]);
    let mut commands = vec![
        crate::world::create(),
        Command::ChangeItem {
            item: item(0),
            title: written("Nội dung"),
            minutes: 15,
            audience: only(&[DELEGATE], &[0]),
        },
        Command::MoveItem { item: item(0), place: 2 },
        Command::RemoveItem { item: item(0) },
        Command::UninvitePeople { people },
        Command::InvitePoints { points: points.clone() },
        Command::UninvitePoints { points },
        report(0, meeting::PaperStep::Refused { code: "DIGEST".to_owned() }),
    ];
    commands.extend(all_commands());
    commands
}

/// The events of a meeting in which everything happens.
fn events() -> Vec<Event> {
    let mut world = World::prepared();
    let secretary = || by(crate::world::SECRETARY);
    let speaker = meeting::Speaker::Point(point(0));
    let before = [
        add_item(7),
        Command::MoveItem { item: item(7), place: 0 },
        Command::RemoveItem { item: item(7) },
        crate::world::add_paper(7, 0),
        Command::RemovePaper { paper: crate::world::paper(7) },
    ];
    for command in commands().into_iter().take(2).skip(1).chain(before) {
        world.must(secretary(), command);
    }
    for command in [crate::world::amend(), Command::IssuePapers, Command::Announce, Command::Start]
    {
        world.must(secretary(), command);
    }
    world.must(room(0), report(0, meeting::PaperStep::Verified));
    world.must(secretary(), Command::Attend);
    for command in [Command::Attend, Command::RequestToSpeak, Command::WithdrawRequest] {
        world.must(room(0), command);
    }
    let during = [
        Command::StartRecording,
        Command::StopRecording,
        Command::StartRecording,
        crate::world::interrupt(),
        Command::OpenItem { item: item(0) },
        show(0, 2),
        Command::StopShowing,
        Command::GiveFloor { speaker },
        Command::Mute { speaker },
        Command::Unmute { speaker },
        Command::Silence { scope: Scope::Point(point(0)) },
        Command::Unsilence { scope: Scope::All },
        Command::BeginDiscussion,
        Command::EndDiscussion,
        Command::FollowVoices { hold_seconds: 3 },
        Command::StopFollowingVoices,
        Command::StartSharing,
        Command::StopSharing,
        Command::CallRoll,
        Command::RecordRoll {
            number: 1,
            reports: BTreeMap::from([(point(0), crate::world::evidence(true))]),
        },
        Command::MarkPoint { point: point(1), present: true },
        Command::SetLayout { scope: Scope::All, layout: meeting::Layout::Grid },
        Command::Lock,
        Command::CallPoint { point: point(1) },
        Command::Admit { speaker: meeting::Speaker::Person(person(DELEGATE)) },
        Command::Unlock,
        Command::Extend { minutes: 15 },
        Command::UninvitePoints { points: BTreeSet::from([point(0)]) },
        Command::UninvitePeople { people: BTreeSet::from([person(DELEGATE)]) },
        Command::End,
    ];
    for command in during {
        world.must(secretary(), command);
    }
    world.log.into_iter().map(|(_, event)| event).collect()
}

fn sections() -> Vec<Section> {
    let mut world = World::running();
    world.must(room(0), report(0, meeting::PaperStep::Verified));
    world.must(room(1), Command::RequestToSpeak);
    world.must(by(CHAIR), Command::OpenItem { item: item(0) });
    world.must(by(CHAIR), show(0, 2));
    world.must(by(CHAIR), Command::GiveFloor { speaker: meeting::Speaker::Point(point(0)) });
    world.must(by(CHAIR), Command::CallRoll);
    let reports = BTreeMap::from([(point(0), crate::world::evidence(true))]);
    world.must(by(CHAIR), Command::RecordRoll { number: 1, reports });
    world.must(by(CHAIR), Command::StartRecording);
    world.must(by(CHAIR), Command::Attend);
    world.must(by(CHAIR), Command::StartSharing);
    let audience = audience_of(&world.state, &by(CHAIR)).unwrap();
    let mut sections: Vec<_> = view_for(&world.state, &audience, &names()).into_values().collect();
    sections.push(me_for(&world.state, &by(CHAIR), &names()));
    sections
}
