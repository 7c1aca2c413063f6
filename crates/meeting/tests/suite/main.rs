//! What the domain promises, by tables of cases and by random meetings.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod cases;
mod closed;
mod control;
mod forms;
mod properties;
mod recording;
mod reference;
mod sharing;
mod units;
mod world;
