//! The controls of the points, as they change the state.

use std::collections::{BTreeMap, BTreeSet};

use crate::command::Speaker;
use crate::control::{Mark, MarkedBy, Scope};
use crate::event::Event;
use crate::ids::PointId;
use crate::state::{Course, Record, Roll};
use crate::time::Timestamp;

impl Record {
    pub(super) fn control(&mut self, at: Timestamp, event: &Event) {
        if let Some(course) = self.course_mut() {
            course.control(at, event);
        }
    }

    /// A mark by hand stands, even when the report comes later.
    pub(super) fn note_roll(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::RollCalled { number } => {
                let (number, marks) = (*number, BTreeMap::new());
                self.roll = Some(Roll { number, called_at: at, recorded_at: None, marks });
            }
            Event::RollRecorded { number, marks } => {
                let Some(roll) = self.roll.as_mut().filter(|roll| roll.number == *number) else {
                    return;
                };
                roll.recorded_at = Some(at);
                for (point, mark) in marks {
                    roll.marks.entry(*point).or_insert_with(|| mark.clone());
                }
            }
            Event::PointMarked { point, present } => {
                if let Some(roll) = &mut self.roll {
                    let mark = Mark { present: *present, by: MarkedBy::Hand };
                    roll.marks.insert(*point, mark);
                }
            }
            _ => {}
        }
    }

    /// Nothing is kept of points that are not invited any more.
    pub(super) fn forget_points(&mut self, points: &BTreeSet<PointId>) {
        if let Some(course) = self.course_mut() {
            course.silenced.retain(|point| !points.contains(point));
            course.layouts.retain(|point, _| !points.contains(point));
            course.called.retain(|point, _| !points.contains(point));
            if let Some(admitted) = &mut course.locked {
                let is_one = |who: &Speaker| matches!(who, Speaker::Point(p) if points.contains(p));
                admitted.retain(|who| !is_one(who));
            }
        }
        if let Some(roll) = &mut self.roll {
            roll.marks.retain(|point, _| !points.contains(point));
        }
    }
}

impl Course {
    fn control(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::LoudspeakersSilenced { points } => self.silenced.extend(points),
            Event::LoudspeakersUnsilenced { points } => {
                self.silenced.retain(|point| !points.contains(point));
            }
            Event::DiscussionBegun => self.discussion = Some(BTreeSet::new()),
            Event::DiscussionEnded => self.discussion = None,
            Event::VoicesFollowed { hold_seconds } => self.follows = Some(*hold_seconds),
            Event::FollowingStopped => self.follows = None,
            Event::LayoutSet { scope: Scope::All, layout } => {
                self.layouts.clear();
                self.layout = *layout;
            }
            Event::LayoutSet { scope: Scope::Point(point), layout } => {
                self.layouts.insert(*point, *layout);
            }
            Event::Locked => self.locked = Some(BTreeSet::new()),
            Event::Unlocked => self.locked = None,
            Event::Admitted { speaker } => self.admit(*speaker),
            Event::PointCalled { point } => {
                self.called.insert(*point, at);
                self.admit(Speaker::Point(*point));
            }
            Event::Attended { speaker: Speaker::Point(point) } => {
                self.called.remove(point);
            }
            Event::Left { speaker: Speaker::Point(point) } => {
                if let Some(open) = &mut self.discussion {
                    open.remove(point);
                }
            }
            _ => {}
        }
    }

    fn admit(&mut self, speaker: Speaker) {
        if let Some(admitted) = &mut self.locked {
            admitted.insert(speaker);
        }
    }
}
