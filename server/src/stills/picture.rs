//! Whether the bytes that a room sent are a still.

use std::io::Cursor;

use image_webp::WebPDecoder;
use protocol::stills::{STILL_HEIGHT_MAX, STILL_WIDTH_MAX};

/// Why a still is not taken. Nobody is told but the log: a room goes on without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StillRefusal {
    /// The frame is too short or too long.
    #[error("it is too short or too long")]
    Length,
    /// It does not decode.
    #[error("it is no picture")]
    Undecodable,
    /// It is larger than a still, or moves.
    #[error("it is not a still of at most {STILL_WIDTH_MAX} × {STILL_HEIGHT_MAX}")]
    Shape,
}

/// Refuses what is not one WebP picture of a still's size. It is decoded whole, so that no console
/// is given bytes that only look like one.
pub(super) fn check(still: &[u8]) -> Result<(), StillRefusal> {
    let mut decoder =
        WebPDecoder::new(Cursor::new(still)).map_err(|_| StillRefusal::Undecodable)?;
    let (width, height) = decoder.dimensions();
    let fits = width <= STILL_WIDTH_MAX && height <= STILL_HEIGHT_MAX;
    if !fits || decoder.is_animated() {
        return Err(StillRefusal::Shape);
    }
    let bytes = decoder.output_buffer_size().ok_or(StillRefusal::Shape)?;
    decoder.read_image(&mut vec![0; bytes]).map_err(|_| StillRefusal::Undecodable)
}
