//! A tree head with the server's signature.

use serde::{Deserialize, Serialize};

use crate::tree::Hash;

/// "The ledger had this many entries and this root at this time", signed.
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
