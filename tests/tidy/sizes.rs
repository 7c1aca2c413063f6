//! Sizes: a file stops at 600 lines, a function at 70 (rule 5); no module is called `mod.rs`.

use syn::spanned::Spanned;
use syn::visit::Visit;

use crate::allowed::LONG_FILES;
use crate::finding::Finding;
use crate::repository::{File, Repository};

const RULE: &str = "size";
const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
const FILE_BYTES_MAX: u64 = 1024 * 1024;
const SOURCES: [&str; 8] = [".rs", ".ts", ".svelte", ".mjs", ".js", ".css", ".py", ".sh"];

pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings: Vec<_> = repository.files.iter().flat_map(of_file).collect();
    for (path, text) in repository.texts("", &[".rs"]) {
        findings.extend(of_functions(path, text));
    }
    let is_long = |path: &str| {
        repository.texts(path, &[path]).any(|(_, text)| text.lines().count() > FILE_LINES_MAX)
    };
    let stale = LONG_FILES.iter().filter(|path| !is_long(path));
    findings.extend(stale.map(|path| {
        Finding::new(RULE, path, 1, "is not long any more: take it off the list".to_owned())
    }));
    findings
}

fn of_file(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |message| findings.push(Finding::new(RULE, &file.path, 1, message));
    if file.bytes > FILE_BYTES_MAX {
        report(format!("{} bytes; a repository is not a store", file.bytes));
    }
    if file.path.ends_with("/mod.rs") {
        report("name the file as the module".to_owned());
    }
    let is_source = SOURCES.iter().any(|ending| file.path.ends_with(ending));
    let lines = file.text.as_deref().map_or(0, |text| text.lines().count());
    if is_source && lines > FILE_LINES_MAX && !LONG_FILES.contains(&file.path.as_str()) {
        report(format!("{lines} lines, at most {FILE_LINES_MAX}: one algorithm, one file"));
    }
    findings
}

fn of_functions(path: &str, text: &str) -> Vec<Finding> {
    let Ok(file) = syn::parse_file(text) else {
        return vec![Finding::new(RULE, path, 1, "cannot be parsed".to_owned())];
    };
    let mut functions = Functions { lines: text.lines().collect(), path, findings: Vec::new() };
    functions.visit_file(&file);
    functions.findings
}

/// Measures bodies as clippy does: lines that are neither empty nor comment.
struct Functions<'a> {
    lines: Vec<&'a str>,
    path: &'a str,
    findings: Vec<Finding>,
}

impl Functions<'_> {
    fn measure(&mut self, name: &syn::Ident, body: &syn::Block) {
        let (open, close) = (body.span().start().line, body.span().end().line);
        let inside = self.lines.get(open..close.saturating_sub(1)).unwrap_or_default();
        let is_code = |line: &&&str| !line.trim().is_empty() && !line.trim().starts_with("//");
        let lines = inside.iter().filter(is_code).count();
        if lines > FUNCTION_LINES_MAX {
            let message = format!("`{name}` has {lines} lines, at most {FUNCTION_LINES_MAX}");
            self.findings.push(Finding::new(RULE, self.path, name.span().start().line, message));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig.ident, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig.ident, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.measure(&function.sig.ident, body);
        }
        syn::visit::visit_trait_item_fn(self, function);
    }
}

#[test]
fn what_is_too_long_is_found() {
    let file = |path: &str, lines: usize| {
        let text = "x\n".repeat(lines);
        File { path: path.to_owned(), bytes: text.len() as u64, text: Some(text) }
    };
    let cases = [
        (file("a.rs", 600), 0),
        (file("a.rs", 601), 1),
        (file("web/a.svelte", 601), 1),
        (file("Cargo.lock", 601), 0),
        (file("a/mod.rs", 1), 1),
        (File { path: "a.bin".to_owned(), bytes: FILE_BYTES_MAX + 1, text: None }, 1),
    ];
    for (file, expected) in cases {
        assert_eq!(of_file(&file).len(), expected, "{}", file.path);
    }
    for (lines, expected) in [(70, 0), (71, 1)] {
        let body = "    b();\n".repeat(lines);
        let quiet = "    // why\n\n";
        let sources = [
            format!("fn a() {{\n{quiet}{body}}}\n"),
            format!("impl A {{ fn a() {{\n{quiet}{body}}} }}\n"),
            format!("trait A {{ fn a() {{\n{quiet}{body}}} }}\n"),
        ];
        for source in sources {
            assert_eq!(of_functions("a.rs", &source).len(), expected, "{lines}");
        }
    }
}
