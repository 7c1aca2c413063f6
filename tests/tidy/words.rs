//! Words that do not belong in the repository: promises of later work, tests that are not run,
//! and the paths of the machine it was written on.

use crate::allowed::IGNORED;
use crate::finding::Finding;
use crate::repository::Repository;
use crate::tokens::{find, words};

const RULE: &str = "word";

/// Files that hold foreign text or checksums.
const FOREIGN: [&str; 5] = [".lock", "package-lock.json", "OFL.txt", "LICENSE", ".csv"];

/// Anywhere, as whole words. Written apart, so that this file does not find itself.
const LATER: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];
/// Anywhere, as they stand.
const ELSEWHERE: [&str; 2] = [concat!("/", "work", "/"), concat!("shared", "/")];
/// In tests of the web application and of the whole.
const SKIPPED: [&str; 5] = [
    concat!(".sk", "ip("),
    concat!(".on", "ly("),
    concat!(".to", "do("),
    concat!("xi", "t("),
    concat!("sk", "ip: true"),
];

/// What a program says where something was left out.
const LEFT_OUT: [&str; 2] = ["todo !", "unimplemented !"];

pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.texts("", &[""]) {
        if FOREIGN.iter().any(|ending| path.ends_with(ending)) {
            continue;
        }
        findings.extend(in_text(path, text));
        if is_script_test(path) {
            findings.extend(in_script_test(path, text));
        }
    }
    let mut unneeded: Vec<_> = IGNORED.to_vec();
    for (path, text) in repository.texts("", &[".rs"]) {
        findings.extend(in_rust(path, text, &LEFT_OUT));
        let ignored = in_rust(path, text, &["# [ ignore"]);
        if IGNORED.contains(&path) && !ignored.is_empty() {
            unneeded.retain(|needed| *needed != path);
        } else {
            findings.extend(ignored);
        }
    }
    findings.extend(unneeded.into_iter().map(|path| {
        Finding::new(RULE, path, 1, "ignores no test any more: take it off the list".to_owned())
    }));
    findings
}

fn is_script_test(path: &str) -> bool {
    let is_script = [".ts", ".mjs", ".js"].iter().any(|ending| path.ends_with(ending));
    is_script && (path.contains(".test.") || path.contains(".spec.") || path.starts_with("tests/"))
}

fn in_text(path: &str, text: &str) -> Vec<Finding> {
    let lines = (1..).zip(text.lines());
    let of_line = |(number, line): (usize, &str)| {
        let later = LATER.into_iter().filter(|word| has_word(line, word));
        let elsewhere = ELSEWHERE.into_iter().filter(|word| line.contains(word));
        let found: Vec<_> = later.chain(elsewhere).collect();
        found.into_iter().map(move |word| finding(path, number, word))
    };
    lines.flat_map(of_line).collect()
}

fn in_rust(path: &str, text: &str, forbidden: &[&'static str]) -> Vec<Finding> {
    let words = words(text).unwrap_or_default();
    let of_pattern = |pattern: &'static str| {
        let lines = find(&words, pattern).into_iter();
        lines.map(move |line| finding(path, line, &pattern.replace(' ', "")))
    };
    forbidden.iter().copied().flat_map(of_pattern).collect()
}

fn in_script_test(path: &str, text: &str) -> Vec<Finding> {
    let lines = (1..).zip(text.lines());
    let of_line = |(number, line): (usize, &str)| {
        let found: Vec<_> = SKIPPED.into_iter().filter(|word| line.contains(word)).collect();
        found.into_iter().map(move |word| finding(path, number, word))
    };
    lines.flat_map(of_line).collect()
}

fn has_word(line: &str, word: &str) -> bool {
    let is_letter = |mark: Option<char>| mark.is_some_and(char::is_alphanumeric);
    line.match_indices(word).any(|(at, _)| {
        !is_letter(line[..at].chars().next_back())
            && !is_letter(line[at + word.len()..].chars().next())
    })
}

fn finding(path: &str, line: usize, word: &str) -> Finding {
    Finding::new(RULE, path, line, format!("`{word}` does not belong here"))
}

#[test]
fn forbidden_words_are_found() {
    let later = LATER.map(|word| format!("// {word}: later"));
    let elsewhere = ELSEWHERE.map(|word| format!("see {word}a.md"));
    for line in later.iter().chain(&elsewhere) {
        assert_eq!(in_text("a.md", line).len(), 1, "{line}");
    }
    assert_eq!(in_text("a.md", "MASTODON AXXX1 work/ sharedness"), []);
    let forbidden = [LEFT_OUT[0], LEFT_OUT[1], "# [ ignore"];
    for source in ["fn a() { todo!() }", "fn a() { unimplemented!() }", "#[ignore]\nfn a() {}"] {
        assert_eq!(in_rust("a.rs", source, &forbidden).len(), 1, "{source}");
    }
    assert_eq!(in_rust("a.rs", "// todo!()\nfn a() { b(\"#[ignore]\") }", &forbidden), []);
    for word in SKIPPED {
        assert_eq!(in_script_test("a.test.ts", &format!("it{word}'a')")).len(), 1, "{word}");
    }
    assert!(is_script_test("web/src/a.test.ts") && is_script_test("tests/flow/a.mjs"));
    assert!(!is_script_test("web/src/a.ts"));
}
