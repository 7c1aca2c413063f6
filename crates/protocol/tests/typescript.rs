//! Generates the web application's types. Fails when the committed file differs from what the
//! Rust types say; `UPDATE=1 cargo test -p protocol` writes it anew.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use meeting::{Refusal, Role};
use protocol::live::{ClientFrame, ServerFrame};
use ts_rs::{Config, TS, TypeVisitor};

const GENERATED: &str = "../../web/src/api/generated/protocol.ts";

#[test]
fn the_web_application_has_the_types_of_today() {
    let wanted = typescript();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GENERATED);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &wanted).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == wanted, "{GENERATED} is stale: run `UPDATE=1 cargo test -p protocol`");
}

/// Everything that a frame can hold, in the order of the names.
fn typescript() -> String {
    let mut types =
        Types { config: Config::new().with_large_int("number"), found: BTreeMap::new() };
    types.visit::<ClientFrame>();
    types.visit::<ServerFrame>();
    types.visit::<Refusal>();
    types.visit::<Role>();
    let mut text = format!(
        "// Generated from the Rust types by `UPDATE=1 cargo test -p protocol`. Do not edit.\n\n\
         /** The version of these frames; a server refuses a client of another one. */\n\
         export const VERSION = {};\n\n\
         /** How many voices can be heard at once. */\n\
         export const VOICES = {};\n\n\
         /** How many pictures there can be beside the main one. */\n\
         export const TILES = {};\n",
        protocol::VERSION,
        protocol::call::VOICES,
        protocol::call::TILES
    );
    for declaration in types.found.values() {
        write!(text, "\n{}", Layout::of(declaration)).unwrap();
    }
    text
}

/// Every named type that was met, with its declaration.
struct Types {
    config: Config,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Types {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_none() {
            T::visit_generics(self);
            T::visit_dependencies(self);
            return;
        }
        let name = T::ident(&self.config);
        let docs = T::docs().unwrap_or_default();
        let declaration = format!("{docs}export {}", T::decl(&self.config));
        if let Some(known) = self.found.get(&name) {
            assert_eq!(*known, declaration, "two types are called {name}");
        } else {
            self.found.insert(name, declaration);
            T::visit_dependencies(self);
        }
    }
}

/// Gives a declaration, which comes with a comment on every second line, one line per field.
struct Layout {
    text: String,
    /// Where the braces stand that are open.
    open: Vec<usize>,
    angles: usize,
    union: bool,
}

impl Layout {
    fn of(declaration: &str) -> String {
        let mut layout = Self { text: String::new(), open: Vec::new(), angles: 0, union: false };
        layout.union = top_level_union(declaration);
        let mut rest = declaration.trim_start();
        while !rest.is_empty() {
            rest = layout.token(rest);
        }
        format!("{}\n", layout.text.trim_end())
    }

    /// Writes what stands at the beginning of `rest` and says what is left.
    fn token<'a>(&mut self, rest: &'a str) -> &'a str {
        if rest.starts_with("/**") {
            let end = rest.find("*/").unwrap() + 2;
            self.comment(&rest[..end]);
            return rest[end..].trim_start();
        }
        if rest.starts_with("{ [key in string]") {
            let end = rest.find('}').unwrap() + 1;
            self.text.push_str(&rest[..end]);
            return &rest[end..];
        }
        if let Some(quoted) = rest.strip_prefix('"') {
            let (word, after) = quoted.split_once('"').unwrap();
            let quote = if after.starts_with(':') { "" } else { "\"" };
            write!(self.text, "{quote}{word}{quote}").unwrap();
            return after;
        }
        let first = rest.chars().next().unwrap();
        self.punctuation(first);
        let after = &rest[first.len_utf8()..];
        if "{},|".contains(first) { after.trim_start() } else { after }
    }

    fn punctuation(&mut self, mark: char) {
        match mark {
            '{' => {
                self.open.push(self.text.len());
                self.text.push('{');
                self.line();
            }
            '}' => self.close(),
            ',' if self.angles > 0 => self.text.push_str(", "),
            ',' => {
                self.text.push(';');
                self.line();
            }
            '|' if !self.open.is_empty() || !self.union => self.text.push_str("| "),
            '|' => {
                self.text.truncate(self.text.trim_end().len());
                self.text.push_str("\n  | ");
            }
            '=' if self.open.is_empty() && self.union => self.text.push_str("=\n  |"),
            ';' => {
                self.text.truncate(self.text.trim_end().len());
                self.text.push(';');
            }
            other => {
                self.angles += usize::from(other == '<');
                self.angles -= usize::from(other == '>');
                self.text.push(other);
            }
        }
    }

    fn comment(&mut self, comment: &str) {
        let body = comment.trim_start_matches("/**").trim_end_matches("*/");
        let lines: Vec<_> =
            body.lines().map(|line| line.trim().trim_start_matches('*').trim()).collect();
        let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        if let [line] = lines[..] {
            write!(self.text, "/** {line} */").unwrap();
        } else {
            self.text.push_str("/**");
            for line in lines {
                self.line();
                write!(self.text, " * {line}").unwrap();
            }
            self.line();
            self.text.push_str(" */");
        }
        self.line();
    }

    /// Ends a braced type; one of a single short field stays on its line.
    fn close(&mut self) {
        let start = self.open.pop().unwrap();
        let body = self.text[start + 1..].trim().trim_end_matches(';').to_owned();
        if body.contains('\n') {
            self.text.truncate(self.text.trim_end().trim_end_matches(';').len());
            self.text.push(';');
            self.line();
            self.text.push_str("} ");
        } else {
            self.text.truncate(start);
            write!(self.text, "{{ {body} }} ").unwrap();
        }
    }

    fn line(&mut self) {
        let in_union = if self.union && self.text.contains('=') { 2 } else { 0 };
        self.text.push('\n');
        self.text.push_str(&"  ".repeat(self.open.len() + in_union));
    }
}

/// Whether a declaration is a choice between several forms.
fn top_level_union(declaration: &str) -> bool {
    let body = declaration.split_once(" = ").map_or("", |(_, body)| body);
    let mut depth = 0_usize;
    let mut in_comment = false;
    let mut previous = ' ';
    for mark in body.chars() {
        match (previous, mark) {
            ('/', '*') => in_comment = true,
            ('*', '/') => in_comment = false,
            (_, '{' | '<' | '(') if !in_comment => depth += 1,
            (_, '}' | '>' | ')') if !in_comment => depth -= 1,
            (_, '|') if !in_comment && depth == 0 => return true,
            _ => {}
        }
        previous = mark;
    }
    false
}
