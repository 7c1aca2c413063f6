//! Pictures: where the room's own come from, and where received ones wait to be drawn.

mod camera;
mod capture;
mod convert;
mod decode;
mod i420;
mod label;
pub mod mark;
mod scale;
mod slot;
mod source;
mod still;
mod test_pattern;
mod y4m;

pub(super) use capture::{CaptureCommand, OutgoingPicture, PictureSink, capture};
pub(super) use decode::{DecodeInput, decode};
pub use i420::{I420, PlanesMut, Size};
pub use slot::{Picture420, PictureSlot, PictureSlots};
pub(super) use source::PictureSetup;
pub(super) use still::StillSink;
