//! All SQL of the server (rule 25): one text for `SQLite` and `PostgreSQL`, row structs private to
//! their file, a function per statement.
//!
//! A use case opens one transaction with [`Db::begin`], calls functions of these modules with it,
//! and commits it in the same place (rule 26). Whoever only reads takes [`Db::read`].

mod db;
mod error;
mod row;

pub(crate) mod devices;
pub(crate) mod enrolments;
pub(crate) mod ledger;
pub(crate) mod lines;
pub(crate) mod meeting_list;
pub(crate) mod meeting_log;
pub(crate) mod papers;
pub(crate) mod people;
pub(crate) mod points;
pub(crate) mod recordings;
pub(crate) mod reports;
pub(crate) mod secrets;
pub(crate) mod sessions;
pub(crate) mod sign_ins;
pub(crate) mod texts;
pub(crate) mod units;
pub(crate) mod uploads;

pub(crate) use db::{Connection, Db};
pub(crate) use error::Error;
pub(crate) use row::Member;
