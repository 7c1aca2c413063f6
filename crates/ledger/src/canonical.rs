//! The one place where bytes that are hashed or signed are laid out.
//!
//! All integers are big-endian; `i64` is two's complement. A changed layout gets a new number in
//! its prefix, never a new meaning for an old one. The committed bytes in `tests/golden.rs` pin
//! every layout.
//!
//! **Entry**, 101 bytes for a paper. A leaf of the tree is `SHA-256(0x00 ‖ entry)`.
//!
//! | Offset | Bytes | What |
//! |---|---|---|
//! | 0 | 16 | `diemcau-entry-1` and a zero byte |
//! | 16 | 1 | kind: 1 = paper issued |
//! | 17 | 16 | the meeting's UUID |
//! | 33 | 16 | the paper's UUID |
//! | 49 | 4 | the version, `u32` from 1 |
//! | 53 | 32 | SHA-256 of the paper's bytes |
//! | 85 | 8 | their number, `u64` |
//! | 93 | 8 | when it was issued, UTC milliseconds, `i64` |
//!
//! For a recording that was closed, 89 bytes: the same up to the meeting's UUID, with kind 2, then
//! the recording `u64`, the number of links of its chain `u64`, the chain's last hash (32 bytes),
//! when it was closed (`i64`).
//!
//! **Link of a recording's chain**, 112 bytes, hashed with SHA-256: `diemcau-record-1`, the hash of
//! the link before (32 bytes, zeros before the first), the file's UUID, where the piece begins in
//! it `u64`, its length `u64`, SHA-256 of its bytes (32 bytes).
//!
//! **Head**, 48 bytes: size `u64`, root (32 bytes), signed at (UTC milliseconds, `i64`). It is
//! signed as the body of a signed message with the context [`HEAD_CONTEXT`].
//!
//! **Signed message**, what ECDSA P-256 with SHA-256 is computed over: `diemcau-signed-1`
//! (16 bytes), the length of the context in one byte, the context, the body to the end. The
//! context says what the body is, so that a signature over one kind of thing is never one over
//! another.

use crate::entry::Entry;
use crate::limits::CONTEXT_BYTES_MAX;
use crate::recording::RecordingLink;
use crate::refusal::LedgerRefusal;
use crate::tree::Hash;

/// The context of a signed tree head.
pub const HEAD_CONTEXT: &str = "diemcau-head-1";

const ENTRY_PREFIX: &[u8; 16] = b"diemcau-entry-1\0";
const SIGNED_PREFIX: &[u8; 16] = b"diemcau-signed-1";
const KIND_PAPER_ISSUED: u8 = 1;
const PAPER_ISSUED_BYTES: usize = 101;
const KIND_RECORDING_KEPT: u8 = 2;
const RECORDING_KEPT_BYTES: usize = 89;
const LINK_PREFIX: &[u8; 16] = b"diemcau-record-1";

/// An entry as it is hashed.
#[must_use]
pub fn entry_bytes(entry: &Entry) -> Vec<u8> {
    match entry {
        Entry::PaperIssued { meeting, paper, version, sha256, bytes, issued_at } => [
            &ENTRY_PREFIX[..],
            &[KIND_PAPER_ISSUED],
            meeting,
            paper,
            &version.to_be_bytes(),
            sha256,
            &bytes.to_be_bytes(),
            &issued_at.to_be_bytes(),
        ]
        .concat(),
        Entry::RecordingKept { meeting, recording, links, head, closed_at } => [
            &ENTRY_PREFIX[..],
            &[KIND_RECORDING_KEPT],
            meeting,
            &recording.to_be_bytes(),
            &links.to_be_bytes(),
            head,
            &closed_at.to_be_bytes(),
        ]
        .concat(),
    }
}

/// Reads an entry back; anything but the exact canonical form is refused.
pub fn entry_from_bytes(bytes: &[u8]) -> Result<Entry, LedgerRefusal> {
    let mut fields = Fields(bytes);
    if fields.take()? != *ENTRY_PREFIX {
        return Err(LedgerRefusal::Entry);
    }
    match (fields.take()?, bytes.len()) {
        ([KIND_PAPER_ISSUED], PAPER_ISSUED_BYTES) => Ok(Entry::PaperIssued {
            meeting: fields.take()?,
            paper: fields.take()?,
            version: u32::from_be_bytes(fields.take()?),
            sha256: fields.take()?,
            bytes: u64::from_be_bytes(fields.take()?),
            issued_at: i64::from_be_bytes(fields.take()?),
        }),
        ([KIND_RECORDING_KEPT], RECORDING_KEPT_BYTES) => Ok(Entry::RecordingKept {
            meeting: fields.take()?,
            recording: u64::from_be_bytes(fields.take()?),
            links: u64::from_be_bytes(fields.take()?),
            head: fields.take()?,
            closed_at: i64::from_be_bytes(fields.take()?),
        }),
        _ => Err(LedgerRefusal::Entry),
    }
}

/// A link of a recording's chain as it is hashed.
#[must_use]
pub fn recording_link_bytes(previous: &Hash, link: &RecordingLink) -> Vec<u8> {
    [
        &LINK_PREFIX[..],
        &previous.0,
        &link.part,
        &link.offset.to_be_bytes(),
        &link.length.to_be_bytes(),
        &link.sha256,
    ]
    .concat()
}

/// A head as it is signed, the body of a message with [`HEAD_CONTEXT`].
#[must_use]
pub fn head_bytes(size: u64, root: &Hash, signed_at: i64) -> Vec<u8> {
    [&size.to_be_bytes()[..], &root.0, &signed_at.to_be_bytes()].concat()
}

/// What is signed for a body in a context; `None` when the context has not 1 to 255 bytes.
#[must_use]
pub fn signed_bytes(context: &str, body: &[u8]) -> Option<Vec<u8>> {
    let length = u8::try_from(context.len()).ok().filter(|length| *length > 0)?;
    debug_assert!(usize::from(length) <= CONTEXT_BYTES_MAX, "one byte holds the length");
    Some([&SIGNED_PREFIX[..], &[length], context.as_bytes(), body].concat())
}

/// The part of the bytes that is not read yet.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], LedgerRefusal> {
        let (field, rest) = self.0.split_first_chunk().ok_or(LedgerRefusal::Entry)?;
        self.0 = rest;
        Ok(*field)
    }
}
