//! The room's pictures and sound: camera, microphone, loudspeaker, codecs and the call.
//!
//! [`MediaEngine`] is the one door. Everything heavy has its own thread: taking and compressing
//! pictures, decompressing them, taking and compressing sound, mixing and playing it; one more
//! runs the peer connection. What passes between them is a value in a bounded channel, and a full
//! channel drops what is of least use. A missing device is looked for for ever and disturbs
//! nothing else. All threads end with the engine.

mod call;
mod clock;
mod desk;
mod devices;
mod engine;
mod limits;
mod picture;
mod sound;
mod threads;
pub mod vp8;
mod workshop;

pub use engine::{
    CallStats, DeviceParts, MediaCommand, MediaConfig, MediaEngine, MediaEvent, MediaStuck,
};
pub use picture::{I420, Picture420, PictureSlot, PictureSlots, PlanesMut, Size, mark};
