//! A room in a meeting: what it is about on top, who speaks on the left, the paper on the right.

use protocol::meeting::{Layout, Phase, RecordingState, Timestamp};

use super::super::geometry::{Rect, to_f32, to_i32};
use super::super::icons::Icon;
use super::super::scene::{Align, Mark, Words};
use super::super::theme::{
    ACCENT, ACCENT_SOFT, BG, Colour, INK, INK_2, INK_3, LINE, STRONG, SUNKEN, SURFACE, TEXT, TIMER,
    WARN,
};
use super::super::{theme, words};
use super::sheet::{Sheet, line_height};
use super::{foot, paper, tiles};
use crate::machine::{
    LineState, MeetingScreen, PageKey, PaperArea, PictureBand, ScreenModel, SeenAs, StepBar,
};

const TOP: f32 = 96.0;
const STRIP: f32 = 92.0;
const MARGIN: f32 = 32.0;
pub(super) const GAP: f32 = 24.0;
/// The bar under the picture that names who is seen.
pub(super) const BAND: f32 = 84.0;
/// The frame around both.
pub(super) const EDGE: f32 = 6.0;
/// Timer and queue under it.
const UNDER: f32 = 176.0;
/// The queue below the timer, at least.
const QUEUE: f32 = 230.0;

pub(super) fn draw(
    sheet: &mut Sheet<'_>,
    model: &ScreenModel,
    screen: &MeetingScreen,
    page_shape: Option<(PageKey, f32)>,
) {
    let is_cut = matches!(model.line, LineState::Cut { .. });
    top(sheet, model, screen);
    strip(sheet, screen, is_cut);
    let whole = sheet.whole();
    let (margin, gap) = (sheet.px(MARGIN), sheet.px(GAP));
    let y = sheet.px(TOP + STRIP) + gap;
    let bottom = foot::place(sheet).y - gap;
    let work = Rect::new(margin, y, whole.width - 2 * margin, bottom - y);
    let has_tiles = !is_cut && !screen.tiles.is_empty();
    if screen.layout == Layout::Grid && has_tiles {
        tiles::grid(sheet, model, screen, work);
    } else if screen.layout == Layout::One {
        // The picture alone, as large as it can be.
        let band = sheet.px(BAND);
        let edges = 2 * sheet.px(EDGE);
        let width = ((work.height - band - edges) * 16 / 9 + edges).min(work.width);
        let height = (width - edges) * 9 / 16 + band + edges;
        let x = work.x + (work.width - width) / 2;
        speaker(sheet, model, &screen.picture, Rect { x, width, height, ..work });
    } else if matches!(screen.paper, PaperArea::Nothing)
        || matches!(screen.layout, Layout::MainAndStrip | Layout::Grid)
    {
        // Without a paper the picture takes what there is, and the queue stands beside it.
        let band = sheet.px(BAND);
        let edges = 2 * sheet.px(EDGE);
        let most = work.width - gap - sheet.px(520.0);
        let width = ((work.height - band - edges) * 16 / 9 + edges).min(most);
        let height = (width - edges) * 9 / 16 + band + edges;
        let left = Rect { width, height, ..work };
        speaker(sheet, model, &screen.picture, left);
        let x = left.right() + gap;
        let place = Rect { x, width: work.right() - x, ..work };
        if is_cut {
            comes_back(sheet, place);
        } else if has_tiles {
            let rest = tiles::column(sheet, screen, place);
            if rest.height >= sheet.px(UNDER + QUEUE) {
                beside(sheet, model.now, screen, rest);
            } else if rest.height >= sheet.px(UNDER) {
                timer(sheet, model.now, screen, rest);
            }
        } else {
            beside(sheet, model.now, screen, place);
        }
    } else if matches!(screen.paper, PaperArea::Screen { .. }) {
        beside_screen(sheet, model, screen, work);
    } else {
        let width = sheet.px(840.0).min(work.width * 46 / 100);
        let edges = 2 * sheet.px(EDGE);
        let height = (width - edges) * 9 / 16 + sheet.px(BAND) + edges;
        speaker(sheet, model, &screen.picture, Rect { width, height, ..work });
        let y = (work.y + height + gap).max(work.bottom() - sheet.px(UNDER));
        let under = Rect::new(work.x, y, width, work.bottom() - y);
        if is_cut {
            comes_back(sheet, under);
        } else {
            below(sheet, model.now, screen, under);
        }
        let x = work.x + width + gap;
        let place = Rect { x, width: work.right() - x, ..work };
        paper::draw(sheet, &screen.paper, place, page_shape);
    }
    foot::draw(sheet, model, screen);
}

