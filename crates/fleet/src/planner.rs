//! From what is wanted to the next plan, and the room's half: which plan it takes.

use uuid::Uuid;

use crate::limits::{MEETINGS_MAX, PLAN_LIFE_MS, RENEW_BEFORE_MS};
use crate::plan::{Picture, Plan, PlanNumber, PlannedMeeting};

/// What a room should be, as the server's tables say now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The device that stands in the room.
    pub device: Uuid,
    /// At which point it stands.
    pub point: Uuid,
    /// The point's name.
    pub point_name: String,
    /// The picture to send.
    pub picture: Picture,
    /// The meetings that the room should know, in any order.
    pub meetings: Vec<PlannedMeeting>,
}

impl Wanted {
    /// The plan that says so, with the number after the last one made for this device. Equal
    /// wishes make equal plans: the meetings stand in the order of their beginning, each once.
    #[must_use]
    pub fn plan(&self, last: Option<PlanNumber>, now: i64) -> Plan {
        let mut meetings = self.meetings.clone();
        meetings.sort_by_key(|meeting| (meeting.starts_at, meeting.meeting));
        meetings.dedup_by_key(|meeting| meeting.meeting);
        meetings.truncate(MEETINGS_MAX);
        Plan {
            number: PlanNumber(last.map_or(1, |last| last.0.saturating_add(1))),
            device: self.device,
            point: self.point,
            point_name: self.point_name.clone(),
            made_at: now,
            expires_at: now.saturating_add(PLAN_LIFE_MS),
            picture: self.picture,
            meetings,
        }
    }
}

/// The plan that should follow the last one made for this device; `None` when the last one says
/// what is wanted and has enough time left.
#[must_use]
pub fn next_plan(wanted: &Wanted, last: Option<&Plan>, now: i64) -> Option<Plan> {
    let next = wanted.plan(last.map(|last| last.number), now);
    match last {
        Some(last) if says_the_same(last, &next) && lasts(last.expires_at, now) => None,
        _ => Some(next),
    }
}

/// Whether a plan that ends at `expires_at` has enough time left not to be replaced.
#[must_use]
pub fn lasts(expires_at: i64, now: i64) -> bool {
    expires_at.saturating_sub(now) > RENEW_BEFORE_MS
}

/// Whether two plans differ in number and times only.
fn says_the_same(one: &Plan, other: &Plan) -> bool {
    one.device == other.device
        && one.point == other.point
        && one.point_name == other.point_name
        && one.picture == other.picture
        && one.meetings == other.meetings
}

/// Why a room does not take a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefusal {
    /// It is made for another device.
    #[error("the plan is for another device")]
    OtherDevice,
    /// Its number is lower than that of the plan the room has.
    #[error("the plan is older than the one in force")]
    Older,
    /// Its time is over.
    #[error("the plan has expired")]
    Expired,
}

