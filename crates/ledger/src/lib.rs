//! An append-only list that proves what is in it.
//!
//! Canonical bytes ([`Entry`]), a Merkle tree over them (RFC 9162), signed heads, proofs. What the
//! entries mean is somebody else's affair.

mod canonical;
mod head;
mod tree;

pub use canonical::Entry;
pub use head::SignedHead;
pub use tree::{Hash, InclusionProof};
