//! The controls of the points: loudspeakers, discussion, roll call, layouts, lock.

use std::collections::{BTreeMap, BTreeSet};

use super::scene::Scene;
use super::values;
use crate::audience::{is_office, is_technician};
use crate::command::{Command, Speaker};
use crate::control::{Evidence, Layout, Mark, MarkedBy, Marks, Scope};
use crate::event::Event;
use crate::ids::PointId;
use crate::limits::{EXTEND_MINUTES_MAX, HOLD_SECONDS, POINTS_MAX};
use crate::refusal::Refusal;
use crate::rights::some;

impl Scene<'_> {
    pub(super) fn control(&self, command: &Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Silence { scope } => self.silence(*scope, true),
            Command::Unsilence { scope } => self.silence(*scope, false),
            Command::CallRoll => {
                let last = self.record.roll.as_ref().map_or(0, |roll| roll.number);
                Ok(vec![Event::RollCalled { number: last.saturating_add(1) }])
            }
            Command::RecordRoll { number, reports } => self.record_roll(*number, reports),
            Command::MarkPoint { point, present } => self.mark_point(*point, *present),
            Command::SetLayout { scope, layout } => self.set_layout(*scope, *layout),
            Command::Admit { speaker } => self.admit(*speaker),
            Command::CallPoint { point } => self.call_point(*point),
            Command::Extend { minutes } => self.extend(*minutes),
            Command::BeginDiscussion => Ok(vec![Event::DiscussionBegun]),
            Command::EndDiscussion => Ok(vec![Event::DiscussionEnded]),
            Command::FollowVoices { hold_seconds } => self.follow_voices(*hold_seconds),
            Command::StopFollowingVoices => Ok(vec![Event::FollowingStopped]),
            Command::Lock => Ok(vec![Event::Locked]),
            Command::Unlock => Ok(vec![Event::Unlocked]),
            _ => Ok(Vec::new()),
        }
    }

    fn silence(&self, scope: Scope, off: bool) -> Result<Vec<Event>, Refusal> {
        let differs = |point: &PointId| self.record.is_silenced(Speaker::Point(*point)) != off;
        let points: BTreeSet<_> = self.points(scope)?.into_iter().filter(differs).collect();
        some(!points.is_empty(), Refusal::NothingToChange)?;
        Ok(vec![if off {
            Event::LoudspeakersSilenced { points }
        } else {
            Event::LoudspeakersUnsilenced { points }
        }])
    }

    /// Every point invited gets a mark: by its report, or by its silence.
    fn record_roll(
        &self,
        number: u32,
        reports: &BTreeMap<PointId, Evidence>,
    ) -> Result<Vec<Event>, Refusal> {
        let may = is_office(self.record, self.actor) || is_technician(self.actor);
        some(may, Refusal::NotAllowed)?;
        some(self.record.course().is_some(), Refusal::WrongPhase)?;
        some(reports.len() <= POINTS_MAX, Refusal::TooMany)?;
        let roll = self.record.roll.as_ref().filter(|roll| roll.number == number);
        some(roll.ok_or(Refusal::NoRoll)?.recorded_at.is_none(), Refusal::NothingToChange)?;
        let mark = |point: &PointId| match reports.get(point) {
            Some(evidence) => {
                Mark { present: evidence.proves_presence(), by: MarkedBy::Report(evidence.clone()) }
            }
            None => Mark { present: false, by: MarkedBy::Silence },
        };
        let marks: Marks = self.record.points.iter().map(|point| (*point, mark(point))).collect();
        Ok(vec![Event::RollRecorded { number, marks }])
    }

    fn mark_point(&self, point: PointId, present: bool) -> Result<Vec<Event>, Refusal> {
        some(self.record.points.contains(&point), Refusal::NotInvited)?;
        let roll = self.record.roll.as_ref().ok_or(Refusal::NoRoll)?;
        let mark = Mark { present, by: MarkedBy::Hand };
        some(roll.marks.get(&point) != Some(&mark), Refusal::NothingToChange)?;
        Ok(vec![Event::PointMarked { point, present }])
    }

    fn set_layout(&self, scope: Scope, layout: Layout) -> Result<Vec<Event>, Refusal> {
        self.points(scope)?;
        let is_so = match scope {
            Scope::All => self
                .record
                .course()
                .is_some_and(|course| course.layout == layout && course.layouts.is_empty()),
            Scope::Point(point) => self.record.layout_of(Speaker::Point(point)) == layout,
        };
        some(!is_so, Refusal::NothingToChange)?;
        Ok(vec![Event::LayoutSet { scope, layout }])
    }

    fn admit(&self, speaker: Speaker) -> Result<Vec<Event>, Refusal> {
        some(self.record.is_invited(speaker), Refusal::NotInvited)?;
        some(self.record.is_locked_out(speaker), Refusal::NothingToChange)?;
        Ok(vec![Event::Admitted { speaker }])
    }

    fn call_point(&self, point: PointId) -> Result<Vec<Event>, Refusal> {
        some(self.record.points.contains(&point), Refusal::NotInvited)?;
        let is_there = self.record.attending_since(Speaker::Point(point)).is_some();
        some(!is_there, Refusal::Attending)?;
        Ok(vec![Event::PointCalled { point }])
    }

    fn extend(&self, minutes: u16) -> Result<Vec<Event>, Refusal> {
        some((1..=EXTEND_MINUTES_MAX).contains(&minutes), Refusal::BadLength)?;
        values::minutes(self.record.minutes.saturating_add(minutes))?;
        Ok(vec![Event::Extended { minutes }])
    }

    fn follow_voices(&self, hold_seconds: u8) -> Result<Vec<Event>, Refusal> {
        some(HOLD_SECONDS.contains(&hold_seconds), Refusal::BadLength)?;
        let had = self.record.course().and_then(|course| course.follows);
        some(had != Some(hold_seconds), Refusal::NothingToChange)?;
        Ok(vec![Event::VoicesFollowed { hold_seconds }])
    }

    fn points(&self, scope: Scope) -> Result<BTreeSet<PointId>, Refusal> {
        match scope {
            Scope::All => Ok(self.record.points.clone()),
            Scope::Point(point) => {
                some(self.record.points.contains(&point), Refusal::NotInvited)?;
                Ok(BTreeSet::from([point]))
            }
        }
    }
}
