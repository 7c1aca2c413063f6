//! Recording (ghi hình): what everybody in a meeting sees and hears, written as it comes.
//!
//! Nothing is decoded. `window` puts packets in order, `frames` makes frames of them, `clock` says
//! when they were, `webm` lays them out, `part` writes a file, `tape` is one speaker, `thread` the
//! thread on which all of it happens. `chain` proves the files, `repair` ends what a crash cut off,
//! `service` follows the meetings and tells the thread whom to record.

mod chain;
mod clock;
mod ebml;
mod effects;
mod frames;
mod part;
mod repair;
mod service;
mod tape;
#[cfg(test)]
mod tests;
mod thread;
mod webm;
mod window;

pub use chain::{Broken, verify};
pub(crate) use effects::follow;
pub(crate) use service::Recordings;
pub(crate) use thread::Key;
