//! The hash chain of a recording: each piece that was written, over all pieces before it.

use ring::digest::{SHA256, digest};

use crate::canonical;
use crate::tree::Hash;

/// One piece of a recorded file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingLink {
    /// The file's UUID.
    pub part: [u8; 16],
    /// Where the piece begins in the file.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

impl RecordingLink {
    /// The head of the chain after this piece; before the first piece it is all zeros.
    #[must_use]
    pub fn hash(&self, previous: &Hash) -> Hash {
        let mut hash = [0; 32];
        let bytes = canonical::recording_link_bytes(previous, self);
        hash.copy_from_slice(digest(&SHA256, &bytes).as_ref());
        Hash(hash)
    }
}
