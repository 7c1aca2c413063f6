//! Makes the next state out of an event.
//!
//! Events were decided once and are facts: nothing is checked here again, and an event that does
//! not fit the state changes nothing.

mod control;

use std::collections::{BTreeMap, BTreeSet};

use crate::command::{ItemAudience, PaperFile, PaperStep, Part, Speaker};
use crate::event::Event;
use crate::ids::{ItemId, PaperId, PersonId, PointId};
use crate::state::{
    Attendance, Course, Held, Issued, Item, Meeting, Opened, PageOf, Paper, Record, Recording,
    Reported, Stage, Wish,
};
use crate::text::TextRef;
use crate::time::Timestamp;

impl Meeting {
    /// Takes in what happened at a moment.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        match (&mut self.record, event) {
            (None, Event::Created { title, starts_at, minutes, chair, secretary }) => {
                let people = BTreeMap::from([(*secretary, Part::Secretary), (*chair, Part::Chair)]);
                self.record = Some(Box::new(Record {
                    title: *title,
                    starts_at: *starts_at,
                    minutes: *minutes,
                    chair: *chair,
                    people,
                    points: BTreeSet::new(),
                    items: Vec::new(),
                    papers: Vec::new(),
                    stage: Stage::Draft,
                    roll: None,
                }));
            }
            (Some(record), event) => record.apply(at, event),
            (None, _) => {}
        }
    }
}

impl Record {
    fn apply(&mut self, at: Timestamp, event: &Event) {
        self.take_in(at, event);
        if let Some(course) = self.course_mut() {
            course.share(at, event);
        }
        self.end_unentitled_sharings();
    }

    fn take_in(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Amended { title, starts_at, minutes } => {
                (self.title, self.starts_at, self.minutes) = (*title, *starts_at, *minutes);
            }
            Event::ItemAdded { item, title, minutes, audience } => {
                self.add_item(*item, *title, *minutes, audience);
            }
            Event::ItemChanged { item, title, minutes, audience } => {
                self.change_item(*item, *title, *minutes, audience);
            }
            Event::ItemMoved { item, place } => self.move_item(*item, *place),
            Event::ItemRemoved { item } => {
                self.items.retain(|known| known.id != *item);
                self.papers.retain(|paper| paper.item != *item);
            }
            Event::PeopleInvited { people, part } => self.invite_people(people, *part),
            Event::PeopleUninvited { people } => {
                self.people.retain(|person, _| !people.contains(person));
            }
            Event::PointsInvited { points } => self.points.extend(points),
            Event::PointsUninvited { points } => self.uninvite_points(points),
            Event::PaperAdded { paper, item, title, file } => {
                self.add_paper(*paper, *item, *title, file);
            }
            Event::PaperRemoved { paper } => self.papers.retain(|known| known.id != *paper),
            Event::PaperIssued { paper, version, .. } => self.issue(*paper, *version, at),
            Event::PaperReported { paper, point, step } => self.report(*paper, *point, step, at),
            Event::Announced | Event::Started | Event::Ended => self.turn_to(at, event),
            Event::ItemOpened { item } => self.open_item(*item, at),
            Event::Attended { .. } | Event::Left { .. } => {
                self.come_or_go(at, event);
                self.control(at, event);
            }
            Event::Extended { minutes } => self.minutes = self.minutes.saturating_add(*minutes),
            Event::RollCalled { .. } | Event::RollRecorded { .. } | Event::PointMarked { .. } => {
                self.note_roll(at, event);
            }
            Event::LoudspeakersSilenced { .. }
            | Event::LoudspeakersUnsilenced { .. }
            | Event::DiscussionBegun
            | Event::DiscussionEnded
            | Event::VoicesFollowed { .. }
            | Event::FollowingStopped
            | Event::LayoutSet { .. }
            | Event::Locked
            | Event::Unlocked
            | Event::Admitted { .. }
            | Event::PointCalled { .. } => self.control(at, event),
            Event::PageShown { paper, page } => self.show(*paper, *page, at),
            Event::ShowingStopped
            | Event::SpeechRequested { .. }
            | Event::RequestWithdrawn { .. }
            | Event::FloorGiven { .. }
            | Event::FloorWithdrawn { .. }
            | Event::Muted { .. }
            | Event::Unmuted { .. }
            | Event::RecordingStarted
            | Event::RecordingStopped
            | Event::RecordingInterrupted { .. } => {
                let chair = Speaker::Person(self.chair);
                if let Some(course) = self.course_mut() {
                    course.apply(at, event, chair);
                }
            }
            Event::SharingStarted { .. } | Event::SharingStopped { .. } | Event::Created { .. } => {
            }
        }
    }

    fn come_or_go(&mut self, at: Timestamp, event: &Event) {
        let Some(attendance) = self.attendance_mut() else { return };
        match event {
            Event::Attended { speaker } => {
                attendance.insert(*speaker, at);
            }
            Event::Left { speaker } => {
                attendance.remove(speaker);
            }
            _ => {}
        }
    }

    fn add_item(&mut self, id: ItemId, title: TextRef, minutes: u16, audience: &ItemAudience) {
        self.items.push(Item { id, title, minutes, audience: audience.clone(), opened: None });
    }

    fn change_item(&mut self, id: ItemId, title: TextRef, minutes: u16, audience: &ItemAudience) {
        if let Some(item) = self.items.iter_mut().find(|known| known.id == id) {
            (item.title, item.minutes) = (title, minutes);
            item.audience = audience.clone();
        }
    }

    fn move_item(&mut self, id: ItemId, place: u16) {
        if let Some(from) = self.items.iter().position(|known| known.id == id) {
            let item = self.items.remove(from);
            self.items.insert(usize::from(place).min(self.items.len()), item);
        }
    }

    fn open_item(&mut self, id: ItemId, since: Timestamp) {
        let opened = self.items.iter().filter_map(|item| item.opened);
        let order =
            opened.map(|opened| opened.order).max().map_or(1, |last| last.saturating_add(1));
        if let Some(item) = self.items.iter_mut().find(|known| known.id == id) {
            item.opened = Some(Opened { order, since });
        }
    }

    fn invite_people(&mut self, people: &BTreeSet<PersonId>, part: Part) {
        for person in people {
            if part == Part::Chair {
                self.people.insert(self.chair, Part::Delegate);
                self.chair = *person;
            }
            self.people.insert(*person, part);
        }
    }

    fn uninvite_points(&mut self, points: &BTreeSet<PointId>) {
        self.points.retain(|point| !points.contains(point));
        self.forget_points(points);
        for issued in self.papers.iter_mut().filter_map(|paper| paper.issued.as_mut()) {
            issued.reports.retain(|point, _| !points.contains(point));
        }
    }

    fn add_paper(&mut self, id: PaperId, item: ItemId, title: TextRef, file: &PaperFile) {
        self.papers.push(Paper { id, item, title, file: file.clone(), issued: None });
    }

    fn issue(&mut self, id: PaperId, version: u32, at: Timestamp) {
        if let Some(paper) = self.papers.iter_mut().find(|known| known.id == id) {
            paper.issued = Some(Issued { version, at, reports: BTreeMap::new() });
        }
    }

    fn report(&mut self, id: PaperId, point: PointId, step: &PaperStep, at: Timestamp) {
        let paper = self.papers.iter_mut().find(|known| known.id == id);
        if let Some(issued) = paper.and_then(|paper| paper.issued.as_mut()) {
            issued.reports.insert(point, Reported { step: step.clone(), at });
        }
    }

    /// The stages follow one another; what a stage carries on, it hands over.
    fn turn_to(&mut self, at: Timestamp, event: &Event) {
        let before = std::mem::replace(&mut self.stage, Stage::Draft);
        self.stage = match (before, event) {
            (Stage::Draft, Event::Announced) => {
                Stage::Announced { at, attendance: Attendance::new() }
            }
            (Stage::Announced { attendance, .. }, Event::Started) => {
                Stage::Running { since: at, attendance, course: Course::default() }
            }
            (Stage::Running { .. }, Event::Ended) => Stage::Ended { at },
            (unchanged, _) => unchanged,
        };
    }

    fn show(&mut self, paper: PaperId, page: u32, at: Timestamp) {
        let Some(item) = self.paper(paper).map(|paper| paper.item) else { return };
        if let Some(course) = self.course_mut() {
            course.shown.retain(|shown| shown.item != item);
            course.shown.push(PageOf { item, paper, page, at });
        }
    }

    fn attendance_mut(&mut self) -> Option<&mut Attendance> {
        match &mut self.stage {
            Stage::Announced { attendance, .. } | Stage::Running { attendance, .. } => {
                Some(attendance)
            }
            Stage::Draft | Stage::Ended { .. } => None,
        }
    }

    pub(crate) fn course_mut(&mut self) -> Option<&mut Course> {
        match &mut self.stage {
            Stage::Running { course, .. } => Some(course),
            Stage::Draft | Stage::Announced { .. } | Stage::Ended { .. } => None,
        }
    }
}