/// A shared screen is wide: it gets the room, and who speaks stands small beside it.
fn beside_screen(sheet: &mut Sheet<'_>, model: &ScreenModel, screen: &MeetingScreen, work: Rect) {
    let gap = sheet.px(GAP);
    let width = work.width * 30 / 100;
    let edges = 2 * sheet.px(EDGE);
    let height = (width - edges) * 9 / 16 + sheet.px(BAND) + edges;
    speaker(sheet, model, &screen.picture, Rect { width, height, ..work });
    let y = work.y + height + gap;
    let under = Rect::new(work.x, y, width, work.bottom() - y);
    if matches!(model.line, LineState::Cut { .. }) {
        comes_back(sheet, under);
    } else {
        beside(sheet, model.now, screen, under);
    }
    let x = work.x + width + gap;
    let place = Rect { x, width: work.right() - x, ..work };
    paper::draw(sheet, &screen.paper, place, None);
}

fn top(sheet: &mut Sheet<'_>, model: &ScreenModel, screen: &MeetingScreen) {
    let whole = sheet.whole();
    let clock_width = sheet.px(230.0);
    let margin = sheet.px(MARGIN);
    let bar = Rect::new(0, 0, whole.width - clock_width, sheet.px(TOP));
    sheet.tile(bar, SUNKEN);
    let right = recording(sheet, bar, screen);
    let look = sheet.text(INK).bold();
    sheet.words_from(bar, (margin, right), &screen.title, look);
    let corner = Rect::new(bar.right(), 0, clock_width, bar.height);
    sheet.tile(corner, SUNKEN);
    let look = sheet.look(STRONG, INK).bold();
    sheet.words_until(corner, corner.right() - margin, &words::clock(model.now), look);
}

/// That the meeting is recorded, at the end of a bar; gives where it begins.
fn recording(sheet: &mut Sheet<'_>, bar: Rect, screen: &MeetingScreen) -> i32 {
    let (text, colour, dot) = match &screen.recording {
        Some(RecordingState::On { .. }) => (words::RECORDING, INK, theme::RECORDING),
        Some(RecordingState::Paused { .. }) => (words::RECORDING_PAUSED, INK_2, INK_3),
        Some(RecordingState::Interrupted { .. }) | None => return bar.right(),
    };
    let gap = sheet.px(GAP);
    let look = sheet.text(colour).bold();
    let begins = sheet.words_until(bar, bar.right() - gap, text, look);
    let side = sheet.px(30.0);
    let place = Rect::new(begins - side - gap / 2, bar.y, side, bar.height).centre(side, side);
    sheet.fill(place, 15.0, dot);
    place.x - gap
}

/// The current item with its time, or why there is none.
fn strip(sheet: &mut Sheet<'_>, screen: &MeetingScreen, is_cut: bool) {
    let whole = sheet.whole();
    let margin = sheet.px(MARGIN);
    let bar = Rect::new(0, sheet.px(TOP), whole.width, sheet.px(STRIP));
    let Some(item) = &screen.item else {
        let (text, colour) = match screen.phase {
            Some(Phase::Ended { .. }) => (words::ENDED.to_owned(), INK_2),
            Some(Phase::Running { .. }) => (words::NO_ITEM.to_owned(), INK_2),
            _ => (words::starts_at(screen.starts_at), ACCENT),
        };
        sheet.tile(bar, SURFACE);
        let look = sheet.text(colour);
        sheet.words_from(bar, (margin, bar.right() - margin), &text, look);
        steps(sheet, bar, &screen.steps, LINE);
        return;
    };
    // What is known since before the cut is not "now" any more.
    let (ground, accent) = if is_cut { (SURFACE, INK_2) } else { (ACCENT_SOFT, ACCENT) };
    sheet.tile(bar, ground);
    let gap = sheet.px(28.0);
    let now = sheet.text(accent).bold();
    let mut right = bar.right() - margin;
    if !is_cut {
        let look = sheet.text(if item.minutes_left < 0 { WARN } else { ACCENT }).bold();
        right = sheet.words_until(bar, right, &words::minutes_left(item.minutes_left), look);
    }
    let number = words::item(item.number, item.total);
    let x = sheet.words_from(bar, (margin, right), &number, now) + gap;
    let look = sheet.text(INK);
    sheet.words_from(bar, (x, right - gap), &item.title, look);
    steps(sheet, bar, &screen.steps, accent);
}

