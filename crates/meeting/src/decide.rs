//! Decides a command: the events it makes, or the reason why it is refused.

mod agenda;
mod control;
mod course;
mod papers;
mod people;
mod recording;
mod scene;
mod sharing;
mod values;

pub use scene::decide;
