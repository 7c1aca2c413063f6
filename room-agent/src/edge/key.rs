//! The device's key: made here, kept here, never sent anywhere.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protocol::meeting::{DeviceId, Timestamp};
use protocol::room::DeviceProof;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::disk;

/// An Ed25519 key pair.
#[derive(Debug)]
pub struct DeviceKey(Ed25519KeyPair);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("the device key {path}: {source}")]
    Disk {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a key. It is not replaced: the room would have to be enrolled anew.
    #[error("{0} is not an Ed25519 key in PKCS#8")]
    Malformed(PathBuf),
    /// The system has no randomness.
    #[error("no randomness for a device key")]
    Randomness,
}

impl DeviceKey {
    /// The key of a data folder; made when there is none.
    pub fn load_or_make(data_dir: &Path) -> Result<Self, KeyFileError> {
        let path = data_dir.join("device.key");
        let disk = |source| KeyFileError::Disk { path: path.clone(), source };
        let pkcs8 = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
                    .map_err(|_| KeyFileError::Randomness)?;
                disk::replace_secret(&path, made.as_ref()).map_err(disk)?;
                made.as_ref().to_vec()
            }
            Err(error) => return Err(disk(error)),
        };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(disk)?;
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8);
        pair.map(Self).map_err(|_| KeyFileError::Malformed(path))
    }

    /// The public half, base64.
    #[must_use]
    pub fn public(&self) -> String {
        STANDARD.encode(self.0.public_key())
    }

    /// Says to `host` which device this is, for this greeting only.
    #[must_use]
    pub fn proof(
        &self,
        device: DeviceId,
        host: &str,
        nonce: &str,
        expires_at: Timestamp,
    ) -> DeviceProof {
        let signature = self.0.sign(&DeviceProof::message(host, nonce, expires_at));
        DeviceProof { device, expires_at, signature: STANDARD.encode(signature) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept_from_others() {
        let dir = tempfile::tempdir().unwrap();
        let first = DeviceKey::load_or_make(dir.path()).unwrap().public();
        let again = DeviceKey::load_or_make(dir.path()).unwrap().public();
        assert_eq!(first, again);
        let mode = std::fs::metadata(dir.path().join("device.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }

    #[test]
    fn a_broken_key_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("device.key"), b"x").unwrap();
        assert!(DeviceKey::load_or_make(dir.path()).is_err());
        assert_eq!(std::fs::read(dir.path().join("device.key")).unwrap(), b"x");
    }
}
