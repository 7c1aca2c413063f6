//! SQL lives in the server's store and nowhere else (rule 25).

use crate::finding::Finding;
use crate::repository::Repository;
use crate::tokens::{shipped_words, words};

const RULE: &str = "sql";
const STORE: [&str; 2] = ["server/src/store/", "server/src/store.rs"];

/// How a statement begins. Written so that this file holds no statement itself.
const BEGINNINGS: [&[&str]; 7] = [
    &["select ", " from "],
    &["insert ", "into "],
    &["update ", " set "],
    &["delete ", "from "],
    &["create ", "table "],
    &["drop ", "table "],
    &["pragma ", ""],
];

pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let is_store = |path: &str| STORE.iter().any(|store| path.starts_with(store));
    let mut findings = Vec::new();
    for (path, text) in repository.texts("", &[".rs"]) {
        if !is_store(path) && !path.starts_with("tests/tidy/") {
            findings.extend(in_source(path, text));
        }
    }
    for (path, _) in repository.texts("", &[".sql"]) {
        if !is_store(path) {
            findings.push(Finding::new(RULE, path, 1, "belongs in server/src/store".to_owned()));
        }
    }
    findings
}

fn in_source(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report =
        |line, message: &str| findings.push(Finding::new(RULE, path, line, message.to_owned()));
    for word in words(text).unwrap_or_default() {
        if word.is_literal && is_statement(&word.text) {
            report(word.line, "a statement outside server/src/store");
        }
    }
    let shipped = shipped_words(text).unwrap_or_default();
    for word in shipped.iter().filter(|word| !word.is_literal && word.text == "sqlx") {
        report(word.line, "`sqlx` outside server/src/store");
    }
    findings
}

fn is_statement(literal: &str) -> bool {
    let text = literal.trim_start_matches(['r', '#', '"']).trim_start();
    // Prose begins with a capital or small letter; a statement shouts.
    let shouts = text
        .split_whitespace()
        .next()
        .is_some_and(|word| word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_uppercase()));
    let text = text.to_ascii_lowercase();
    shouts
        && BEGINNINGS.iter().any(|parts| {
            text.starts_with(parts[0]) && parts[1..].iter().all(|part| text.contains(part))
        })
}

#[test]
fn statements_are_found() {
    let statement = |text: &str| format!("fn a() {{ b({text:?}); }}");
    let cases = [
        ("SELECT id FROM person", 1),
        ("INSERT INTO person (id) VALUES ($1)", 1),
        ("UPDATE person SET name = $1", 1),
        ("DELETE FROM person", 1),
        ("CREATE TABLE person (id TEXT)", 1),
        ("Select a person from the list", 0),
        ("DELETE", 0),
    ];
    for (text, expected) in cases {
        assert_eq!(in_source("a.rs", &statement(text)).len(), expected, "{text}");
    }
    assert_eq!(in_source("a.rs", "use sqlx::Any;").len(), 1);
    assert_eq!(in_source("a.rs", "/// Not `sqlx`.\nfn a() {}").len(), 0);
}
