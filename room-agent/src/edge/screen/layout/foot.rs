//! The foot of every screen: who we are, our microphone, the line.

use protocol::meeting::Microphone;

use super::super::geometry::Rect;
use super::super::icons::Icon;
use super::super::theme::{ACCENT, ACCENT_SOFT, INK, INK_2, ON_ACCENT, SUNKEN, WARN, WARN_SOFT};
use super::super::words;
use super::sheet::Sheet;
use crate::machine::{LineState, MeetingScreen, ScreenModel};

/// The foot's height in units.
pub(super) const HEIGHT: f32 = 92.0;

/// The foot's place.
pub(super) fn place(sheet: &Sheet<'_>) -> Rect {
    let whole = sheet.whole();
    let height = sheet.px(HEIGHT);
    Rect::new(0, whole.height - height, whole.width, height)
}

/// Draws the foot of a meeting. A cut line has the right to all of it but our name.
pub(super) fn draw(sheet: &mut Sheet<'_>, model: &ScreenModel, screen: &MeetingScreen) {
    let bar = place(sheet);
    let is_cut = matches!(model.line, LineState::Cut { .. });
    let is_on_air = screen.here_has_floor && !is_cut;
    let ground = match (is_cut, is_on_air) {
        (true, _) => WARN_SOFT,
        (false, true) => ACCENT_SOFT,
        (false, false) => SUNKEN,
    };
    sheet.tile(bar, ground);
    let margin = sheet.px(32.0);
    let gap = sheet.px(40.0);
    let mut right = line(sheet, model, bar, bar.right() - margin) - gap;
    if !is_cut {
        right = own_sound(sheet, bar, right, screen) - gap;
    }
    if is_on_air {
        right = on_air(sheet, bar, right) - gap;
    }
    let name = model.point.as_deref().unwrap_or_default();
    // The badge needs room: the unit's name alone says as much.
    let name = if is_on_air { name.to_owned() } else { words::point(name) };
    let look = sheet.text(INK).bold();
    sheet.words_from(bar, (margin, right), &name, look);
}

/// That everybody sees this room, ending at `right`; gives where it begins.
fn on_air(sheet: &mut Sheet<'_>, bar: Rect, right: i32) -> i32 {
    let look = sheet.text(ON_ACCENT).bold();
    let padding = sheet.px(24.0);
    let (width, height) = sheet.measure(words::ON_AIR, look, i32::MAX / 4);
    let badge = Rect::new(right - width - 2 * padding, bar.y, width + 2 * padding, bar.height);
    let badge = badge.centre(badge.width, height + sheet.px(8.0));
    sheet.fill(badge, 12.0, ACCENT);
    sheet.words_until(bar, right - padding, words::ON_AIR, look);
    badge.x
}

/// The line in words, ending at `right`; gives where it begins.
pub(super) fn line(sheet: &mut Sheet<'_>, model: &ScreenModel, bar: Rect, right: i32) -> i32 {
    let (icon, colour) = match &model.line {
        LineState::Good => (Icon::Bars, INK_2),
        LineState::Weak => (Icon::Bars, WARN),
        LineState::Connecting | LineState::Cut { .. } => (Icon::BarsOff, WARN),
    };
    let text = words::line(model.now, &model.line);
    let mut look = sheet.text(colour);
    if let LineState::Cut { since, .. } = model.line {
        look = look.bold();
        let age = sheet.text(INK_2);
        let begins = sheet.words_until(bar, right, &words::cut_since(since), age);
        return before(sheet, bar, begins - sheet.px(24.0), (&text, look), icon);
    }
    before(sheet, bar, right, (&text, look), icon)
}

/// Microphone and loudspeaker; one that was turned off is worth a colour.
fn own_sound(sheet: &mut Sheet<'_>, bar: Rect, right: i32, screen: &MeetingScreen) -> i32 {
    let MeetingScreen { microphone, loudspeaker_off, discussion, .. } = *screen;
    let (icon, colour) = match microphone {
        Microphone::On => (Icon::Microphone, ACCENT),
        Microphone::Muted => (Icon::MicrophoneOff, WARN),
        Microphone::Off => (Icon::MicrophoneOff, INK_2),
    };
    let look = sheet.text(if loudspeaker_off { WARN } else { colour });
    let text = words::sound(microphone, loudspeaker_off, discussion);
    before(sheet, bar, right, (text, look), icon)
}

/// Words ending at `right` with an icon before them; gives where the icon begins.
fn before(
    sheet: &mut Sheet<'_>,
    bar: Rect,
    right: i32,
    (text, look): (&str, super::super::scene::Look),
    icon: Icon,
) -> i32 {
    let begins = sheet.words_until(bar, right, text, look);
    let side = sheet.px(super::super::theme::TEXT * 1.25) + sheet.px(16.0);
    sheet.icon(bar, begins - side, icon, look.colour);
    begins - side
}
