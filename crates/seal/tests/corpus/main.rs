//! Files that must be accepted and files that must be refused, all built here from nothing.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails as the test would"
)]

mod bases;
mod command_line;
mod container;
mod forge;
mod judges;
mod people;
mod properties;
mod responses;
mod sealing;
mod stamps;
mod times;
mod verdicts;
