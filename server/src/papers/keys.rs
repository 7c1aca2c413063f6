//! The server's keys and anchors, from one folder: `head.pem` (made at the first start),
//! `seal.p12` with `seal.password`, `anchors/*.der`, `intermediates/*.der`, `crls/*.crl`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::{HeadSigner, KeyError};
use ring::rand::SystemRandom;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use seal::{FileKey, KeyFileError, Revocation, RsaPadding, Trust, TrustError};

/// What the server signs and believes with.
pub(crate) struct Keys {
    /// Signs heads and plans.
    pub(crate) head: HeadSigner,
    /// Seals papers that came without a signature; absent when no key was given, and then such
    /// papers are refused.
    pub(crate) seal: Option<FileKey>,
    /// Whom signatures on papers must lead to; absent when no anchor was given, and then every
    /// paper is refused.
    pub(crate) trust: Option<Trust>,
    /// The anchors as they are told to rooms, DER.
    pub(crate) anchors: Vec<Vec<u8>>,
}

/// The keys cannot be used: the operator must act.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysError {
    /// A file cannot be read or made.
    #[error("keys: {operation} {path} failed")]
    Disk {
        /// What was tried.
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The head key is not one.
    #[error("keys: {path} cannot be used")]
    Head {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: KeyError,
    },
    /// The head key's file is not PEM.
    #[error("keys: {path} is not a private key in PEM")]
    Pem {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: rustls::pki_types::pem::Error,
    },
    /// The seal's key is not one.
    #[error("keys: {path} cannot be used")]
    Seal {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: KeyFileError,
    },
    /// An anchor or a revocation list is not one.
    #[error("keys: the anchors in {path} cannot be used")]
    Trust {
        /// Which folder.
        path: PathBuf,
        /// Why not.
        source: TrustError,
    },
}

impl Keys {
    /// Reads the folder, and makes the head key when there is none. Waits for the disk.
    pub(crate) fn open(folder: &Path) -> Result<Self, KeysError> {
        fs::create_dir_all(folder).map_err(disk("making", folder))?;
        let anchors = certificates(&folder.join("anchors"), "der")?;
        Ok(Self {
            head: head(&folder.join("head.pem"))?,
            seal: seal_key(folder)?,
            trust: trust(folder, &anchors)?,
            anchors,
        })
    }

    /// The head key as rooms and browsers get it: an uncompressed P-256 point, base64.
    pub(crate) fn head_key(&self) -> String {
        STANDARD.encode(self.head.verifier().public_key())
    }
}

/// The way of writing a secret: nobody else may read it, and it is on the disk before it is used.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    write().map_err(disk("writing", path))
}

fn head(path: &Path) -> Result<HeadSigner, KeysError> {
    let entropy = SystemRandom::new();
    let wrong = |source| KeysError::Head { path: path.to_owned(), source };
    if !path.exists() {
        let pkcs8 = HeadSigner::generate_pkcs8(&entropy).map_err(wrong)?;
        write_secret(path, pem(&pkcs8).as_bytes())?;
        tracing::info!(keys.path = %path.display(), "a new head key was made");
    }
    let text = fs::read(path).map_err(disk("reading", path))?;
    let key = PrivatePkcs8KeyDer::from_pem_slice(&text)
        .map_err(|source| KeysError::Pem { path: path.to_owned(), source })?;
    HeadSigner::from_pkcs8(key.secret_pkcs8_der(), &entropy)
        .map_err(|source| KeysError::Head { path: path.to_owned(), source })
}

/// A private key in the text form of RFC 7468.
fn pem(pkcs8: &[u8]) -> String {
    let body = STANDARD.encode(pkcs8);
    let lines: Vec<&str> = (0..body.len())
        .step_by(64)
        .filter_map(|from| body.get(from..body.len().min(from.saturating_add(64))))
        .collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

fn seal_key(folder: &Path) -> Result<Option<FileKey>, KeysError> {
    let path = folder.join("seal.p12");
    if !path.exists() {
        return Ok(None);
    }
    let file = fs::read(&path).map_err(disk("reading", &path))?;
    let password_path = folder.join("seal.password");
    let password = fs::read_to_string(&password_path).map_err(disk("reading", &password_path))?;
    let entropy = Box::new(SystemRandom::new());
    FileKey::from_pkcs12(&file, password.trim_end(), RsaPadding::Pss, entropy)
        .map(Some)
        .map_err(|source| KeysError::Seal { path, source })
}

fn trust(folder: &Path, anchors: &[Vec<u8>]) -> Result<Option<Trust>, KeysError> {
    if anchors.is_empty() {
        return Ok(None);
    }
    let intermediates = certificates(&folder.join("intermediates"), "der")?;
    let lists = certificates(&folder.join("crls"), "crl")?;
    // With lists the operator has said that revocation is to be known.
    let revocation =
        if lists.is_empty() { Revocation::RefuseOnlyRevoked } else { Revocation::MustBeKnown };
    Trust::new(anchors)
        .and_then(|trust| trust.with_intermediates(&intermediates).with_revocation_lists(&lists))
        .map(|trust| Some(trust.with_revocation(revocation)))
        .map_err(|source| KeysError::Trust { path: folder.to_owned(), source })
}

/// The files of a folder with this ending, by name; none when there is no folder.
fn certificates(folder: &Path, ending: &str) -> Result<Vec<Vec<u8>>, KeysError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut paths: Vec<PathBuf> = entries
        .map_err(disk("listing", folder))?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).map_err(disk("reading", path))).collect()
}

fn disk(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeysError {
    let path = path.to_owned();
    move |source| KeysError::Disk { operation, path, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_head_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Keys::open(folder.path()).expect("it is made");
        let second = Keys::open(folder.path()).expect("it is read");
        assert_eq!(first.head_key(), second.head_key());
        assert!(first.seal.is_none() && first.trust.is_none(), "nothing else was given");
        let mode = fs::metadata(folder.path().join("head.pem")).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
