//! What a file is, found out from its bytes and never from its name.

/// The first bytes of a PDF (ISO 32000-1, 7.5.2). Bytes before them are refused: what a reader
/// skips there no signature covers.
const PDF: &[u8] = b"%PDF-";

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A PDF.
    Pdf,
    /// Too few bytes to know.
    Unknown,
    /// Anything else.
    Other,
}

/// Judges the beginning of a file.
pub(super) fn kind(head: &[u8]) -> Kind {
    if head.starts_with(PDF) {
        Kind::Pdf
    } else if PDF.starts_with(head) {
        Kind::Unknown
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_say_what_it_is() {
        let cases: [(&[u8], Kind); 6] = [
            (b"", Kind::Unknown),
            (b"%PD", Kind::Unknown),
            (b"%PDF-1.7\n", Kind::Pdf),
            (b"\xef\xbb\xbf%PDF-1.7", Kind::Other),
            (b"PK\x03\x04", Kind::Other),
            (b"%pdf-1.7", Kind::Other),
        ];
        for (head, expected) in cases {
            assert_eq!(kind(head), expected, "{head:?}");
        }
    }
}
