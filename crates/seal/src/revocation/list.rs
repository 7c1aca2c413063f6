//! Revocation lists (RFC 5280). `webpki` reads them, and refuses the kinds that are not understood
//! (indirect, partial, delta); their dates and signatures are looked at here.

use der::asn1::Any;
use der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};
use webpki::{CertRevocationList, OwnedCertRevocationList};
use x509_cert::ext::pkix::crl::CrlDistributionPoints;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

use crate::asn1::{Signed, seconds};
use crate::revocation::{Issuer, Statement, Subject};

/// A list, read and not yet believed.
#[derive(Clone, Debug)]
pub(crate) struct RevocationList {
    entries: OwnedCertRevocationList,
    signed: Signed,
    issuer: Vec<u8>,
    /// Which certificates it is about, when it says so.
    scope: Option<IssuingDistributionPoint>,
    this_update: u64,
    next_update: u64,
}

impl RevocationList {
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, String> {
        let entries = OwnedCertRevocationList::from_der(der).map_err(|error| error.to_string())?;
        let signed = Signed::from_der(der).map_err(|error| error.to_string())?;
        let head = head(&signed.body).map_err(|error| error.to_string())?;
        let (issuer, Some(this_update), Some(next_update)) = head else {
            return Err("its dates cannot be read".to_owned());
        };
        let list = CertRevocationList::from(entries.clone());
        let scope = list
            .issuing_distribution_point()
            .map(IssuingDistributionPoint::from_der)
            .transpose()
            .map_err(|error| error.to_string())?;
        Ok(Self { entries, signed, issuer, scope, this_update, next_update })
    }

    /// What the list says about a certificate; `None` when it is not about it, or not its
    /// issuer's.
    pub(crate) fn about(&self, subject: &Subject, issuer: &Issuer) -> Option<Statement> {
        let body = subject.certificate.tbs_certificate();
        if self.issuer != issuer.name || !issuer.signs_lists || !self.is_about(subject) {
            return None;
        }
        self.signed.check(&issuer.key).ok()?;
        let list = CertRevocationList::from(self.entries.clone());
        let entry = list.find_serial(body.serial_number().as_bytes()).ok()?;
        let revoked_since = entry.map(|entry| {
            let revoked = entry.revocation_date.as_secs();
            entry.invalidity_date.map_or(revoked, |invalid| revoked.min(invalid.as_secs()))
        });
        let (this_update, next_update) = (self.this_update, self.next_update);
        Some(Statement { revoked_since, this_update, next_update })
    }

    /// Whether the list's scope takes in the certificate.
    fn is_about(&self, subject: &Subject) -> bool {
        let Some(scope) = &self.scope else { return true };
        if scope.only_contains_ca_certs && !subject.is_authority
            || scope.only_contains_user_certs && subject.is_authority
        {
            return false;
        }
        let points = subject.certificate.tbs_certificate().get_extension::<CrlDistributionPoints>();
        let Ok(Some((_, points))) = points else { return true };
        let named = uris(scope.distribution_point.as_ref());
        points.0.iter().any(|point| {
            point.crl_issuer.is_none()
                && point.reasons.is_none()
                && uris(point.distribution_point.as_ref()).iter().any(|uri| named.contains(uri))
        })
    }
}

fn uris(name: Option<&DistributionPointName>) -> Vec<String> {
    let Some(DistributionPointName::FullName(names)) = name else { return Vec::new() };
    let uri = |name: &GeneralName| match name {
        GeneralName::UniformResourceIdentifier(uri) => Some(uri.to_string()),
        _ => None,
    };
    names.iter().filter_map(uri).collect()
}

type Head = (Vec<u8>, Option<u64>, Option<u64>);

/// A list's issuer and dates: what stands before the entries.
fn head(body: &Any) -> der::Result<Head> {
    let mut reader = SliceReader::new(body.value())?;
    let mut algorithm = Any::decode(&mut reader)?;
    if algorithm.tag() == Tag::Integer {
        algorithm = Any::decode(&mut reader)?;
    }
    algorithm.tag().assert_eq(Tag::Sequence)?;
    let issuer = Any::decode(&mut reader)?.to_der()?;
    let this_update = seconds(&Any::decode(&mut reader)?);
    let next_update = if reader.is_finished() { None } else { seconds(&Any::decode(&mut reader)?) };
    Ok((issuer, this_update, next_update))
}
