//! Type: the two shipped faces and nothing else of the system, measured and drawn.

use std::sync::Arc;

use cosmic_text::fontdb::{Database, Source};
use cosmic_text::{
    Align as TextAlign, Attrs, Buffer, Color, Ellipsize, EllipsizeHeightLimit, Family, FontSystem,
    Metrics, Shaping, SwashCache, Weight, Wrap,
};

use super::geometry::{Rect, to_f32, to_i32};
use super::scene::{Align, Look, Words};
use super::theme::{Colour, LEADING};

/// Regular and bold of Noto Sans; licence beside them in `room-agent/fonts`.
const FACES: [&[u8]; 2] = [
    include_bytes!("../../../fonts/NotoSans-Regular.ttf"),
    include_bytes!("../../../fonts/NotoSans-Bold.ttf"),
];

/// The type of one screen.
pub(super) struct Fonts {
    system: FontSystem,
    glyphs: SwashCache,
}

impl Fonts {
    pub(super) fn new() -> Self {
        let mut faces = Database::new();
        for face in FACES {
            faces.load_font_source(Source::Binary(Arc::new(face)));
        }
        Self {
            system: FontSystem::new_with_locale_and_db("vi".to_owned(), faces),
            glyphs: SwashCache::new(),
        }
    }

    /// Pixels from left to right of the longest line, and from top to bottom of all lines, when
    /// the words are wrapped at this width.
    pub(super) fn measure(&mut self, text: &str, look: Look, width: i32) -> (i32, i32) {
        let buffer = self.set(text, look, width);
        let mut longest = 0.0_f32;
        let mut lines = 0;
        for run in buffer.layout_runs() {
            longest = longest.max(run.line_w);
            lines += 1;
        }
        (to_i32(longest.ceil()), to_i32(look.size * LEADING * to_f32(lines)))
    }

    /// The smallest width at which the words take no more lines than at this one: lines of about
    /// the same length.
    pub(super) fn balanced(&mut self, text: &str, look: Look, width: i32) -> i32 {
        let (_, height) = self.measure(text, look, width);
        let (mut too_narrow, mut enough) = (width / 3, width);
        while enough - too_narrow > 8 {
            let middle = i32::midpoint(too_narrow, enough);
            if self.measure(text, look, middle).1 <= height {
                enough = middle;
            } else {
                too_narrow = middle;
            }
        }
        enough
    }

    /// Gives every covered pixel with its colour, opacity included.
    pub(super) fn draw(&mut self, words: &Words, mut pixel: impl FnMut(Rect, Colour)) {
        let Words { place, text, look } = words;
        let buffer = self.set(text, *look, place.width);
        let Colour { red, green, blue, .. } = look.colour;
        let draw = |x: i32, y: i32, width: u32, height: u32, colour: Color| {
            let (red, green, blue, opacity) = colour.as_rgba_tuple();
            let side = |side: u32| i32::try_from(side).unwrap_or(0);
            let rect = Rect::new(place.x + x, place.y + y, side(width), side(height));
            pixel(rect, Colour { red, green, blue, opacity });
        };
        let mut buffer = buffer;
        buffer.draw(&mut self.system, &mut self.glyphs, Color::rgb(red, green, blue), draw);
    }

    fn set(&mut self, text: &str, look: Look, width: i32) -> Buffer {
        let metrics = Metrics::new(look.size, look.size * LEADING);
        let mut buffer = Buffer::new(&mut self.system, metrics);
        let weight = if look.is_bold { Weight::BOLD } else { Weight::NORMAL };
        let attrs = Attrs::new().family(Family::Name("Noto Sans")).weight(weight);
        let align = match look.align {
            Align::Left => TextAlign::Left,
            Align::Centre => TextAlign::Center,
        };
        buffer.set_wrap(if look.lines_max == 1 { Wrap::None } else { Wrap::Word });
        buffer.set_size(Some(to_f32(width.max(1))), None);
        buffer.set_text(text, &attrs, Shaping::Advanced, Some(align));
        buffer.shape_until_scroll(&mut self.system, false);
        let is_too_wide = buffer.layout_runs().any(|run| run.line_w > to_f32(width));
        if buffer.layout_runs().count() > look.lines_max || is_too_wide {
            buffer.set_ellipsize(Ellipsize::End(EllipsizeHeightLimit::Lines(look.lines_max)));
            buffer.shape_until_scroll(&mut self.system, false);
        }
        buffer
    }
}

#[cfg(test)]
mod tests {
    use super::super::theme::INK;
    use super::*;

    const LOOK: Look =
        Look { size: 44.0, is_bold: false, colour: INK, align: Align::Left, lines_max: 3 };

    #[test]
    fn every_vietnamese_letter_has_a_glyph() {
        let mut fonts = Fonts::new();
        // Marks on marks change the width of nothing: each letter is one glyph of its face.
        for (plain, marked) in
            [("A", "Ặ"), ("E", "Ễ"), ("O", "Ộ"), ("a", "ậ"), ("y", "ỹ"), ("u", "ụ")]
        {
            let width = |fonts: &mut Fonts, text: &str| fonts.measure(text, LOOK, 500).0;
            assert_eq!(width(&mut fonts, plain), width(&mut fonts, marked), "{marked}");
        }
        let mut ink = 0;
        let words = Words { place: Rect::new(0, 0, 400, 80), text: "Ợ".into(), look: LOOK };
        fonts.draw(&words, |_, colour| ink += usize::from(colour.opacity > 128));
        assert!(ink > 100);
    }

    #[test]
    fn figures_are_tabular() {
        let mut fonts = Fonts::new();
        let look = Look { is_bold: true, ..LOOK };
        assert_eq!(fonts.measure("11:11", look, 900), fonts.measure("08:46", look, 900));
    }

    #[test]
    fn words_wrap_and_are_cut() {
        let mut fonts = Fonts::new();
        let text = "Hội nghị trực tuyến kinh tế - xã hội 9 tháng năm 2022";
        let (one_line, height) = fonts.measure(text, Look { lines_max: 1, ..LOOK }, 4000);
        assert_eq!(height, 57);
        let (width, height) = fonts.measure(text, LOOK, 500);
        assert!(width <= 500 && (171..=172).contains(&height), "{width} × {height}");
        let (width, height) = fonts.measure(text, Look { lines_max: 1, ..LOOK }, 300);
        assert!(width <= 300 && height == 57, "{width} × {height}");
        let balanced = fonts.balanced(text, LOOK, one_line - 100);
        assert!(balanced < one_line - 300, "{balanced} of {one_line}");
    }
}
