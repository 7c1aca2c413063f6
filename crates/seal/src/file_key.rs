//! A key and its certificates from a PKCS#12 file.

use std::fmt;

use der::Decode;
use p12_keystore::KeyStore;
use ring::rand::SecureRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use thiserror::Error;
use x509_cert::Certificate;

use crate::signer::{Algorithm, Signer, SignerError};

/// How an RSA key of a file signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RsaPadding {
    /// RSASSA-PSS, what the rules for signing software ask for.
    #[default]
    Pss,
    /// RSASSA-PKCS1-v1_5, for readers that know nothing else.
    Pkcs1,
}

/// The key file cannot be used: the operator must act.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyFileError {
    /// Not a PKCS#12 file, or the password is wrong.
    #[error("the PKCS#12 file cannot be opened (wrong password?): {0}")]
    Open(String),
    /// No key with a certificate is in the file.
    #[error("the PKCS#12 file holds no key with its certificate")]
    Empty,
    /// A certificate of the file cannot be read.
    #[error("a certificate of the PKCS#12 file cannot be read: {0}")]
    Certificate(String),
    /// Neither RSA of at least 2048 bits nor P-256.
    #[error("the key is neither RSA of 2048 to 4096 bits nor ECDSA P-256: {0}")]
    Key(String),
}

/// A key that was read from a file. The entropy that signatures need comes from outside.
pub struct FileKey {
    pair: Pair,
    chain: Vec<Vec<u8>>,
    entropy: Box<dyn SecureRandom + Send + Sync>,
}

enum Pair {
    Rsa(RsaKeyPair, RsaPadding),
    Ecdsa(EcdsaKeyPair),
}

impl FileKey {
    /// Opens a PKCS#12 file (AES-256 or the older ciphers) and takes its first key.
    pub fn from_pkcs12(
        file: &[u8],
        password: &str,
        padding: RsaPadding,
        entropy: Box<dyn SecureRandom + Send + Sync>,
    ) -> Result<Self, KeyFileError> {
        let store = KeyStore::from_pkcs12(file, password)
            .map_err(|error| KeyFileError::Open(error.to_string()))?;
        let (_, entry) = store.private_key_chain().ok_or(KeyFileError::Empty)?;
        let chain = entry.chain().iter().map(|certificate| certificate.as_der().to_vec());
        Self::from_pkcs8(entry.key(), chain.collect(), padding, entropy)
    }

    /// A key in PKCS#8 with its certificates, its own first.
    pub fn from_pkcs8(
        pkcs8: &[u8],
        chain: Vec<Vec<u8>>,
        padding: RsaPadding,
        entropy: Box<dyn SecureRandom + Send + Sync>,
    ) -> Result<Self, KeyFileError> {
        let pair = match RsaKeyPair::from_pkcs8(pkcs8) {
            Ok(pair) => Pair::Rsa(pair, padding),
            Err(not_rsa) => Pair::Ecdsa(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, &*entropy)
                    .map_err(|not_p256| KeyFileError::Key(format!("{not_rsa}; {not_p256}")))?,
            ),
        };
        let chain = without_anchor(chain)?;
        if chain.is_empty() {
            return Err(KeyFileError::Empty);
        }
        Ok(Self { pair, chain, entropy })
    }
}

/// Leaves out certificates that vouch for themselves, except the key's own.
fn without_anchor(chain: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, KeyFileError> {
    let mut kept = Vec::new();
    for der in chain {
        let certificate = Certificate::from_der(&der)
            .map_err(|error| KeyFileError::Certificate(error.to_string()))?;
        let tbs = certificate.tbs_certificate();
        if kept.is_empty() || tbs.issuer() != tbs.subject() {
            kept.push(der);
        }
    }
    Ok(kept)
}

impl Signer for FileKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let failed = |error: ring::error::Unspecified| SignerError {
            message_bytes: message.len(),
            reason: error.to_string(),
        };
        match &self.pair {
            Pair::Rsa(pair, padding) => {
                let encoding: &'static dyn RsaEncoding = match padding {
                    RsaPadding::Pss => &RSA_PSS_SHA256,
                    RsaPadding::Pkcs1 => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(encoding, &*self.entropy, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Pair::Ecdsa(pair) => {
                let signature = pair.sign(&*self.entropy, message).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }

    fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Rsa(_, RsaPadding::Pss) => Algorithm::RsaPss,
            Pair::Rsa(_, RsaPadding::Pkcs1) => Algorithm::RsaPkcs1,
            Pair::Ecdsa(_) => Algorithm::EcdsaP256,
        }
    }

    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileKey").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}
