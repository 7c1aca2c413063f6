//! Pure parts have no clock, no chance, no IO and no locks: all of it is given (rules 8 and 9).

use crate::finding::Finding;
use crate::repository::Repository;
use crate::tokens::{Word, find, imports, shipped_words};

const RULE: &str = "pure";

/// Where the pure source is. A crate's binaries are edges and excepted.
const PURE: [&str; 7] = [
    "crates/fleet/src/",
    "crates/ledger/src/",
    "crates/media/src/",
    "crates/meeting/src/",
    "crates/protocol/src/",
    "crates/seal/src/",
    "room-agent/src/machine/",
];

/// Words next to each other that mean a clock, chance, IO, a lock or a task. Addresses are values,
/// sockets are not.
const FORBIDDEN: [&str; 24] = [
    "Instant : : now",
    "SystemTime : : now",
    "Utc : : now",
    "Timestamp : : now",
    "Zoned : : now",
    ". elapsed (",
    "thread_rng (",
    "OsRng",
    "Uuid : : now_v7",
    "Uuid : : new_v4",
    "SystemRandom : : new",
    "async",
    "await",
    "tokio : :",
    "thread_local !",
    "static mut",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "ToSocketAddrs",
    "LazyLock",
    "OnceLock",
    "Mutex",
    "RwLock",
];

/// Modules of the standard library that reach outside.
const OUTSIDE: [&str; 5] = ["std::env", "std::fs", "std::process", "std::thread", "std::os"];

pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in PURE {
        for (path, text) in repository.texts(folder, &[".rs"]) {
            let is_edge = path.contains("/src/bin/") || is_test_file(path);
            if !is_edge {
                findings.extend(in_source(path, text));
            }
        }
    }
    findings
}

/// A module that its parent includes for tests only is named so.
fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("/testing.rs") || path.contains("/tests/")
}

fn in_source(path: &str, text: &str) -> Vec<Finding> {
    let Some(words) = shipped_words(text) else {
        return vec![Finding::new(RULE, path, 1, "cannot be parsed".to_owned())];
    };
    let mut findings = Vec::new();
    for pattern in FORBIDDEN {
        let shown = pattern.replace(' ', "");
        let found = find(&words, pattern).into_iter();
        findings.extend(found.map(|line| finding(path, line, &shown)));
    }
    for module in OUTSIDE {
        findings.extend(of_module(&words, module).map(|line| finding(path, line, module)));
        let used = imports(text).into_iter().filter(|(import, _)| {
            import == module
                || import.strip_prefix(module).is_some_and(|rest| rest.starts_with(':'))
        });
        findings.extend(used.map(|(_, line)| finding(path, line, module)));
    }
    findings.sort();
    findings.dedup();
    findings
}

fn of_module<'a>(words: &'a [Word], module: &str) -> impl Iterator<Item = usize> + 'a {
    find(words, &format!("{} : :", module.replace("::", " : : "))).into_iter()
}

fn finding(path: &str, line: usize, what: &str) -> Finding {
    Finding::new(RULE, path, line, format!("`{what}` in a pure part; let the edge give it"))
}

#[test]
fn clocks_chance_and_io_are_found() {
    let bad = [
        "fn a() { let t = std::time::Instant::now(); }",
        "fn a(t: Instant) { t.elapsed(); }",
        "use std::{fs, fmt};",
        "use std::net::UdpSocket;",
        "fn a() { std::fs::read(\"x\"); }",
        "async fn a() {}",
        "fn a() { let r = rand::thread_rng(); }",
        "struct A { b: std::sync::Mutex<u8> }",
        "fn a() { tokio::spawn(b()); }",
        "fn a() { jiff::Timestamp::now(); }",
        "not rust at all }",
    ];
    for source in bad {
        assert_eq!(in_source("a.rs", source).len(), 1, "{source}");
    }
    let good = "use std::fmt;\n/// Instant::now\nfn a(now: u64) { b(\"std::fs::read\", now.elapsed) }\n\
                #[cfg(test)]\nmod tests { fn a() { std::fs::read(\"x\"); } }\n";
    assert_eq!(in_source("a.rs", good), []);
}
