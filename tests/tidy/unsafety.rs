//! `unsafe` stands in a few named files.

use crate::allowed::UNSAFE;
use crate::finding::Finding;
use crate::repository::Repository;
use crate::tokens::words;

const RULE: &str = "unsafe";

pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let files: Vec<_> = repository.texts("", &[".rs"]).collect();
    findings(&files, UNSAFE)
}

fn findings(files: &[(&str, &str)], allowed: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut needed = Vec::new();
    for (path, text) in files {
        let words = words(text).unwrap_or_default();
        let first = words
            .iter()
            .find(|word| !word.is_literal && (word.text == "unsafe" || word.text == "unsafe_code"));
        let Some(first) = first else { continue };
        needed.push(*path);
        if !allowed.contains(path) {
            let message = "is not on the list of files with unsafe code".to_owned();
            findings.push(Finding::new(RULE, path, first.line, message));
        }
    }
    let stale = allowed.iter().filter(|path| !needed.contains(path));
    findings.extend(stale.map(|path| {
        Finding::new(RULE, path, 1, "needs no unsafe any more: take it off the list".to_owned())
    }));
    findings
}

#[test]
fn unsafe_code_is_found_and_so_is_a_stale_entry() {
    let source = "#![expect(unsafe_code, reason = \"x\")]\nfn a() { unsafe { b() } }\n";
    assert_eq!(findings(&[("a.rs", source)], &[]).len(), 1);
    assert_eq!(findings(&[("a.rs", source)], &["a.rs"]).len(), 0);
    assert_eq!(findings(&[("a.rs", "// unsafe\nfn a() {}\n")], &["a.rs"]).len(), 1);
}
