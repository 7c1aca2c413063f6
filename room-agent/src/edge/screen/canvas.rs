//! The pixels of the screen: tiles drawn when they changed, the page, and the moving picture.
//! Nothing is drawn over a picture or a page: words stand beside them.

use std::sync::Arc;

use render::Bitmap;
use tiny_skia::Pixmap;

use super::super::media::mark::Mark;
use super::super::media::{Picture420, Size};
use super::fonts::Fonts;
use super::geometry::{Rect, to_index};
use super::paint;
use super::picture::PictureScaler;
use super::scene::{Moving, PagePlace, Scene};
use super::theme::{BG, Colour, PAPER};
use crate::machine::PageKey;

/// A page as it came from the render child.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) key: PageKey,
    pub(super) bitmap: Arc<Bitmap>,
}

/// The screen's pixels and how they came about.
pub(super) struct Canvas {
    pub(super) fonts: Fonts,
    /// Those of all moving pictures.
    panes: [Pane; Moving::COUNT],
    scene: Option<Scene>,
    page: Option<Page>,
    ground: Pixmap,
    /// What is shown: `0x00RRGGBB`, rows without gaps.
    frame: Vec<u32>,
    width: i32,
    height: i32,
    /// Where the page's pixels are, exactly.
    page_rect: Option<(PageKey, Rect)>,
}

/// A moving picture's own: buffers that are used again, as its size stays the same.
struct Pane {
    scaler: PictureScaler,
    /// Where the picture's own pixels are, while there is one.
    rect: Option<Rect>,
}

impl Pane {
    fn new() -> Self {
        Self { scaler: PictureScaler::new(), rect: None }
    }
}

impl Canvas {
    pub(super) fn new() -> Option<Self> {
        Some(Self {
            fonts: Fonts::new(),
            panes: std::array::from_fn(|_| Pane::new()),
            scene: None,
            page: None,
            ground: Pixmap::new(1, 1)?,
            frame: vec![0],
            width: 1,
            height: 1,
            page_rect: None,
        })
    }

    /// The pixels: `0x00RRGGBB`, rows without gaps.
    pub(super) fn frame(&self) -> &[u32] {
        &self.frame
    }

    /// The shape of the page that is there, width over height.
    pub(super) fn page_shape(&self) -> Option<(PageKey, f32)> {
        let page = self.page.as_ref()?;
        let side = |side: u32| f32::from(u16::try_from(side).unwrap_or(u16::MAX));
        Some((page.key, side(page.bitmap.width) / side(page.bitmap.height.max(1))))
    }

    /// Which page is on the screen, and its exact pixels.
    pub(super) const fn page_rect(&self) -> Option<(PageKey, Rect)> {
        self.page_rect
    }

    pub(super) const fn scene(&self) -> Option<&Scene> {
        self.scene.as_ref()
    }

    /// A page is ready, or none is shown.
    pub(super) fn set_page(&mut self, page: Option<Page>) {
        self.page = page;
    }

    /// Makes the screen look like this; gives what changed.
    pub(super) fn show(&mut self, scene: Scene) -> Vec<Rect> {
        let is_new = self.resize(scene.width, scene.height);
        let before = self.scene.take().filter(|_| !is_new);
        let mut changed = Vec::new();
        let is_same_cut = before.as_ref().is_some_and(|before| {
            before.tiles.iter().map(|tile| tile.place).eq(scene.tiles.iter().map(|tile| tile.place))
        });
        for (index, tile) in scene.tiles.iter().enumerate() {
            let old = before.as_ref().filter(|_| is_same_cut).and_then(|b| b.tiles.get(index));
            // What lies over a tile that is drawn anew has to be drawn again.
            let is_covered = changed.iter().any(|below: &Rect| !below.meet(tile.place).is_empty());
            if is_covered || old != Some(tile) {
                paint::tile(&mut self.ground, &mut self.fonts, tile);
                self.copy_ground(tile.place);
                changed.push(tile.place);
            }
        }
        changed.extend(self.draw_page(scene.page, &changed));
        for (of, pane) in Moving::all().zip(&mut self.panes) {
            if before.as_ref().and_then(|before| before.place(of)) != scene.place(of) {
                pane.rect = None;
            }
        }
        self.scene = Some(scene);
        changed
    }

