//! The map (`crates/ARCHITECTURE.md`) names every part and what is absent from it.

use crate::finding::Finding;
use crate::repository::Repository;

const RULE: &str = "map";
const MAP: &str = "crates/ARCHITECTURE.md";

/// Parts that are no Rust package.
const OTHERS: [&str; 2] = ["deploy", "web"];

pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let map = repository.texts(MAP, &[MAP]).next().map_or("", |(_, text)| text);
    let manifests = repository.texts("", &["/Cargo.toml"]).map(|(path, _)| path);
    let parts = manifests.filter_map(|path| path.strip_suffix("/Cargo.toml")).chain(OTHERS);
    findings(map, &parts.collect::<Vec<_>>())
}

fn findings(map: &str, parts: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in parts {
        let heading = format!("### `{part}`");
        let Some(line) = map.lines().position(|line| line == heading) else {
            findings.push(Finding::new(RULE, MAP, 1, format!("{part} is not on the map")));
            continue;
        };
        let mut section = map.lines().skip(line + 1).take_while(|line| !line.starts_with('#'));
        if !section.any(|line| line.starts_with("Invariant: never ")) {
            let message = format!("{part} has no line \"Invariant: never …\"");
            findings.push(Finding::new(RULE, MAP, line + 1, message));
        }
    }
    findings
}

#[test]
fn a_part_without_place_or_invariant_is_found() {
    let map = "# Map\n### `a`\nOwns a.\nInvariant: never b.\n### `c`\nOwns c.\n### `d`\nInvariant: never e.\n";
    assert_eq!(findings(map, &["a", "d"]), []);
    assert_eq!(crate::finding::lines(&findings(map, &["a", "c", "f"])), [5, 1]);
}
