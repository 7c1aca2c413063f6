//! A line of text as a mask of brightness, for the test picture.

use cosmic_text::{Attrs, Buffer, Color, FontSystem, Metrics, Shaping, SwashCache, fontdb};

const FONT: &[u8] = include_bytes!("../../../../fonts/NotoSans-Bold.ttf");

/// A line of text: rows of `width` values, 255 where the letters are.
#[derive(Debug, Default)]
pub(super) struct Label {
    pub(super) width: usize,
    pub(super) coverage: Vec<u8>,
}

impl Label {
    /// Draws `text` with letters that fit a line of `height` pixels, cut off at `width_max`.
    pub(super) fn new(text: &str, height: u16, width_max: u16) -> Self {
        let mut database = fontdb::Database::new();
        database.load_font_data(FONT.to_vec());
        let mut fonts = FontSystem::new_with_locale_and_db("vi".to_owned(), database);
        let line = f32::from(height.max(2));
        let mut buffer = Buffer::new(&mut fonts, Metrics::new(line * 0.75, line));
        buffer.set_text(text, &Attrs::new(), Shaping::Advanced, None);
        let (width, rows) = (usize::from(width_max), usize::from(height));
        let mut coverage = vec![0; width * rows];
        let white = Color::rgb(255, 255, 255);
        buffer.draw(&mut fonts, &mut SwashCache::new(), white, |x, y, _, _, color| {
            let position = usize::try_from(x).ok().zip(usize::try_from(y).ok());
            if let Some((x, y)) = position.filter(|&(x, y)| x < width && y < rows) {
                coverage[y * width + x] = color.a();
            }
        });
        Self { width, coverage }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_drawn_within_their_bounds() {
        let inked = |text: &str| {
            let label = Label::new(text, 24, 200);
            assert_eq!(label.coverage.len(), 24 * 200);
            label.coverage.iter().filter(|&&value| value > 128).count()
        };
        assert_eq!(inked(""), 0);
        assert!(inked("Phủ Lý") > 100);
        assert!(inked("Ủy ban nhân dân xã Bình Lục") > inked("Phủ Lý"));
    }
}
