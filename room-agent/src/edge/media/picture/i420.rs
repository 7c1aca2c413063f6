//! Pictures as the codec wants them: planar, 8 bits, chroma halved both ways.

use super::super::limits::{PICTURE_PIXELS_MAX, PICTURE_SIDE_MAX};

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u16,
    /// Pixels from top to bottom.
    pub height: u16,
}

impl Size {
    /// A size from what a device, file or packet claims; `None` if it is empty or over the limits.
    #[must_use]
    pub fn checked(width: u32, height: u32) -> Option<Self> {
        let size = Self { width: width.try_into().ok()?, height: height.try_into().ok()? };
        let fits = (1..=PICTURE_SIDE_MAX).contains(&size.width)
            && (1..=PICTURE_SIDE_MAX).contains(&size.height)
            && size.pixels() <= PICTURE_PIXELS_MAX;
        fits.then_some(size)
    }

    /// The largest size of this shape with even sides that fits into `bounds`; never larger than
    /// this one, because pixels that the camera did not see are not worth sending.
    #[must_use]
    pub fn fit_into(self, bounds: Self) -> Self {
        let (width, height) = (u32::from(self.width), u32::from(self.height));
        let (most_width, most_height) = (u32::from(bounds.width), u32::from(bounds.height));
        let (fit_width, fit_height) = if width <= most_width && height <= most_height {
            (width, height)
        } else if width * most_height > height * most_width {
            (most_width, most_width * height / width)
        } else {
            (most_height * width / height, most_height)
        };
        let even = |side: u32| u16::try_from((side & !1).max(2)).unwrap_or(PICTURE_SIDE_MAX);
        Self { width: even(fit_width), height: even(fit_height) }
    }

    /// Pixels in all.
    #[must_use]
    pub fn pixels(self) -> usize {
        usize::from(self.width) * usize::from(self.height)
    }

    /// The size of a chroma plane.
    #[must_use]
    pub fn chroma(self) -> Self {
        Self { width: self.width.div_ceil(2), height: self.height.div_ceil(2) }
    }

    /// Bytes of a whole picture.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.pixels() + 2 * self.chroma().pixels()
    }
}

/// A picture: the three planes one behind the other without gaps. Limited range ("TV") levels of
/// BT.601, as VP8 and WebRTC mean it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct I420 {
    size: Size,
    data: Vec<u8>,
}

/// The planes of a picture, to be written.
pub struct PlanesMut<'a> {
    /// Luma.
    pub y: &'a mut [u8],
    /// Blue difference.
    pub u: &'a mut [u8],
    /// Red difference.
    pub v: &'a mut [u8],
}

impl I420 {
    /// A black picture.
    #[must_use]
    pub fn black(size: Size) -> Self {
        let mut data = vec![128; size.bytes()];
        data[..size.pixels()].fill(16);
        Self { size, data }
    }

    /// A picture out of its bytes; `None` if their number is not the size's.
    #[must_use]
    pub fn from_bytes(size: Size, data: Vec<u8>) -> Option<Self> {
        (data.len() == size.bytes()).then_some(Self { size, data })
    }

    /// Its size.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Luma, a row of `width` bytes after the other.
    #[must_use]
    pub fn y(&self) -> &[u8] {
        &self.data[..self.size.pixels()]
    }

    /// Blue difference, in rows of half the width, rounded up.
    #[must_use]
    pub fn u(&self) -> &[u8] {
        let start = self.size.pixels();
        &self.data[start..start + self.size.chroma().pixels()]
    }

    /// Red difference, in rows of half the width, rounded up.
    #[must_use]
    pub fn v(&self) -> &[u8] {
        &self.data[self.size.pixels() + self.size.chroma().pixels()..]
    }

    /// All planes, to be written.
    pub fn planes_mut(&mut self) -> PlanesMut<'_> {
        let (y, chroma) = self.data.split_at_mut(self.size.pixels());
        let (u, v) = chroma.split_at_mut(self.size.chroma().pixels());
        PlanesMut { y, u, v }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u16, height: u16) -> Size {
        Size { width, height }
    }

    #[test]
    fn a_size_is_fitted_in_shape_and_never_enlarged() {
        let cases = [
            (size(1280, 720), size(1280, 720), size(1280, 720)),
            (size(1920, 1080), size(1280, 720), size(1280, 720)),
            (size(640, 480), size(1280, 720), size(640, 480)),
            (size(640, 480), size(320, 180), size(240, 180)),
            (size(480, 640), size(320, 180), size(134, 180)),
            (size(641, 481), size(1280, 720), size(640, 480)),
            (size(4000, 3), size(320, 180), size(320, 2)),
        ];
        for (from, bounds, expected) in cases {
            assert_eq!(from.fit_into(bounds), expected, "{from:?} into {bounds:?}");
        }
    }

    #[test]
    fn a_claimed_size_is_checked() {
        let cases = [
            (0, 720, false),
            (1280, 0, false),
            (1280, 720, true),
            (3840, 2160, true),
            (4096, 4096, false),
            (70_000, 2, false),
        ];
        for (width, height, expected) in cases {
            assert_eq!(Size::checked(width, height).is_some(), expected, "{width}×{height}");
        }
    }

    #[test]
    fn planes_of_odd_sizes_are_rounded_up() {
        let mut picture = I420::black(size(3, 5));
        assert_eq!((picture.y().len(), picture.u().len(), picture.v().len()), (15, 6, 6));
        picture.planes_mut().v.fill(7);
        assert!(picture.u().iter().all(|&value| value == 128));
        assert!(picture.v().iter().all(|&value| value == 7));
        assert!(I420::from_bytes(size(3, 5), vec![0; 26]).is_none());
    }
}
