//! What a room should be.
//!
//! The server says it as a numbered [`Plan`]; the room makes itself so and reports what it is
//! (rule 16). Ids of meetings, points and devices are plain UUIDs here: what they mean is
//! `meeting`'s affair.

pub mod limits;
mod plan;
mod planner;

pub use plan::{Picture, Plan, PlanNumber, PlannedMeeting};
pub use planner::{PlanRefusal, Wanted, accept, lasts, next_plan};
