//! Files that are whole or not there: written beside, synced, renamed into place.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Replaces a file; after it returns the new bytes survive a power cut.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = beside(path);
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    finish(&beside, path)
}

/// Replaces a file that nobody but its owner may read, from its first moment on.
pub(super) fn replace_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = beside(path);
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    finish(&beside, path)
}

/// Replaces a file that may be lost with the power; readers never see half of it.
pub(super) fn replace_unsynced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = beside(path);
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}

/// Renames a finished and synced file into its place and syncs the folder.
pub(super) fn finish(part: &Path, path: &Path) -> std::io::Result<()> {
    std::fs::rename(part, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}
