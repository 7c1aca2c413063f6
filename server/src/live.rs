//! The one live channel: every browser and every agent is a reader here (design, idea 1).
//!
//! A reader gets sections, never events. `topics` makes sections comparable, `cursor` writes down
//! what a reader has, `views` computes what readers share once for all of them, `hub` rings the
//! readers whom a change concerns, `connection` is the loop of one reader. Nothing is buffered
//! without bound: a reader that is behind gets one larger change instead of many small ones, and
//! one whose line does not even take that is cut and resumes with its cursor.

mod connection;
mod cursor;
mod frames;
mod hub;
mod outbox;
mod reader;
mod service;
#[cfg(test)]
mod tests;
mod topics;
mod views;

pub(crate) use service::{Live, Visit};
