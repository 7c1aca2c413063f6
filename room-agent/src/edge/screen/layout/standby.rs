//! A room that waits: the next meeting and one huge countdown, and whether everything works.

use super::super::geometry::Rect;
use super::super::icons::Icon;
use super::super::scene::{Align, Mark};
use super::super::theme::{
    ACCENT, BAD, BG, CLOCK, COUNT, Colour, INK, INK_2, INK_3, LINE, NAME, OK, STRONG, SUNKEN,
    SURFACE, TITLE, WARN, WARN_SOFT,
};
use super::super::words;
use super::foot;
use super::sheet::{Sheet, line_height};
use crate::machine::{Check, CheckState, LineState, NextMeeting, ScreenModel, StandbyScreen};
use protocol::meeting::Timestamp;

const HEADER: f32 = 128.0;
const MARGIN: f32 = 72.0;

pub(super) fn draw(sheet: &mut Sheet<'_>, model: &ScreenModel, screen: &StandbyScreen) {
    let name = model.point.as_deref().map(words::point).unwrap_or_default();
    header(sheet, model.now, &name);
    let whole = sheet.whole();
    let margin = sheet.px(MARGIN);
    let top = sheet.px(HEADER + 24.0);
    let bottom = foot::place(sheet).y - sheet.px(24.0);
    let card_width = sheet.px(800.0).min(whole.width * 45 / 100);
    let right = whole.width - margin;
    let left_width = right - card_width - sheet.px(56.0) - margin;
    let left = Rect::new(margin, top, left_width, bottom - top);
    match &screen.next {
        Some(next) => meeting(sheet, model.now, next, left),
        None => nothing(sheet, left),
    }
    checks(sheet, model.now, screen, Rect::new(right - card_width, top, card_width, bottom - top));
    standby_foot(sheet, model, screen);
}

/// Point, date and clock.
pub(super) fn header(sheet: &mut Sheet<'_>, now: Timestamp, name: &str) {
    let whole = sheet.whole();
    let margin = sheet.px(MARGIN);
    let bar = Rect::new(0, 0, whole.width, sheet.px(HEADER));
    sheet.tile(bar, BG);
    let look = sheet.look(CLOCK, INK).bold();
    let right = sheet.words_until(bar, bar.right() - margin, &words::clock(now), look);
    let look = sheet.text(INK_2);
    let right = sheet.words_until(bar, right - sheet.px(36.0), &words::day_and_date(now), look);
    let look = sheet.look(NAME, INK).bold();
    sheet.words_from(bar, (margin, right - sheet.px(36.0)), name, look);
}

fn meeting(sheet: &mut Sheet<'_>, now: Timestamp, next: &NextMeeting, place: Rect) {
    let lead = sheet.text(ACCENT).bold();
    let title = sheet.look(TITLE, INK).bold().lines(4);
    let quiet = sheet.text(INK_2);
    let count = sheet.look(COUNT, INK).bold();
    let gap = sheet.px(12.0);
    let count_height = line_height(count) - sheet.px(40.0);
    let (_, title_height) = sheet.measure(&next.title, title, place.width);
    let line = line_height(quiet);
    let height = line + gap + title_height + 3 * gap + line + count_height;
    let y = place.y + ((place.height - height) / 2).max(0);
    let words_place = Rect::new(place.x, y, place.width, line + gap + title_height);
    sheet.tile(words_place, BG);
    let lead_words = words::next_meeting(now, next.starts_at);
    let bottom = sheet.words(words_place, &lead_words, lead) + gap;
    let below = Rect { y: bottom, height: title_height, ..words_place };
    sheet.balanced(below, &next.title, title);
    let y = words_place.bottom() + 3 * gap;
    let left = next.starts_at.millis_since(now);
    let caption = if left > 0 { words::STARTS_IN } else { words::STARTS_NOW };
    // The figures' own margin would set them off from the words above. The tile is one of its own:
    // it changes every second.
    let margin = sheet.px(10.0);
    let height = (place.bottom() - y).min(line + line_height(count));
    let whole = Rect::new(place.x - margin, y, place.width + margin, height);
    sheet.tile(whole, BG);
    let bottom = sheet.words(Rect::new(place.x, y, place.width, height), caption, quiet);
    if left > 0 {
        let figures = Rect { y: bottom, height: whole.bottom() - bottom, ..whole };
        sheet.words(figures, &words::countdown(left), count);
    }
}

fn nothing(sheet: &mut Sheet<'_>, place: Rect) {
    let side = sheet.px(160.0);
    let title = sheet.look(TITLE, INK).bold().lines(2);
    let quiet = sheet.text(INK_2).lines(2);
    let gap = sheet.px(24.0);
    let (_, title_height) = sheet.measure(words::NO_MEETING, title, place.width);
    let (_, more_height) = sheet.measure(words::NO_MEETING_MORE, quiet, place.width);
    let height = side + gap + title_height + gap / 2 + more_height;
    let y = place.y + (place.height - height) / 2;
    sheet.tile(Rect { y, height, ..place }, BG);
    let icon = Rect::new(place.x, y, side, side);
    sheet.mark(Mark::Icon { place: icon, icon: Icon::Calendar, colour: INK_3 });
    let y = icon.bottom() + gap;
    let bottom = sheet.words(Rect { y, height: title_height, ..place }, words::NO_MEETING, title);
    let y = bottom + gap / 2;
    sheet.words(Rect { y, height: more_height, ..place }, words::NO_MEETING_MORE, quiet);
}

