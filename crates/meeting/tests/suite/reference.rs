//! A naive meeting beside the machine: it keeps nothing but the log and finds every answer by
//! reading it from the beginning.

mod office;
mod sharing;

use std::collections::{BTreeMap, BTreeSet};

use meeting::{
    Actor, Command, Event, Hearing, ItemAudience, ItemId, Layout, PaperFile, PaperId, PaperStep,
    Part, PersonId, PointId, Role, Scope, Speaker,
};

/// The log so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reference {
    pub(crate) log: Vec<Event>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Nothing,
    Draft,
    Announced,
    Running,
    Ended,
}

impl Reference {
    fn phase(&self) -> Phase {
        self.log.iter().fold(Phase::Nothing, |phase, event| match event {
            Event::Created { .. } => Phase::Draft,
            Event::Announced => Phase::Announced,
            Event::Started => Phase::Running,
            Event::Ended => Phase::Ended,
            _ => phase,
        })
    }

    fn people(&self) -> BTreeMap<PersonId, Part> {
        let mut people = BTreeMap::new();
        for event in &self.log {
            match event {
                Event::Created { chair, secretary, .. } => {
                    people.insert(*secretary, Part::Secretary);
                    people.insert(*chair, Part::Chair);
                }
                Event::PeopleInvited { people: new, part } => {
                    let old = people.values_mut().filter(|held| **held == Part::Chair);
                    if *part == Part::Chair {
                        old.for_each(|held| *held = Part::Delegate);
                    }
                    people.extend(new.iter().map(|person| (*person, *part)));
                }
                Event::PeopleUninvited { people: gone } => {
                    people.retain(|person, _| !gone.contains(person));
                }
                _ => {}
            }
        }
        people
    }

    fn chair(&self) -> Option<PersonId> {
        self.people().into_iter().find(|(_, part)| *part == Part::Chair).map(|(person, _)| person)
    }

    fn points(&self) -> BTreeSet<PointId> {
        let mut points = BTreeSet::new();
        for event in &self.log {
            match event {
                Event::PointsInvited { points: new } => points.extend(new.iter().copied()),
                Event::PointsUninvited { points: gone } => points.retain(|p| !gone.contains(p)),
                _ => {}
            }
        }
        points
    }

    fn attending(&self, speaker: Speaker) -> bool {
        let of_speaker = self.log.iter().rev().find_map(|event| match event {
            Event::Attended { speaker: who } if *who == speaker => Some(true),
            Event::Left { speaker: who } if *who == speaker => Some(false),
            _ => None,
        });
        of_speaker.unwrap_or(false) && matches!(self.phase(), Phase::Announced | Phase::Running)
    }

    fn holder(&self) -> Option<Speaker> {
        let last = self.log.iter().rev().find_map(|event| match event {
            Event::FloorGiven { speaker } => Some(Some(*speaker)),
            Event::FloorWithdrawn { .. } | Event::Ended => Some(None),
            _ => None,
        });
        last.flatten()
    }

    fn recording(&self) -> bool {
        let last = self.log.iter().rev().find_map(|event| match event {
            Event::RecordingStarted => Some(true),
            Event::RecordingStopped | Event::RecordingInterrupted { .. } => Some(false),
            _ => None,
        });
        last.unwrap_or(false)
    }

    fn wants_to_speak(&self, speaker: Speaker) -> bool {
        let last = self.log.iter().rev().find_map(|event| match event {
            Event::SpeechRequested { speaker: who } if *who == speaker => Some(true),
            Event::RequestWithdrawn { speaker: who } | Event::FloorGiven { speaker: who }
                if *who == speaker =>
            {
                Some(false)
            }
            _ => None,
        });
        last.unwrap_or(false) && self.phase() == Phase::Running
    }

    /// Whether the points discuss.
    fn discussion(&self) -> bool {
        let last = self.log.iter().rev().find_map(|event| match event {
            Event::DiscussionBegun => Some(true),
            Event::DiscussionEnded | Event::Started => Some(false),
            _ => None,
        });
        last.unwrap_or(false)
    }