/// Whether a room takes a plan whose signature was checked. The same number again is the same
/// plan: it comes again after every cut line. A plan from the future is taken: the clock of a room
/// that had no power may stand anywhere, and it must come back without anybody's hand.
pub fn accept(
    device: Uuid,
    last: Option<PlanNumber>,
    plan: &Plan,
    now: i64,
) -> Result<(), PlanRefusal> {
    if plan.device != device {
        return Err(PlanRefusal::OtherDevice);
    }
    if last.is_some_and(|last| plan.number < last) {
        return Err(PlanRefusal::Older);
    }
    if plan.expires_at <= now {
        return Err(PlanRefusal::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed};

    use super::*;

    type Change = fn(&mut Wanted);

    const NOW: i64 = 1_800_000_000_000;

    fn wanted() -> Wanted {
        let meeting = |number: u8| PlannedMeeting {
            meeting: Uuid::from_bytes([number; 16]),
            title: format!("Phiên họp {number}"),
            starts_at: NOW + i64::from(number) * 3_600_000,
            ends_at: NOW + i64::from(number) * 7_200_000,
            join_at: NOW,
        };
        Wanted {
            device: Uuid::from_bytes([1; 16]),
            point: Uuid::from_bytes([2; 16]),
            point_name: "Xã Hòa Hậu".to_owned(),
            picture: Picture {
                width: 1280,
                height: 720,
                frames_per_second: 25,
                bitrate_bps_max: 1_500_000,
            },
            meetings: vec![meeting(2), meeting(1)],
        }
    }

    #[test]
    fn a_new_number_comes_with_every_change_and_only_then() {
        let first = next_plan(&wanted(), None, NOW).unwrap();
        assert_eq!(first.number, PlanNumber(1));
        assert!(first.meetings[0].starts_at < first.meetings[1].starts_at);
        let cases: [(&str, Change, i64, bool); 9] = [
            ("nothing", |_| (), 0, false),
            ("the order of the wishes", |w| w.meetings.reverse(), 0, false),
            ("much time left", |_| (), PLAN_LIFE_MS - RENEW_BEFORE_MS - 1, false),
            ("little time left", |_| (), PLAN_LIFE_MS - RENEW_BEFORE_MS, true),
            ("a meeting less", |w| drop(w.meetings.pop()), 0, true),
            ("another beginning", |w| w.meetings[0].starts_at += 1, 0, true),
            ("another title", |w| w.meetings[0].title.push('!'), 0, true),
            ("another picture", |w| w.picture.width = 640, 0, true),
            ("another name", |w| w.point_name.push('!'), 0, true),
        ];
        for (what, change, later, replaced) in cases {
            let mut wanted = wanted();
            change(&mut wanted);
            let next = next_plan(&wanted, Some(&first), NOW + later);
            assert_eq!(next.map(|plan| plan.number), replaced.then_some(PlanNumber(2)), "{what}");
        }
    }

    #[test]
    fn a_room_takes_only_a_newer_plan_of_its_own() {
        let plan = next_plan(&wanted(), None, NOW).unwrap();
        let other = Uuid::from_bytes([9; 16]);
        let cases = [
            (plan.device, None, NOW, Ok(())),
            (plan.device, Some(PlanNumber(0)), NOW, Ok(())),
            (plan.device, Some(PlanNumber(1)), NOW, Ok(())),
            (plan.device, Some(PlanNumber(2)), NOW, Err(PlanRefusal::Older)),
            (plan.device, None, NOW + PLAN_LIFE_MS - 1, Ok(())),
            (plan.device, None, NOW + PLAN_LIFE_MS, Err(PlanRefusal::Expired)),
            (plan.device, None, 0, Ok(())),
            (other, None, NOW, Err(PlanRefusal::OtherDevice)),
        ];
        for (device, last, now, expected) in cases {
            assert_eq!(accept(device, last, &plan, now), expected, "{device} {last:?} {now}");
        }
    }

    #[test]
    fn a_plan_holds_the_soonest_meetings_once() {
        let mut wanted = wanted();
        let many = (0..100_u8).map(|number| PlannedMeeting {
            meeting: Uuid::from_bytes([number; 16]),
            starts_at: NOW - i64::from(number),
            ..wanted.meetings[0].clone()
        });
        wanted.meetings = many.clone().chain(many).collect();
        let plan = next_plan(&wanted, None, NOW).unwrap();
        assert_eq!(plan.meetings.len(), MEETINGS_MAX);
        assert_eq!(plan.meetings[0].starts_at, NOW - 99);
        assert!(plan.meetings.windows(2).all(|pair| pair[0].meeting != pair[1].meeting));
    }

    proptest! {
        #![proptest_config(Config { rng_seed: RngSeed::Fixed(2026), ..Config::default() })]

        /// Server and room together: whatever changes, and whatever plans get lost on the way, a
        /// room that hears the newest plan has what is wanted.
        #[test]
        fn a_room_that_hears_the_newest_plan_does_what_is_wanted(
            steps in proptest::collection::vec((0..3_usize, any::<bool>(), 0..PLAN_LIFE_MS), 1..40)
        ) {
            let mut now = NOW;
            let mut last: Option<Plan> = None;
            let mut room: Option<Plan> = None;
            let mut wanted = wanted();
            let all = wanted.meetings.clone();
            for (meetings, heard, later) in steps {
                now += later;
                wanted.meetings = all[..meetings.min(all.len())].to_vec();
                if let Some(plan) = next_plan(&wanted, last.as_ref(), now) {
                    prop_assert!(last.as_ref().is_none_or(|last| last.number < plan.number));
                    last = Some(plan);
                }
                let newest = last.clone().unwrap();
                let number = room.as_ref().map(|plan| plan.number);
                if heard && accept(wanted.device, number, &newest, now).is_ok() {
                    room = Some(newest.clone());
                }
                if heard {
                    prop_assert_eq!(room.as_ref(), Some(&newest));
                    prop_assert!(newest.expires_at > now);
                }
            }
        }
    }
}
