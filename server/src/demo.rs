//! Sample data: a province with people, points, papers and a meeting that begins in a minute.

mod fonts;
mod layout;
mod markup;
mod people;
mod print;
