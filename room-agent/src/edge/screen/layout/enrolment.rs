//! A room that nobody knows yet: one huge code and what to do with it.

use super::super::geometry::Rect;
use super::super::icons::Icon;
use super::super::scene::Align;
use super::super::theme::{ACCENT, CODE, INK, INK_2, SUNKEN, TITLE, WARN, WARN_SOFT};
use super::super::words;
use super::sheet::Sheet;
use super::{foot, standby};
use crate::machine::{EnrolmentScreen, LineState, ScreenModel};

pub(super) fn draw(sheet: &mut Sheet<'_>, model: &ScreenModel, screen: &EnrolmentScreen) {
    standby::header(sheet, model.now, words::PRODUCT);
    let whole = sheet.whole();
    let margin = sheet.px(72.0);
    let top = sheet.px(128.0);
    let bottom = foot::place(sheet).y;
    let place = Rect::new(margin, top, whole.width - 2 * margin, bottom - top);
    sheet.tile(place, super::super::theme::BG);
    let title = sheet.look(TITLE, INK).bold().lines(2).align(Align::Centre);
    let how = sheet.text(INK_2).lines(2).align(Align::Centre);
    let code_look = sheet.look(CODE, ACCENT).bold().align(Align::Centre);
    let wait_look = sheet.look(TITLE, INK_2).align(Align::Centre).lines(2);
    let (code, code_look) = match &screen.code {
        Some(code) => (code.as_str(), code_look),
        None => (words::ENROLMENT_ASKING, wait_look),
    };
    let gap = sheet.px(16.0);
    let mut measured = vec![(words::ENROLMENT_LEAD, title), (code, code_look)];
    if screen.code.is_some() {
        measured.push((words::ENROLMENT_HOW, how));
    }
    let height: i32 =
        measured.iter().map(|(text, look)| sheet.measure(text, *look, place.width).1 + gap).sum();
    let mut y = place.y + (place.height - height) / 2;
    for (text, look) in measured {
        let room = Rect { y, height: place.bottom() - y, ..place };
        y = sheet.words(room, text, look) + gap;
    }
    enrolment_foot(sheet, model, screen);
}

fn enrolment_foot(sheet: &mut Sheet<'_>, model: &ScreenModel, screen: &EnrolmentScreen) {
    let bar = foot::place(sheet);
    let margin = sheet.px(72.0);
    let is_reached = matches!(model.line, LineState::Good | LineState::Weak);
    sheet.tile(bar, if is_reached { SUNKEN } else { WARN_SOFT });
    let look = sheet.text(INK_2);
    let server = format!("Máy chủ: {}", screen.server);
    let right = sheet.words_until(bar, bar.right() - margin, &server, look) - sheet.px(32.0);
    if !is_reached {
        let x = sheet.icon(bar, margin, Icon::BarsOff, WARN);
        let look = sheet.text(WARN).bold();
        sheet.words_from(bar, (x, right), words::ENROLMENT_UNREACHABLE, look);
    }
}