/// Every item in proportion to its time, along the bottom of the strip.
fn steps(sheet: &mut Sheet<'_>, bar: Rect, steps: &[StepBar], now: Colour) {
    let minutes: i32 = steps.iter().map(|step| i32::from(step.minutes)).sum();
    let margin = sheet.px(MARGIN);
    let height = sheet.px(10.0);
    let all = Rect::new(margin, bar.bottom() - height, bar.width - 2 * margin, height);
    let gap = sheet.px(6.0);
    let mut before = 0;
    for step in steps {
        let x = all.x + all.width * before / minutes.max(1);
        before += i32::from(step.minutes);
        let right = all.x + all.width * before / minutes.max(1);
        let place = Rect::new(x, all.y, (right - x - gap).max(2), height);
        sheet.fill(place, 0.0, LINE);
        let done = Rect { width: to_i32(to_f32(place.width) * step.done), ..place };
        if !done.is_empty() {
            sheet.fill(done, 0.0, if step.now { now } else { INK_3 });
        }
    }
}

/// The main picture in its frame, and who is seen.
pub(super) fn speaker(sheet: &mut Sheet<'_>, model: &ScreenModel, band: &PictureBand, place: Rect) {
    let edge = sheet.px(EDGE);
    sheet.tile(place, BG);
    sheet.fill(place, 8.0, SUNKEN);
    let bar_height = sheet.px(BAND);
    let inner = place.inset(edge);
    let picture = Rect { height: inner.height - bar_height, ..inner };
    let why = match (&model.line, band.connected) {
        (LineState::Cut { .. }, false) => words::PICTURE_CUT,
        (_, false) => words::CONNECTING_PICTURE,
        (_, true) => words::NO_PICTURE,
    };
    let side = sheet.px(96.0);
    let icon = picture.centre(side, side);
    let icon = Rect { y: icon.y - sheet.px(36.0), ..icon };
    sheet.mark(Mark::Icon { place: icon, icon: Icon::Camera, colour: INK_3 });
    let look = sheet.text(INK_2).align(Align::Centre);
    let top = icon.bottom() + sheet.px(12.0);
    let room = Rect::new(picture.x, top, picture.width, picture.bottom() - top);
    sheet.words(room, why, look);
    sheet.picture(picture);
    // Who was seen before a cut is not who is on air.
    if band.name.is_some() && !matches!(model.line, LineState::Cut { .. }) {
        name(sheet, band, Rect { y: picture.bottom(), height: bar_height, ..inner });
        sheet.frame(place, 8.0, EDGE, ACCENT);
    }
}

fn name(sheet: &mut Sheet<'_>, band: &PictureBand, bar: Rect) {
    let Some(name) = &band.name else { return };
    let padding = sheet.px(22.0);
    let icon = match band.seen_as {
        SeenAs::Here | SeenAs::Speaker => Icon::Microphone,
        SeenAs::Chair | SeenAs::Other => Icon::Camera,
    };
    let right = bar.right() - padding;
    if band.seen_as == SeenAs::Here {
        // The foot says who we are; that we are seen by everybody is what matters now.
        let look = sheet.look(STRONG, ACCENT).bold();
        let x = sheet.icon(bar, bar.x + padding, icon, ACCENT);
        sheet.words_from(bar, (x, right), words::HERE_ON_AIR, look);
        return;
    }
    let mut bold = sheet.look(STRONG, INK).bold();
    let role = sheet.text(INK_2);
    let (mut name_width, _) = sheet.measure(name, bold, i32::MAX / 4);
    let mut x = bar.x + padding;
    let icon_width = sheet.icon_width();
    if x + icon_width + name_width > right {
        // A small picture: the name matters more than its size, and that more than the icon.
        bold = sheet.text(INK).bold();
        (name_width, _) = sheet.measure(name, bold, i32::MAX / 4);
    }
    if x + icon_width + name_width <= right {
        x = sheet.icon(bar, x, icon, ACCENT);
    }
    let (role_width, _) = sheet.measure(words::role(band.seen_as), role, i32::MAX / 4);
    // The name comes first: what the speaker is stands beside it only where there is room.
    let gap = sheet.px(24.0);
    let has_room = x + name_width + gap + role_width <= right;
    let end = if has_room && role_width > 0 {
        sheet.words_until(bar, right, words::role(band.seen_as), role) - gap
    } else {
        right
    };
    sheet.words_from(bar, (x, end), name, bold);
}

/// While the line is cut nobody knows who speaks; that nothing has to be done is worth saying.
fn comes_back(sheet: &mut Sheet<'_>, place: Rect) {
    sheet.tile(place, BG);
    let look = sheet.text(INK_2).lines(3);
    sheet.words(place, words::COMES_BACK, look);
}

