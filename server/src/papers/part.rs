//! A file that is being received, with the hash of what is in it. Waits for the disk.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use meeting::Digest;
use ring::digest::{Context, SHA256};

use super::blobs::{BlobError, disk, finish, hash_from};
use super::magic::{self, Kind};

/// As many bytes tell what a file is.
const HEAD_BYTES: usize = 8;

/// An open file and how far it got.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    hash: Context,
    received: u64,
    head: Vec<u8>,
}

impl Part {
    /// Opens a part, cuts it back to the bytes that were promised and hashes those again. A file
    /// that has fewer lost what was promised, which is an error.
    pub(super) fn open(path: &Path, durable: u64) -> Result<Self, BlobError> {
        let open = || {
            let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
            if file.metadata()?.len() < durable {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            file.set_len(durable)?;
            let promised = usize::try_from(durable).unwrap_or(HEAD_BYTES);
            let mut head = vec![0; promised.min(HEAD_BYTES)];
            file.read_exact(&mut head)?;
            let mut hash = Context::new(&SHA256);
            hash.update(&head);
            hash_from(&mut file, &mut hash, u64::MAX)?;
            Ok((file, hash, head))
        };
        let (file, hash, head) = open().map_err(disk("opening", path))?;
        Ok(Self { file, path: path.to_owned(), hash, received: durable, head })
    }

    /// Adds bytes at the end.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.file.write_all(bytes).map_err(disk("writing", &self.path))?;
        self.hash.update(bytes);
        let more = HEAD_BYTES.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(bytes.get(..more).unwrap_or_default());
        self.received = self.received.saturating_add(bytes.len() as u64);
        Ok(())
    }

    /// Waits until everything that was written is on the disk.
    pub(super) fn sync(&mut self) -> Result<(), BlobError> {
        self.file.sync_data().map_err(disk("syncing", &self.path))
    }

    /// How many bytes were written.
    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    /// What the file is, as far as it can be known.
    pub(super) fn kind(&self) -> Kind {
        magic::kind(&self.head)
    }

    /// The hash of everything that was written.
    pub(super) fn digest(&self) -> Digest {
        finish(self.hash.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::blobs::digest;
    use super::*;

    #[test]
    fn what_was_promised_is_taken_up_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("part");
        let bytes: Vec<u8> = b"%PDF-1.7 ".iter().copied().cycle().take(700_000).collect();
        for promised in [0, 3, 8, 300_000, 700_000] {
            std::fs::write(&path, b"").expect("empty");
            let mut part = Part::open(&path, 0).expect("it opens");
            part.write(&bytes).expect("it writes");
            part.sync().expect("it syncs");
            drop(part);

            let mut again = Part::open(&path, promised).expect("it opens again");
            assert_eq!(again.received(), promised);
            let rest = usize::try_from(promised).expect("small");
            again.write(&bytes[rest..]).expect("it writes");
            assert_eq!(again.digest(), digest(&bytes), "from {promised}");
            assert_eq!(again.kind(), Kind::Pdf, "from {promised}");
            drop(again);
            assert_eq!(std::fs::read(&path).expect("bytes"), bytes, "from {promised}");
        }
    }

    #[test]
    fn lost_bytes_are_not_promised_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("part");
        std::fs::write(&path, b"%PDF").expect("four bytes");
        assert!(Part::open(&path, 5).is_err());
    }
}