impl Course {
    fn apply(&mut self, at: Timestamp, event: &Event, chair: Speaker) {
        match event {
            Event::ShowingStopped => self.shown.clear(),
            Event::SpeechRequested { speaker } => self.queue.push(Wish { speaker: *speaker, at }),
            Event::RequestWithdrawn { speaker } => self.forget_wish(*speaker),
            Event::FloorGiven { speaker } => {
                self.forget_wish(*speaker);
                self.muted.remove(speaker);
                // Others are muted; in a discussion they may turn themselves on again.
                if let Some(open) = &mut self.discussion {
                    open.clear();
                }
                self.floor = Some(Held { speaker: *speaker, since: at });
            }
            Event::FloorWithdrawn { speaker } => {
                // The chair may speak without the floor, and stays muted without it.
                if *speaker != chair {
                    self.muted.remove(speaker);
                }
                self.floor = None;
            }
            Event::Muted { speaker } => self.mute(*speaker, chair),
            Event::Unmuted { speaker } => self.unmute(*speaker, chair),
            Event::RecordingStarted => self.recording = Recording::On { since: at },
            Event::RecordingStopped => self.recording = Recording::Off,
            Event::RecordingInterrupted { code } => {
                self.recording = Recording::Interrupted { at, code: code.clone() };
            }
            _ => {}
        }
    }

    /// Who was asked to speak is on unless he was muted; who discusses is off unless he is on.
    fn mute(&mut self, speaker: Speaker, chair: Speaker) {
        match (self.is_asked(speaker, chair), speaker, &mut self.discussion) {
            (false, Speaker::Point(point), Some(open)) => {
                open.remove(&point);
            }
            _ => {
                self.muted.insert(speaker);
            }
        }
    }

    fn unmute(&mut self, speaker: Speaker, chair: Speaker) {
        match (self.is_asked(speaker, chair), speaker, &mut self.discussion) {
            (false, Speaker::Point(point), Some(open)) => {
                open.insert(point);
            }
            _ => {
                self.muted.remove(&speaker);
            }
        }
    }

    fn is_asked(&self, speaker: Speaker, chair: Speaker) -> bool {
        speaker == chair || self.floor.is_some_and(|held| held.speaker == speaker)
    }

    fn forget_wish(&mut self, speaker: Speaker) {
        self.queue.retain(|wish| wish.speaker != speaker);
    }
}
