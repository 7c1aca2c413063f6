//! Checking one paper: its bytes, its ledger proof, its signature. The buffer that was checked is
//! the buffer that is kept.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::HeadVerifier;
use protocol::meeting::Timestamp;
use protocol::room::Enrolled;
use ring::digest::{SHA256, digest};
use seal::{Revocation, SignerInfo, Trust};

use super::shelf::Shelf;
use crate::machine::{Judgement, Verdict};

/// The sentence for a paper that the ledger does not know.
const NOT_IN_LEDGER: &str = "Tài liệu không có trong sổ phát hành của máy chủ. \
                             Không dùng bản này; đề nghị thư ký gửi lại.";

/// Judges papers by what the room was told when it was enrolled.
#[derive(Debug)]
pub struct Judge {
    shelf: Arc<Shelf>,
    head_key: HeadVerifier,
    trust: Trust,
}

/// Why a room cannot judge: it was enrolled with something unusable.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The head key is not a P-256 point.
    #[error("the head key of the enrolment is unusable: {0}")]
    HeadKey(String),
    /// An anchor is not a certificate.
    #[error("an anchor of the enrolment is unusable: {0}")]
    Anchor(String),
}

impl Judge {
    /// A judge with the key and the anchors of an enrolment.
    pub fn new(shelf: Arc<Shelf>, enrolled: &Enrolled) -> Result<Self, JudgeError> {
        let point = STANDARD
            .decode(&enrolled.head_key)
            .map_err(|error| JudgeError::HeadKey(error.to_string()))?;
        let head_key = HeadVerifier::from_public_key(&point)
            .map_err(|error| JudgeError::HeadKey(error.to_string()))?;
        let anchors = enrolled.anchors.iter().map(|anchor| STANDARD.decode(anchor));
        let anchors = anchors
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| JudgeError::Anchor(error.to_string()))?;
        // Revocation lists come with a later issue; what is known to be revoked is refused.
        let trust = Trust::new(&anchors)
            .map_err(|error| JudgeError::Anchor(error.to_string()))?
            .with_revocation(Revocation::RefuseOnlyRevoked);
        Ok(Self { shelf, head_key, trust })
    }

    /// Judges a paper on the disk. Takes a while: call it where blocking is allowed.
    #[must_use]
    pub fn judge(&self, judgement: &Judgement, now: Timestamp) -> Verdict {
        let sha256 = judgement.paper.sha256;
        let path = self.shelf.path(sha256);
        let Ok(bytes) = std::fs::read(&path) else { return Verdict::Missing };
        // From here on there is one buffer: what is checked is what is kept.
        let bytes: Arc<[u8]> = bytes.into();
        if digest(&SHA256, &bytes).as_ref() != sha256.as_bytes() {
            // The disk lost it: fetched anew, it heals without a hand.
            tracing::error!(paper.sha256 = %sha256, "a paper on the disk has changed");
            let _ = std::fs::remove_file(&path);
            return Verdict::Missing;
        }
        if let Err(error) = self.check_ledger(judgement) {
            tracing::error!(paper.sha256 = %sha256, %error, "a paper is not in the ledger");
            return refused("LEDGER", NOT_IN_LEDGER);
        }
        let seconds = u64::try_from(now.millis() / 1000).unwrap_or(0);
        match seal::verify(&bytes, &self.trust, seconds) {
            Ok(verified) => {
                self.shelf.keep(sha256, bytes, judgement);
                Verdict::Verified { signers: verified.signers.into_iter().map(name).collect() }
            }
            Err(refusal) => {
                tracing::error!(paper.sha256 = %sha256, %refusal, "a paper is refused");
                refused(refusal.code.as_str(), refusal.code.sentence())
            }
        }
    }

    fn check_ledger(&self, judgement: &Judgement) -> Result<(), ledger::LedgerRefusal> {
        let head = self.head_key.verify_head(&judgement.head)?;
        let entry = protocol::paper_entry(judgement.meeting, &judgement.paper);
        ledger::verify_inclusion(&entry, &judgement.paper.proof, &head)
    }
}

/// The unit first, then the person: "UBND tỉnh Hà Nam, Nguyễn Đức Thịnh".
fn name(signer: SignerInfo) -> String {
    match signer.organisation {
        Some(unit) if unit != signer.common_name && !signer.common_name.contains(&unit) => {
            format!("{unit}, {}", signer.common_name)
        }
        _ => signer.common_name,
    }
}

fn refused(code: &str, reason: &str) -> Verdict {
    Verdict::Refused { code: code.to_owned(), reason: reason.to_owned(), signers: Vec::new() }
}
