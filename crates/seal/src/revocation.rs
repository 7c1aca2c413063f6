//! Whether a certificate was revoked at a time, by everything that is known.
//!
//! A *revocation* counts wherever it is found, as long as its issuer signed it. That a certificate
//! was *good* must be said by a source that may say so: one that the operator gave, or one in the
//! file when a trusted time stamp proves the time. Otherwise an old list in the file would hide
//! what is known today.

mod list;
mod ocsp;

use der::{Decode, Encode};
use spki::SubjectPublicKeyInfoOwned;
use webpki::VerifiedPath;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{KeyUsage, KeyUsages};

use crate::asn1::sequence;

pub(crate) use list::RevocationList;
pub(crate) use ocsp::OcspResponse;

/// The time that is asked about, and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The time at which certificates are judged, seconds since 1970 UTC.
    pub(crate) at: u64,
    /// Whether a trusted time stamp proves it; otherwise it is the time of judging.
    pub(crate) proven: bool,
    /// The time of judging.
    pub(crate) now: u64,
}

/// What somebody says about certificates, and since when it is proven to be there.
#[derive(Clone, Debug)]
pub(crate) struct Source<T> {
    pub(crate) item: T,
    pub(crate) origin: Origin,
}

/// Where a source comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The operator gave it.
    Given,
    /// It is in the file, and was at this time at the latest.
    InFile {
        /// Seconds since 1970 UTC.
        there_at: u64,
    },
}

/// Everything that is known about revocation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    pub(crate) lists: Vec<Source<RevocationList>>,
    pub(crate) responses: Vec<Source<OcspResponse>>,
}

/// What is known about one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Good,
    /// Since when, seconds since 1970 UTC.
    Revoked(u64),
    Unknown,
}

/// What one source says about one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Since when it is revoked, seconds since 1970 UTC.
    pub(crate) revoked_since: Option<u64>,
    /// When the source was made.
    pub(crate) this_update: u64,
    /// Until when it is meant to be used.
    pub(crate) next_update: u64,
}

/// A certificate of a path.
pub(crate) struct Subject {
    pub(crate) certificate: Certificate,
    pub(crate) is_authority: bool,
}

/// Who issued it: an authority of the path, or the anchor.
pub(crate) struct Issuer {
    /// The name in DER.
    pub(crate) name: Vec<u8>,
    pub(crate) key: SubjectPublicKeyInfoOwned,
    signs_lists: bool,
    /// `None` for an anchor, which is trusted until it is taken away.
    valid_until: Option<u64>,
}

/// The worst that is known about the certificates of a path.
pub(crate) fn of_path(path: &VerifiedPath<'_>, moment: Moment, sources: &Sources) -> Status {
    match pairs(path) {
        Ok(pairs) => pairs
            .iter()
            .map(|(subject, issuer)| of_certificate(subject, issuer, moment, sources))
            .max_by_key(|status| match status {
                Status::Good => 0,
                Status::Unknown => 1,
                Status::Revoked(_) => 2,
            })
            .unwrap_or(Status::Unknown),
        Err(_) => Status::Unknown,
    }
}

/// Every certificate of a path, each with its issuer.
fn pairs(path: &VerifiedPath<'_>) -> der::Result<Vec<(Subject, Issuer)>> {
    let mut ders = vec![path.end_entity().der()];
    ders.extend(path.intermediate_certificates().map(webpki::Cert::der));
    let certificates =
        ders.iter().map(|der| Certificate::from_der(der)).collect::<der::Result<Vec<_>>>()?;
    let mut issuers: Vec<Issuer> =
        certificates[1..].iter().map(Issuer::of).collect::<der::Result<_>>()?;
    let anchor = path.anchor();
    issuers.push(Issuer {
        name: sequence(&anchor.subject)?,
        key: SubjectPublicKeyInfoOwned::from_der(&sequence(&anchor.subject_public_key_info)?)?,
        signs_lists: true,
        valid_until: None,
    });
    let subjects = certificates
        .into_iter()
        .enumerate()
        .map(|(index, certificate)| Subject { certificate, is_authority: index > 0 });
    Ok(subjects.zip(issuers).collect())
}

fn of_certificate(subject: &Subject, issuer: &Issuer, moment: Moment, sources: &Sources) -> Status {
    let lists = sources.lists.iter().filter_map(|source| {
        let statement = source.item.about(subject, issuer)?;
        Some((statement, source.origin))
    });
    let responses = sources.responses.iter().filter_map(|source| {
        let statement = source.item.about(subject, issuer, moment, &sources.lists)?;
        Some((statement, source.origin))
    });
    let mut status = Status::Unknown;
    for (statement, origin) in lists.chain(responses) {
        match statement.revoked_since {
            Some(since) if !moment.proven || since <= moment.at => return Status::Revoked(since),
            // Who is revoked later was not before, however old the source is.
            Some(_) if may_speak(origin, issuer, moment) => status = Status::Good,
            None if may_speak(origin, issuer, moment) && is_fresh(statement, subject, moment) => {
                status = Status::Good;
            }
            _ => {}
        }
    }
    status
}

/// Whether a source may say that a certificate was good. One in the file must have been there
/// while its signer's own certificate was good: later, its key could be anybody's.
fn may_speak(origin: Origin, issuer: &Issuer, moment: Moment) -> bool {
    match origin {
        Origin::Given => true,
        Origin::InFile { there_at } => {
            moment.proven && issuer.valid_until.is_none_or(|until| there_at <= until)
        }
    }
}

/// Whether the silence of a source means anything for the moment: it is not too old, and not made
/// after the certificate ended, when authorities forget it.
fn is_fresh(statement: Statement, subject: &Subject, moment: Moment) -> bool {
    moment.at < statement.next_update && statement.this_update <= valid_until(&subject.certificate)
}

impl Issuer {
    fn of(certificate: &Certificate) -> der::Result<Self> {
        let body = certificate.tbs_certificate();
        let usage = body.get_extension::<KeyUsage>().ok().flatten();
        Ok(Self {
            name: body.subject().to_der()?,
            key: body.subject_public_key_info().clone(),
            signs_lists: usage.is_none_or(|(_, usage)| usage.0.contains(KeyUsages::CRLSign)),
            valid_until: Some(valid_until(certificate)),
        })
    }
}

fn valid_until(certificate: &Certificate) -> u64 {
    certificate.tbs_certificate().validity().not_after.to_unix_duration().as_secs()
}
