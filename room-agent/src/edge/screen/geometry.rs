//! Lengths: whole pixels of the screen, and units of a design that is 1080 high.

/// A rectangle of whole pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rect {
    /// Pixels from the left edge of the screen.
    pub(super) x: i32,
    /// Pixels from its top edge.
    pub(super) y: i32,
    /// Pixels from left to right.
    pub(super) width: i32,
    /// Pixels from top to bottom.
    pub(super) height: i32,
}

impl Rect {
    /// A rectangle by its corner and size.
    #[must_use]
    pub(super) const fn new(x: i32, y: i32, width: i32, height: i32) -> Self {
        Self { x, y, width, height }
    }

    /// The first pixel to the right of it.
    #[must_use]
    pub(super) const fn right(self) -> i32 {
        self.x + self.width
    }

    /// The first pixel below it.
    #[must_use]
    pub(super) const fn bottom(self) -> i32 {
        self.y + self.height
    }

    /// The same without a margin on every side.
    #[must_use]
    pub(super) const fn inset(self, margin: i32) -> Self {
        Self::new(
            self.x + margin,
            self.y + margin,
            self.width - 2 * margin,
            self.height - 2 * margin,
        )
    }

    /// What both have in common; empty when they do not meet.
    #[must_use]
    pub(super) fn meet(self, other: Self) -> Self {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let width = (self.right().min(other.right()) - x).max(0);
        let height = (self.bottom().min(other.bottom()) - y).max(0);
        Self::new(x, y, width, height)
    }

    /// Whether it has no pixel.
    #[must_use]
    pub(super) const fn is_empty(self) -> bool {
        self.width <= 0 || self.height <= 0
    }

    /// A rectangle of this size in the middle of it.
    #[must_use]
    pub(super) const fn centre(self, width: i32, height: i32) -> Self {
        Self::new(
            self.x + (self.width - width) / 2,
            self.y + (self.height - height) / 2,
            width,
            height,
        )
    }

    /// As `status.json` writes it; pixels left of the screen do not exist.
    #[must_use]
    pub(super) fn to_array(self) -> [u32; 4] {
        [self.x, self.y, self.width, self.height].map(|side| u32::try_from(side).unwrap_or(0))
    }
}

/// How large the design's unit is on this screen. The design is 1080 units high; a screen that is
/// narrow for its height is drawn smaller, so that at least [`Unit::WIDTH_MIN`] fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Unit {
    scale: f32,
}

impl Unit {
    const HEIGHT: f32 = 1080.0;
    const WIDTH_MIN: f32 = 1400.0;

    pub(super) fn of(width: i32, height: i32) -> Self {
        Self { scale: (to_f32(height) / Self::HEIGHT).min(to_f32(width) / Self::WIDTH_MIN) }
    }

    /// A length of the design in pixels.
    pub(super) fn px(self, units: f32) -> i32 {
        to_i32(units * self.scale)
    }

    /// A size of type of the design in pixels.
    pub(super) fn size(self, units: f32) -> f32 {
        units * self.scale
    }
}

/// To the nearest whole pixel.
#[expect(clippy::cast_possible_truncation, reason = "screens have thousands of pixels, not more")]
pub(super) fn to_i32(length: f32) -> i32 {
    length.round() as i32
}

/// Pixels as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "screens have thousands of pixels, not millions")]
pub(super) fn to_f32(pixels: i32) -> f32 {
    pixels as f32
}

/// Pixels as an index; nothing below zero.
pub(super) fn to_index(pixels: i32) -> usize {
    usize::try_from(pixels).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_share_of_the_height() {
        for (width, height) in [(1920, 1080), (1366, 768), (3840, 2160), (2560, 1080)] {
            let size = Unit::of(width, height).size(44.0);
            assert!(size * 25.0 >= to_f32(height), "{width} × {height}: {size}");
        }
        // A narrow screen gives up some of it so that everything has its place.
        assert!(Unit::of(1024, 768).size(44.0) * 26.0 >= 768.0);
    }

    #[test]
    fn rectangles_meet_where_both_are() {
        let one = Rect::new(0, 0, 10, 10);
        assert_eq!(one.meet(Rect::new(5, 6, 10, 10)), Rect::new(5, 6, 5, 4));
        assert!(one.meet(Rect::new(10, 0, 5, 5)).is_empty());
        assert_eq!(one.centre(4, 2), Rect::new(3, 4, 4, 2));
    }
}
