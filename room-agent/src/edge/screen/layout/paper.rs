//! The paper: white, whole, with nothing over it; what it is and who vouches for it stand beside.

use super::super::geometry::{Rect, to_f32, to_i32};
use super::super::icons::Icon;
use super::super::scene::{Align, Look, Mark, PagePlace};
use super::super::theme::{
    ACCENT, ACCENT_SOFT, BAD, BAD_SOFT, BG, Colour, INK, INK_2, LINE, OK, PAPER, SURFACE, TEXT,
    WARN,
};
use super::super::words;
use super::sheet::{Sheet, line_height};
use crate::machine::{PageKey, PaperArea, Signature};

/// An A4 page upright, until the page itself is there.
const PORTRAIT: f32 = 210.0 / 297.0;
/// The least width of the column beside an upright page, in units.
const COLUMN_MIN: f32 = 320.0;
/// The height of the bar below a wide page, in units.
const DOCK: f32 = 148.0;
const PADDING: f32 = 28.0;
/// The bar that says whose screen is shared.
const SCREEN_BAR: f32 = 92.0;

pub(super) fn draw(
    sheet: &mut Sheet<'_>,
    paper: &PaperArea,
    place: Rect,
    shape: Option<(PageKey, f32)>,
) {
    match paper {
        PaperArea::Nothing => {}
        PaperArea::Screen { name } => screen(sheet, name, place),
        PaperArea::Page { key, title, pages, signature, turned_here } => {
            let shape = shape.filter(|(of, _)| of.sha256 == key.sha256);
            let shape = shape.map_or(PORTRAIT, |(_, shape)| shape);
            let about =
                About { key: *key, title, pages: *pages, signature, turned_here: *turned_here };
            page(sheet, &about, place, shape);
        }
        PaperArea::Coming { title, have_bytes, bytes } => {
            coming(sheet, title, (*have_bytes, *bytes), place);
        }
        PaperArea::Checking { title } => {
            let card = Card { icon: Icon::Clock, colour: INK_2, ground: SURFACE };
            say(sheet, place, card, words::CHECKING, &[(title, INK_2)]);
        }
        PaperArea::Refused { of, title, reason, signers, helper } => {
            sheet.refused(*of);
            let card = Card { icon: Icon::ShieldBad, colour: BAD, ground: BAD_SOFT };
            let signed_by = words::signed_by(signers).unwrap_or_default();
            let call = helper.as_deref().map(words::call_helper).unwrap_or_default();
            let more = [
                (title.as_str(), INK_2),
                (reason.as_str(), INK),
                (signed_by.as_str(), INK_2),
                (call.as_str(), INK),
            ];
            say(sheet, place, card, words::REFUSED, &more);
        }
    }
}

/// A shared screen as large as it can be, and above it whose it is.
fn screen(sheet: &mut Sheet<'_>, name: &str, place: Rect) {
    let bar = Rect { height: sheet.px(SCREEN_BAR), ..place };
    sheet.tile(bar, ACCENT_SOFT);
    let padding = sheet.px(PADDING);
    let x = sheet.icon(bar, bar.x + padding, Icon::Screen, ACCENT);
    let look = sheet.text(ACCENT).bold();
    sheet.words_from(bar, (x, bar.right() - padding), &words::shares_screen(name), look);
    let below = Rect { y: bar.bottom(), height: place.height - bar.height, ..place };
    sheet.tile(below, SURFACE);
    let look = sheet.text(INK_2).align(Align::Centre).lines(2);
    let room = Rect { height: line_height(look) * 2, ..below.inset(padding) };
    let middle = below.y + (below.height - room.height) / 2;
    sheet.words(Rect { y: middle, ..room }, words::SCREEN_COMING, look);
    sheet.content(below);
}

struct About<'a> {
    key: PageKey,
    title: &'a str,
    pages: u32,
    signature: &'a Signature,
    turned_here: bool,
}

/// A page beside its column or above its bar, wherever it becomes larger.
fn page(sheet: &mut Sheet<'_>, about: &About<'_>, place: Rect, shape: f32) {
    let gap = sheet.px(PADDING);
    let beside = beside(sheet, place, shape);
    let dock = sheet.px(DOCK);
    let above = Rect { height: place.height - dock, ..place };
    let fits = |room: Rect| to_f32(room.height).min(to_f32(room.width) / shape);
    sheet.tile(place, BG);
    sheet.fill(place, 8.0, SURFACE);
    if fits(beside) >= fits(above) {
        let width = beside.x - place.x;
        let column = Rect { width, ..place }.inset(gap);
        column_words(sheet, about, column);
        paper_place(sheet, about.key, beside);
    } else {
        let bar = Rect { y: above.bottom(), height: dock, ..place };
        dock_words(sheet, about, bar);
        paper_place(sheet, about.key, above);
    }
}

/// The room for a page that stands at the right edge.
fn beside(sheet: &Sheet<'_>, place: Rect, shape: f32) -> Rect {
    let most = place.width - sheet.px(COLUMN_MIN);
    let width = to_i32(to_f32(place.height) * shape).min(most).max(1);
    Rect::new(place.right() - width, place.y, width, place.height)
}

fn paper_place(sheet: &mut Sheet<'_>, page: PageKey, place: Rect) {
    sheet.tile(place, PAPER);
    sheet.page(PagePlace { place, page });
    sheet.paper(place);
}

