//! What a meeting is, and who may do what in it.
//!
//! A meeting is a log. [`decide`] turns a [`Command`] of an [`Actor`] into [`Event`]s or a
//! [`Refusal`]; [`Meeting::apply`] makes the next state out of an event; [`view_for`] and
//! [`me_for`] say what a reader gets to see. No IO, no clock, no chance: ids, salts and the time
//! are given by the edge.

mod actor;
mod command;
mod event;
mod ids;
pub mod limits;
mod refusal;
mod text;
mod time;
mod view;

pub use actor::{Actor, Role};
pub use command::{Command, ItemAudience, PaperFile, PaperOrigin, PaperStep, Part, Speaker};
pub use event::Event;
pub use ids::{
    CommandId, DeviceId, ItemId, MeetingId, PaperId, PersonId, PointId, RoomId, TextId, UnitId,
};
pub use refusal::Refusal;
pub use text::{Digest, TextRef, Words, Written};
pub use time::Timestamp;
pub use view::*;
