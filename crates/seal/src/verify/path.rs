//! From the signer's certificate to an anchor, and whether anything on the way was revoked.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, CertRevocationList, EndEntityCert, Error, ExpirationPolicy,
    ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter, KeyUsage as Usage,
    RequiredEkuNotFoundContext, RevocationCheckDepth, RevocationOptions, RevocationOptionsBuilder,
    UnknownStatusPolicy,
};
use x509_cert::ext::pkix::{KeyUsage, KeyUsages};

use crate::code::{Check, Code, Refused, refuse};
use crate::oids;
use crate::trust::{Revocation, Trust};
use crate::verify::container::{ContainedCertificate, Container};

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

/// A path leads from the signer to a pinned anchor, valid and not revoked at the time.
pub(crate) fn check_path(container: &Container, trust: &Trust, at: u64) -> Check<()> {
    let signer = CertificateDer::from(container.signer_certificate.der.as_slice());
    let signer = EndEntityCert::try_from(&signer).map_err(|error| path_refusal(&error))?;
    let between: Vec<CertificateDer<'_>> = container
        .other_certificates
        .iter()
        .map(|certificate| CertificateDer::from(certificate.der.as_slice()))
        .chain(trust.intermediates.iter().map(|certificate| CertificateDer::from(&**certificate)))
        .collect();
    let lists: Vec<&CertRevocationList<'_>> = trust.revocation_lists.iter().collect();
    let revocation = revocation_options(&lists, trust.revocation);
    let is_checked = revocation.is_some();
    signer
        .verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &trust.anchors,
            &between,
            UnixTime::since_unix_epoch(Duration::from_secs(at)),
            DocumentSigning,
            revocation,
            None,
        )
        .map_err(|error| path_refusal(&error))?;
    if !is_checked && trust.revocation == Revocation::MustBeKnown {
        return refuse(Code::RevocationUnknown, "no revocation list was given");
    }
    Ok(())
}

fn revocation_options<'a>(
    lists: &'a [&'a CertRevocationList<'a>],
    policy: Revocation,
) -> Option<RevocationOptions<'a>> {
    let (unknown, expiration) = match policy {
        Revocation::MustBeKnown => (UnknownStatusPolicy::Deny, ExpirationPolicy::Enforce),
        Revocation::RefuseOnlyRevoked => (UnknownStatusPolicy::Allow, ExpirationPolicy::Ignore),
    };
    let builder = RevocationOptionsBuilder::new(lists).ok()?;
    Some(
        builder
            .with_depth(RevocationCheckDepth::Chain)
            .with_status_policy(unknown)
            .with_expiration_policy(expiration)
            .build(),
    )
}

fn path_refusal(error: &Error) -> Refused {
    let code = match error {
        Error::CertExpired { .. } => Code::Expired,
        Error::CertNotValidYet { .. } => Code::NotYetValid,
        Error::CertRevoked => Code::Revoked,
        Error::UnknownRevocationStatus
        | Error::CrlExpired { .. }
        | Error::InvalidCrlSignatureForPublicKey
        | Error::IssuerNotCrlSigner => Code::RevocationUnknown,
        // The second is an authority that carries an anchor's name and not its key.
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => Code::Untrusted,
        Error::RequiredEkuNotFoundContext(_) => Code::KeyUsage,
        Error::UnsupportedSignatureAlgorithmContext(_) => Code::Weak,
        _ => Code::Chain,
    };
    Refused::new(code, error.to_string())
}

/// Extended key usages with which people's certificates sign documents. A certificate for
/// servers only is not one.
struct DocumentSigning;

const PURPOSES: [&[u8]; 6] = [
    oids::KP_DOCUMENT_SIGNING.as_bytes(),
    oids::KP_EMAIL_PROTECTION.as_bytes(),
    oids::KP_CLIENT_AUTH.as_bytes(),
    oids::KP_ANY.as_bytes(),
    oids::KP_MICROSOFT_DOCUMENT_SIGNING.as_bytes(),
    oids::KP_ADOBE_AUTHENTIC_DOCUMENTS.as_bytes(),
];

impl ExtendedKeyUsageValidator for DocumentSigning {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        let mut present = Vec::new();
        for purpose in purposes {
            let purpose = purpose?;
            if PURPOSES.iter().any(|allowed| KeyPurposeId::new(allowed) == purpose) {
                return Ok(());
            }
            present.push(purpose.to_decoded_oid());
        }
        if present.is_empty() {
            return Ok(());
        }
        Err(Error::RequiredEkuNotFoundContext(RequiredEkuNotFoundContext {
            required: Usage::required(PURPOSES[0]),
            present,
        }))
    }
}