fn column_words(sheet: &mut Sheet<'_>, about: &About<'_>, column: Rect) {
    let gap = sheet.px(24.0);
    let (colour, text) = (OK, words::signature(about.signature));
    let icon_side = sheet.px(TEXT * 1.25);
    let vouch = sheet.text(colour).lines(4);
    let (_, vouch_height) = sheet.measure(&text, vouch, column.width);
    let vouch_top = column.bottom() - vouch_height - icon_side - sheet.px(8.0);
    let bold = sheet.text(INK).bold().lines(5);
    let above = Rect { height: vouch_top - column.y - gap, ..column };
    let quiet = sheet.text(INK_2);
    let line = line_height(quiet);
    let kept = if about.turned_here { 3 * line } else { line };
    let titled = Rect { height: (above.height - kept - gap).max(line), ..above };
    let lines = usize::try_from(titled.height / line_height(bold)).unwrap_or(1).clamp(1, 5);
    let bottom = sheet.words(titled, about.title, bold.lines(lines)) + gap;
    let rest = Rect { y: bottom, height: (above.bottom() - bottom).max(0), ..above };
    let bottom = sheet.words(rest, &words::page(about.key.page, about.pages), quiet);
    if about.turned_here {
        let rest = Rect { y: bottom, height: (above.bottom() - bottom).max(0), ..above };
        let look = sheet.text(WARN).lines(2);
        sheet.words(rest, words::TURNED_HERE, look);
    }
    let icon = Rect::new(column.x - sheet.px(4.0), vouch_top, icon_side, icon_side);
    sheet.mark(Mark::Icon { place: icon, icon: Icon::ShieldGood, colour });
    let y = icon.bottom() + sheet.px(8.0);
    sheet.words(Rect { y, height: column.bottom() - y, ..column }, &text, vouch);
}

fn dock_words(sheet: &mut Sheet<'_>, about: &About<'_>, bar: Rect) {
    let padding = sheet.px(PADDING);
    let half = bar.height / 2;
    let upper = Rect { y: bar.y + sheet.px(8.0), height: half - sheet.px(8.0), ..bar };
    let lower = Rect { y: bar.y + half, height: half - sheet.px(8.0), ..bar };
    let (left, right) = (bar.x + padding, bar.right() - padding);
    let quiet = sheet.text(INK_2);
    let number = words::page(about.key.page, about.pages);
    let end = sheet.words_until(upper, right, &number, quiet) - padding;
    let bold = sheet.text(INK).bold();
    sheet.words_from(upper, (left, end), about.title, bold);
    let (text, colour, icon) = if about.turned_here {
        (words::TURNED_HERE.to_owned(), WARN, Icon::Page)
    } else {
        (words::signature(about.signature), OK, Icon::ShieldGood)
    };
    let x = sheet.icon(lower, left, icon, colour);
    let look = sheet.text(colour);
    sheet.words_from(lower, (x, right), &text, look);
}

#[derive(Clone, Copy)]
struct Card {
    icon: Icon,
    colour: Colour,
    ground: Colour,
}

/// An icon, what is the matter, and more about it, in the middle of the place.
fn say(sheet: &mut Sheet<'_>, place: Rect, card: Card, what: &str, more: &[(&str, Colour)]) {
    sheet.tile(place, BG);
    sheet.paper(place);
    sheet.fill(place, 8.0, card.ground);
    let inner =
        Rect { x: place.x + sheet.px(56.0), width: place.width - 2 * sheet.px(56.0), ..place };
    let title = sheet.look(52.0, card.colour).bold().lines(2).align(Align::Centre);
    let gap = sheet.px(20.0);
    let side = sheet.px(104.0);
    let mut parts: Vec<(&str, Look)> = vec![(what, title)];
    for (text, colour) in more {
        if !text.is_empty() {
            parts.push((text, sheet.text(*colour).lines(4).align(Align::Centre)));
        }
    }
    let heights: Vec<i32> =
        parts.iter().map(|(text, look)| sheet.measure(text, *look, inner.width).1).collect();
    let count = i32::try_from(parts.len()).unwrap_or(0);
    let height = side + heights.iter().sum::<i32>() + gap * count;
    let mut y = place.y + ((place.height - height) / 2).max(gap);
    let icon = Rect::new(place.x + (place.width - side) / 2, y, side, side);
    sheet.mark(Mark::Icon { place: icon, icon: card.icon, colour: card.colour });
    y = icon.bottom() + gap;
    for ((text, look), height) in parts.into_iter().zip(heights) {
        let room = place.bottom() - gap - y;
        let line = line_height(look);
        if room < line {
            break;
        }
        let lines = usize::try_from(room / line).unwrap_or(1);
        let look = look.lines(look.lines_max.min(lines));
        let place = Rect { y, height: height.min(room), ..inner };
        y = sheet.balanced(place, text, look) + gap;
    }
}

fn coming(sheet: &mut Sheet<'_>, title: &str, (have, all): (u64, u64), place: Rect) {
    let card = Card { icon: Icon::Page, colour: INK_2, ground: SURFACE };
    let progress = words::megabytes(have, all);
    say(sheet, place, card, words::COMING, &[(title, INK_2), (&progress, INK_2)]);
    // What is there of it, along the lower edge.
    let bar = Rect::new(
        place.x + sheet.px(56.0),
        place.bottom() - sheet.px(56.0),
        place.width - 2 * sheet.px(56.0),
        sheet.px(10.0),
    );
    sheet.fill(bar, 5.0, LINE);
    let share = i64::try_from(have.min(all).saturating_mul(1000) / all.max(1)).unwrap_or(0);
    let width = i32::try_from(i64::from(bar.width) * share / 1000).unwrap_or(0);
    if width > 0 {
        sheet.fill(Rect { width, ..bar }, 5.0, ACCENT);
    }
}
