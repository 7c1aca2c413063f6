//! Who may read which paper, and its bytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Arc, Mutex, PoisonError};

use meeting::{Actor, Digest, MeetingId};

use super::blobs::{BlobError, Blobs, disk};
use super::tickets::Holder;
use crate::meetings::Meetings;
use crate::store::{self, Db, devices, papers, people};

/// Files whose bytes were checked and not touched since; beyond them they are checked again.
const CHECKED_MAX: usize = 10_000;

/// Hands papers out.
#[derive(Clone)]
pub(crate) struct Library {
    blobs: Blobs,
    db: Db,
    meetings: Meetings,
    checked: Arc<Mutex<BTreeMap<Digest, Stamp>>>,
}

/// What changes when somebody writes to a file.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

/// A paper's file, open.
pub(crate) struct Opened {
    /// At its first byte.
    pub(crate) file: File,
    /// Its length in bytes.
    pub(crate) length: u64,
}

/// The library failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LibraryError {
    /// The disk failed, or the bytes have changed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A thread that waits for the disk ended early.
    #[error("library: a waiting thread failed")]
    Thread(#[from] tokio::task::JoinError),
}

impl Library {
    /// Hands out what is in `blobs` as `meetings` allow.
    pub(crate) fn new(blobs: Blobs, db: Db, meetings: Meetings) -> Self {
        Self { blobs, db, meetings, checked: Arc::default() }
    }

    /// Who holds a ticket now; `None` when the account was disabled or the device replaced.
    pub(crate) async fn holder(&self, holder: Holder) -> Result<Option<Actor>, store::Error> {
        let mut reader = self.db.read().await?;
        match holder {
            Holder::Device(device) => {
                let device = devices::find(&mut reader, device).await?;
                Ok(device.map(|device| Actor::Point(device.point)))
            }
            Holder::Person(person) => {
                if people::find(&mut reader, person).await?.is_none() {
                    return Ok(None);
                }
                let roles = people::roles(&mut reader, person).await?;
                Ok(Some(Actor::Person { person, roles }))
            }
        }
    }

    /// The meetings in which this reader may have these bytes.
    pub(crate) async fn readable_in(
        &self,
        reader: &Actor,
        sha256: &Digest,
    ) -> Result<Vec<MeetingId>, store::Error> {
        let candidates = papers::meetings_of(&mut *self.db.read().await?, sha256).await?;
        let mut readable = Vec::new();
        for meeting in candidates {
            let loaded = self.meetings.load(meeting).await?;
            if loaded.is_some_and(|loaded| loaded.state.may_read(reader, *sha256)) {
                readable.push(meeting);
            }
        }
        Ok(readable)
    }

    /// Opens a paper. The first time, and after somebody touched the file, its bytes are checked.
    pub(crate) async fn open(&self, sha256: Digest) -> Result<Opened, LibraryError> {
        let library = self.clone();
        tokio::task::spawn_blocking(move || library.open_now(&sha256)).await?
    }

    fn open_now(&self, sha256: &Digest) -> Result<Opened, LibraryError> {
        let path = self.blobs.path(sha256);
        let open = || {
            let file = File::open(&path)?;
            let metadata = file.metadata()?;
            let stamp = Stamp {
                inode: metadata.ino(),
                length: metadata.len(),
                modified: (metadata.mtime(), metadata.mtime_nsec()),
            };
            Ok((file, stamp))
        };
        let (file, stamp) = open().map_err(disk("opening", &path))?;
        let known = self.lock().get(sha256) == Some(&stamp);
        if !known {
            self.blobs.check(sha256)?;
            let mut checked = self.lock();
            if checked.len() >= CHECKED_MAX {
                checked.clear();
            }
            checked.insert(*sha256, stamp);
        }
        Ok(Opened { file, length: stamp.length })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Digest, Stamp>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
