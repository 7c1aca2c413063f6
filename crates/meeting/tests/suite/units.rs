//! Units through time, and the real list of a province.

use std::collections::BTreeMap;

use meeting::UnitId;
use meeting::unit::{
    Day, Period, Problem, TreeRefusal, UnitFact, UnitTree, UnitsRefusal, facts_of, parse_units,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::world::config;

const HA_NAM: &str = include_str!("../../../../server/demo/ha-nam-2022.csv");

fn unit(number: u64) -> UnitId {
    UnitId::new(Uuid::from_u64_pair(0, number))
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn placed(number: u64, parent: Option<u64>, from: &str, until: &str) -> UnitFact {
    UnitFact::Placed { unit: unit(number), parent: parent.map(unit), period: period(from, until) }
}

fn period(from: &str, until: &str) -> Period {
    if until.is_empty() { Period::since(day(from)) } else { Period::between(day(from), day(until)) }
}

#[test]
fn the_province_of_2022_has_116_units() {
    let rows = parse_units(HA_NAM).unwrap();
    let numbers = (1..).map(unit);
    let ids: BTreeMap<_, _> = rows.iter().map(|row| row.code.clone()).zip(numbers).collect();
    let facts = facts_of(&rows, Period::since(day("2022-01-01")), &ids);
    let tree = UnitTree::build(facts).unwrap();
    let (then, before) = (day("2022-06-30"), day("2021-12-31"));
    let tops = tree.children_at(None, then);
    let districts = tree.children_at(Some(tops[0]), then);
    let communes: Vec<_> =
        districts.iter().flat_map(|unit| tree.children_at(Some(*unit), then)).collect();
    assert_eq!((rows.len(), tops.len(), districts.len(), communes.len()), (116, 1, 6, 109));
    assert_eq!(tree.name_at(tops[0], then), Some("Tỉnh Hà Nam"));
    assert_eq!(tree.name_at(ids["13285"], then), Some("Phường Quang Trung"));
    assert_eq!(tree.parent_at(ids["13285"], then), Some(ids["347"]));
    assert_eq!(tree.children_at(None, before), []);
    assert_eq!(tree.name_at(tops[0], before), None);
}

#[test]
fn a_bad_file_is_refused_with_its_line() {
    let refusal = |line, problem| Err(UnitsRefusal { line, problem });
    let head = "gso_code,name,kind,parent_gso_code\n";
    let cases = [
        (String::new(), refusal(1, Problem::Header)),
        ("code,name\n".to_owned(), refusal(1, Problem::Header)),
        (format!("{head}1,A,tỉnh\n"), refusal(2, Problem::Columns(3))),
        (format!("{head}1,A,tỉnh,,\n"), refusal(2, Problem::Columns(5))),
        (format!("{head}1,\"A,tỉnh,\n"), refusal(2, Problem::Quote)),
        (format!("{head}1,A\"B\",tỉnh,\n"), refusal(2, Problem::Quote)),
        (format!("{head}x1,A,tỉnh,\n"), refusal(2, Problem::Code)),
        (format!("{head}1, ,tỉnh,\n"), refusal(2, Problem::Name)),
        (format!("{head}1,A,tỉnh,\n\n1,B,xã,1\n"), refusal(4, Problem::Twice("1".to_owned()))),
        (format!("{head}1,A,tỉnh,7\n"), refusal(2, Problem::NoParent("7".to_owned()))),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_units(&text), expected, "{text}");
    }
    let rows = parse_units(&format!("\u{feff}{head}1,\"Xã \"\"A\"\", B\",xã,\r\n")).unwrap();
    assert_eq!(rows[0].name, "Xã \"A\", B");
}

#[test]
fn history_is_kept() {
    let named = |number, name: &str, from, until| UnitFact::Named {
        unit: unit(number),
        name: name.to_owned(),
        period: period(from, until),
    };
    let merge = day("2025-07-01");
    let succeeded = |number| UnitFact::Succeeded { unit: unit(number), by: unit(4), on: merge };
    let tree = UnitTree::build([
        placed(1, None, "1997-01-01", ""),
        placed(2, Some(1), "1997-01-01", "2025-07-01"),
        placed(3, Some(2), "1997-01-01", "2025-07-01"),
        placed(4, Some(1), "2025-07-01", ""),
        named(3, "Xã Tiên Tân", "1997-01-01", "2013-07-19"),
        named(3, "Phường Tiên Tân", "2013-07-19", "2025-07-01"),
        succeeded(2),
        succeeded(3),
    ])
    .unwrap();
    assert_eq!(tree.name_at(unit(3), day("2013-07-18")), Some("Xã Tiên Tân"));
    assert_eq!(tree.name_at(unit(3), day("2013-07-19")), Some("Phường Tiên Tân"));
    assert_eq!(tree.children_at(Some(unit(1)), day("2025-06-30")), [unit(2)]);
    assert_eq!(tree.children_at(Some(unit(1)), merge), [unit(4)]);
    assert!(!tree.exists_at(unit(2), merge));
    assert_eq!(tree.successors(unit(3)), [(merge, unit(4))]);
}

#[test]
fn contradictions_are_refused() {
    let a = "2020-01-01";
    let b = "2021-01-01";
    let cases = [
        (vec![placed(1, None, b, a)], TreeRefusal::EmptyPeriod(unit(1))),
        (
            vec![placed(1, None, a, ""), placed(2, Some(1), a, ""), placed(2, None, b, "")],
            TreeRefusal::TwoParents(unit(2)),
        ),
        (vec![placed(2, Some(1), a, "")], TreeRefusal::NoParent(unit(2), day(a))),
        (
            vec![placed(1, None, a, b), placed(2, Some(1), a, "")],
            TreeRefusal::NoParent(unit(2), day(b)),
        ),
        (
            vec![placed(1, Some(2), b, ""), placed(1, None, a, b), placed(2, Some(1), a, "")],
            TreeRefusal::Cycle(unit(1), day(b)),
        ),
        (vec![placed(1, Some(1), a, "")], TreeRefusal::Cycle(unit(1), day(a))),
    ];
    for (facts, expected) in cases {
        assert_eq!(UnitTree::build(facts.clone()), Err(expected), "{facts:?}");
    }
}

#[test]
fn days_are_parsed() {
    assert_eq!(day("2024-02-29").to_string(), "2024-02-29");
    for text in ["2023-02-29", "2024-13-01", "2024-00-01", "2024-1-01", "24-01-01", "2024-01-01x"] {
        assert!(text.parse::<Day>().is_err(), "{text}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_tree_that_was_built_has_no_cycle_on_any_day(
        edges in proptest::collection::vec((0..5_u64, proptest::option::of(0..5_u64), 1..6_u8, 1..7_u8), 1..8)
    ) {
        let date = |number| Day::new(2020, number, 1).unwrap();
        let facts = edges.iter().map(|(child, parent, from, until)| UnitFact::Placed {
            unit: unit(*child),
            parent: parent.map(unit),
            period: Period::between(date(*from), date(*until)),
        });
        let Ok(tree) = UnitTree::build(facts) else { return Ok(()) };
        for month in 1..7 {
            for number in 0..5 {
                let mut above = Some(unit(number)).filter(|unit| tree.exists_at(*unit, date(month)));
                let steps = std::iter::from_fn(|| {
                    above = tree.parent_at(above?, date(month));
                    above
                });
                prop_assert!(steps.take(6).count() < 5, "the way up never ends");
            }
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,80}") {
        let with_header = format!("gso_code,name,kind,parent_gso_code\n{text}");
        let _parsed_or_refused = parse_units(&with_header);
    }
}
