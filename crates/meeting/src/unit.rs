//! Organisations, in a tree of dated edges (đơn vị).
//!
//! Units are merged, split, renamed and moved; a meeting keeps the names and edges it was held
//! under. So nothing is overwritten: every name and every edge has a [`Period`], and every
//! question has a [`Day`]. What kind of unit something is ("xã", "sở") is an attribute and never a
//! level of its own: Vietnam gave up the district level in 2025.

mod csv;
mod day;
mod tree;

pub use csv::{Problem, UnitRow, UnitsRefusal, facts_of, parse_units};
pub use day::{Day, NotADay, Period};
pub use tree::{TreeRefusal, UnitFact, UnitTree};
