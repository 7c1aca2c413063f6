//! Rust source as a line of words: no comments, no strings, no code under `#[cfg(test)]`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::Visit;

/// A word, a mark or a string of the source with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) line: usize,
    pub(crate) is_literal: bool,
}

/// The source as words; `None` when it is no Rust.
pub(crate) fn words(source: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    flatten(source.parse().ok()?, &mut words);
    Some(words)
}

/// The same without what is compiled for tests only.
pub(crate) fn shipped_words(source: &str) -> Option<Vec<Word>> {
    let file = syn::parse_file(source).ok()?;
    let mut tests = TestLines::default();
    tests.visit_file(&file);
    let is_test = |line| tests.lines.iter().any(|(from, to)| (*from..=*to).contains(&line));
    Some(words(source)?.into_iter().filter(|word| !is_test(word.line)).collect())
}

/// The lines where these words stand next to each other.
pub(crate) fn find(words: &[Word], pattern: &str) -> Vec<usize> {
    let pattern: Vec<_> = pattern.split(' ').collect();
    let fits = |window: &&[Word]| {
        window.iter().zip(&pattern).all(|(word, wanted)| !word.is_literal && word.text == *wanted)
    };
    words.windows(pattern.len()).filter(fits).map(|window| window[0].line).collect()
}

/// Paths as a program writes them, `std::{fs, io::Read}` taken apart: each `use` with its line.
pub(crate) fn imports(source: &str) -> Vec<(String, usize)> {
    let mut imports = Imports::default();
    if let Ok(file) = syn::parse_file(source) {
        imports.visit_file(&file);
    }
    imports.found
}

fn flatten(stream: TokenStream, into: &mut Vec<Word>) {
    for tree in stream {
        let line = tree.span().start().line;
        let mut push = |text: String, is_literal| into.push(Word { text, line, is_literal });
        match tree {
            TokenTree::Ident(word) => push(word.to_string(), false),
            TokenTree::Punct(mark) => push(mark.as_char().to_string(), false),
            TokenTree::Literal(literal) => push(literal.to_string(), true),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                push(open.to_owned(), false);
                let end = group.span_close().end().line;
                flatten(group.stream(), into);
                into.push(Word { text: close.to_owned(), line: end, is_literal: false });
            }
        }
    }
}

/// The first and last lines of items that exist in tests only.
#[derive(Default)]
struct TestLines {
    lines: Vec<(usize, usize)>,
}

impl<'ast> Visit<'ast> for TestLines {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            _ => return syn::visit::visit_item(self, item),
        };
        if attributes.iter().any(is_for_tests) {
            self.lines.push((item.span().start().line, item.span().end().line));
        } else {
            syn::visit::visit_item(self, item);
        }
    }
}

fn is_for_tests(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("test")
        || attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|what| what == "test")
}

#[derive(Default)]
struct Imports {
    found: Vec<(String, usize)>,
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !item.attrs.iter().any(is_for_tests) {
            self.tree(&item.tree, "");
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !item.attrs.iter().any(is_for_tests) {
            syn::visit::visit_item_mod(self, item);
        }
    }
}

impl Imports {
    fn tree(&mut self, tree: &syn::UseTree, before: &str) {
        match tree {
            syn::UseTree::Path(path) => self.tree(&path.tree, &format!("{before}{}::", path.ident)),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|item| self.tree(item, before));
            }
            syn::UseTree::Name(name) => self.note(&name.ident, before),
            syn::UseTree::Rename(name) => self.note(&name.ident, before),
            syn::UseTree::Glob(glob) => {
                self.found.push((format!("{before}*"), glob.span().start().line));
            }
        }
    }

    fn note(&mut self, name: &syn::Ident, before: &str) {
        let path = if name == "self" {
            before.trim_end_matches("::").to_owned()
        } else {
            format!("{before}{name}")
        };
        self.found.push((path, name.span().start().line));
    }
}

#[test]
fn words_leave_comments_strings_and_tests_out() {
    let source = "// Instant::now\nfn a() { b(\"Instant::now\"); }\n#[cfg(test)]\nmod tests {\n\
                  fn c() { Instant::now(); }\n}\nfn d() { std::time::Instant::now(); }\n";
    let words = shipped_words(source).unwrap();
    assert_eq!(find(&words, "Instant : : now"), [7]);
    let all = imports("use std::{fs, io::{self, Read}};\nuse a::*;\n");
    let paths: Vec<_> = all.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["std::fs", "std::io", "std::io::Read", "a::*"]);
}