    /// Draws a page that came for the scene as it is; gives what changed.
    pub(super) fn refresh_page(&mut self) -> Option<Rect> {
        let place = self.scene.as_ref()?.page;
        self.draw_page(place, &[])
    }

    /// Draws the newest picture whole into its place; gives what changed. Without a picture the
    /// place says why there is none.
    pub(super) fn picture(&mut self, of: Moving, picture: Option<&Picture420>) -> Option<Rect> {
        let place = self.scene.as_ref()?.place(of)?;
        let Some(picture) = picture else {
            self.panes[of.index()].rect.take()?;
            self.copy_ground(place);
            return Some(place);
        };
        let size = picture.planes.size();
        let rect = contained(place, (size.width.into(), size.height.into()));
        let (width, height) = (u32::try_from(rect.width).ok()?, u32::try_from(rect.height).ok()?);
        let mut changed = rect;
        if self.panes[of.index()].rect != Some(rect) {
            // What a picture of another shape leaves free is dark.
            self.fill(place, BG);
            changed = place;
        }
        let pane = &mut self.panes[of.index()];
        let pixels = pane.scaler.scale(picture, width, height)?;
        pane.rect = Some(rect);
        let frame = Frame { pixels: &mut self.frame, stride: to_index(self.width) };
        frame.lay(rect, pixels, rect);
        Some(changed)
    }

    /// Where the picture's own pixels are, or would be.
    pub(super) fn picture_rect(&self) -> Option<Rect> {
        self.panes[0].rect.or(self.scene.as_ref()?.picture)
    }

    /// Where the own pixels of a picture are, once there are any.
    pub(super) fn rect_of(&self, of: Moving) -> Option<Rect> {
        self.panes[of.index()].rect
    }

    /// Whose picture is drawn, as the mark of a test picture says: read from the pixels that are
    /// shown, in whatever size.
    pub(super) fn mark(&self) -> Option<Mark> {
        let rect = self.panes[0].rect?;
        let size = Size::checked(rect.width.try_into().ok()?, rect.height.try_into().ok()?)?;
        let stride = to_index(self.width);
        // Only the strip along the bottom is looked at.
        let top = rect.bottom() - rect.height / 8;
        let mut luma = vec![0; to_index(top - rect.y) * usize::from(size.width)];
        for y in top..rect.bottom() {
            let start = to_index(y) * stride + to_index(rect.x);
            let row = self.frame.get(start..start + usize::from(size.width))?;
            luma.extend(row.iter().map(|pixel| brightness(*pixel)));
        }
        Mark::read(&luma, size)
    }

    /// The frame as a PNG.
    pub(super) fn png(&self) -> Option<Vec<u8>> {
        let (width, height) = (u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?);
        let mut pixmap = Pixmap::new(width, height)?;
        for (pixel, value) in pixmap.pixels_mut().iter_mut().zip(&self.frame) {
            let [_, red, green, blue] = value.to_be_bytes();
            *pixel = tiny_skia::PremultipliedColorU8::from_rgba(red, green, blue, 255)?;
        }
        pixmap.encode_png().ok()
    }

    fn resize(&mut self, width: i32, height: i32) -> bool {
        if (self.width, self.height) == (width, height) {
            return false;
        }
        let (Ok(across), Ok(down)) = (u32::try_from(width), u32::try_from(height)) else {
            return false;
        };
        let Some(ground) = Pixmap::new(across, down) else { return false };
        self.ground = ground;
        self.frame = vec![0; to_index(width) * to_index(height)];
        (self.width, self.height) = (width, height);
        true
    }

