//! The calls of meetings: who is in which one, and who receives whom.
//!
//! A participant enters with an offer over the live channel, or by WHIP and WHEP. Who is seen and
//! heard is decided by the meeting (`meeting::Hearing`); `routes` turns that into a table for the
//! forwarding unit, `desk` keeps who is there, `service` ties both to the forwarding unit and to
//! the changes of meetings.

mod ceilings;
mod desk;
mod figures;
mod lines;
mod participant;
mod preview;
mod routes;
mod screens;
mod service;
mod voices;

pub(crate) use lines::Measured;
pub(crate) use participant::CallNotice;
pub(crate) use service::{Calls, EnterError, HttpEntry, Session, Visitor};