/// The card of what must work.
fn checks(sheet: &mut Sheet<'_>, now: Timestamp, screen: &StandbyScreen, place: Rect) {
    let padding = sheet.px(40.0);
    let row_height = sheet.px(84.0);
    let head_height = sheet.px(108.0);
    let rows = i32::try_from(screen.checks.len()).unwrap_or(0);
    let height = head_height + rows * row_height + sheet.px(20.0);
    let card = Rect {
        y: place.y + ((place.height - height) / 2).max(0),
        height: height.min(place.height),
        ..place
    };
    sheet.tile(card, BG);
    sheet.fill(card, 16.0, SURFACE);
    let inner = Rect { x: card.x + padding, width: card.width - 2 * padding, ..card };
    let head = Rect { height: head_height, ..inner };
    verdict(sheet, &screen.checks, head);
    let line = Rect { y: head.bottom() - 2, height: sheet.px(2.0).max(1), ..inner };
    sheet.fill(line, 0.0, LINE);
    for (index, check) in screen.checks.iter().enumerate() {
        let index = i32::try_from(index).unwrap_or(0);
        let row = Rect { y: head.bottom() + index * row_height, height: row_height, ..inner };
        check_row(sheet, now, check, row);
        if index + 1 < rows {
            let line = Rect { y: row.bottom() - 1, height: 1, ..row };
            sheet.fill(line, 0.0, LINE);
        }
    }
}

fn verdict(sheet: &mut Sheet<'_>, checks: &[Check], head: Rect) {
    let good =
        checks.iter().filter(|check| matches!(check.state, CheckState::Good | CheckState::Unused));
    let good = good.count();
    let is_bad = checks.iter().any(|check| check.state == CheckState::Bad);
    let (icon, colour, word) = match (good == checks.len(), is_bad) {
        (true, _) => (Icon::Check, OK, words::READY.to_owned()),
        (false, true) => {
            (Icon::Warning, BAD, format!("{}: {good}/{}", words::NOT_READY, checks.len()))
        }
        (false, false) => {
            (Icon::Clock, WARN, format!("{}: {good}/{}", words::NEARLY_READY, checks.len()))
        }
    };
    let x = sheet.icon(head, head.x, icon, colour);
    let look = sheet.look(STRONG, INK).bold();
    sheet.words_from(head, (x, head.right()), &word, look);
}

fn check_row(sheet: &mut Sheet<'_>, now: Timestamp, check: &Check, row: Rect) {
    let (icon, colour): (Icon, Colour) = match check.state {
        CheckState::Good => (Icon::Check, OK),
        CheckState::Care => (Icon::Clock, WARN),
        CheckState::Bad => (Icon::Warning, BAD),
        CheckState::Unused => (Icon::Minus, INK_3),
    };
    let age = match (check.state, check.percent, check.at) {
        (_, Some(percent), _) => format!("đang tải {percent}%"),
        (CheckState::Unused, ..) => "không dùng".to_owned(),
        (CheckState::Bad, None, _) => "không có".to_owned(),
        (CheckState::Care | CheckState::Good, None, None) => String::new(),
        (_, None, Some(at)) => words::age(now, at),
    };
    let look = sheet.text(INK_2).align(Align::Left);
    let end = sheet.words_until(row, row.right(), &age, look) - sheet.px(16.0);
    let x = sheet.icon(row, row.x, icon, colour);
    let look = sheet.text(INK);
    sheet.words_from(row, (x, end), &words::check(check.of, check.count), look);
}

fn standby_foot(sheet: &mut Sheet<'_>, model: &ScreenModel, screen: &StandbyScreen) {
    let bar = foot::place(sheet);
    let margin = sheet.px(MARGIN);
    let is_cut = matches!(model.line, LineState::Cut { .. } | LineState::Connecting);
    sheet.tile(bar, if is_cut { WARN_SOFT } else { SUNKEN });
    let mut right = bar.right() - margin;
    if let Some(helper) = &screen.helper {
        let look = sheet.text(INK_2);
        right = sheet.words_until(bar, right, helper, look) - sheet.px(32.0);
    }
    let (icon, colour, text) = match (&model.line, &screen.next) {
        (LineState::Cut { .. } | LineState::Connecting, _) => {
            (Icon::BarsOff, WARN, words::line(model.now, &model.line))
        }
        (_, Some(next)) => (Icon::Check, OK, words::joins_at(model.now, next.join_at)),
        (_, None) => (Icon::Bars, OK, words::line(model.now, &model.line)),
    };
    let x = sheet.icon(bar, margin, icon, colour);
    let look = sheet.text(if is_cut { WARN } else { INK_2 });
    sheet.words_from(bar, (x, right), &text, look);
}
