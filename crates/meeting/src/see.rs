//! Makes the sections that a reader gets.

use std::collections::BTreeMap;

use crate::actor::Actor;
use crate::audience::{Audience, Sight, is_admitted, part_of, sight_of, speaker_of};
use crate::command::Speaker;
use crate::ids::{PersonId, PointId};
use crate::recording;
use crate::rights::can;
use crate::sharing;
use crate::state::{Item, Meeting, Opened, Paper, Record};
use crate::text::{TextRef, Words};
use crate::view::{
    Agenda, Controls, Floor, Head, Holder, ItemLine, ItemState, Me, Microphone, Own, PaperLine,
    People, PersonLine, PointLine, Receipt, Receipts, Request, RollCall, RollLine, Section, Shown,
    ShownPage, View,
};

/// Names and words that live beside the log. What was erased is simply not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Titles.
    pub words: Words,
    /// The names of people.
    pub people: BTreeMap<PersonId, String>,
    /// The names of points.
    pub points: BTreeMap<PointId, String>,
}

impl Names {
    /// The name to show for a speaker.
    #[must_use]
    pub fn of(&self, speaker: Speaker) -> Option<String> {
        match speaker {
            Speaker::Person(person) => self.people.get(&person).cloned(),
            Speaker::Point(point) => self.points.get(&point).cloned(),
        }
    }
}

/// What readers with the same rights get to see; empty before the meeting was created.
#[must_use]
pub fn view_for(state: &Meeting, audience: &Audience, names: &Names) -> View {
    let Some(record) = state.record.as_deref() else { return View::new() };
    let eye = Eye { record, sight: &audience.0, names };
    let mut view = View::from([
        ("head".to_owned(), Section::Head(eye.head())),
        ("floor".to_owned(), Section::Floor(eye.floor())),
    ]);
    if eye.sight.reads() {
        view.insert("agenda".to_owned(), Section::Agenda(eye.agenda()));
        view.insert("shown".to_owned(), Section::Shown(eye.shown()));
        view.insert("people".to_owned(), Section::People(eye.people()));
    }
    if let Some(notice) = recording::notice(record, eye.sight) {
        view.insert("recording".to_owned(), Section::Recording(notice));
    }
    if let Some(screen) = sharing::shared_screen(record, eye.sight, names) {
        view.insert("sharing".to_owned(), Section::Sharing(screen));
    }
    for point in &record.points {
        view.insert(format!("point/{point}"), Section::Point(eye.point(*point)));
    }
    if let Some(controls) = eye.controls() {
        view.insert("controls".to_owned(), Section::Controls(controls));
    }
    if let Some(roll) = eye.roll().filter(|_| eye.sight.follows_receipts()) {
        view.insert("roll".to_owned(), Section::Roll(roll));
    }
    if eye.sight.follows_receipts() {
        for receipts in record.papers.iter().filter_map(|paper| eye.receipts(paper)) {
            view.insert(format!("receipts/{}", receipts.paper), Section::Receipts(receipts));
        }
    }
    view
}

/// The reader's own section: his part, what he may do, his microphone. For somebody who may not
/// know the meeting everything in it is empty.
#[must_use]
pub fn me_for(state: &Meeting, reader: &Actor, names: &Names) -> Section {
    Section::Me(me(state, reader, names))
}

/// A meeting in a list of the reader's meetings; `None` when he may not know it.
#[must_use]
pub fn card_for(state: &Meeting, reader: &Actor, names: &Names) -> Option<(Head, Me)> {
    let record = state.record.as_deref()?;
    let sight = sight_of(record, reader)?;
    Some((Eye { record, sight: &sight, names }.head(), me(state, reader, names)))
}

fn me(state: &Meeting, reader: &Actor, names: &Names) -> Me {
    let speaker = speaker_of(reader);
    let name = names.of(speaker);
    let known = state.record.as_deref().filter(|record| sight_of(record, reader).is_some());
    let Some(record) = known else {
        return Me {
            name,
            speaker: None,
            part: None,
            can: Vec::new(),
            place_in_queue: None,
            microphone: Microphone::Off,
            attending_since: None,
            own: Own::default(),
        };
    };
    let queue = record.course().map(|course| course.queue.as_slice()).unwrap_or_default();
    let ahead = queue.iter().position(|wish| wish.speaker == speaker);
    Me {
        name,
        speaker: record.is_invited(speaker).then_some(speaker),
        part: part_of(record, reader),
        can: can(state, reader).into_iter().collect(),
        place_in_queue: ahead.map(|ahead| counted(ahead + 1)),
        microphone: microphone(record, speaker),
        attending_since: record.attending_since(speaker),
        own: own(record, speaker),
    }
}

/// One look at a meeting.
struct Eye<'a> {
    record: &'a Record,
    sight: &'a Sight,
    names: &'a Names,
}

