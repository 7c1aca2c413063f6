//! A generated moving picture that says whose it is, to people and to machines.

use uuid::Uuid;

use super::label::Label;
use super::mark::Mark;
use super::source::{FrameSource, SourceError};
use super::{I420, Size};

/// Chroma of the background, so that neighbouring points differ at a glance.
const COLOURS: [(u8, u8); 6] =
    [(150, 110), (110, 140), (160, 130), (120, 105), (140, 150), (105, 125)];

/// Draws a soft background in the point's colour, its name, a bar that wanders, and the mark.
pub(super) struct TestPattern {
    point: Uuid,
    name: String,
    counter: u8,
    background: I420,
}

impl TestPattern {
    pub(super) fn new(size: Size, point: Uuid, name: &str) -> Self {
        let background = background(size, point, name);
        Self { point, name: name.to_owned(), counter: 0, background }
    }

    fn draw(&self) -> I420 {
        let mut picture = self.background.clone();
        let size = picture.size();
        let (width, height) = (usize::from(size.width), usize::from(size.height));
        // A bar a sixteenth wide crosses the middle third once in 128 pictures.
        let bar = (width / 16).max(1);
        let left = (width - bar) * usize::from(self.counter % 128) / 127;
        let planes = picture.planes_mut();
        for row in planes.y.chunks_exact_mut(width).take(height * 2 / 3).skip(height / 3) {
            row[left..left + bar].fill(210);
        }
        Mark::new(self.point, self.counter).draw(&mut picture);
        picture
    }
}

impl FrameSource for TestPattern {
    fn next(&mut self, wanted: Size) -> Result<Option<I420>, SourceError> {
        if self.background.size() != wanted {
            self.background = background(wanted, self.point, &self.name);
        }
        let picture = self.draw();
        self.counter = self.counter.wrapping_add(1);
        Ok(Some(picture))
    }

    fn paces_itself(&self) -> bool {
        false
    }
}

fn background(size: Size, point: Uuid, name: &str) -> I420 {
    let mut picture = I420::black(size);
    let width = usize::from(size.width);
    let height = usize::from(size.height);
    let tag = Mark::new(point, 0).tag;
    let (blue, red) = COLOURS[usize::from(tag[0]) % COLOURS.len()];
    let planes = picture.planes_mut();
    for (number, row) in planes.y.chunks_exact_mut(width).enumerate() {
        // From 60 at the top to 120 at the bottom.
        row.fill(u8::try_from(60 + 60 * number / height).unwrap_or(120));
    }
    planes.u.fill(blue);
    planes.v.fill(red);
    let label = Label::new(name, size.height / 8, size.width - size.width / 8);
    let (top, left) = (height / 10, width / 16);
    if label.width == 0 {
        return picture;
    }
    for (row, letters) in
        planes.y.chunks_exact_mut(width).skip(top).zip(label.coverage.chunks_exact(label.width))
    {
        for (pixel, &ink) in row[left..].iter_mut().zip(letters) {
            *pixel = (*pixel).max(u8::try_from(u16::from(ink) * 235 / 255).unwrap_or(235));
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_move_count_and_follow_the_wanted_size() {
        let small = Size { width: 320, height: 180 };
        let large = Size { width: 1280, height: 720 };
        let point = Uuid::from_u128(7);
        let mut pattern = TestPattern::new(small, point, "Phủ Lý");
        let mut last: Option<I420> = None;
        for (counter, size) in [(0, small), (1, small), (2, large), (3, large), (4, small)] {
            let picture = pattern.next(size).unwrap().unwrap();
            assert_eq!(Mark::read(picture.y(), size), Some(Mark::new(point, counter)));
            assert_ne!(last.as_ref(), Some(&picture));
            last = Some(picture);
        }
    }

    #[test]
    fn the_name_is_readable_and_the_smallest_picture_is_drawn() {
        let size = Size { width: 320, height: 180 };
        let named = TestPattern::new(size, Uuid::nil(), "Phủ Lý").draw();
        let unnamed = TestPattern::new(size, Uuid::nil(), "").draw();
        assert_ne!(named, unnamed);
        let tiny = Size { width: 2, height: 2 };
        assert_eq!(TestPattern::new(tiny, Uuid::nil(), "Phủ Lý").draw().size(), tiny);
    }
}
