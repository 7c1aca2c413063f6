//! Rooms: which device stands at which point, what it should be, and what it is.
//!
//! `enrolment` makes a device a room, `proof` knows it again, `plans` and `planner` say what it
//! should be, `board` and `troubles` what is known about it, `lines` and `ceilings` what its line
//! does and may do.

mod board;
mod ceilings;
mod codes;
mod enrolment;
mod limiter;
mod lines;
mod planner;
mod plans;
mod proof;
mod roll;
mod service;
#[cfg(test)]
mod tests;
mod troubles;

pub(crate) use ceilings::CeilingError;
pub(crate) use enrolment::{EnrolmentError, EnrolmentRefusal};
pub(crate) use lines::follow as follow_lines;
pub(crate) use proof::Expected;
pub(crate) use roll::follow as follow_roll_calls;
pub(crate) use service::Rooms;