    fn copy_ground(&mut self, place: Rect) {
        let place = place.meet(Rect::new(0, 0, self.width, self.height));
        let stride = to_index(self.width);
        for y in place.y..place.bottom() {
            let start = to_index(y) * stride;
            let range = start + to_index(place.x)..start + to_index(place.right());
            let from = self.ground.pixels().get(range.clone()).unwrap_or_default();
            let into = self.frame.get_mut(range).unwrap_or_default();
            for (pixel, ground) in into.iter_mut().zip(from) {
                *pixel = u32::from_be_bytes([0, ground.red(), ground.green(), ground.blue()]);
            }
        }
    }

    /// Lays the page into its place, when either changed.
    fn draw_page(&mut self, place: Option<PagePlace>, changed: &[Rect]) -> Option<Rect> {
        let Some(place) = place else {
            self.page_rect = None;
            return None;
        };
        // Another paper's page is never shown in this one's place: it stays white until its own
        // is there.
        let page = self.page.clone().filter(|page| page.key.sha256 == place.page.sha256);
        let Some(page) = page else {
            self.page_rect.take()?;
            self.fill(place.place, PAPER);
            return Some(place.place);
        };
        let side = |side: u32| i32::try_from(side).unwrap_or(0);
        let rect = place.place.centre(side(page.bitmap.width), side(page.bitmap.height));
        let is_there = self.page_rect == Some((page.key, rect))
            && !changed.iter().any(|changed| !changed.meet(place.place).is_empty());
        if is_there {
            return None;
        }
        self.fill(place.place, PAPER);
        let frame = Frame { pixels: &mut self.frame, stride: to_index(self.width) };
        frame.lay(rect, &page.bitmap.pixels, place.place);
        self.page_rect = Some((page.key, rect));
        Some(place.place)
    }

    /// One colour, whatever was there.
    fn fill(&mut self, place: Rect, colour: Colour) {
        let value = u32::from_be_bytes([0, colour.red, colour.green, colour.blue]);
        let place = place.meet(Rect::new(0, 0, self.width, self.height));
        let stride = to_index(self.width);
        for y in place.y..place.bottom() {
            let start = to_index(y) * stride;
            let range = start + to_index(place.x)..start + to_index(place.right());
            self.frame.get_mut(range).unwrap_or_default().fill(value);
        }
    }
}

/// How light a pixel is, 0 to 255.
fn brightness(pixel: u32) -> u8 {
    let [_, red, green, blue] = pixel.to_be_bytes();
    let sum = u16::from(red) + u16::from(green) + u16::from(blue);
    u8::try_from(sum / 3).unwrap_or(u8::MAX)
}

/// The pixels of the screen, to lay others into.
struct Frame<'a> {
    pixels: &'a mut [u32],
    stride: usize,
}

impl Frame<'_> {
    /// Lays the rows of a bitmap (blue, green, red, unused) into a rectangle of its size, as far
    /// as the clip allows.
    fn lay(self, rect: Rect, bitmap: &[u8], clip: Rect) {
        let visible = rect.meet(clip);
        let columns = to_index(visible.width);
        for y in visible.y..visible.bottom() {
            let from = to_index(y - rect.y) * to_index(rect.width) + to_index(visible.x - rect.x);
            let start = to_index(y) * self.stride + to_index(visible.x);
            let row = bitmap.get(from * 4..(from + columns) * 4);
            let target = self.pixels.get_mut(start..start + columns);
            let (Some(row), Some(target)) = (row, target) else { return };
            for (pixel, bgra) in target.iter_mut().zip(row.as_chunks::<4>().0) {
                *pixel = u32::from_le_bytes(*bgra) & 0x00FF_FFFF;
            }
        }
    }
}

/// The largest rectangle of this shape in the middle of a place.
fn contained(place: Rect, shape: (i32, i32)) -> Rect {
    let (width, height) = shape;
    if width <= 0 || height <= 0 {
        return place;
    }
    if place.width * height > place.height * width {
        place.centre(place.height * width / height, place.height)
    } else {
        place.centre(place.width, place.width * height / width)
    }
}