impl Eye<'_> {
    fn head(&self) -> Head {
        let record = self.record;
        Head {
            title: self.words(record.title),
            starts_at: record.starts_at,
            minutes: record.minutes,
            phase: record.phase(),
            chair: record.chair,
            chair_name: self.names.people.get(&record.chair).cloned(),
        }
    }

    fn floor(&self) -> Floor {
        let Some(course) = self.record.course() else {
            return Floor { holder: None, queue: Vec::new() };
        };
        let holder = course.floor.map(|held| Holder {
            speaker: held.speaker,
            name: self.names.of(held.speaker),
            since: held.since,
            muted: self.record.is_muted(held.speaker),
        });
        let request = |wish: &crate::state::Wish| Request {
            speaker: wish.speaker,
            name: self.names.of(wish.speaker),
            at: wish.at,
        };
        Floor { holder, queue: course.queue.iter().map(request).collect() }
    }

    fn agenda(&self) -> Agenda {
        let current = self.sight.current(self.record);
        let seen = self.record.items.iter().filter(|item| self.sight.sees(item));
        let line = |(place, item)| self.item(place, item, current);
        Agenda { items: seen.enumerate().map(line).collect() }
    }

    fn item(&self, place: usize, item: &Item, current: Option<(&Item, Opened)>) -> ItemLine {
        let papers = self.record.papers.iter().filter(|paper| paper.item == item.id);
        let papers = papers.filter(|paper| self.sight.sees_paper(self.record, paper));
        let state = match (item.opened, current) {
            (_, Some((current, opened))) if current.id == item.id => {
                ItemState::Current { since: opened.since }
            }
            (Some(_), _) => ItemState::Done,
            (None, _) => ItemState::Coming,
        };
        ItemLine {
            item: item.id,
            number: counted(place + 1),
            title: self.words(item.title),
            minutes: item.minutes,
            state,
            closed: *self.sight == Sight::Office && !Sight::Watching.sees(item),
            papers: papers.map(|paper| self.paper(paper)).collect(),
        }
    }

    fn paper(&self, paper: &Paper) -> PaperLine {
        PaperLine {
            paper: paper.id,
            title: self.words(paper.title),
            version: paper.issued.as_ref().map_or(0, |issued| issued.version),
            file: paper.file.clone(),
        }
    }

    fn shown(&self) -> Shown {
        let page = self.sight.shown(self.record).map(|(paper, shown)| ShownPage {
            paper: paper.id,
            title: self.words(paper.title),
            file: paper.file.clone(),
            page: shown.page,
            at: shown.at,
        });
        Shown { page }
    }

    fn people(&self) -> People {
        let line = |(person, part): (&PersonId, &crate::command::Part)| PersonLine {
            person: *person,
            name: self.names.people.get(person).cloned(),
            part: *part,
            attending_since: self.record.attending_since(Speaker::Person(*person)),
        };
        let mut people: Vec<_> = self.record.people.iter().map(line).collect();
        people.sort_by_key(|line| (line.part, line.person));
        People { people }
    }

    fn point(&self, point: PointId) -> PointLine {
        let speaker = Speaker::Point(point);
        PointLine {
            point,
            name: self.names.points.get(&point).cloned(),
            attending_since: self.record.attending_since(speaker),
            microphone: microphone(self.record, speaker),
            own: own(self.record, speaker),
        }
    }

    fn controls(&self) -> Option<Controls> {
        let course = self.record.course()?;
        let (discussion, locked) = (course.discussion.is_some(), course.locked.is_some());
        let follows = course.follows;
        Some(Controls { layout: course.layout, discussion, locked, follows })
    }

    fn roll(&self) -> Option<RollCall> {
        let roll = self.record.roll.as_ref()?;
        let line = |point: &PointId| RollLine {
            point: *point,
            name: self.names.points.get(point).cloned(),
            mark: roll.marks.get(point).cloned(),
        };
        Some(RollCall {
            number: roll.number,
            called_at: roll.called_at,
            recorded_at: roll.recorded_at,
            present: counted(roll.marks.values().filter(|mark| mark.present).count()),
            total: counted(self.record.points.len()),
            points: self.record.points.iter().map(line).collect(),
        })
    }

    fn receipts(&self, paper: &Paper) -> Option<Receipts> {
        let issued = paper.issued.as_ref()?;
        let item = self.record.item(paper.item).filter(|item| self.sight.sees(item))?;
        let receipt = |point: &PointId| {
            let reported = issued.reports.get(point);
            Receipt {
                point: *point,
                name: self.names.points.get(point).cloned(),
                step: reported.map(|reported| reported.step.clone()),
                at: reported.map(|reported| reported.at),
            }
        };
        let points = self.record.points.iter();
        let admitted = points.filter(|point| is_admitted(&item.audience, Speaker::Point(**point)));
        Some(Receipts {
            paper: paper.id,
            version: issued.version,
            points: admitted.map(receipt).collect(),
        })
    }

    fn words(&self, text: TextRef) -> Option<String> {
        self.names.words.get(&text.id).cloned()
    }
}

fn own(record: &Record, speaker: Speaker) -> Own {
    let (Some(course), Speaker::Point(point)) = (record.course(), speaker) else {
        return Own::default();
    };
    Own {
        silenced_loudspeaker: record.is_silenced(speaker).then_some(true),
        layout: course.layouts.get(&point).copied(),
        called_at: course.called.get(&point).copied(),
        locked_out: record.is_locked_out(speaker).then_some(true),
    }
}

fn microphone(record: &Record, speaker: Speaker) -> Microphone {
    match (record.may_speak(speaker), record.is_muted(speaker)) {
        (false, _) => Microphone::Off,
        (true, true) => Microphone::Muted,
        (true, false) => Microphone::On,
    }
}

/// The limits keep every count within 16 bits.
fn counted(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
