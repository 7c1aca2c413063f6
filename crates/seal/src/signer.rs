//! A key that signs, wherever it lives.

use thiserror::Error;

/// How a [`Signer`] signs; the hash is SHA-256 in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PSS with MGF1 over SHA-256 and 32 bytes of salt.
    RsaPss,
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1,
    /// ECDSA on P-256, the signature in ASN.1 DER.
    EcdsaP256,
}

/// A key with its certificate: in a file, in a token, or behind a service. Only the finished
/// signature crosses this line, so that the key need not be in the process.
pub trait Signer {
    /// Signs the message; the hash is computed inside.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;

    /// How it signs.
    fn algorithm(&self) -> Algorithm;

    /// The certificates that go into the signature, DER, the key's own first, the anchor left
    /// out.
    fn chain(&self) -> &[Vec<u8>];
}

/// The key could not sign: the operator must act.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the key could not sign {message_bytes} bytes: {reason}")]
pub struct SignerError {
    /// How long the message was.
    pub message_bytes: usize,
    /// What the key's keeper said.
    pub reason: String,
}
