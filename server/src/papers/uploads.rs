//! Files on their way in: received in pieces, hashed meanwhile, never promised before they are on
//! the disk.
//!
//! The row in the database says how many bytes are durable; the file may have more. After a kill
//! the file is cut back to what was promised and its beginning hashed again.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use meeting::{Digest, PersonId, Timestamp};
use uuid::Uuid;

use super::blobs::{BlobError, Blobs, disk};
use super::claims::{Claim, Claims};
use super::magic::Kind;
use super::part::Part;
use crate::limits::{
    SWEEP_ROWS_MAX, UPLOAD_MILLIS_MAX, UPLOAD_SYNC_BYTES, UPLOAD_WRITE_BYTES,
    UPLOADS_PER_PERSON_MAX,
};
use crate::store::uploads::{self, Upload};
use crate::store::{self, Db};

/// Receives uploads.
pub(crate) struct Uploads {
    blobs: Blobs,
    db: Db,
    bytes_max: u64,
    claims: Claims,
}

/// A file in the hands of the one request that writes to it.
struct Writing {
    claim: Claim,
    part: Part,
    durable: u64,
}

/// A finished upload in the hands of the one request that makes a paper of it.
pub(crate) struct Finished {
    /// What is known about it.
    pub(crate) upload: Upload,
    /// Where its bytes are, unless it became a file already.
    pub(crate) path: PathBuf,
    /// Their hash, computed while they came.
    pub(crate) sha256: Digest,
    _claim: Claim,
}

impl Finished {
    /// Removes the upload's bytes, which are a paper now or were refused.
    pub(super) async fn remove_bytes(&self) -> Result<(), UploadError> {
        let path = self.path.clone();
        Ok(tokio::task::spawn_blocking(move || remove(&path)).await??)
    }
}

/// Why an upload was not taken; the person can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UploadRefusal {
    /// There is none of this id, or it is somebody else's.
    #[error("there is no such upload")]
    Absent,
    /// It is not where the sender thinks.
    #[error("the upload has {durable} bytes")]
    OtherOffset {
        /// The bytes that are there.
        durable: u64,
    },
    /// Another request is writing to it.
    #[error("another request is writing to this upload")]
    Busy,
    /// The file would be larger than allowed, or than announced.
    #[error("the file is too large, at most {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: u64,
    },
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// The bytes are not those of a PDF.
    #[error("the file is not a PDF")]
    NotPdf,
    /// Somebody has too many unfinished uploads.
    #[error("too many unfinished uploads")]
    TooMany,
    /// Not all bytes have come yet.
    #[error("the upload is not finished")]
    Unfinished,
}