#[cfg(test)]
mod tests {
    use protocol::call::TILES;
    use protocol::meeting::{Digest, PaperId};
    use uuid::Uuid;

    use super::super::scene::Tile;
    use super::super::theme::{ACCENT, INK};
    use super::*;

    const PLACE: Rect = Rect::new(10, 10, 40, 60);

    fn key(paper: u8, page: u32) -> PageKey {
        PageKey {
            paper: PaperId::new(Uuid::from_u128(paper.into())),
            sha256: Digest::new([paper; 32]),
            page,
        }
    }

    /// A page of one colour.
    fn page(key: PageKey, colour: u8) -> Page {
        let pixels = [colour, colour, colour, 255].repeat(40 * 50);
        Page { key, bitmap: Arc::new(Bitmap { width: 40, height: 50, pixels }) }
    }

    /// A card with a page in it, and a light that shows whether the card was drawn anew.
    fn scene(key: Option<PageKey>, light: Colour) -> Scene {
        let tile = |place, ground| Tile { place, ground, marks: Vec::new() };
        let mut tiles = vec![tile(Rect::new(0, 0, 60, 80), light)];
        tiles.extend(key.map(|_| tile(PLACE, PAPER)));
        let page = key.map(|page| PagePlace { place: PLACE, page });
        Scene {
            width: 60,
            height: 80,
            tiles,
            picture: None,
            content: None,
            beside: [None; TILES],
            page,
            paper: None,
            refused: None,
        }
    }

    fn grey_at(canvas: &Canvas, x: usize, y: usize) -> u8 {
        canvas.frame()[y * 60 + x].to_be_bytes()[3]
    }

    #[test]
    fn a_page_is_laid_exactly_where_it_is_said_to_be() {
        let mut canvas = Canvas::new().unwrap();
        canvas.show(scene(Some(key(1, 1)), INK));
        assert_eq!(canvas.page_rect(), None);
        canvas.set_page(Some(page(key(1, 1), 7)));
        canvas.refresh_page().unwrap();
        let (drawn, rect) = canvas.page_rect().unwrap();
        assert_eq!((drawn, rect), (key(1, 1), Rect::new(10, 15, 40, 50)));
        for (x, y, grey) in [(10, 15, 7), (49, 64, 7), (10, 14, 255), (10, 65, 255)] {
            assert_eq!(grey_at(&canvas, x, y), grey, "{x}, {y}");
        }
        assert_eq!(canvas.refresh_page(), None, "nothing changed");
    }

    #[test]
    fn the_page_comes_back_when_its_card_is_drawn_anew() {
        let mut canvas = Canvas::new().unwrap();
        canvas.set_page(Some(page(key(1, 1), 7)));
        canvas.show(scene(Some(key(1, 1)), INK));
        canvas.show(scene(Some(key(1, 1)), ACCENT));
        assert_eq!(grey_at(&canvas, 20, 30), 7);
        assert!(canvas.page_rect().is_some());
    }

    #[test]
    fn another_papers_page_is_never_left_standing() {
        let mut canvas = Canvas::new().unwrap();
        canvas.set_page(Some(page(key(1, 1), 7)));
        canvas.show(scene(Some(key(1, 1)), INK));
        canvas.show(scene(Some(key(2, 1)), INK));
        assert_eq!(grey_at(&canvas, 20, 30), 255, "white until the other paper's page is there");
        assert_eq!(canvas.page_rect(), None);
        canvas.show(scene(None, INK));
        assert_eq!(canvas.page_rect(), None);
    }

    #[test]
    fn a_picture_keeps_its_shape() {
        let place = Rect::new(10, 10, 1600, 900);
        for (shape, rect) in [
            ((320, 180), place),
            ((640, 480), Rect::new(210, 10, 1200, 900)),
            ((2000, 1000), Rect::new(10, 60, 1600, 800)),
            ((0, 5), place),
        ] {
            assert_eq!(contained(place, shape), rect, "{shape:?}");
        }
    }
}
