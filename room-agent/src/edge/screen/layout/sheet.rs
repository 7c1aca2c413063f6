//! A sheet to lay tiles and marks on.

use protocol::call::TILES;
use protocol::meeting::PaperId;

use super::super::fonts::Fonts;
use super::super::geometry::{Rect, Unit, to_i32};
use super::super::icons::Icon;
use super::super::scene::{Align, Look, Mark, PagePlace, Scene, Tile, Words};
use super::super::theme::{Colour, LEADING, TEXT};
use super::super::words::keep_numbers;

/// The scene while it is being laid out.
pub(super) struct Sheet<'a> {
    pub(super) unit: Unit,
    fonts: &'a mut Fonts,
    scene: Scene,
}

/// Plain words in a colour; more is said by [`Look`]'s other fields.
pub(super) fn look(unit: Unit, size: f32, colour: Colour) -> Look {
    Look { size: unit.size(size), is_bold: false, colour, align: Align::Left, lines_max: 1 }
}

/// Pixels between two lines of this size.
pub(super) fn line_height(look: Look) -> i32 {
    to_i32((look.size * LEADING).ceil())
}

impl Look {
    pub(super) const fn bold(self) -> Self {
        Self { is_bold: true, ..self }
    }

    pub(super) const fn lines(self, lines_max: usize) -> Self {
        Self { lines_max, ..self }
    }

    pub(super) const fn align(self, align: Align) -> Self {
        Self { align, ..self }
    }
}

impl<'a> Sheet<'a> {
    pub(super) fn new(width: i32, height: i32, fonts: &'a mut Fonts) -> Self {
        let scene = Scene {
            width,
            height,
            tiles: Vec::new(),
            picture: None,
            content: None,
            beside: [None; TILES],
            page: None,
            paper: None,
            refused: None,
        };
        Self { unit: Unit::of(width, height), fonts, scene }
    }

    pub(super) fn finish(self) -> Scene {
        self.scene
    }

    /// The whole screen.
    pub(super) const fn whole(&self) -> Rect {
        Rect::new(0, 0, self.scene.width, self.scene.height)
    }

    pub(super) fn px(&self, units: f32) -> i32 {
        self.unit.px(units)
    }

    /// Plain words of the ordinary size.
    pub(super) fn text(&self, colour: Colour) -> Look {
        look(self.unit, TEXT, colour)
    }

    pub(super) fn look(&self, size: f32, colour: Colour) -> Look {
        look(self.unit, size, colour)
    }

    /// Begins a new tile; marks go onto it until the next.
    pub(super) fn tile(&mut self, place: Rect, ground: Colour) {
        self.scene.tiles.push(Tile { place, ground, marks: Vec::new() });
    }

    pub(super) fn picture(&mut self, place: Rect) {
        self.scene.picture = Some(place);
    }

    pub(super) fn content(&mut self, place: Rect) {
        self.scene.content = Some(place);
    }

    /// Where the picture of one of the call's tiles moves.
    pub(super) fn beside(&mut self, tile: usize, place: Rect) {
        if let Some(beside) = self.scene.beside.get_mut(tile) {
            *beside = Some(place);
        }
    }

    pub(super) fn page(&mut self, page: PagePlace) {
        self.scene.page = Some(page);
    }

    pub(super) fn paper(&mut self, place: Rect) {
        self.scene.paper = Some(place);
    }

    pub(super) fn refused(&mut self, paper: PaperId) {
        self.scene.refused = Some(paper);
    }

    pub(super) fn measure(&mut self, text: &str, look: Look, width: i32) -> (i32, i32) {
        self.fonts.measure(&keep_numbers(text), look, width)
    }

    /// Words from the top of a box; gives the bottom of the last line.
    pub(super) fn words(&mut self, place: Rect, text: &str, look: Look) -> i32 {
        if text.is_empty() || place.is_empty() {
            return place.y;
        }
        let (_, height) = self.measure(text, look, place.width);
        let place = Rect { height: height.min(place.height), ..place };
        self.mark(Mark::Words(Words { place, text: keep_numbers(text), look }));
        place.bottom()
    }

    /// Words whose lines are about as long as each other.
    pub(super) fn balanced(&mut self, place: Rect, text: &str, look: Look) -> i32 {
        let width = self.fonts.balanced(&keep_numbers(text), look, place.width);
        let x = match look.align {
            Align::Left => place.x,
            Align::Centre => place.x + (place.width - width) / 2,
        };
        self.words(Rect { x, width, ..place }, text, look)
    }

    /// One line in the middle of a bar's height, from `left`; gives where it ends.
    pub(super) fn words_from(
        &mut self,
        bar: Rect,
        (left, right): (i32, i32),
        text: &str,
        look: Look,
    ) -> i32 {
        let (width, height) = self.fonts.measure(text, look, i32::MAX / 4);
        let width = width.min(right - left);
        let y = bar.y + (bar.height - height) / 2;
        self.words(Rect::new(left, y, width, height), text, look);
        left + width.max(0)
    }

    /// One line in the middle of a bar's height that ends at `right`; gives where it begins.
    pub(super) fn words_until(&mut self, bar: Rect, right: i32, text: &str, look: Look) -> i32 {
        let (width, height) = self.fonts.measure(text, look, i32::MAX / 4);
        let y = bar.y + (bar.height - height) / 2;
        self.words(Rect::new(right - width, y, width, height), text, look);
        right - width
    }

    /// An icon as high as words of the ordinary size, with its left edge at `x`; gives where what
    /// follows may begin.
    pub(super) fn icon(&mut self, bar: Rect, x: i32, icon: Icon, colour: Colour) -> i32 {
        let side = self.icon_side();
        let place = Rect::new(x, bar.y + (bar.height - side) / 2, side, side);
        self.mark(Mark::Icon { place, icon, colour });
        x + self.icon_width()
    }

    /// What an icon takes of a line, with the gap after it.
    pub(super) fn icon_width(&self) -> i32 {
        self.icon_side() + self.px(16.0)
    }

    fn icon_side(&self) -> i32 {
        self.px(TEXT * 1.25)
    }

    pub(super) fn fill(&mut self, place: Rect, radius: f32, colour: Colour) {
        let radius = self.px(radius);
        self.mark(Mark::Fill { place, radius, colour });
    }

    pub(super) fn frame(&mut self, place: Rect, radius: f32, width: f32, colour: Colour) {
        let (radius, width) = (self.px(radius), self.px(width).max(2));
        self.mark(Mark::Frame { place, radius, width, colour });
    }

    pub(super) fn mark(&mut self, mark: Mark) {
        if let Some(tile) = self.scene.tiles.last_mut() {
            tile.marks.push(mark);
        }
    }
}
