//! Values of a command that must be within their limits.

use std::collections::BTreeSet;

use crate::command::{ItemAudience, PaperFile, PaperStep};
use crate::limits::{
    AHEAD_DAYS_MAX, CODE_CHARS_MAX, MINUTES_MAX, PAGES_MAX, PEOPLE_MAX, POINTS_MAX, TITLE_CHARS_MAX,
};
use crate::refusal::Refusal;
use crate::rights::some;
use crate::text::{TextRef, Written};
use crate::time::Timestamp;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A beginning and a length that can be meant.
pub(super) fn time(
    starts_at: Timestamp,
    length: u16,
    now: Timestamp,
) -> Result<(Timestamp, u16), Refusal> {
    some(starts_at.millis_since(now) <= AHEAD_DAYS_MAX * DAY_MS, Refusal::BadTime)?;
    Ok((starts_at, minutes(length)?))
}

pub(super) fn minutes(minutes: u16) -> Result<u16, Refusal> {
    some((1..=MINUTES_MAX).contains(&minutes), Refusal::BadLength)?;
    Ok(minutes)
}

/// What the log keeps of a title that is one.
pub(super) fn title(written: &Written) -> Result<TextRef, Refusal> {
    let is_title = !written.words.trim().is_empty()
        && written.words.chars().count() <= TITLE_CHARS_MAX
        && !written.words.chars().any(char::is_control);
    some(is_title, Refusal::BadTitle)?;
    Ok(TextRef::from(written))
}

pub(super) fn audience(audience: &ItemAudience) -> Result<(), Refusal> {
    match audience {
        ItemAudience::Everyone => Ok(()),
        ItemAudience::Only { people, points } => {
            at_most(people, PEOPLE_MAX)?;
            at_most(points, POINTS_MAX)
        }
    }
}

pub(super) fn file(file: &PaperFile) -> Result<(), Refusal> {
    some(file.pages > 0 && file.bytes > 0, Refusal::NoSuchPage)?;
    some(file.pages <= PAGES_MAX, Refusal::TooMany)
}

/// A device's reason goes into the log, so it must be a code and not words.
pub(super) fn step(step: &PaperStep) -> Result<(), Refusal> {
    let PaperStep::Refused { code } = step else { return Ok(()) };
    self::code(code)
}

/// What goes into the log as a reason.
pub(super) fn code(code: &str) -> Result<(), Refusal> {
    let is_code = (1..=CODE_CHARS_MAX).contains(&code.len())
        && code.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
    some(is_code, Refusal::BadCode)
}

pub(super) fn at_most<T>(set: &BTreeSet<T>, limit: usize) -> Result<(), Refusal> {
    some(set.len() <= limit, Refusal::TooMany)
}
