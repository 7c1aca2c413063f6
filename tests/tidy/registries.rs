//! Whatever is fetched comes from the public registries, under the names everybody knows.

use crate::finding::Finding;
use crate::repository::Repository;

const RULE: &str = "registry";
const CRATES: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
const NPM: &str = "\"resolved\": \"https://registry.npmjs.org/";

pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let locks = repository.texts("", &["Cargo.lock", "package-lock.json"]);
    locks.flat_map(|(path, text)| in_lock(path, text)).collect()
}

fn in_lock(path: &str, text: &str) -> Vec<Finding> {
    let lines = (1_usize..).zip(text.lines().map(str::trim));
    let is_foreign = |line: &str| {
        (line.starts_with("source = ") && line != CRATES)
            || (line.starts_with("\"resolved\": ") && !line.starts_with(NPM))
    };
    let foreign = lines.filter(|(_, line)| is_foreign(line));
    foreign.map(|(number, line)| Finding::new(RULE, path, number, line.to_owned())).collect()
}

#[test]
fn a_foreign_registry_is_found() {
    let cases = [
        (CRATES.to_owned(), 0),
        ("source = \"git+https://github.com/a/b\"".to_owned(), 1),
        (format!("  {NPM}a/-/a-1.0.0.tgz\","), 0),
        ("  \"resolved\": \"http://127.0.0.1:4873/a.tgz\",".to_owned(), 1),
    ];
    for (line, expected) in cases {
        assert_eq!(in_lock("Cargo.lock", &line).len(), expected, "{line}");
    }
}