    fn discusses(&self, speaker: Speaker) -> bool {
        matches!(speaker, Speaker::Point(_))
            && self.phase() == Phase::Running
            && self.discussion()
            && self.attending(speaker)
    }

    /// In a discussion a microphone is off until it is turned on, and off again once somebody is
    /// given the floor, or had it, or left.
    fn open(&self, speaker: Speaker) -> bool {
        let last = self.log.iter().rev().find_map(|event| match event {
            Event::Unmuted { speaker: who } if *who == speaker => Some(true),
            Event::Muted { speaker: who }
            | Event::Left { speaker: who }
            | Event::FloorWithdrawn { speaker: who }
                if *who == speaker =>
            {
                Some(false)
            }
            Event::FloorGiven { .. } | Event::DiscussionBegun => Some(false),
            _ => None,
        });
        last.unwrap_or(false)
    }

    fn silenced(&self) -> BTreeSet<PointId> {
        let mut silenced = BTreeSet::new();
        for event in &self.log {
            match event {
                Event::LoudspeakersSilenced { points } => silenced.extend(points),
                Event::LoudspeakersUnsilenced { points } | Event::PointsUninvited { points } => {
                    silenced.retain(|point| !points.contains(point));
                }
                _ => {}
            }
        }
        silenced
    }

    /// Who may come though the meeting is locked, when it is.
    fn locked(&self) -> Option<BTreeSet<Speaker>> {
        let mut locked = None;
        for event in &self.log {
            match (event, &mut locked) {
                (Event::Locked, _) => locked = Some(BTreeSet::new()),
                (Event::Unlocked, _) => locked = None,
                (Event::Admitted { speaker }, Some(admitted)) => {
                    admitted.insert(*speaker);
                }
                (Event::PointCalled { point }, Some(admitted)) => {
                    admitted.insert(Speaker::Point(*point));
                }
                (Event::PointsUninvited { points }, Some(admitted)) => {
                    for point in points {
                        admitted.remove(&Speaker::Point(*point));
                    }
                }
                _ => {}
            }
        }
        locked.filter(|_| self.phase() == Phase::Running)
    }

    fn locked_out(&self, speaker: Speaker) -> bool {
        let office = matches!(speaker, Speaker::Person(person)
            if matches!(self.people().get(&person), Some(Part::Chair | Part::Secretary)));
        let is_out = |admitted: BTreeSet<Speaker>| !admitted.contains(&speaker);
        self.is_invited(speaker)
            && !office
            && !self.attending(speaker)
            && self.locked().is_some_and(is_out)
    }

    fn layout(&self, scope: Scope) -> (Layout, bool) {
        let mut all = Layout::default();
        let mut own = BTreeMap::new();
        for event in &self.log {
            match event {
                Event::LayoutSet { scope: Scope::All, layout } => {
                    all = *layout;
                    own.clear();
                }
                Event::LayoutSet { scope: Scope::Point(point), layout } => {
                    own.insert(*point, *layout);
                }
                Event::PointsUninvited { points } => own.retain(|p, _| !points.contains(p)),
                _ => {}
            }
        }
        match scope {
            Scope::All => (all, own.is_empty()),
            Scope::Point(point) => (own.get(&point).copied().unwrap_or(all), true),
        }
    }

    /// The last roll call, whether it was recorded, and the marks by hand in it.
    fn roll(&self) -> Option<(u32, bool, BTreeMap<PointId, bool>)> {
        let mut roll = None;
        for event in &self.log {
            match (event, &mut roll) {
                (Event::RollCalled { number }, _) => roll = Some((*number, false, BTreeMap::new())),
                (Event::RollRecorded { .. }, Some((_, recorded, _))) => *recorded = true,
                (Event::PointMarked { point, present }, Some((_, _, marks))) => {
                    marks.insert(*point, *present);
                }
                (Event::PointsUninvited { points }, Some((_, _, marks))) => {
                    marks.retain(|point, _| !points.contains(point));
                }
                _ => {}
            }
        }
        roll
    }

