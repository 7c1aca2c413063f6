//! Several pictures: all of one size, or small ones in a column beside the main one.

use protocol::call::TILES;

use super::super::geometry::Rect;
use super::super::icons::Icon;
use super::super::scene::Mark;
use super::super::theme::{BG, INK, INK_3, SUNKEN};
use super::meeting::{BAND, EDGE, GAP, speaker};
use super::sheet::{Sheet, line_height};
use crate::machine::{MeetingScreen, ScreenModel, TilePicture};

/// Between two pictures of a column.
const SMALL_GAP: f32 = 16.0;
/// The most of a column's width that its pictures take, in percent: their names stand beside them.
const PICTURE_PART: i32 = 56;

/// The main picture and the others, all of one size, as large as they can be.
pub(super) fn grid(sheet: &mut Sheet<'_>, model: &ScreenModel, screen: &MeetingScreen, work: Rect) {
    let count = i32::try_from(screen.tiles.len()).unwrap_or(0) + 1;
    let cells = Cells::fit(sheet, count, work);
    speaker(sheet, model, &screen.picture, cells.place(0));
    for (cell, picture) in (1..).zip(&screen.tiles) {
        named_below(sheet, picture, cells.place(cell));
    }
}

/// Small pictures from the top, their names beside them; gives what is left below. Each takes a
/// part of the height that does not depend on how many there are: none moves when another comes.
pub(super) fn column(sheet: &mut Sheet<'_>, screen: &MeetingScreen, place: Rect) -> Rect {
    let gap = sheet.px(SMALL_GAP);
    let most = i32::try_from(TILES).unwrap_or(1);
    let height = (place.height - gap * (most - 1)) / most;
    let width = (height * 16 / 9).min(place.width * PICTURE_PART / 100);
    let mut y = place.y;
    for picture in &screen.tiles {
        named_beside(sheet, picture, Rect { y, height, ..place }, width);
        y += height + gap;
    }
    Rect { y, height: place.bottom() - y, ..place }
}

/// Places of one size in rows, the last row in the middle.
struct Cells {
    work: Rect,
    count: i32,
    columns: i32,
    width: i32,
    height: i32,
    gap: i32,
}

impl Cells {
    fn fit(sheet: &Sheet<'_>, count: i32, work: Rect) -> Self {
        let columns = (1..=count).find(|columns| columns * columns >= count).unwrap_or(1);
        let rows = (count + columns - 1) / columns;
        let gap = sheet.px(GAP);
        let (edges, band) = (2 * sheet.px(EDGE), sheet.px(BAND));
        let across = (work.width - gap * (columns - 1)) / columns;
        let down = (work.height - gap * (rows - 1)) / rows;
        let width = across.min((down - band - edges) * 16 / 9 + edges);
        let height = (width - edges) * 9 / 16 + band + edges;
        Self { work, count, columns, width, height, gap }
    }

    fn place(&self, cell: i32) -> Rect {
        let Self { work, count, columns, width, height, gap } = *self;
        let (row, column) = (cell / columns, cell % columns);
        let rows = (count + columns - 1) / columns;
        let in_row = columns.min(count - row * columns);
        let free = |whole, size, number| (whole - size * number - gap * (number - 1)) / 2;
        let x = work.x + free(work.width, width, in_row) + column * (width + gap);
        let y = work.y + free(work.height, height, rows) + row * (height + gap);
        Rect::new(x, y, width, height)
    }
}

fn named_below(sheet: &mut Sheet<'_>, picture: &TilePicture, place: Rect) {
    sheet.tile(place, BG);
    sheet.fill(place, 8.0, SUNKEN);
    let inner = place.inset(sheet.px(EDGE));
    let band = sheet.px(BAND);
    let moving = Rect { height: inner.height - band, ..inner };
    empty(sheet, moving);
    sheet.beside(picture.tile, moving);
    let bar = Rect { y: moving.bottom(), height: band, ..inner };
    let padding = sheet.px(22.0);
    let look = sheet.text(INK);
    sheet.words_from(bar, (bar.x + padding, bar.right() - padding), &picture.name, look);
}

fn named_beside(sheet: &mut Sheet<'_>, picture: &TilePicture, place: Rect, width: i32) {
    sheet.tile(place, BG);
    let moving = Rect { width, height: width * 9 / 16, ..place };
    sheet.fill(moving, 8.0, SUNKEN);
    empty(sheet, moving);
    sheet.beside(picture.tile, moving);
    let x = moving.right() + sheet.px(GAP);
    let room = place.right() - x;
    let look = sheet.text(INK);
    let lines = usize::try_from(place.height / line_height(look)).unwrap_or(0).clamp(1, 3);
    let look = look.lines(lines);
    let (_, height) = sheet.measure(&picture.name, look, room);
    let y = moving.y + (moving.height - height).max(0) / 2;
    let beside = Rect { x, y, width: room, height: place.bottom() - y };
    sheet.balanced(beside, &picture.name, look);
}

/// What is seen until a picture is there.
fn empty(sheet: &mut Sheet<'_>, place: Rect) {
    let side = sheet.px(72.0);
    let icon = place.centre(side, side);
    sheet.mark(Mark::Icon { place: icon, icon: Icon::Camera, colour: INK_3 });
}