/// An upload failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// The person can act.
    #[error(transparent)]
    Refused(#[from] UploadRefusal),
    /// The disk failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A thread that waits for the disk ended early.
    #[error("uploads: a waiting thread failed")]
    Thread(#[from] tokio::task::JoinError),
}

impl Uploads {
    /// Receives into the incoming folder of `blobs`, at most `bytes_max` a file.
    pub(crate) fn new(blobs: Blobs, db: Db, bytes_max: u64) -> Self {
        Self { blobs, db, bytes_max, claims: Claims::default() }
    }

    /// The largest file.
    pub(crate) const fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    /// Begins an upload of `length` bytes.
    pub(crate) async fn begin(
        &self,
        id: Uuid,
        person: PersonId,
        length: u64,
        now: Timestamp,
    ) -> Result<Upload, UploadError> {
        if length > self.bytes_max {
            return Err(UploadRefusal::TooLarge { bytes_max: self.bytes_max }.into());
        }
        if length == 0 {
            return Err(UploadRefusal::Empty.into());
        }
        let upload = Upload {
            id,
            person,
            length,
            durable: 0,
            sha256: None,
            kept: None,
            expires_at: now.plus_millis(UPLOAD_MILLIS_MAX),
        };
        let mut tx = self.db.begin().await?;
        if uploads::count_open(&mut tx, person).await? >= UPLOADS_PER_PERSON_MAX {
            return Err(UploadRefusal::TooMany.into());
        }
        uploads::insert(&mut tx, &upload, now).await?;
        tx.commit().await?;
        Ok(upload)
    }

    /// An upload of this person.
    pub(crate) async fn find(
        &self,
        id: Uuid,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Upload, UploadError> {
        let found = uploads::find(&mut *self.db.read().await?, id).await?;
        found
            .filter(|upload| upload.person == person && now < upload.expires_at)
            .ok_or_else(|| UploadRefusal::Absent.into())
    }

    /// Takes a finished upload of this person in hand: nobody else writes to it or removes it
    /// meanwhile.
    pub(crate) async fn take_finished(
        &self,
        id: Uuid,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Finished, UploadError> {
        let (claim, _) = self.claims.take(id).ok_or(UploadRefusal::Busy)?;
        let upload = self.find(id, person, now).await?;
        let sha256 = upload.sha256.ok_or(UploadRefusal::Unfinished)?;
        Ok(Finished { path: self.part(id), upload, sha256, _claim: claim })
    }

    /// Takes the bytes that come, from `offset` on, and says how many are there in the end. What
    /// came before a cut is kept; a file that is refused is not.
    pub(crate) async fn append<E>(
        &self,
        upload: &Upload,
        offset: u64,
        stream: impl Stream<Item = Result<Bytes, E>> + Send + Unpin,
    ) -> Result<u64, UploadError> {
        let (claim, open) = self.claims.take(upload.id).ok_or(UploadRefusal::Busy)?;
        // Read again: another request may have written between the first look and the claim.
        let found = uploads::find(&mut *self.db.read().await?, upload.id).await?;
        let upload = found.ok_or(UploadRefusal::Absent)?;
        let durable = upload.durable;
        if offset != durable {
            return Err(UploadRefusal::OtherOffset { durable }.into());
        }
        if upload.sha256.is_some() {
            return Ok(durable);
        }
        let open = open.filter(|part| part.received() == durable);
        let path = self.part(upload.id);
        let writing = tokio::task::spawn_blocking(move || {
            let part = open.map_or_else(|| Part::open(&path, durable), Ok)?;
            Ok::<_, BlobError>(Writing { claim, part, durable })
        })
        .await??;
        match self.receive(&upload, writing, stream).await {
            Ok(Writing { claim, part, durable }) => {
                if durable < upload.length {
                    claim.leave(part);
                }
                Ok(durable)
            }
            Err(UploadError::Refused(refusal)) => {
                self.discard(upload.id).await?;
                Err(refusal.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Gives an upload up and removes its bytes.
    pub(crate) async fn discard(&self, id: Uuid) -> Result<(), UploadError> {
        let (claim, _) = self.claims.take(id).ok_or(UploadRefusal::Busy)?;
        let mut tx = self.db.begin().await?;
        uploads::remove(&mut tx, id).await?;
        tx.commit().await?;
        let path = self.part(id);
        let removed = tokio::task::spawn_blocking(move || {
            let _until_it_is_gone = claim;
            remove(&path)
        });
        Ok(removed.await??)
    }

    /// Gives up the uploads whose time is over; how many.
    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<usize, UploadError> {
        let expired = uploads::expired(&mut *self.db.read().await?, now, SWEEP_ROWS_MAX).await?;
        let mut gone = 0;
        for upload in expired {
            match self.discard(upload.id).await {
                Ok(()) => gone += 1,
                // Somebody is still writing: the next sweep takes it.
                Err(UploadError::Refused(UploadRefusal::Busy)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(gone)
    }

    async fn receive<E>(
        &self,
        upload: &Upload,
        mut writing: Writing,
        mut stream: impl Stream<Item = Result<Bytes, E>> + Send + Unpin,
    ) -> Result<Writing, UploadError> {
        let mut buffer = BytesMut::new();
        loop {
            let piece = stream.next().await;
            let over = !matches!(piece, Some(Ok(_)));
            if let Some(Ok(piece)) = piece {
                buffer.extend_from_slice(&piece);
            }
            let received = writing.part.received().saturating_add(buffer.len() as u64);
            if received > upload.length {
                return Err(UploadRefusal::TooLarge { bytes_max: upload.length }.into());
            }
            if over || buffer.len() >= UPLOAD_WRITE_BYTES {
                writing = write(writing, buffer.split().freeze()).await?;
                if writing.part.kind() == Kind::Other {
                    return Err(UploadRefusal::NotPdf.into());
                }
            }
            if over || writing.part.received() - writing.durable >= UPLOAD_SYNC_BYTES {
                writing = self.promise(upload, writing).await?;
            }
            if over {
                return Ok(writing);
            }
        }
    }

    /// Syncs the file, then writes down how much of it is there.
    async fn promise(&self, upload: &Upload, mut writing: Writing) -> Result<Writing, UploadError> {
        writing = tokio::task::spawn_blocking(move || {
            writing.part.sync()?;
            Ok::<_, BlobError>(writing)
        })
        .await??;
        let received = writing.part.received();
        let complete = received == upload.length;
        if complete && writing.part.kind() != Kind::Pdf {
            return Err(UploadRefusal::NotPdf.into());
        }
        let sha256 = complete.then(|| writing.part.digest());
        let mut tx = self.db.begin().await?;
        uploads::set_durable(&mut tx, upload.id, received, sha256).await?;
        tx.commit().await?;
        writing.durable = received;
        Ok(writing)
    }

    fn part(&self, id: Uuid) -> PathBuf {
        self.blobs.incoming().join(id.to_string())
    }
}

async fn write(mut writing: Writing, bytes: Bytes) -> Result<Writing, UploadError> {
    let written = tokio::task::spawn_blocking(move || {
        writing.part.write(&bytes)?;
        Ok::<_, BlobError>(writing)
    });
    Ok(written.await??)
}

fn remove(path: &Path) -> Result<(), BlobError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(disk("removing", path)(error))
        }
        _ => Ok(()),
    }
}
