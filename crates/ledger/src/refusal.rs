//! Why something was not believed, and what can go wrong with a key.

use thiserror::Error;

/// A proof, a head or a signature that must not be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LedgerRefusal {
    /// The bytes are not the canonical form of any entry.
    #[error("the bytes are not the canonical form of a ledger entry")]
    Entry,
    /// The proof does not lead from the entry to the head's root.
    #[error("the proof does not lead from the entry to the root of the head")]
    NotIncluded,
    /// The older head is not a prefix of the newer one: something was changed or taken out.
    #[error("the older head is not a prefix of the newer one")]
    NotConsistent,
    /// The signature is not one of this key over this context and these bytes.
    #[error("the signature does not belong to this key, context and body")]
    Signature,
    /// The public key is not an uncompressed P-256 point.
    #[error("the public key is not an uncompressed P-256 point of 65 bytes")]
    PublicKey,
}

/// The operator must act: the head key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The key file is not what it should be.
    #[error("the head key is not a PKCS#8 P-256 key: {0}")]
    Pkcs8(String),
    /// No entropy, or a key that contradicts itself.
    #[error("the head key could not sign for context {context:?}")]
    Sign {
        /// What the signature was for.
        context: String,
    },
    /// No entropy for a new key.
    #[error("no head key could be made: no entropy")]
    Generate,
    /// Contexts have 1 to 255 bytes.
    #[error("a signature's context has 1 to 255 bytes, this one {0}")]
    Context(usize),
}
