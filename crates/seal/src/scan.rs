//! A small scanner over PDF syntax as it stands in the file.
//!
//! `lopdf` hands out values; two questions need the bytes themselves: *where* does a value of a
//! signature dictionary begin and end, and does any dictionary say a key twice (of which readers
//! take the first or the last, so that two of them see two documents).

use std::collections::BTreeSet;
use std::ops::Range;

use crate::limits::NESTING_MAX;

/// What the scanner could not read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

/// A dictionary's key, escapes undone, and the place of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: Vec<u8>,
    pub(crate) value: Range<usize>,
}

/// An indirect object as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndirectObject {
    pub(crate) number: u32,
    pub(crate) generation: u16,
    /// The entries when it is a dictionary or a stream.
    pub(crate) entries: Vec<Entry>,
}

/// Scans `N G obj …` at an offset, to its `endobj` or `stream`.
pub(crate) fn indirect_object(bytes: &[u8], offset: usize) -> Result<IndirectObject, Fault> {
    let mut scanner = Scanner { bytes, at: offset };
    let number = scanner.unsigned().ok_or(scanner.fault("no object number"))?;
    let generation = scanner.unsigned().ok_or(scanner.fault("no generation"))?;
    if !scanner.keyword(b"obj") {
        return Err(scanner.fault("no obj"));
    }
    scanner.space();
    let entries = if scanner.bytes[scanner.at..].starts_with(b"<<") {
        scanner.dictionary(0)?
    } else {
        scanner.value(0)?;
        Vec::new()
    };
    if !scanner.keyword(b"endobj") && !scanner.keyword(b"stream") {
        return Err(scanner.fault("no endobj"));
    }
    let number = u32::try_from(number).map_err(|_| scanner.fault("object number too large"))?;
    let generation =
        u16::try_from(generation).map_err(|_| scanner.fault("generation too large"))?;
    Ok(IndirectObject { number, generation, entries })
}

