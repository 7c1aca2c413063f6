//! The papers of a room: fetched, checked, and kept as the very buffers that were checked.

mod fetch;
mod judge;
mod shelf;

pub use fetch::{FetchOrder, fetch};
pub use judge::{Judge, JudgeError};
pub use shelf::Shelf;

#[cfg(test)]
mod tests;
