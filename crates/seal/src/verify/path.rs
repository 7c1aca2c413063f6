//! From the signer's certificate to an anchor, and whether anything on the way was revoked.

use std::cell::Cell;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeId,
    KeyPurposeIdIter, KeyUsage as Usage, RequiredEkuNotFoundContext, VerifiedPath,
};
use x509_cert::ext::pkix::{KeyUsage, KeyUsages};

use crate::code::{Check, Code, Refused, refuse};
use crate::oids;
use crate::revocation::{self, Moment, Sources, Status};
use crate::trust::Revocation;
use crate::verify::container::ContainedCertificate;

/// The key may sign: digital signature or non-repudiation, when the certificate says anything.
pub(crate) fn check_usage(certificate: &ContainedCertificate) -> Check<()> {
    let usage = certificate
        .parsed
        .tbs_certificate()
        .get_extension::<KeyUsage>()
        .map_err(|error| Refused::new(Code::Chain, error.to_string()))?;
    let may_sign = usage.is_none_or(|(_, usage)| {
        usage.0.contains(KeyUsages::DigitalSignature) || usage.0.contains(KeyUsages::NonRepudiation)
    });
    if may_sign {
        Ok(())
    } else {
        refuse(Code::KeyUsage, "the certificate's key is not for signatures")
    }
}

/// A certificate whose path is asked for.
pub(crate) struct Question<'a> {
    pub(crate) certificate: &'a ContainedCertificate,
    /// Certificates that may stand on the way.
    pub(crate) between: Vec<&'a [u8]>,
    pub(crate) anchors: &'a [TrustAnchor<'static>],
    pub(crate) purpose: Purpose,
    pub(crate) moment: Moment,
}

/// A path leads from the certificate to a pinned anchor, valid and not revoked at the moment.
pub(crate) fn check_path(
    question: &Question<'_>,
    sources: &Sources,
    policy: Revocation,
) -> Check<()> {
    let der = CertificateDer::from(question.certificate.der.as_slice());
    let certificate = EndEntityCert::try_from(&der).map_err(|error| path_refusal(&error))?;
    let between: Vec<_> = question.between.iter().map(|der| CertificateDer::from(*der)).collect();
    let moment = question.moment;
    let revoked_since = Cell::new(None);
    let judge = |path: &VerifiedPath<'_>| match revocation::of_path(path, moment, sources) {
        Status::Revoked(since) => {
            revoked_since.set(Some(since));
            Err(Error::CertRevoked)
        }
        Status::Unknown if policy == Revocation::MustBeKnown => Err(Error::UnknownRevocationStatus),
        Status::Good | Status::Unknown => Ok(()),
    };
    let verified = certificate.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        question.anchors,
        &between,
        UnixTime::since_unix_epoch(Duration::from_secs(moment.at)),
        question.purpose,
        None,
        Some(&judge),
    );
    match (verified, revoked_since.get()) {
        (Ok(_), _) => Ok(()),
        (Err(Error::CertRevoked), Some(since)) => {
            refuse(Code::Revoked, format!("revoked since {since}, judged at {}", moment.at))
        }
        (Err(error), _) => Err(path_refusal(&error)),
    }
}

fn path_refusal(error: &Error) -> Refused {
    let code = match error {
        Error::CertExpired { .. } => Code::Expired,
        Error::CertNotValidYet { .. } => Code::NotYetValid,
        Error::CertRevoked => Code::Revoked,
        Error::UnknownRevocationStatus => Code::RevocationUnknown,
        // The second is an authority that carries an anchor's name and not its key.
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => Code::Untrusted,
        Error::RequiredEkuNotFoundContext(_) => Code::KeyUsage,
        Error::UnsupportedSignatureAlgorithmContext(_) => Code::Weak,
        _ => Code::Chain,
    };
    Refused::new(code, error.to_string())
}

/// What a certificate, and every authority above it that names purposes, must be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Extended key usages with which people's certificates sign documents. A certificate for
    /// servers only is not one.
    Documents,
    /// Time stamps.
    TimeStamps,
}

const DOCUMENTS: [&[u8]; 6] = [
    oids::KP_DOCUMENT_SIGNING.as_bytes(),
    oids::KP_EMAIL_PROTECTION.as_bytes(),
    oids::KP_CLIENT_AUTH.as_bytes(),
    oids::KP_ANY.as_bytes(),
    oids::KP_MICROSOFT_DOCUMENT_SIGNING.as_bytes(),
    oids::KP_ADOBE_AUTHENTIC_DOCUMENTS.as_bytes(),
];

const TIME_STAMPS: [&[u8]; 2] = [oids::KP_TIME_STAMPING.as_bytes(), oids::KP_ANY.as_bytes()];

impl Purpose {
    const fn allowed(self) -> &'static [&'static [u8]] {
        match self {
            Self::Documents => &DOCUMENTS,
            Self::TimeStamps => &TIME_STAMPS,
        }
    }
}

impl ExtendedKeyUsageValidator for Purpose {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        let allowed = self.allowed();
        let mut present = Vec::new();
        for purpose in purposes {
            let purpose = purpose?;
            if allowed.iter().any(|allowed| KeyPurposeId::new(allowed) == purpose) {
                return Ok(());
            }
            present.push(purpose.to_decoded_oid());
        }
        if present.is_empty() {
            return Ok(());
        }
        Err(Error::RequiredEkuNotFoundContext(RequiredEkuNotFoundContext {
            required: Usage::required(allowed[0]),
            present,
        }))
    }
}
