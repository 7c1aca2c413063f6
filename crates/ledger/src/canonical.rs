//! The one place where bytes that are hashed or signed are written.

use serde::{Deserialize, Serialize};

/// A fact for the ledger: ids, numbers and hashes, never names or words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A paper was issued.
    PaperIssued {
        /// The meeting's UUID.
        meeting: [u8; 16],
        /// The paper's UUID.
        paper: [u8; 16],
        /// The version, from 1.
        version: u32,
        /// SHA-256 of the bytes.
        sha256: [u8; 32],
        /// Their number.
        bytes: u64,
        /// UTC milliseconds.
        issued_at: i64,
    },
}
