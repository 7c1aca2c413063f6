//! All SQL of the server (rule 25): one text for SQLite and PostgreSQL, row structs private to
//! their file, a function per statement.
//!
//! A use case opens one transaction with [`Db::begin`], calls functions of these modules with it,
//! and commits it in the same place (rule 26). Whoever only reads takes [`Db::read`].

mod db;
mod error;

pub(crate) use db::{Connection, Db, Tx};
pub(crate) use error::Error;
