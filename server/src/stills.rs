//! Small stills of the points' cameras, for a director's console.
//!
//! A room sends them only while somebody looks: `order` tells it whether and how often, `picture`
//! checks what comes, `desk` keeps the last one of each point in memory (never on a disk, never in
//! a log) and forgets it with the last console, `console` hands out what changed, at the pace of
//! the console's line. Who may look is said by the meeting (`Meeting::points_watched_by`).

mod console;
mod desk;
mod order;
mod picture;
#[cfg(test)]
mod tests;

pub(crate) use console::{Console, serve};
pub(crate) use desk::Stills;
pub(crate) use order::StillOrder;
