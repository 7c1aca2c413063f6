//! Answers about single certificates (OCSP, RFC 6960).

use der::asn1::{Any, BitString, Int, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence, SliceReader, Tag, Tagged};
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::ExtendedKeyUsage;

use crate::asn1::{Signed, seconds};
use crate::limits::{CLOCK_SKEW_SECONDS, OCSP_AGE_SECONDS_MAX};
use crate::oids;
use crate::revocation::{Issuer, Moment, RevocationList, Source, Statement, Subject};
use crate::verify::check_by_key;

/// `OCSPResponse`.
#[derive(Sequence)]
struct Envelope {
    status: Any,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    content: Option<Content>,
}

/// `ResponseBytes`.
#[derive(Sequence)]
struct Content {
    kind: ObjectIdentifier,
    response: OctetString,
}

/// `BasicOCSPResponse`.
#[derive(Clone, Debug, Sequence)]
struct BasicResponse {
    body: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certificates: Option<Vec<Certificate>>,
}

/// `ResponseData`. Whom the response names as its maker does not matter: the key decides.
#[derive(Clone, Debug, Sequence)]
struct Body {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    version: Option<u8>,
    responder: Any,
    produced_at: Any,
    answers: Vec<Answer>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// `SingleResponse`.
#[derive(Clone, Debug, Sequence)]
struct Answer {
    certificate: CertificateId,
    status: Any,
    this_update: Any,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// `CertID`.
#[derive(Clone, Debug, Sequence)]
struct CertificateId {
    hash: AlgorithmIdentifierOwned,
    issuer_name_hash: OctetString,
    issuer_key_hash: OctetString,
    serial: Int,
}

/// A response, read and not yet believed.
#[derive(Clone, Debug)]
pub(crate) struct OcspResponse {
    signed: BasicResponse,
    body: Body,
}

impl OcspResponse {
    /// Reads a response; one that says nothing, or says it in critical extensions that are not
    /// understood, is none.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, String> {
        let envelope = Envelope::from_der(der).map_err(|error| error.to_string())?;
        let successful = envelope.status.tag() == Tag::Enumerated && envelope.status.value() == [0];
        let Some(content) = envelope.content.filter(|_| successful) else {
            return Err("the responder gave no answer".to_owned());
        };
        if content.kind != oids::OCSP_BASIC {
            return Err(format!("a response of the kind {}", content.kind));
        }
        let signed = BasicResponse::from_der(content.response.as_bytes())
            .map_err(|error| error.to_string())?;
        let body: Body = signed.body.decode_as().map_err(|error: der::Error| error.to_string())?;
        if body.extensions.iter().flatten().any(|extension| extension.critical) {
            return Err("a critical extension that is not understood".to_owned());
        }
        Ok(Self { signed, body })
    }

    /// What the response says about a certificate; `None` when it says nothing, comes from
    /// somebody who may not speak for the issuer, or from the future.
    pub(crate) fn about(
        &self,
        subject: &Subject,
        issuer: &Issuer,
        moment: Moment,
        lists: &[Source<RevocationList>],
    ) -> Option<Statement> {
        let answer =
            self.body.answers.iter().find(|answer| answer.certificate.is(subject, issuer))?;
        if answer.extensions.iter().flatten().any(|extension| extension.critical)
            || !self.is_by(issuer, lists)
        {
            return None;
        }
        let this_update = seconds(&answer.this_update)?;
        if this_update > moment.now + CLOCK_SKEW_SECONDS {
            return None;
        }
        let next_update = match &answer.next_update {
            Some(time) => seconds(time)?,
            None => this_update.saturating_add(OCSP_AGE_SECONDS_MAX),
        };
        let revoked_since = match answer.said()? {
            Said::Good => None,
            Said::RevokedSince(since) => Some(since),
        };
        Some(Statement { revoked_since, this_update, next_update })
    }

    /// Whether the issuer made the response, or somebody whom it made a responder.
    fn is_by(&self, issuer: &Issuer, lists: &[Source<RevocationList>]) -> bool {
        let Ok(message) = self.signed.body.to_der() else { return false };
        let holds = |key| {
            let signature = self.signed.signature.raw_bytes();
            check_by_key(key, &self.signed.algorithm, &message, signature).is_ok()
        };
        holds(&issuer.key)
            || self.signed.certificates.iter().flatten().any(|certificate| {
                holds(certificate.tbs_certificate().subject_public_key_info())
                    && self.is_responder(certificate, issuer, lists)
            })
    }

    /// Whether a certificate was issued for responders by this issuer, was valid when the
    /// response was made, and is not known to be revoked.
    fn is_responder(
        &self,
        certificate: &Certificate,
        issuer: &Issuer,
        lists: &[Source<RevocationList>],
    ) -> bool {
        let body = certificate.tbs_certificate();
        let purposes = body.get_extension::<ExtendedKeyUsage>().ok().flatten();
        let validity = body.validity();
        let valid = validity.not_before.to_unix_duration().as_secs()
            ..=validity.not_after.to_unix_duration().as_secs();
        let Ok(der) = certificate.to_der() else { return false };
        let subject = Subject { certificate: certificate.clone(), is_authority: false };
        let revoked = lists.iter().any(|list| {
            list.item.about(&subject, issuer).is_some_and(|said| said.revoked_since.is_some())
        });
        purposes.is_some_and(|(_, purposes)| purposes.0.contains(&oids::KP_OCSP_SIGNING))
            && seconds(&self.body.produced_at).is_some_and(|made| valid.contains(&made))
            && body.issuer().to_der().is_ok_and(|name| name == issuer.name)
            && Signed::is_by(&der, &issuer.key)
            && !revoked
    }
}

impl CertificateId {
    fn is(&self, subject: &Subject, issuer: &Issuer) -> bool {
        let Some(hash) = hash_algorithm(self.hash.oid) else { return false };
        let key = issuer.key.subject_public_key.raw_bytes();
        self.serial.as_bytes() == subject.certificate.tbs_certificate().serial_number().as_bytes()
            && self.issuer_name_hash.as_bytes() == digest(hash, &issuer.name).as_ref()
            && self.issuer_key_hash.as_bytes() == digest(hash, key).as_ref()
    }
}

/// SHA-1 only finds the certificate here; the signature is what is believed.
fn hash_algorithm(oid: ObjectIdentifier) -> Option<&'static Algorithm> {
    match oid {
        oids::SHA1 => Some(&SHA1_FOR_LEGACY_USE_ONLY),
        oids::SHA256 => Some(&SHA256),
        oids::SHA384 => Some(&SHA384),
        oids::SHA512 => Some(&SHA512),
        _ => None,
    }
}

/// What a responder knows of a certificate.
enum Said {
    Good,
    /// Seconds since 1970 UTC.
    RevokedSince(u64),
}

impl Answer {
    /// `None` when the responder does not know the certificate.
    fn said(&self) -> Option<Said> {
        let Tag::ContextSpecific { number, .. } = self.status.tag() else { return None };
        match number.value() {
            0 => Some(Said::Good),
            1 => {
                let mut reader = SliceReader::new(self.status.value()).ok()?;
                let since = Any::decode(&mut reader).ok()?;
                seconds(&since).map(Said::RevokedSince)
            }
            _ => None,
        }
    }
}
