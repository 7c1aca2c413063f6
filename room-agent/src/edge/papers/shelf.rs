//! Where papers are: on the disk by their hash, and in memory once they were verified.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::meeting::Digest;

use crate::limits::VERIFIED_BYTES_MAX;
use crate::machine::Judgement;

/// Papers on the disk and verified papers in memory.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    verified: Mutex<Verified>,
}

#[derive(Debug, Default)]
struct Verified {
    buffers: BTreeMap<Digest, Arc<[u8]>>,
    /// What each was verified against, to do it again when its buffer had to go.
    judgements: BTreeMap<Digest, Judgement>,
    /// The least recently used first.
    order: Vec<Digest>,
}

impl Shelf {
    /// The shelf of a data folder.
    pub fn open(data_dir: &Path) -> std::io::Result<Self> {
        let folder = data_dir.join("papers");
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder, verified: Mutex::default() })
    }

    /// Where a finished paper lies.
    #[must_use]
    pub fn path(&self, sha256: Digest) -> PathBuf {
        self.folder.join(format!("{sha256}.pdf"))
    }

    /// Where an unfinished one does.
    #[must_use]
    pub fn part_path(&self, sha256: Digest) -> PathBuf {
        self.folder.join(format!("{sha256}.part"))
    }

    /// The verified bytes of a paper, unless they had to go.
    #[must_use]
    pub fn verified(&self, sha256: Digest) -> Option<Arc<[u8]>> {
        let mut verified = self.lock();
        verified.touch(sha256);
        verified.buffers.get(&sha256).cloned()
    }

    /// What a paper was verified against.
    #[must_use]
    pub fn judgement(&self, sha256: Digest) -> Option<Judgement> {
        self.lock().judgements.get(&sha256).cloned()
    }

    /// Keeps a buffer that was just verified.
    pub(super) fn keep(&self, sha256: Digest, buffer: Arc<[u8]>, judgement: &Judgement) {
        let mut verified = self.lock();
        verified.buffers.insert(sha256, buffer);
        verified.judgements.insert(sha256, judgement.clone());
        verified.touch(sha256);
        verified.make_room();
    }

    /// Deletes everything but these papers, from memory and disk. A file that cannot be deleted
    /// is tried again with the next plan.
    pub fn keep_only(&self, wanted: &[Digest]) {
        let mut verified = self.lock();
        verified.buffers.retain(|sha256, _| wanted.contains(sha256));
        verified.judgements.retain(|sha256, _| wanted.contains(sha256));
        verified.order.retain(|sha256| wanted.contains(sha256));
        drop(verified);
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_wanted = path
                .file_stem()
                .and_then(|stem| stem.to_str()?.parse::<Digest>().ok())
                .is_some_and(|sha256| wanted.contains(&sha256));
            if !is_wanted && let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "a paper cannot be deleted");
            }
        }
    }

    /// Free bytes on the disk the papers are on.
    #[must_use]
    pub fn free_bytes(&self) -> u64 {
        rustix::fs::statvfs(&self.folder).map_or(0, |disk| disk.f_bavail * disk.f_frsize)
    }

    fn lock(&self) -> MutexGuard<'_, Verified> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Verified {
    fn touch(&mut self, sha256: Digest) {
        self.order.retain(|other| *other != sha256);
        self.order.push(sha256);
    }

    /// Lets the least recently used buffers go until the rest fits; the last one always stays.
    fn make_room(&mut self) {
        let bytes = |buffers: &BTreeMap<Digest, Arc<[u8]>>| {
            buffers.values().map(|buffer| buffer.len() as u64).sum::<u64>()
        };
        for sha256 in self.order.clone() {
            if bytes(&self.buffers) <= VERIFIED_BYTES_MAX || self.buffers.len() <= 1 {
                break;
            }
            self.buffers.remove(&sha256);
        }
    }
}
