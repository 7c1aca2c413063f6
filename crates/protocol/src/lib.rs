//! What travels between server, room agent and browser, and its version.
//!
//! Values only: no rules, no SQL. The TypeScript of the web application is generated from these
//! types by a test (`web/src/api/generated`), so that the three parts cannot drift apart.

pub mod board;
pub mod call;
pub mod enrol;
mod entry;
pub mod home;
pub mod line;
pub mod live;
pub mod room;
pub mod stills;

/// The values of a meeting that travel: a room agent names them from here and none of its rules.
pub use meeting;

pub use entry::paper_entry;

/// The version of everything in this crate. A server refuses a client of another version with
/// words that say which side must be updated.
pub const VERSION: u16 = 1;