/// Timer and queue under a small picture.
fn below(sheet: &mut Sheet<'_>, now: Timestamp, screen: &MeetingScreen, place: Rect) {
    let timer_width = sheet.px(320.0);
    let line = sheet.px(2.0).max(1);
    let gap = sheet.px(32.0);
    timer(sheet, now, screen, Rect { width: timer_width, ..place });
    let rest = Rect { x: place.x + timer_width, width: place.width - timer_width, ..place };
    sheet.tile(rest, BG);
    sheet.fill(Rect { width: line, ..rest }, 0.0, LINE);
    let inner = Rect { x: rest.x + gap, width: rest.width - gap, ..rest };
    queue(sheet, screen, inner);
}

/// Timer and queue beside a large picture.
fn beside(sheet: &mut Sheet<'_>, now: Timestamp, screen: &MeetingScreen, place: Rect) {
    let padding = sheet.px(36.0);
    let height = sheet.px(UNDER);
    let timer_place = Rect { height, ..place };
    timer(sheet, now, screen, timer_place);
    let y = timer_place.bottom() + padding;
    let rest = Rect { y, height: place.bottom() - y, ..place };
    sheet.tile(rest, BG);
    sheet.fill(Rect { height: sheet.px(2.0).max(1), ..rest }, 0.0, LINE);
    queue(sheet, screen, Rect { y: rest.y + padding, height: rest.height - padding, ..rest });
}

/// How long somebody has spoken. A tile of its own: it changes every second.
fn timer(sheet: &mut Sheet<'_>, now: Timestamp, screen: &MeetingScreen, place: Rect) {
    sheet.tile(place, BG);
    let Some(since) = screen.speaking_since else {
        let look = sheet.text(INK_2).lines(3);
        let inner = Rect { width: place.width - sheet.px(24.0), ..place };
        sheet.words(inner, words::NOBODY_SPEAKS, look);
        return;
    };
    let time = words::duration(now.millis_since(since));
    // An hour has seven figures: they keep their size and take the caption's place below.
    let size = if time.len() > 5 { 72.0 } else { TIMER };
    let look = sheet.look(size, INK).bold();
    // Figures have no marks above or below: they may stand closer to what is around them.
    let lift = sheet.px(size * 0.16);
    let y = place.y - lift;
    let height = line_height(look) - sheet.px(size * 0.18);
    let figures = Rect { y: y.max(0), height, ..place };
    sheet.mark(Mark::Words(Words { place: figures, text: time, look }));
    let y = figures.bottom();
    let look = sheet.text(INK_2);
    sheet.words(Rect { y, height: place.bottom() - y, ..place }, words::SPOKEN, look);
}

/// Who speaks next.
fn queue(sheet: &mut Sheet<'_>, screen: &MeetingScreen, place: Rect) {
    let quiet = sheet.text(INK_2);
    if place.height < 2 * line_height(quiet) {
        // One line: it is the next one's.
        let next = screen.next.first().map(|name| words::speaks_next(name));
        sheet.words(place, next.as_deref().unwrap_or(words::NOBODY_WAITS), quiet);
        return;
    }
    let bottom = sheet.words(place, words::SPEAK_NEXT, quiet);
    let mut rest = Rect { y: bottom, height: place.bottom() - bottom, ..place };
    if screen.next.is_empty() {
        let look = sheet.text(INK_3);
        sheet.words(rest, words::NOBODY_WAITS, look);
        return;
    }
    let number_width = sheet.px(TEXT);
    for (index, name) in screen.next.iter().enumerate() {
        let is_own = screen.own_place.map(usize::from) == Some(index + 1);
        let look = sheet.text(INK_3);
        // Half a name is worse than none.
        if rest.height < line_height(look) {
            return;
        }
        let number = (index + 1).to_string();
        sheet.words(Rect { width: number_width, ..rest }, &number, look);
        let look = sheet.text(if is_own { ACCENT } else { INK });
        let column = Rect { x: rest.x + number_width, width: rest.width - number_width, ..rest };
        let bottom = sheet.words(column, name, look);
        rest = Rect { y: bottom, height: place.bottom() - bottom, ..rest };
    }
    let look = sheet.text(ACCENT);
    if let Some(own) = screen.own_place.filter(|own| usize::from(*own) > screen.next.len())
        && rest.height >= line_height(look)
    {
        sheet.words(rest, &words::place_in_queue(own), look);
    }
}
