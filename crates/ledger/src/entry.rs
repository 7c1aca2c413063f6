//! What the ledger lists.

use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::hexadecimal;
use crate::refusal::LedgerRefusal;
use crate::tree::{Hash, leaf_hash};

/// A fact for the ledger: ids, numbers and hashes, never names or words, so that people's data
/// can be erased and the ledger still verifies. Ids and hashes are hexadecimal digits in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A paper was issued.
    PaperIssued {
        /// The meeting's UUID.
        #[serde(with = "hexadecimal")]
        meeting: [u8; 16],
        /// The paper's UUID.
        #[serde(with = "hexadecimal")]
        paper: [u8; 16],
        /// The version, from 1.
        version: u32,
        /// SHA-256 of the bytes.
        #[serde(with = "hexadecimal")]
        sha256: [u8; 32],
        /// Their number.
        bytes: u64,
        /// UTC milliseconds.
        issued_at: i64,
    },
    /// A recording was closed.
    RecordingKept {
        /// The meeting's UUID.
        #[serde(with = "hexadecimal")]
        meeting: [u8; 16],
        /// The place in the meeting's log of the event that began the recording.
        recording: u64,
        /// How many pieces its chain has.
        links: u64,
        /// The last hash of its chain ([`crate::RecordingLink`]).
        #[serde(with = "hexadecimal")]
        head: [u8; 32],
        /// UTC milliseconds.
        closed_at: i64,
    },
}

impl Entry {
    /// The canonical form, as it is stored and hashed ([`canonical`]).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::entry_bytes(self)
    }

    /// Reads the canonical form back.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LedgerRefusal> {
        canonical::entry_from_bytes(bytes)
    }

    /// The entry's leaf in the tree.
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        leaf_hash(&self.to_bytes())
    }
}
