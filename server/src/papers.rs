//! Papers: bytes named by their SHA-256, received, sealed, listed in the ledger, handed out.
//!
//! `uploads` receives, `intake` judges and seals, `blobs` keeps, `effects` writes into the ledger
//! what a meeting issues, `ledger` proves it, `library` says who may read, `tickets` lets a room
//! read without a session.

mod adding;
mod blobs;
mod claims;
mod effects;
mod intake;
mod keys;
mod ledger;
mod library;
mod magic;
mod part;
mod range;
mod sweep;
#[cfg(test)]
mod tests;
mod tickets;
mod uploads;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use meeting::Actor;

use crate::config;
use crate::edge::Edge;
use crate::meetings::Meetings;
use crate::store::{self, Db, secrets};

pub(crate) use adding::{AddError, NewPaper};
pub(crate) use blobs::digest;
pub(crate) use effects::follow;
pub(crate) use intake::IntakeError;
pub(crate) use keys::{Keys, write_secret};
pub(crate) use ledger::{Ledger, LedgerError, Proven};
pub(crate) use library::{Library, LibraryError};
pub(crate) use range::{Range, Slice};
pub(crate) use tickets::{Holder, Ticket};
pub(crate) use uploads::{UploadError, UploadRefusal, Uploads};

use blobs::{BlobError, Blobs};
use intake::Intake;
use keys::KeysError;
use tickets::Tickets;

/// The papers of this server.
pub(crate) struct Papers {
    /// Receives files.
    pub(crate) uploads: Uploads,
    /// Proves what was issued.
    pub(crate) ledger: Ledger,
    /// Hands papers out.
    pub(crate) library: Library,
    /// What the server signs and believes with.
    pub(crate) keys: Arc<Keys>,
    intake: Intake,
    tickets: Tickets,
    meetings: Meetings,
    blobs: Blobs,
    db: Db,
    edge: Edge,
}

/// The papers cannot be served: the operator must act.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PapersError {
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The folder of the papers cannot be used.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The server's own secret for tickets is not what it wrote.
    #[error("papers: the secret for tickets is damaged")]
    Secret,
}

impl Papers {
    /// Opens keys and folders. Waits for the disk, once, at the start.
    pub(crate) async fn open(
        config: &config::Papers,
        (db, edge): (Db, Edge),
        meetings: Meetings,
    ) -> Result<Self, PapersError> {
        let keys = Arc::new(Keys::open(&config.keys)?);
        let blobs = Blobs::open(&config.folder)?;
        Ok(Self {
            uploads: Uploads::new(blobs.clone(), db.clone(), config.upload_bytes_max),
            ledger: Ledger::new(db.clone(), Arc::clone(&keys)),
            library: Library::new(blobs.clone(), db.clone(), meetings.clone()),
            intake: Intake::new(blobs.clone(), Arc::clone(&keys)),
            tickets: Tickets::new(&ticket_key(&db, &edge).await?),
            keys,
            meetings,
            blobs,
            db,
            edge,
        })
    }

    /// A ticket for this holder from now on.
    pub(crate) fn ticket(&self, holder: Holder) -> Ticket {
        self.tickets.issue(holder, self.edge.now())
    }

    /// Who sends this bearer token; `None` when it is forged, too old, or its holder is gone.
    pub(crate) async fn bearer(&self, token: &str) -> Result<Option<Actor>, store::Error> {
        match self.tickets.read(token, self.edge.now()) {
            Some(holder) => self.library.holder(holder).await,
            None => Ok(None),
        }
    }
}

/// The key survives a start, so that rooms need not fetch new tickets because of one.
async fn ticket_key(db: &Db, edge: &Edge) -> Result<[u8; 32], PapersError> {
    let fresh = STANDARD.encode(edge.bytes::<32>());
    let mut tx = db.begin().await?;
    let kept = secrets::get_or_insert(&mut tx, "tickets", &fresh).await?;
    tx.commit().await?;
    let key = STANDARD.decode(kept).ok().and_then(|key| key.try_into().ok());
    key.ok_or(PapersError::Secret)
}
