//! Which part of a file was asked for: `Range` and `If-Range` of RFC 9110, section 14.
//!
//! One range is served; several at once are answered with the whole file, as the RFC allows, so
//! that nobody can make the server collect scraps.

/// A `Range` header's value, as far as this server serves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    /// The header is absent or is to be ignored.
    Whole,
    /// `bytes=from-to`, both inclusive.
    Between(u64, Option<u64>),
    /// `bytes=-last`: the last bytes.
    Last(u64),
}

/// What is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slice {
    /// Everything (200).
    Whole,
    /// From the first to the last byte, both inclusive (206).
    Part {
        /// The first byte.
        first: u64,
        /// The last byte.
        last: u64,
    },
    /// There is no such part (416).
    Beyond,
}

impl Range {
    /// Reads the header; `if_range` is the `If-Range` header and `etag` the file's own entity tag.
    /// A malformed header is ignored, as the RFC says.
    pub(crate) fn parse(range: Option<&str>, if_range: Option<&str>, etag: &str) -> Self {
        if if_range.is_some_and(|tag| tag.trim() != etag) {
            return Self::Whole;
        }
        range.and_then(read).unwrap_or(Self::Whole)
    }

    /// The bytes of a file of `length` bytes.
    pub(crate) fn of(self, length: u64) -> Slice {
        match self {
            Self::Whole => Slice::Whole,
            Self::Between(first, _) if first >= length => Slice::Beyond,
            Self::Between(first, last) => {
                let end = length.saturating_sub(1);
                Slice::Part { first, last: last.unwrap_or(end).min(end) }
            }
            Self::Last(0) => Slice::Beyond,
            Self::Last(_) if length == 0 => Slice::Beyond,
            Self::Last(count) => {
                Slice::Part { first: length.saturating_sub(count), last: length.saturating_sub(1) }
            }
        }
    }
}

fn read(header: &str) -> Option<Range> {
    let (unit, set) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") || set.contains(',') {
        return None;
    }
    let (first, last) = set.trim().split_once('-')?;
    match (first.is_empty(), last.is_empty()) {
        (true, _) => Some(Range::Last(number(last)?)),
        (false, true) => Some(Range::Between(number(first)?, None)),
        (false, false) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Range::Between(first, Some(last)))
        }
    }
}

/// Digits only: `parse` alone would also take a sign. More digits than fit mean "very far".
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETAG: &str = "\"e\"";

    fn check(range: Option<&str>, if_range: Option<&str>, length: u64, expected: Slice) {
        let slice = Range::parse(range, if_range, ETAG).of(length);
        assert_eq!(slice, expected, "{range:?} {if_range:?} of {length}");
    }

    const fn part(first: u64, last: u64) -> Slice {
        Slice::Part { first, last }
    }

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        let cases = [
            (None, 10, Slice::Whole),
            (Some("bytes=0-"), 10, part(0, 9)),
            (Some("bytes=0-0"), 10, part(0, 0)),
            (Some("bytes=3-5"), 10, part(3, 5)),
            (Some("Bytes=3-5"), 10, part(3, 5)),
            (Some("bytes=3-99"), 10, part(3, 9)),
            (Some("bytes=9-9"), 10, part(9, 9)),
            (Some("bytes=10-"), 10, Slice::Beyond),
            (Some("bytes=10-12"), 10, Slice::Beyond),
            (Some("bytes=-3"), 10, part(7, 9)),
            (Some("bytes=-99"), 10, part(0, 9)),
            (Some("bytes=-0"), 10, Slice::Beyond),
            (Some("bytes=0-"), 0, Slice::Beyond),
            (Some("bytes=-1"), 0, Slice::Beyond),
            (Some("bytes=5-3"), 10, Slice::Whole),
            (Some("bytes=0-1,4-5"), 10, Slice::Whole),
            (Some("bytes=+1-2"), 10, Slice::Whole),
            (Some("bytes=a-"), 10, Slice::Whole),
            (Some("bytes=-"), 10, Slice::Whole),
            (Some("lines=0-1"), 10, Slice::Whole),
            (Some("bytes 0-1"), 10, Slice::Whole),
            (Some("bytes=99999999999999999999-"), 10, Slice::Beyond),
            (Some("bytes=-99999999999999999999"), 10, part(0, 9)),
        ];
        for (range, length, expected) in cases {
            check(range, None, length, expected);
        }
    }

    #[test]
    fn another_version_is_sent_whole() {
        check(Some("bytes=2-3"), Some(ETAG), 10, part(2, 3));
        check(Some("bytes=2-3"), Some("\"f\""), 10, Slice::Whole);
        check(Some("bytes=2-3"), Some("W/\"e\""), 10, Slice::Whole);
        check(Some("bytes=2-3"), Some("Tue, 24 Nov 2026 04:00:00 GMT"), 10, Slice::Whole);
    }
}