    fn follows(&self) -> Option<u8> {
        let last = self.log.iter().rev().find_map(|event| match event {
            Event::VoicesFollowed { hold_seconds } => Some(Some(*hold_seconds)),
            Event::FollowingStopped => Some(None),
            _ => None,
        });
        last.flatten()
    }

    fn minutes(&self) -> u32 {
        self.log.iter().fold(0, |so_far, event| match event {
            Event::Created { minutes, .. } | Event::Amended { minutes, .. } => u32::from(*minutes),
            Event::Extended { minutes } => so_far + u32::from(*minutes),
            _ => so_far,
        })
    }

    /// Whether a control of the points is carried out for somebody who has the right to it.
    fn controls(&self, command: &Command) -> bool {
        let points = self.points();
        let of = |scope: &Scope| match scope {
            Scope::All => points.clone(),
            Scope::Point(point) => points.iter().copied().filter(|p| p == point).collect(),
        };
        match command {
            Command::Silence { scope } => !of(scope).is_subset(&self.silenced()),
            Command::Unsilence { scope } => !of(scope).is_disjoint(&self.silenced()),
            Command::BeginDiscussion => !self.discussion(),
            Command::EndDiscussion => self.discussion(),
            Command::FollowVoices { hold_seconds } => {
                (2..=10).contains(hold_seconds) && self.follows() != Some(*hold_seconds)
            }
            Command::StopFollowingVoices => self.follows().is_some(),
            Command::RecordRoll { number, .. } => {
                self.roll().is_some_and(|(last, recorded, _)| last == *number && !recorded)
            }
            Command::MarkPoint { point, present } => {
                points.contains(point)
                    && self.roll().is_some_and(|(_, _, marks)| marks.get(point) != Some(present))
            }
            Command::SetLayout { scope, layout } => {
                (*scope == Scope::All || !of(scope).is_empty())
                    && self.layout(*scope) != (*layout, true)
            }
            Command::Lock => self.locked().is_none(),
            Command::Unlock => self.locked().is_some(),
            Command::Admit { speaker } => self.locked_out(*speaker),
            Command::CallPoint { point } => {
                points.contains(point) && !self.attending(Speaker::Point(*point))
            }
            Command::Extend { minutes } => {
                (1..=720).contains(minutes) && self.minutes() + u32::from(*minutes) <= 14 * 24 * 60
            }
            _ => true,
        }
    }

    /// Somebody else than the chair begins every speech with his microphone on.
    fn muted(&self, speaker: Speaker) -> bool {
        if self.discusses(speaker) && !self.asked(speaker) {
            return !self.open(speaker);
        }
        let last = self.log.iter().rev().find_map(|event| match event {
            Event::Muted { speaker: who } if *who == speaker => Some(true),
            Event::Unmuted { speaker: who } | Event::FloorGiven { speaker: who }
                if *who == speaker =>
            {
                Some(false)
            }
            _ => None,
        });
        last.unwrap_or(false) && self.may_speak(speaker)
    }

    fn may_speak(&self, speaker: Speaker) -> bool {
        self.asked(speaker) || self.discusses(speaker)
    }

    fn asked(&self, speaker: Speaker) -> bool {
        self.phase() == Phase::Running
            && (self.chair().map(Speaker::Person) == Some(speaker)
                || self.holder() == Some(speaker))
    }

