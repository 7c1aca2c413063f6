//! Merkle tree hashing and proofs as RFC 9162, section 2.1, says.

use serde::{Deserialize, Serialize};

/// A node of the tree: SHA-256, 64 hexadecimal digits in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash(pub [u8; 32]);

/// That an entry is the one at `index` under a head of `size` entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InclusionProof {
    /// Its place, from 0.
    pub index: u64,
    /// The sibling hashes from leaf to root.
    pub path: Vec<Hash>,
}
