//! The house rules as tests (rule 43): arrows, sizes, clocks, SQL, words.
//!
//! Each rule is a function from what it reads to findings, with a test of its own that shows it a
//! bad sample: a rule that cannot fail is worthless. An exception stands in `allowed.rs`, whose
//! lists may only shrink.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod allowed;
mod arrows;
mod finding;
mod map;
mod pure;
mod registries;
mod repository;
mod sizes;
mod sql;
mod tokens;
mod unsafety;
mod words;

use finding::Finding;
use repository::Repository;

#[test]
fn the_house_is_tidy() {
    let repository = Repository::here();
    let rules: [fn(&Repository) -> Vec<Finding>; 8] = [
        arrows::check,
        map::check,
        pure::check,
        registries::check,
        sizes::check,
        sql::check,
        unsafety::check,
        words::check,
    ];
    let mut findings: Vec<_> = rules.iter().flat_map(|rule| rule(&repository)).collect();
    findings.sort();
    let list: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{} findings\n{}\n", list.len(), list.join("\n"));
}
