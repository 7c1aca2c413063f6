//! The use cases of a meeting: a command comes in, events are kept, watchers are told.
//!
//! Everything that one command changes is one transaction (rule 26): events, the words beside
//! them, the lists, and what [`effects`] adds. It is acknowledged after the commit and not before.

mod cache;
mod directory;
mod effects;
mod service;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use cache::Loaded;
pub(crate) use service::{Changed, CommandError, Done, Meetings, Order};