    fn items(&self) -> Vec<(ItemId, ItemAudience)> {
        let mut items: Vec<(ItemId, ItemAudience)> = Vec::new();
        for event in &self.log {
            match event {
                Event::ItemAdded { item, audience, .. } => items.push((*item, audience.clone())),
                Event::ItemChanged { item, audience, .. } => {
                    let known = items.iter_mut().filter(|(known, _)| known == item);
                    known.for_each(|(_, old)| *old = audience.clone());
                }
                Event::ItemMoved { item, place } => {
                    let from = items.iter().position(|(known, _)| known == item).unwrap();
                    let moved = items.remove(from);
                    items.insert(usize::from(*place), moved);
                }
                Event::ItemRemoved { item } => items.retain(|(known, _)| known != item),
                _ => {}
            }
        }
        items
    }

    fn paper(&self, wanted: PaperId) -> Option<(ItemId, PaperFile)> {
        let mut found = None;
        for event in &self.log {
            match event {
                Event::PaperAdded { paper, item, file, .. } if *paper == wanted => {
                    found = Some((*item, file.clone()));
                }
                Event::PaperRemoved { paper } if *paper == wanted => found = None,
                Event::ItemRemoved { item } => {
                    found = found.filter(|(of, _)| of != item);
                }
                _ => {}
            }
        }
        found
    }

    fn papers(&self) -> BTreeSet<PaperId> {
        let added = self.log.iter().filter_map(|event| match event {
            Event::PaperAdded { paper, .. } => Some(*paper),
            _ => None,
        });
        added.filter(|paper| self.paper(*paper).is_some()).collect()
    }

    fn issued(&self, wanted: PaperId) -> bool {
        let is_issue =
            |event: &Event| matches!(event, Event::PaperIssued { paper, .. } if *paper == wanted);
        self.log.iter().any(is_issue)
    }

    fn sees_item(&self, actor: &Actor, wanted: ItemId) -> bool {
        let items = self.items();
        let Some((_, audience)) = items.iter().find(|(item, _)| *item == wanted) else {
            return false;
        };
        if self.is_office(actor) {
            return true;
        }
        match (audience, actor) {
            (ItemAudience::Everyone, _) => true,
            (ItemAudience::Only { people, .. }, Actor::Person { person, .. }) => {
                people.contains(person) && self.is_invited(speaker(actor))
            }
            (ItemAudience::Only { points, .. }, Actor::Point(point)) => points.contains(point),
        }
    }

    fn sees_paper(&self, actor: &Actor, paper: PaperId) -> bool {
        let Some((item, _)) = self.paper(paper) else { return false };
        self.sees_item(actor, item) && (self.is_office(actor) || self.issued(paper))
    }

    fn current(&self, actor: &Actor) -> Option<ItemId> {
        let mut opened = self.log.iter().rev().filter_map(|event| match event {
            Event::ItemOpened { item } => Some(*item),
            _ => None,
        });
        opened.find(|item| self.sees_item(actor, *item))
    }

    fn shown(&self, actor: &Actor) -> Option<(PaperId, u32)> {
        for event in self.log.iter().rev() {
            match event {
                Event::PageShown { paper, page } if self.sees_paper(actor, *paper) => {
                    return Some((*paper, *page));
                }
                Event::ShowingStopped => return None,
                _ => {}
            }
        }
        None
    }

    fn is_office(&self, actor: &Actor) -> bool {
        matches!(self.part(actor), Some(Part::Chair | Part::Secretary))
    }

    fn part(&self, actor: &Actor) -> Option<Part> {
        match actor {
            Actor::Person { person, .. } => self.people().get(person).copied(),
            Actor::Point(_) => None,
        }
    }

    fn is_invited(&self, speaker: Speaker) -> bool {
        match speaker {
            Speaker::Person(person) => self.people().contains_key(&person),
            Speaker::Point(point) => self.points().contains(&point),
        }
    }

    /// Who is seen and heard.
    pub(crate) fn hearing(&self) -> Hearing {
        let Some(chair) = self.chair().filter(|_| self.phase() == Phase::Running) else {
            return Hearing::default();
        };
        let chair = Speaker::Person(chair);
        let main = self.holder().unwrap_or(chair);
        let mut voices: Vec<_> =
            [main, chair].into_iter().filter(|who| !self.muted(*who)).collect();
        voices.dedup();
        for point in self.points().into_iter().map(Speaker::Point) {
            if self.discusses(point) && !self.muted(point) && !voices.contains(&point) {
                voices.push(point);
            }
        }
        let content = self.shared_with_all();
        Hearing { main: Some(main), voices, tiles: Vec::new(), content }
    }

