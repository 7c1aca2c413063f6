//! The PDF library: one build, pinned by its hash.

use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};

/// SHA-256 of `libpdfium.so` (build 8149), the same that `deploy/fetch-pdfium.sh` checks.
pub const LIBRARY_SHA256: &str = "c76dc0f7839644bfa7c3e3107a6068df714e339c861bb7d4519907b821d427f9";

/// Why the library is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// It cannot be read.
    #[error("cannot read the PDF library {path}: {source}")]
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is another one.
    #[error("{path} is not the pinned PDF library (its SHA-256 is {found})")]
    Other {
        /// Where it is.
        path: PathBuf,
        /// What it is.
        found: String,
    },
}

/// Says whether the file is the pinned library.
pub(crate) fn check(path: &Path) -> Result<(), LibraryError> {
    let bytes = std::fs::read(path)
        .map_err(|source| LibraryError::Unreadable { path: path.into(), source })?;
    let found = hex::encode(digest(&SHA256, &bytes));
    if found == LIBRARY_SHA256 {
        Ok(())
    } else {
        Err(LibraryError::Other { path: path.into(), found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_library_is_not_loaded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("libpdfium.so");
        assert!(matches!(check(&path), Err(LibraryError::Unreadable { .. })));
        std::fs::write(&path, b"\x7fELF").unwrap();
        assert!(matches!(check(&path), Err(LibraryError::Other { .. })));
    }
}
