//! What a meeting is, and who may do what in it.
//!
//! A meeting is a log. [`decide`] turns a [`Command`] of an [`Actor`] into [`Event`]s or a
//! [`Refusal`]; [`Meeting::apply`] makes the next state out of an event; [`view_for`] and
//! [`me_for`] say what a reader gets to see. No IO, no clock, no chance: ids, salts and the time
//! are given by the edge.

mod actor;
mod apply;
mod audience;
mod chapters;
mod command;
mod control;
mod decide;
mod event;
mod facts;
mod following;
mod hearing;
mod ids;
pub mod limits;
mod recording;
mod refusal;
mod rights;
mod see;
mod sharing;
mod state;
mod text;
mod time;
pub mod unit;
mod view;
mod watching;
mod written;

pub use actor::{Actor, Role};
pub use audience::{Audience, audience_of, speaker_of};
pub use chapters::{Chapter, ChapterKind, OnAir, Playback};
pub use command::{Command, ItemAudience, PaperFile, PaperOrigin, PaperStep, Part, Speaker};
pub use control::{Evidence, Layout, Mark, MarkedBy, Marks, Scope};
pub use decide::decide;
pub use event::Event;
pub use facts::{Facts, IssuedPaper};
pub use following::Following;
pub use hearing::Hearing;
pub use ids::{
    CommandId, DeviceId, ItemId, MeetingId, PaperId, PersonId, PointId, RoomId, TextId, UnitId,
};
pub use refusal::Refusal;
pub use rights::{can, may_create, may_view};
pub use see::{Names, card_for, me_for, view_for};
pub use state::Meeting;
pub use text::{Digest, NotADigest, TextRef, Words, Written};
pub use time::Timestamp;
pub use view::*;
pub use watching::looks_after_points;
