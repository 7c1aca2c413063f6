//! Files named by the SHA-256 of their bytes: `ab/cdef…`, written once, never changed.
//!
//! A file appears under its name only when all of it is on the disk: it is written aside, synced,
//! renamed, and the folder is synced. What is read is checked against its name.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use meeting::Digest;
use ring::digest::{Context, SHA256};

/// Read and hashed at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// The folder of the papers. Its functions wait for the disk: call them where waiting is allowed.
#[derive(Clone, Debug)]
pub(crate) struct Blobs {
    folder: PathBuf,
}

/// A file cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BlobError {
    /// The disk refused.
    #[error("papers: {operation} of {path} failed")]
    Disk {
        /// What was tried.
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The bytes on the disk are not those that were stored.
    #[error("papers: the bytes of {sha256} have changed on the disk")]
    Changed {
        /// Which file.
        sha256: Digest,
    },
}

impl Blobs {
    /// Makes the folder when it is absent.
    pub(crate) fn open(folder: &Path) -> Result<Self, BlobError> {
        let blobs = Self { folder: folder.to_owned() };
        let incoming = blobs.incoming();
        fs::create_dir_all(&incoming).map_err(disk("making", &incoming))?;
        Ok(blobs)
    }

    /// Where files are written before they have a name. On the same file system, so that a rename
    /// moves no bytes.
    pub(crate) fn incoming(&self) -> PathBuf {
        self.folder.join("incoming")
    }

    /// Where a file is, whether it exists or not.
    pub(crate) fn path(&self, sha256: &Digest) -> PathBuf {
        let name = sha256.to_string();
        let (shard, rest) = name.split_at(2);
        self.folder.join(shard).join(rest)
    }

    /// Keeps bytes under their own name and gives it back; `aside` names the file they are
    /// written to first and is used by nobody else.
    pub(crate) fn put(&self, bytes: &[u8], aside: &str) -> Result<Digest, BlobError> {
        let sha256 = digest(bytes);
        let part = self.incoming().join(aside);
        let write = || {
            let mut file = File::create(&part)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(disk("writing", &part))?;
        self.adopt(&part, &sha256)?;
        Ok(sha256)
    }

    /// Gives a file that is complete and synced its name. When the name is taken its bytes are
    /// the same, and the newcomer goes.
    pub(crate) fn adopt(&self, part: &Path, sha256: &Digest) -> Result<(), BlobError> {
        let target = self.path(sha256);
        let shard = target.parent().unwrap_or(&self.folder);
        if !shard.is_dir() {
            fs::create_dir_all(shard).map_err(disk("making", shard))?;
            sync_folder(&self.folder)?;
        }
        fs::rename(part, &target).map_err(disk("naming", &target))?;
        sync_folder(shard)
    }

    /// Hashes a file on the disk without holding it, and says whether it is what its name says.
    /// A part of a file is handed out without its whole: this is asked first, once per file.
    pub(crate) fn check(&self, sha256: &Digest) -> Result<(), BlobError> {
        let path = self.path(sha256);
        let mut file = File::open(&path).map_err(disk("opening", &path))?;
        let mut hash = Context::new(&SHA256);
        hash_from(&mut file, &mut hash, u64::MAX).map_err(disk("reading", &path))?;
        if finish(hash) == *sha256 { Ok(()) } else { Err(BlobError::Changed { sha256: *sha256 }) }
    }
}

/// The SHA-256 of bytes in memory.
pub(crate) fn digest(bytes: &[u8]) -> Digest {
    let mut hash = Context::new(&SHA256);
    hash.update(bytes);
    finish(hash)
}

/// The name that a hash gives.
pub(super) fn finish(hash: Context) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hash.finish().as_ref());
    Digest::new(bytes)
}

/// Hashes up to `limit` bytes of what is left of a file and says how many there were.
pub(super) fn hash_from(file: &mut File, hash: &mut Context, limit: u64) -> io::Result<u64> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut hashed: u64 = 0;
    while hashed < limit {
        let wanted = usize::try_from(limit - hashed).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        let Some(room) = chunk.get_mut(..wanted) else { break };
        let read = file.read(room)?;
        if read == 0 {
            break;
        }
        hash.update(room.get(..read).unwrap_or_default());
        hashed = hashed.saturating_add(u64::try_from(read).unwrap_or(0));
    }
    Ok(hashed)
}

/// For `map_err`: the disk's error with what was tried.
pub(super) fn disk(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BlobError {
    let path = path.to_owned();
    move |source| BlobError::Disk { operation, path, source }
}

/// A rename survives a power cut once the folder is on the disk.
fn sync_folder(folder: &Path) -> Result<(), BlobError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk("syncing", folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blobs() -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::open(folder.path()).expect("it opens");
        (folder, blobs)
    }

    #[test]
    fn bytes_come_back_under_their_hash() {
        let (_folder, blobs) = blobs();
        let long = vec![7; 300_000];
        for bytes in [&b""[..], b"abc", &long] {
            let sha256 = blobs.put(bytes, "one").expect("it is kept");
            assert_eq!(sha256, digest(bytes));
            assert_eq!(blobs.put(bytes, "two").expect("again"), sha256);
            assert_eq!(fs::read(blobs.path(&sha256)).expect("it reads"), bytes);
            blobs.check(&sha256).expect("it is whole");
        }
        assert!(fs::read_dir(blobs.incoming()).expect("folder").next().is_none(), "left over");
        assert!(matches!(blobs.check(&Digest::new([9; 32])), Err(BlobError::Disk { .. })));
    }

    #[test]
    fn a_changed_byte_is_never_handed_out() {
        let (_folder, blobs) = blobs();
        let sha256 = blobs.put(b"%PDF-1.7 the true words", "a").expect("it is kept");
        let path = blobs.path(&sha256);
        let mut bytes = fs::read(&path).expect("bytes");
        bytes[10] ^= 1;
        fs::write(&path, bytes).expect("changed");
        assert!(matches!(blobs.check(&sha256), Err(BlobError::Changed { .. })));
    }
}
