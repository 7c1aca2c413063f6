//! A tree head, signed and believed.

use serde::{Deserialize, Serialize};

use crate::tree::Hash;

/// "The ledger had this many entries and this root at this time", signed. Nothing in it may be
/// believed before [`crate::HeadVerifier::verify_head`] made a [`Head`] of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedHead {
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// When it was signed, UTC milliseconds.
    pub signed_at: i64,
    /// ECDSA P-256 with SHA-256 over the canonical bytes, ASN.1 DER, hexadecimal.
    pub signature: String,
}

/// A head whose signature was checked (or that was just signed); nothing else makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    size: u64,
    root: Hash,
    signed_at: i64,
}

impl Head {
    /// Only for heads whose signature holds.
    pub(crate) const fn believed(size: u64, root: Hash, signed_at: i64) -> Self {
        Self { size, root, signed_at }
    }

    /// How many entries.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root over them.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// When it was signed, UTC milliseconds.
    #[must_use]
    pub const fn signed_at(&self) -> i64 {
        self.signed_at
    }
}
