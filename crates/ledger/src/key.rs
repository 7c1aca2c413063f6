//! The head key: what the server signs heads and plans with, and what everybody else checks by.
//!
//! ECDSA P-256 with SHA-256, because browsers check it too (`WebCrypto`). Signatures are ASN.1
//! DER; `WebCrypto` wants the bare `r ‖ s` of 64 bytes, which a browser takes out of the DER.

use std::fmt;

use ring::rand::SecureRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};

use crate::canonical::{HEAD_CONTEXT, head_bytes, signed_bytes};
use crate::head::{Head, SignedHead};
use crate::refusal::{KeyError, LedgerRefusal};
use crate::tree::Tree;

const PUBLIC_KEY_BYTES: usize = 65;
const UNCOMPRESSED_POINT: u8 = 4;

/// Signs heads and bodies. Entropy comes from outside; ECDSA needs it for every signature.
pub struct HeadSigner {
    pair: EcdsaKeyPair,
    verifier: HeadVerifier,
}

impl HeadSigner {
    /// Makes a new key, as PKCS#8 bytes for the server to keep.
    pub fn generate_pkcs8(entropy: &dyn SecureRandom) -> Result<Vec<u8>, KeyError> {
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, entropy)
            .map(|document| document.as_ref().to_vec())
            .map_err(|_| KeyError::Generate)
    }

    /// The signer of a kept key.
    pub fn from_pkcs8(pkcs8: &[u8], entropy: &dyn SecureRandom) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, entropy)
            .map_err(|error| KeyError::Pkcs8(error.to_string()))?;
        let verifier = HeadVerifier::from_public_key(pair.public_key().as_ref())
            .map_err(|error| KeyError::Pkcs8(error.to_string()))?;
        Ok(Self { pair, verifier })
    }

    /// What others check this signer by.
    #[must_use]
    pub const fn verifier(&self) -> &HeadVerifier {
        &self.verifier
    }

    /// Signs the tree as it is now.
    pub fn sign_head(
        &self,
        tree: &Tree,
        signed_at: i64,
        entropy: &dyn SecureRandom,
    ) -> Result<SignedHead, KeyError> {
        let (size, root) = (tree.size(), tree.root());
        let signature = self.sign(HEAD_CONTEXT, &head_bytes(size, &root, signed_at), entropy)?;
        Ok(SignedHead { size, root, signed_at, signature: hex::encode(signature) })
    }

    /// Signs a body in a context (what the body is, 1 to 255 bytes), as ASN.1 DER. The signature
    /// is checked before it is given away.
    pub fn sign(
        &self,
        context: &str,
        body: &[u8],
        entropy: &dyn SecureRandom,
    ) -> Result<Vec<u8>, KeyError> {
        let message = signed_bytes(context, body).ok_or(KeyError::Context(context.len()))?;
        let unsigned = || KeyError::Sign { context: context.to_owned() };
        let signature = self.pair.sign(entropy, &message).map_err(|_| unsigned())?;
        self.verifier.verify(context, body, signature.as_ref()).map_err(|_| unsigned())?;
        Ok(signature.as_ref().to_vec())
    }
}

impl fmt::Debug for HeadSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeadSigner").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

/// Checks what the head key signed.
#[derive(Clone, PartialEq, Eq)]
pub struct HeadVerifier {
    public_key: [u8; PUBLIC_KEY_BYTES],
}

impl HeadVerifier {
    /// The verifier for an uncompressed P-256 point (65 bytes, the first is 4).
    pub fn from_public_key(point: &[u8]) -> Result<Self, LedgerRefusal> {
        match <[u8; PUBLIC_KEY_BYTES]>::try_from(point) {
            Ok(public_key) if public_key[0] == UNCOMPRESSED_POINT => Ok(Self { public_key }),
            _ => Err(LedgerRefusal::PublicKey),
        }
    }

    /// The uncompressed P-256 point.
    #[must_use]
    pub const fn public_key(&self) -> &[u8; PUBLIC_KEY_BYTES] {
        &self.public_key
    }

    /// Believes a head if the key signed it.
    pub fn verify_head(&self, head: &SignedHead) -> Result<Head, LedgerRefusal> {
        let signature = hex::decode(&head.signature).map_err(|_| LedgerRefusal::Signature)?;
        let body = head_bytes(head.size, &head.root, head.signed_at);
        self.verify(HEAD_CONTEXT, &body, &signature)?;
        Ok(Head::believed(head.size, head.root, head.signed_at))
    }

    /// Checks a signature (ASN.1 DER) over a body in a context.
    pub fn verify(
        &self,
        context: &str,
        body: &[u8],
        signature: &[u8],
    ) -> Result<(), LedgerRefusal> {
        let message = signed_bytes(context, body).ok_or(LedgerRefusal::Signature)?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.public_key)
            .verify(&message, signature)
            .map_err(|_| LedgerRefusal::Signature)
    }
}

impl fmt::Debug for HeadVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeadVerifier({})", hex::encode(self.public_key))
    }
}