    /// Whether a command is carried out.
    pub(crate) fn accepts(&self, actor: &Actor, command: &Command) -> bool {
        if let Command::Create { .. } = command {
            return self.phase() == Phase::Nothing
                && (has(actor, Role::Secretary) || has(actor, Role::Admin));
        }
        let office = self.is_office(actor);
        let me = speaker(actor);
        let phase = self.phase();
        let running = phase == Phase::Running;
        let known = office
            || (!matches!(phase, Phase::Nothing | Phase::Draft)
                && (self.is_invited(me) || has(actor, Role::Technician)));
        let technician = has(actor, Role::Technician);
        let mine = self.is_invited(me);
        known
            && match command {
                Command::Mute { speaker } => {
                    running
                        && (office || technician || (self.discusses(me) && *speaker == me))
                        && self.may_speak(*speaker)
                        && !self.muted(*speaker)
                }
                Command::MuteAll => {
                    running
                        && (office || technician)
                        && self
                            .hearing()
                            .voices
                            .iter()
                            .any(|voice| Some(*voice) != self.chair().map(Speaker::Person))
                }
                Command::Unmute { speaker } => {
                    running
                        && (office || (self.discusses(me) && *speaker == me))
                        && self.muted(*speaker)
                }
                Command::Silence { .. }
                | Command::Unsilence { .. }
                | Command::CallRoll
                | Command::RecordRoll { .. }
                | Command::SetLayout { .. }
                | Command::FollowVoices { .. }
                | Command::StopFollowingVoices
                | Command::CallPoint { .. } => {
                    running && (office || technician) && self.controls(command)
                }
                Command::Attend => {
                    mine && !self.attending(me)
                        && !self.locked_out(me)
                        && matches!(phase, Phase::Announced | Phase::Running)
                }
                Command::Leave => mine && self.attending(me),
                Command::RequestToSpeak => {
                    mine && running
                        && self.attending(me)
                        && !self.asked(me)
                        && !self.wants_to_speak(me)
                }
                Command::WithdrawRequest => mine && running && self.wants_to_speak(me),
                Command::ReportPaper { paper, sha256, step } => {
                    matches!(actor, Actor::Point(_))
                        && self.sees_paper(actor, *paper)
                        && self.paper(*paper).is_some_and(|(_, file)| file.sha256 == *sha256)
                        && !matches!(step, PaperStep::Refused { code } if code.is_empty())
                }
                Command::ShowPage { paper, page } => running && self.may_show(actor, *paper, *page),
                Command::StartSharing => running && self.may_start_sharing(actor),
                Command::StopSharing => running && self.may_stop_sharing(actor),
                _ => office && self.office_may(actor, command),
            }
    }

    fn may_show(&self, actor: &Actor, paper: PaperId, page: u32) -> bool {
        let Some((item, file)) = self.paper(paper) else { return false };
        let presents =
            self.part(actor) == Some(Part::Presenter) && self.current(actor) == Some(item);
        (self.is_office(actor) || presents)
            && self.leaves_screen(actor)
            && self.sees_paper(actor, paper)
            && self.issued(paper)
            && (1..=file.pages).contains(&page)
            && self.shown(actor) != Some((paper, page))
    }
}

fn speaker(actor: &Actor) -> Speaker {
    match actor {
        Actor::Person { person, .. } => Speaker::Person(*person),
        Actor::Point(point) => Speaker::Point(*point),
    }
}

fn has(actor: &Actor, role: Role) -> bool {
    matches!(actor, Actor::Person { roles, .. } if roles.contains(&role))
}
