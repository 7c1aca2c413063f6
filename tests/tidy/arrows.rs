//! Who may name whom.

use std::collections::BTreeMap;

use cargo_metadata::MetadataCommand;

use crate::finding::Finding;
use crate::repository::Repository;

const RULE: &str = "arrow";

/// The parts that a part may name; exactly the arrows of `crates/ARCHITECTURE.md`.
const ARROWS: [(&str, &[&str]); 12] = [
    ("fleet", &[]),
    ("fuzz", &["media", "protocol", "seal"]),
    ("load", &[]),
    ("ledger", &[]),
    ("media", &[]),
    ("meeting", &[]),
    ("protocol", &["fleet", "ledger", "meeting"]),
    ("render", &[]),
    ("room-agent", &["fleet", "ledger", "protocol", "render", "seal"]),
    ("seal", &[]),
    ("server", &["fleet", "ledger", "media", "meeting", "protocol", "render", "seal"]),
    ("tests", &[]),
];

/// Foreign crates that one part has to itself.
const RESERVED: [(&str, &[&str]); 9] = [
    ("axum", &["server"]),
    ("cms", &["seal"]),
    ("env-libvpx-sys", &["room-agent"]),
    ("lopdf", &["seal"]),
    ("openssl", &[]),
    ("pdfium-render", &["render"]),
    ("rtc", &["load", "media", "room-agent"]),
    ("sqlx", &["server"]),
    ("webrtc", &["room-agent"]),
];

/// What cannot be in a part that has neither IO nor clock nor chance.
const IMPURE: [&str; 8] =
    ["async-trait", "axum", "futures-util", "rand", "reqwest", "rustix", "tokio", "tracing"];
const PURE: [&str; 6] = ["fleet", "ledger", "media", "meeting", "protocol", "seal"];

/// A part with the crates it depends on, those for its tests apart.
type Parts = BTreeMap<String, Dependencies>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Dependencies {
    shipped: Vec<String>,
    in_tests: Vec<String>,
}

pub(crate) fn check(_: &Repository) -> Vec<Finding> {
    let mut command = MetadataCommand::new();
    command.manifest_path(Repository::root().join("Cargo.toml"));
    command.no_deps().other_options(["--offline".to_owned()]);
    let metadata = command.exec().unwrap();
    let parts = metadata.packages.iter().map(|package| {
        let mut dependencies = Dependencies::default();
        for dependency in &package.dependencies {
            match dependency.kind {
                cargo_metadata::DependencyKind::Development => {
                    dependencies.in_tests.push(dependency.name.clone());
                }
                _ => dependencies.shipped.push(dependency.name.clone()),
            }
        }
        (package.name.to_string(), dependencies)
    });
    findings(&parts.collect())
}

fn findings(parts: &Parts) -> Vec<Finding> {
    let allowed: BTreeMap<_, _> = ARROWS.into_iter().collect();
    let reserved: BTreeMap<_, _> = RESERVED.into_iter().collect();
    let mut findings = Vec::new();
    for (part, dependencies) in parts {
        let path = manifest(part);
        let mut report = |message| findings.push(Finding::new(RULE, &path, 1, message));
        let Some(may) = allowed.get(part.as_str()) else {
            report(format!("{part} is not on the map"));
            continue;
        };
        for name in dependencies.shipped.iter().chain(&dependencies.in_tests) {
            if parts.contains_key(name) && !may.contains(&name.as_str()) && name != part {
                report(format!("{part} may not name {name}"));
            }
            let owners = reserved.get(name.as_str());
            if owners.is_some_and(|owners| !owners.contains(&part.as_str())) {
                report(format!("{part} may not name {name}: it belongs to another part"));
            }
        }
        for name in &dependencies.shipped {
            if PURE.contains(&part.as_str()) && IMPURE.contains(&name.as_str()) {
                report(format!("{part} is pure and may not name {name}"));
            }
        }
    }
    findings
}

fn manifest(part: &str) -> String {
    match part {
        "room-agent" | "server" | "tests" => format!("{part}/Cargo.toml"),
        "fuzz" | "load" => format!("tests/{part}/Cargo.toml"),
        _ => format!("crates/{part}/Cargo.toml"),
    }
}

#[test]
fn every_forbidden_arrow_is_found() {
    let cases = [
        ("meeting", "serde", true),
        ("meeting", "fleet", false),
        ("meeting", "tokio", false),
        ("protocol", "meeting", true),
        ("protocol", "seal", false),
        ("server", "media", true),
        ("room-agent", "media", false),
        ("room-agent", "meeting", false),
        ("room-agent", "sqlx", false),
        ("server", "webrtc", false),
        ("server", "rtc", false),
        ("load", "rtc", true),
        ("load", "media", false),
        ("server", "openssl", false),
        ("tests", "server", false),
        ("elsewhere", "serde", false),
    ];
    for (part, names, fits) in cases {
        let known = ARROWS.iter().map(|(part, _)| ((*part).to_owned(), Dependencies::default()));
        let mut parts: Parts = known.collect();
        let shipped = vec![names.to_owned()];
        parts.insert(part.to_owned(), Dependencies { shipped, in_tests: Vec::new() });
        assert_eq!(findings(&parts).is_empty(), fits, "{part} → {names}");
    }
}
