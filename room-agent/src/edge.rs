//! Everything that touches the world: line, disk, screen, sound, camera, clock, chance.

pub mod clock;
mod disk;
pub mod enrolment;
pub mod key;
pub mod link;
pub mod media;
pub mod pages;
pub mod papers;
pub mod screen;
pub mod status;
pub mod store;
pub mod tls;
