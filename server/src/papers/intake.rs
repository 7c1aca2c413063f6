//! What becomes of a finished upload: judged if its issuer signed it, sealed if nobody did.
//!
//! A signed file keeps its bytes; one that is refused leaves nothing behind. An unsigned file is
//! sealed by the organisation's key, and the seal is judged like any other signature before the
//! file is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use meeting::{Digest, PaperFile, PaperOrigin, Timestamp};
use seal::{Code, Refused, SealRequest, SignError, SignRefusal, SignerInfo, Trust, Verified};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::Keys;
use super::blobs::{BlobError, Blobs, digest, disk};
use crate::store::papers::KeptFile;

/// Files judged at a time: signatures are work for the processor, and a server has other work.
const JUDGED_AT_ONCE: usize = 2;
/// The name of the signature field that a seal makes.
const FIELD: &str = "DiemCau";
/// What a reader of the file shows as the seal's reason.
const REASON: &str = "Xác thực toàn vẹn";

/// Judges and keeps finished uploads.
pub(crate) struct Intake {
    blobs: Blobs,
    keys: Arc<Keys>,
    permits: Arc<Semaphore>,
}

/// The verification report of a kept file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Always `accept`: what is refused is not kept.
    pub(crate) verdict: String,
    /// When it was judged.
    pub(crate) at: Timestamp,
    /// Who signed, as the certificates name them.
    pub(crate) signers: Vec<SignerInfo>,
    /// How many bytes the last signature covers.
    pub(crate) signed_bytes: u64,
}

/// A file is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    /// It must not be shown; whoever sent it can act.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It is certified or signed in a way that forbids a seal.
    #[error(transparent)]
    NotSealable(SignRefusal),
    /// The server has no key to seal with, or no anchor to judge by.
    #[error("intake: the server has no {0}")]
    NoKeys(&'static str),
    /// The seal could not be made.
    #[error("intake: the file cannot be sealed")]
    Seal(#[source] SignError),
    /// The file on the disk is not the one that was received.
    #[error("intake: the upload changed on the disk, expected {expected}")]
    Changed {
        /// The hash of what was received.
        expected: Digest,
    },
    /// The seal that was just made does not lead to the server's own anchors.
    #[error("intake: the server's own seal is refused by its own anchors")]
    SelfCheck(#[source] Refused),
    /// The disk failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A thread that works ended early.
    #[error("intake: a working thread failed")]
    Thread(#[from] tokio::task::JoinError),
}

impl Intake {
    /// Keeps files in `blobs`, seals and judges with `keys`.
    pub(crate) fn new(blobs: Blobs, keys: Arc<Keys>) -> Self {
        Self { blobs, keys, permits: Arc::new(Semaphore::new(JUDGED_AT_ONCE)) }
    }

    /// Judges the upload at `path`, whose bytes had this hash when they came, and keeps it. The
    /// upload's own file stays where it is.
    pub(crate) async fn keep(
        &self,
        path: PathBuf,
        received: Digest,
        now: Timestamp,
    ) -> Result<KeptFile, IntakeError> {
        // The semaphore is never closed, so there is always a permit in the end.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        let (blobs, keys) = (self.blobs.clone(), Arc::clone(&self.keys));
        let kept = tokio::task::spawn_blocking(move || {
            let _until_it_is_judged = permit;
            keep(&blobs, &keys, &path, received, now)
        });
        kept.await?
    }
}

fn keep(
    blobs: &Blobs,
    keys: &Keys,
    path: &Path,
    received: Digest,
    now: Timestamp,
) -> Result<KeptFile, IntakeError> {
    let bytes = std::fs::read(path).map_err(disk("reading", path))?;
    if digest(&bytes) != received {
        return Err(IntakeError::Changed { expected: received });
    }
    let judged = judge(keys, bytes, now)?;
    let aside = format!("{}.kept", path.file_name().unwrap_or_default().to_string_lossy());
    let sha256 = blobs.put(&judged.bytes, &aside)?;
    let report = Report {
        verdict: "accept".into(),
        at: now,
        signers: judged.verified.signers,
        signed_bytes: judged.verified.signed_bytes,
    };
    Ok(KeptFile {
        file: PaperFile {
            sha256,
            bytes: judged.bytes.len() as u64,
            pages: judged.pages,
            origin: judged.origin,
        },
        // A report is text and numbers: it always becomes JSON.
        report: serde_json::to_string(&report).unwrap_or_default(),
    })
}

struct Judged {
    bytes: Vec<u8>,
    pages: u32,
    origin: PaperOrigin,
    verified: Verified,
}

fn judge(keys: &Keys, bytes: Vec<u8>, now: Timestamp) -> Result<Judged, IntakeError> {
    let trust = keys.trust.as_ref().ok_or(IntakeError::NoKeys("anchor to judge by"))?;
    let inspection = seal::inspect(&bytes)?;
    let pages = inspection.pages;
    if inspection.signed {
        let verified = verify(&bytes, trust, now)?;
        return Ok(Judged { bytes, pages, origin: PaperOrigin::Signed, verified });
    }
    let bytes = seal_file(keys, &bytes, now)?;
    let verified = verify(&bytes, trust, now).map_err(IntakeError::SelfCheck)?;
    Ok(Judged { bytes, pages, origin: PaperOrigin::Sealed, verified })
}

fn seal_file(keys: &Keys, bytes: &[u8], now: Timestamp) -> Result<Vec<u8>, IntakeError> {
    let key = keys.seal.as_ref().ok_or(IntakeError::NoKeys("key to seal with"))?;
    let request =
        SealRequest { field: FIELD.into(), signed_at: seconds(now), reason: Some(REASON.into()) };
    seal::sign(bytes, &request, key).map_err(|error| match error {
        SignError::Refused(SignRefusal::File(refused)) => IntakeError::Refused(refused),
        SignError::Refused(refusal) => IntakeError::NotSealable(refusal),
        error => IntakeError::Seal(error),
    })
}

fn verify(bytes: &[u8], trust: &Trust, now: Timestamp) -> Result<Verified, Refused> {
    seal::verify(bytes, trust, seconds(now))
}

fn seconds(now: Timestamp) -> u64 {
    u64::try_from(now.millis().div_euclid(1000)).unwrap_or(0)
}

impl IntakeError {
    /// The stable code of a refusal; `None` for what the operator must mend.
    pub(crate) fn code(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refused) => Some(refused.code.as_str()),
            Self::NotSealable(_) => Some(Code::Modified.as_str()),
            _ => None,
        }
    }
}
