//! The three faces of an official paper and how wide words are in them.

use krilla::text::Font;

/// A face of the paper's one type family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
    Italic,
}

/// The faces, ready to measure and to draw.
pub(super) struct Fonts {
    regular: Loaded,
    bold: Loaded,
    italic: Loaded,
}

struct Loaded {
    font: Font,
    metrics: ttf_parser::Face<'static>,
}

impl Fonts {
    /// Opens the shipped files.
    pub(super) fn shipped() -> anyhow::Result<Self> {
        Ok(Self {
            regular: open(include_bytes!("../../demo/fonts/diem-cau-serif-regular.ttf"))?,
            bold: open(include_bytes!("../../demo/fonts/diem-cau-serif-bold.ttf"))?,
            italic: open(include_bytes!("../../demo/fonts/diem-cau-serif-italic.ttf"))?,
        })
    }

    /// What draws a face.
    pub(super) fn font(&self, face: Face) -> Font {
        self.loaded(face).font.clone()
    }

    /// How wide a text is, in points. The files have no layout features, so this is the sum of
    /// its letters.
    pub(super) fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        let metrics = &self.loaded(face).metrics;
        let units: u32 = text
            .chars()
            .filter_map(|letter| metrics.glyph_index(letter))
            .filter_map(|glyph| metrics.glyph_hor_advance(glyph))
            .map(u32::from)
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "a line is far below 2^24 font units")]
        let units = units as f32;
        units * size / f32::from(metrics.units_per_em())
    }

    /// Whether every letter of a text is in the face.
    #[cfg(test)]
    pub(super) fn covers(&self, face: Face, text: &str) -> bool {
        text.chars().all(|letter| self.loaded(face).metrics.glyph_index(letter).is_some())
    }

    const fn loaded(&self, face: Face) -> &Loaded {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
            Face::Italic => &self.italic,
        }
    }
}

fn open(bytes: &'static [u8]) -> anyhow::Result<Loaded> {
    let font = Font::new(bytes.into(), 0)
        .ok_or_else(|| anyhow::anyhow!("the shipped font cannot be drawn"))?;
    Ok(Loaded { font, metrics: ttf_parser::Face::parse(bytes, 0)? })
}
