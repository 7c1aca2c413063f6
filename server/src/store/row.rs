//! Columns into values, and values into columns, with errors that name the statement.

use std::fmt::Display;
use std::str::FromStr;

use meeting::{Actor, PersonId, PointId, Speaker, Timestamp};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::error::Error;

/// A column of text.
pub(super) fn text(operation: &'static str, row: &AnyRow, name: &str) -> Result<String, Error> {
    row.try_get(name).map_err(Error::of(operation))
}

/// A column of text that may be NULL.
pub(super) fn text_or_null(
    operation: &'static str,
    row: &AnyRow,
    name: &str,
) -> Result<Option<String>, Error> {
    row.try_get(name).map_err(Error::of(operation))
}

/// A column of text with an id or another value that is written as text.
pub(super) fn parsed<T>(operation: &'static str, row: &AnyRow, name: &str) -> Result<T, Error>
where
    T: FromStr,
    T::Err: Display,
{
    text(operation, row, name)?.parse().map_err(Error::corrupt(operation))
}

/// The same, when it may be NULL.
pub(super) fn parsed_or_null<T>(
    operation: &'static str,
    row: &AnyRow,
    name: &str,
) -> Result<Option<T>, Error>
where
    T: FromStr,
    T::Err: Display,
{
    match text_or_null(operation, row, name)? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(Error::corrupt(operation)),
    }
}

/// A column with a number.
pub(super) fn number(operation: &'static str, row: &AnyRow, name: &str) -> Result<i64, Error> {
    row.try_get(name).map_err(Error::of(operation))
}

/// A column with a time.
pub(super) fn time(operation: &'static str, row: &AnyRow, name: &str) -> Result<Timestamp, Error> {
    number(operation, row, name).map(Timestamp::from_millis)
}

/// The same, when it may be NULL.
pub(super) fn time_or_null(
    operation: &'static str,
    row: &AnyRow,
    name: &str,
) -> Result<Option<Timestamp>, Error> {
    let millis: Option<i64> = row.try_get(name).map_err(Error::of(operation))?;
    Ok(millis.map(Timestamp::from_millis))
}

/// Somebody who can be a member of a meeting or act in it, as tables write him.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Member {
    /// A person.
    Person(PersonId),
    /// A connection point.
    Point(PointId),
}

impl Member {
    /// Who acts.
    pub(crate) fn of(actor: &Actor) -> Self {
        match actor {
            Actor::Person { person, .. } => Self::Person(*person),
            Actor::Point(point) => Self::Point(*point),
        }
    }

    /// Who speaks.
    pub(super) fn of_speaker(speaker: Speaker) -> Self {
        match speaker {
            Speaker::Person(person) => Self::Person(person),
            Speaker::Point(point) => Self::Point(point),
        }
    }

    /// The speaker that he is.
    pub(super) fn speaker(self) -> Speaker {
        match self {
            Self::Person(person) => Speaker::Person(person),
            Self::Point(point) => Speaker::Point(point),
        }
    }

    /// What [`Member::column`] wrote.
    pub(super) fn parse(column: &str) -> Option<Self> {
        match column.split_once(':')? {
            ("person", id) => id.parse().ok().map(Self::Person),
            ("point", id) => id.parse().ok().map(Self::Point),
            _ => None,
        }
    }

    pub(super) fn column(self) -> String {
        match self {
            Self::Person(person) => format!("person:{person}"),
            Self::Point(point) => format!("point:{point}"),
        }
    }
}
