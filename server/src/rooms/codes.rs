//! The code that a screen shows and an admin types.

use crate::edge::Edge;

/// Letters and digits that nobody takes for another: no 0 and O, no 1, I and L.
const ALPHABET: &[u8; 31] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
/// 31⁸ codes: one in 850 milliards is open while somebody guesses.
const LENGTH: usize = 8;

/// A fresh code, without the hyphen.
pub(super) fn fresh(edge: &Edge) -> String {
    // Bytes beyond the last whole multiple of the alphabet would make some letters likelier.
    let fair = u8::MAX - u8::MAX % 31;
    let mut code = String::with_capacity(LENGTH);
    while code.len() < LENGTH {
        let bytes = edge.bytes::<{ 2 * LENGTH }>();
        let letters = bytes.iter().filter(|byte| **byte < fair);
        let letters = letters.filter_map(|byte| ALPHABET.get(usize::from(byte % 31)));
        code.extend(letters.take(LENGTH - code.len()).copied().map(char::from));
    }
    code
}

/// How a code is shown.
pub(super) fn shown(code: &str) -> String {
    match code.split_at_checked(LENGTH / 2) {
        Some((left, right)) => format!("{left}-{right}"),
        None => code.to_owned(),
    }
}

/// What somebody typed, in any case, with or without hyphen and blanks; `None` when it cannot be
/// a code.
pub(super) fn typed(text: &str) -> Option<String> {
    let letters = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    let code: String = letters.map(|letter| letter.to_ascii_uppercase()).take(LENGTH + 1).collect();
    let fits = code.len() == LENGTH && code.bytes().all(|letter| ALPHABET.contains(&letter));
    fits.then_some(code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_shown_can_be_typed() {
        let edge = Edge::real();
        let mut letters = BTreeSet::new();
        for _ in 0..200 {
            let code = fresh(&edge);
            letters.extend(code.chars());
            assert_eq!(typed(&shown(&code)).as_ref(), Some(&code));
            assert_eq!(typed(&code.to_lowercase()).as_ref(), Some(&code));
        }
        assert_eq!(letters.len(), ALPHABET.len(), "every letter is used");
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["", "ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFG0", "ABCD-EFGI", "ĂBCD-EFG", "ABCD_EFG"]
        {
            assert_eq!(typed(text), None, "{text}");
        }
        assert_eq!(typed(" abcd - efgh ").as_deref(), Some("ABCDEFGH"));
    }
}
