//! What parent and child say to each other, one JSON message at a time.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::limits::{BITMAP_PIXELS_MAX, PIXEL_BYTES, SIDE_PIXELS_MAX};

/// From parent to child.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    /// The first message; the document comes along as a sealed memory file.
    Open { library: PathBuf },
    /// A page, counted from 0, as large as fits into the box.
    Page { index: u32, bounds: Size },
}

/// From child to parent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// The document is open.
    Opened { pages: u32 },
    /// The bitmap comes along as a memory file of `width × height` pixels, without gaps.
    Page { size: Size },
    /// It did not work; the child goes on.
    Failed { why: String },
}

/// Pixels across and down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Size {
    pub width: u32,
    pub height: u32,
}

/// A page as pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct Bitmap {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Rows from the top without gaps; a pixel is blue, green, red, 255.
    pub pixels: Vec<u8>,
}

impl std::fmt::Debug for Bitmap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bitmap({} × {})", self.width, self.height)
    }
}

impl Size {
    /// Whether a bitmap of this size may be made.
    pub(crate) fn within_limits(self) -> bool {
        let sides = 1..=SIDE_PIXELS_MAX;
        sides.contains(&self.width)
            && sides.contains(&self.height)
            && u64::from(self.width) * u64::from(self.height) <= BITMAP_PIXELS_MAX
    }

    /// Bytes of a bitmap of this size, which is within limits.
    pub(crate) fn bytes(self) -> usize {
        self.width as usize * self.height as usize * PIXEL_BYTES
    }

    /// The largest size of this shape in the box: `shape` is a page's width and height in points.
    pub(crate) fn fitted(self, shape: (f32, f32)) -> Option<Self> {
        let (width, height) = shape;
        if !(width.is_finite() && height.is_finite() && width > 0.0 && height > 0.0) {
            return None;
        }
        let scale = (f64::from(self.width) / f64::from(width))
            .min(f64::from(self.height) / f64::from(height));
        Some(Self {
            width: side(f64::from(width) * scale, self.width),
            height: side(f64::from(height) * scale, self.height),
        })
    }
}

/// A length in whole pixels, at least one and at most `most`.
fn side(length: f64, most: u32) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the length lies between nothing and the box's side"
    )]
    let pixels = length.round() as u32;
    pixels.clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_fitted_whole() {
        let size = |width, height| Size { width, height };
        for (bounds, shape, fitted) in [
            (size(900, 612), (595.0, 842.0), Some(size(432, 612))),
            (size(900, 612), (960.0, 540.0), Some(size(900, 506))),
            (size(100, 100), (1.0, 100_000.0), Some(size(1, 100))),
            (size(100, 100), (0.0, 10.0), None),
            (size(100, 100), (f32::NAN, 10.0), None),
        ] {
            assert_eq!(bounds.fitted(shape), fitted, "{shape:?}");
        }
    }

    #[test]
    fn a_bitmap_has_limits() {
        for (width, height, within) in
            [(1, 1, true), (3840, 2160, true), (0, 5, false), (8193, 1, false), (8192, 8192, false)]
        {
            assert_eq!(Size { width, height }.within_limits(), within, "{width} × {height}");
        }
    }
}
