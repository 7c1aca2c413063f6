//! What is proven about time, and what the signers' certificates were worth then.
//!
//! Time stamps are judged from the last to the first, each as of the time that the one after it
//! proves, the last as of now: a document time stamp carries the trust in what it covers over the
//! end of its authority's certificate. The earliest trusted stamp over a signature is the time at
//! which the signer's certificate is judged.

use crate::certificate::name_part;
use crate::code::{Check, Code, Proof, refuse};
use crate::document::{load, validation_data};
use crate::limits::CLOCK_SKEW_SECONDS;
use crate::oids;
use crate::revocation::{Moment, Origin, Source, Sources};
use crate::trust::Trust;
use crate::verify::container::{ContainedCertificate, Container};
use crate::verify::path::{Purpose, Question, check_path, check_usage};
use crate::verify::stamp::{Stamp, timestamp};
use crate::verify::{Examined, ProvenTime, Signature};

/// The proofs in a file, judged.
pub(crate) struct Proofs<'a> {
    trust: &'a Trust,
    now: Moment,
    /// What the operator gave and what the file has.
    sources: Sources,
    /// Certificates that the file's validation data has.
    certificates: Vec<ContainedCertificate>,
    /// Trusted document time stamps with the ends of what they cover, the last first.
    documents: Vec<(usize, ProvenTime)>,
}

impl<'a> Proofs<'a> {
    /// Judges the document time stamps.
    pub(crate) fn new(pdf: &[u8], examined: &Examined, trust: &'a Trust, at: u64) -> Check<Self> {
        let now = Moment { at, proven: false, now: at };
        let mut proofs = Self {
            trust,
            now,
            sources: trust.sources.clone(),
            certificates: Vec::new(),
            documents: Vec::new(),
        };
        proofs.learn(&examined.document, at);
        if trust.stamp_anchors.is_empty() {
            return Ok(proofs);
        }
        let mut moment = now;
        for document in examined.document_stamps.iter().rev() {
            let proven = proofs.judge(&document.stamp, moment, true)?;
            moment = Moment { at: proven.at, proven: true, now: at };
            // What the stamp covers was there then.
            let covered = load(&pdf[..document.end])?;
            proofs.learn(&covered, proven.at);
            proofs.documents.push((document.end, proven));
        }
        Ok(proofs)
    }

    /// The time at which a signature was there at the latest, when a trusted stamp says so.
    pub(crate) fn time_of(&mut self, signature: &Signature) -> Check<Option<ProvenTime>> {
        if self.trust.stamp_anchors.is_empty() {
            return Ok(None);
        }
        let mut earliest = self.over(signature).cloned();
        let moment = earliest.as_ref().map_or(self.now, |proven| self.moment(proven));
        for stamp in &signature.stamps {
            let proven = self.judge(stamp, moment, false)?;
            if earliest.as_ref().is_none_or(|earliest| proven.at <= earliest.at) {
                earliest = Some(proven);
            }
        }
        Ok(earliest)
    }

    /// A path leads from the signer to an anchor, good at the proven time, or now without one.
    pub(crate) fn check_signer(
        &self,
        signature: &Signature,
        proven: Option<&ProvenTime>,
    ) -> Check<()> {
        let question = Question {
            certificate: &signature.container.signer_certificate,
            between: self.between(&signature.container),
            anchors: &self.trust.anchors,
            purpose: Purpose::Documents,
            moment: proven.map_or(self.now, |proven| self.moment(proven)),
        };
        check_path(&question, &self.sources, self.trust.revocation)
    }

    /// What is proven of a signature.
    pub(crate) fn strength(&self, signature: &Signature, proven: Option<&ProvenTime>) -> Proof {
        match (proven, self.over(signature)) {
            (None, _) => Proof::Now,
            (Some(_), None) => Proof::Stamped,
            (Some(_), Some(_)) => Proof::Archived,
        }
    }

    /// The earliest document time stamp over a signature.
    fn over(&self, signature: &Signature) -> Option<&ProvenTime> {
        self.documents.iter().rfind(|(end, _)| *end >= signature.end).map(|(_, proven)| proven)
    }

    const fn moment(&self, proven: &ProvenTime) -> Moment {
        Moment { at: proven.at, proven: true, now: self.now.now }
    }

    /// Judges one stamp's authority at a moment.
    fn judge(&self, stamp: &Stamp, moment: Moment, on_document: bool) -> Check<ProvenTime> {
        let certificate = &stamp.container.signer_certificate;
        check_usage(certificate).map_err(|refused| timestamp(&refused))?;
        let question = Question {
            certificate,
            between: self.between(&stamp.container),
            anchors: &self.trust.stamp_anchors,
            purpose: Purpose::TimeStamps,
            moment,
        };
        check_path(&question, &self.sources, self.trust.revocation)
            .map_err(|refused| timestamp(&refused))?;
        let body = certificate.parsed.tbs_certificate();
        if stamp.at > moment.at.saturating_add(CLOCK_SKEW_SECONDS) {
            return refuse(Code::Timestamp, format!("the stamp is of {}, in the future", stamp.at));
        }
        if stamp.at < body.validity().not_before.to_unix_duration().as_secs() {
            return refuse(Code::Timestamp, "the stamp is older than its authority's certificate");
        }
        Ok(ProvenTime {
            at: stamp.at,
            authority: name_part(body.subject(), oids::COMMON_NAME).unwrap_or_default(),
            on_document,
        })
    }

    fn between<'b>(&'b self, container: &'b Container) -> Vec<&'b [u8]> {
        let in_file = container.other_certificates.iter().chain(&self.certificates);
        in_file
            .map(|certificate| certificate.der.as_slice())
            .chain(self.trust.intermediates.iter().map(|certificate| &**certificate))
            .collect()
    }

    /// Takes in a revision's validation data, which was there at a time.
    fn learn(&mut self, document: &lopdf::Document, there_at: u64) {
        let data = validation_data(document);
        let origin = Origin::InFile { there_at };
        self.certificates.extend(data.certificates);
        self.sources.lists.extend(data.lists.into_iter().map(|item| Source { item, origin }));
        self.sources
            .responses
            .extend(data.responses.into_iter().map(|item| Source { item, origin }));
    }
}
