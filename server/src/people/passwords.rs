//! Passwords: Argon2id, off the threads that serve.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::edge::Edge;
use crate::limits::{PASSWORDS_AT_ONCE, PASSWORDS_WAITING_MAX};

/// Hashes and compares, a few at a time: each takes 19 MiB and some ten milliseconds.
#[derive(Clone)]
pub(crate) struct Passwords {
    edge: Edge,
    at_once: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Compared with when nobody has the name that was typed, so that it takes as long.
    nobody: Arc<str>,
}

/// A password could not be hashed or compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordError {
    /// Too many are being compared; the person may try again at once.
    #[error("too many passwords at once")]
    Busy,
    /// The algorithm failed.
    #[error("a password cannot be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    /// The work was cut off.
    #[error("the hashing was cut off")]
    Cut(#[from] tokio::task::JoinError),
}

impl Passwords {
    /// Makes the hash that nobody's password has.
    pub(crate) async fn new(edge: Edge) -> Result<Self, PasswordError> {
        let passwords = Self {
            at_once: Arc::new(Semaphore::new(PASSWORDS_AT_ONCE)),
            waiting: Arc::new(Semaphore::new(PASSWORDS_WAITING_MAX)),
            nobody: Arc::from(""),
            edge,
        };
        let nobody = passwords.hash(passwords.edge.token()).await?;
        Ok(Self { nobody: Arc::from(nobody), ..passwords })
    }

    /// The PHC form of a password with a fresh salt.
    pub(crate) async fn hash(&self, password: String) -> Result<String, PasswordError> {
        let salt: [u8; 16] = self.edge.bytes();
        self.run(move || {
            let hash: PasswordHash =
                Argon2::default().hash_password_with_salt(password.as_bytes(), &salt)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether it is the password of this hash; without a hash as slow, and never.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, PasswordError> {
        let is_somebody = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.to_string());
        let is_right = self
            .run(move || {
                let hash = PasswordHash::new(&hash)
                    .map_err(|_| argon2::password_hash::Error::EncodingInvalid)?;
                Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(is_right && is_somebody)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _waits = self.waiting.try_acquire().map_err(|_| PasswordError::Busy)?;
        let _works = self.at_once.acquire().await.map_err(|_| PasswordError::Busy)?;
        tokio::task::spawn_blocking(work).await?.map_err(PasswordError::Hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_somebody_is_right() {
        let passwords = Passwords::new(Edge::real()).await.expect("it hashes");
        let hash = passwords.hash("đúng".into()).await.expect("it hashes");
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        let cases =
            [("đúng", Some(hash.clone()), true), ("sai", Some(hash), false), ("đúng", None, false)];
        for (password, hash, is_right) in cases {
            let said = passwords.verify(password.into(), hash).await.expect("it compares");
            assert_eq!(said, is_right, "{password}");
        }
    }
}
