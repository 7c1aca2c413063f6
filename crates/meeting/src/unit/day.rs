//! Days and periods of the calendar.

use std::fmt;
use std::str::FromStr;

/// A day of the calendar in Vietnam's time zone, written as `2025-07-01`. Which day it is at a
/// moment is the edge's affair; here days are only compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: u16,
    month: u8,
    of_month: u8,
}

/// The text is not a day of the calendar in the form `2025-07-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a day in the form 2025-07-01")]
pub struct NotADay;

impl Day {
    /// A day of the Gregorian calendar, or `None` when there is no such day.
    #[must_use]
    pub const fn new(year: u16, month: u8, of_month: u8) -> Option<Self> {
        let century = year.is_multiple_of(100) && !year.is_multiple_of(400);
        let leap = year.is_multiple_of(4) && !century;
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => 0,
        };
        let is_day = year <= 9999 && 1 <= of_month && of_month <= days;
        if is_day { Some(Self { year, month, of_month }) } else { None }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.of_month)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let number = |from: usize, to: usize| {
            let digits = text.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
            digits.and_then(|digits| digits.parse::<u16>().ok()).ok_or(NotADay)
        };
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let small = |number| u8::try_from(number).map_err(|_| NotADay);
        let known = Self::new(year, small(month)?, small(day)?).ok_or(NotADay)?;
        if known.to_string() == text { Ok(known) } else { Err(NotADay) }
    }
}

/// From a day on, until the day before another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// The first day.
    pub from: Day,
    /// The first day that is not in it any more; without one the period goes on.
    pub until: Option<Day>,
}

impl Period {
    /// From a day on.
    #[must_use]
    pub const fn since(from: Day) -> Self {
        Self { from, until: None }
    }

    /// From a day until the day before `until`.
    #[must_use]
    pub const fn between(from: Day, until: Day) -> Self {
        Self { from, until: Some(until) }
    }

    /// Whether a day is in it.
    #[must_use]
    pub fn contains(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.until.is_some_and(|until| until <= self.from)
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.until.is_none_or(|until| other.from < until)
            && other.until.is_none_or(|until| self.from < until)
    }
}