/// Scans values one after the other to the end, as the members of an object stream stand.
pub(crate) fn values(bytes: &[u8]) -> Result<(), Fault> {
    let mut scanner = Scanner { bytes, at: 0 };
    scanner.space();
    while scanner.at < bytes.len() {
        scanner.value(0)?;
        scanner.space();
    }
    Ok(())
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl Scanner<'_> {
    const fn fault(&self, what: &'static str) -> Fault {
        Fault { at: self.at, what }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Skips white space and comments.
    fn space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// Takes a run of regular characters.
    fn regular(&mut self) -> &[u8] {
        let start = self.at;
        while self.peek().is_some_and(|byte| !is_space(byte) && !is_delimiter(byte)) {
            self.at += 1;
        }
        &self.bytes[start..self.at]
    }

    /// Takes an unsigned number and the space before it; stays where it is when there is none.
    fn unsigned(&mut self) -> Option<u64> {
        let start = self.at;
        self.space();
        let digits = self.regular();
        let number = std::str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok());
        if number.is_none() {
            self.at = start;
        }
        number
    }

    /// Takes a keyword and the space before it; stays where it is when it is another.
    fn keyword(&mut self, word: &[u8]) -> bool {
        let start = self.at;
        self.space();
        let found = self.regular() == word;
        if !found {
            self.at = start;
        }
        found
    }

    /// Takes one value of any kind, a reference included, and says where it stood.
    fn value(&mut self, depth: usize) -> Result<Range<usize>, Fault> {
        if depth > NESTING_MAX {
            return Err(self.fault("nested too deeply"));
        }
        self.space();
        let start = self.at;
        match self.peek().ok_or(self.fault("no value"))? {
            b'(' => self.literal_string()?,
            b'/' => {
                self.name()?;
            }
            b'[' => self.array(depth)?,
            b'<' if self.bytes.get(start + 1) == Some(&b'<') => {
                self.dictionary(depth)?;
            }
            b'<' => self.hexadecimal_string()?,
            _ => self.number_or_word()?,
        }
        Ok(start..self.at)
    }

    fn number_or_word(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let word = self.regular();
        let known = matches!(word, b"true" | b"false" | b"null");
        let number =
            word.first().is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.'))
                && word[1..].iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-'));
        if !known && !number {
            self.at = start;
            return Err(self.fault("unknown word"));
        }
        if word.iter().all(u8::is_ascii_digit) {
            let after_number = self.at;
            if self.unsigned().is_none() || !self.keyword(b"R") {
                self.at = after_number;
            }
        }
        Ok(())
    }

    fn literal_string(&mut self) -> Result<(), Fault> {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'(' => open += 1,
                b')' if open == 1 => return Ok(()),
                b')' => open -= 1,
                _ => {}
            }
        }
        Err(self.fault("a string does not end"))
    }

    fn hexadecimal_string(&mut self) -> Result<(), Fault> {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'>' => return Ok(()),
                byte if byte.is_ascii_hexdigit() || is_space(byte) => {}
                _ => break,
            }
        }
        Err(self.fault("a hexadecimal string does not end"))
    }

    fn name(&mut self) -> Result<Vec<u8>, Fault> {
        let fault = self.fault("a name's escape");
        self.at += 1;
        let mut raw = self.regular();
        let mut name = Vec::with_capacity(raw.len());
        while let [first, rest @ ..] = raw {
            raw = rest;
            if *first != b'#' {
                name.push(*first);
                continue;
            }
            let (digits, after) = rest.split_at_checked(2).ok_or(fault.clone())?;
            let mut byte = [0];
            hex::decode_to_slice(digits, &mut byte).map_err(|_| fault.clone())?;
            name.push(byte[0]);
            raw = after;
        }
        Ok(name)
    }

    fn array(&mut self, depth: usize) -> Result<(), Fault> {
        self.at += 1;
        loop {
            self.space();
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(());
            }
            self.value(depth + 1)?;
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<Vec<Entry>, Fault> {
        self.at += 2;
        let mut entries = Vec::new();
        let mut keys = BTreeSet::new();
        loop {
            self.space();
            match self.peek() {
                Some(b'/') => {}
                Some(b'>') if self.bytes.get(self.at + 1) == Some(&b'>') => {
                    self.at += 2;
                    return Ok(entries);
                }
                _ => return Err(self.fault("a dictionary does not end")),
            }
            let place = self.fault("a key is written twice");
            let key = self.name()?;
            if !keys.insert(key.clone()) {
                return Err(place);
            }
            let value = self.value(depth + 1)?;
            entries.push(Entry { key, value });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{indirect_object, values};

    #[test]
    fn values_are_found_where_they_stand() {
        let bytes = b"%x\n7 0 obj <</A#42 [1 2 R (a\\)(b))]/Contents<0a>/Z<</Q null>>>>endobj";
        let object = indirect_object(bytes, 3).unwrap();
        assert_eq!((object.number, object.generation), (7, 0));
        let found: Vec<(&[u8], &[u8])> = object
            .entries
            .iter()
            .map(|entry| (entry.key.as_slice(), &bytes[entry.value.clone()]))
            .collect();
        let expected: [(&[u8], &[u8]); 3] =
            [(b"AB", b"[1 2 R (a\\)(b))]"), (b"Contents", b"<0a>"), (b"Z", b"<</Q null>>")];
        assert_eq!(found, expected);
    }

    #[test]
    fn faults_are_told() {
        let cases: [(&[u8], &str); 8] = [
            (b"1 0 obj<</A 1/A 2>>endobj", "a key is written twice"),
            (b"1 0 obj<</A 1/#41 2>>endobj", "a key is written twice"),
            (b"1 0 obj[<</A 1/A 2>>]endobj", "a key is written twice"),
            (b"1 0 obj<</A (x>>endobj", "a string does not end"),
            (b"1 0 obj<</A <0x>>>endobj", "a hexadecimal string does not end"),
            (b"1 0 obj<</A ", "no value"),
            (b"1 0 obj<</A wat>>endobj", "unknown word"),
            (b"1 0 obj<<>>", "no endobj"),
        ];
        for (bytes, what) in cases {
            let fault = indirect_object(bytes, 0).unwrap_err();
            assert_eq!(fault.what, what, "{}", String::from_utf8_lossy(bytes));
        }
        let deep = [b"1 0 obj".to_vec(), vec![b'['; 100_000]].concat();
        assert_eq!(indirect_object(&deep, 0).unwrap_err().what, "nested too deeply");
        assert!(values(b"<</A 1>> [1 2 0 R] 4").is_ok());
        assert!(values(b"<</A 1>> [1 2").is_err());
    }
}
