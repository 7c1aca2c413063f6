//! An append-only list that proves what is in it.
//!
//! [`Entry`] has one canonical form in bytes; [`Tree`] hashes those forms as RFC 9162 says; a
//! [`HeadSigner`] signs the tree's head; whoever holds the server's public key turns a
//! [`SignedHead`] into a [`Head`] ([`HeadVerifier::verify_head`]) and checks against it that an
//! entry is in ([`verify_inclusion`]) and that nothing was taken out ([`verify_consistency`]).
//! What the entries mean is somebody else's affair.
//!
//! Everything that is hashed or signed is laid out in [`canonical`], for those who check it in
//! another language.

pub mod canonical;
mod entry;
mod head;
mod hexadecimal;
mod key;
mod limits;
mod proof;
mod recording;
mod refusal;
mod tree;

pub use entry::Entry;
pub use head::{Head, SignedHead};
pub use key::{HeadSigner, HeadVerifier};
pub use proof::{ConsistencyProof, InclusionProof, verify_consistency, verify_inclusion};
pub use recording::RecordingLink;
pub use refusal::{KeyError, LedgerRefusal};
pub use tree::{Hash, Tree, leaf_hash};
