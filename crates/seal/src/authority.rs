//! A three-level certificate authority for tests and the demo. **Never for anything else**: its
//! keys live in memory, and it vouches for whoever asks.
//!
//! Keys are ECDSA P-256 and come from `rcgen`, which takes its chance from the system by itself;
//! this is the one place of the crate where chance is not given, and no shipped binary but the
//! one that makes demo data has it.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKeyChain};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevocationReason, RevokedCertParams, SerialNumber, date_time_ymd,
};
use thiserror::Error;

const DAY: u64 = 24 * 60 * 60;
const YEAR: u64 = 365 * DAY;

/// The authority could not make what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the test authority could not make {what}: {reason}")]
pub struct AuthorityError {
    /// What was asked for.
    pub what: &'static str,
    /// What went wrong.
    pub reason: String,
}

/// What a certificate's key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Signing documents: digital signature and non-repudiation.
    Signing,
    /// Encipherment only: a certificate that must not sign, for tests.
    Encipherment,
    /// A server's TLS certificate: one that must not sign documents either.
    Server,
    /// Time stamps and nothing else, critically, as RFC 3161 asks.
    TimeStamping,
    /// Time stamps, but not critically: RFC 3161 forbids it.
    LooseTimeStamping,
    /// Time stamps and servers, critically: RFC 3161 forbids it, too.
    MixedTimeStamping,
    /// Answering in the authority's name whether certificates are revoked.
    Responding,
}

/// Whom a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// A person's or an organisation's name.
    pub common_name: &'a str,
    /// The organisation.
    pub organisation: &'a str,
}

/// A root, an authority below it, and what they issued.
pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    now: u64,
    next_serial: u64,
    revoked: Vec<u64>,
    intermediate_revoked: bool,
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Identity {
    /// The certificates in DER: its own, the authority's, the root.
    pub chain: Vec<Vec<u8>>,
    /// The key in PKCS#8.
    pub pkcs8: Vec<u8>,
    /// The serial number, to revoke it by.
    pub serial: u64,
}

impl Authority {
    /// A new authority with new keys, as of a time in seconds since 1970 UTC. Its certificates
    /// begin a day before.
    pub fn new(now: u64) -> Result<Self, AuthorityError> {
        Self::named(now, "thử nghiệm")
    }

    /// A new authority whose certificates carry this name; the one below the root is good for ten
    /// years.
    pub fn named(now: u64, name: &str) -> Result<Self, AuthorityError> {
        Self::for_years(now, name, 10)
    }

    /// A new authority whose certificate below the root is good for some years, twenty at most.
    pub fn for_years(now: u64, name: &str, years: u64) -> Result<Self, AuthorityError> {
        let begin = now.saturating_sub(DAY);
        let mut params = authority_params(&format!("CA gốc {name}"), begin..begin + 20 * YEAR);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.serial_number = Some(SerialNumber::from(1));
        let root = CertifiedIssuer::self_signed(params, new_key()?).map_err(failed("a root"))?;

        let mut params =
            authority_params(&format!("CA {name}"), begin..begin + years.min(20) * YEAR);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.serial_number = Some(SerialNumber::from(INTERMEDIATE_SERIAL));
        let intermediate = CertifiedIssuer::signed_by(params, new_key()?, &root)
            .map_err(failed("an intermediate authority"))?;
        let next_serial = INTERMEDIATE_SERIAL + 1;
        Ok(Self {
            root,
            intermediate,
            now,
            next_serial,
            revoked: vec![],
            intermediate_revoked: false,
        })
    }

    /// The root's certificate, DER: the anchor to pin.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        self.root.der()
    }

    /// The intermediate authority's certificate, DER.
    #[must_use]
    pub fn intermediate_der(&self) -> &[u8] {
        self.intermediate.der()
    }

    /// The intermediate authority itself, to sign with: OCSP responses, for tests.
    #[must_use]
    pub fn intermediate(&self) -> Identity {
        Identity {
            chain: vec![self.intermediate.der().to_vec(), self.root.der().to_vec()],
            pkcs8: self.intermediate.key().serialize_der(),
            serial: INTERMEDIATE_SERIAL,
        }
    }

    /// Issues a certificate for three years.
    pub fn issue(
        &mut self,
        subject: Subject<'_>,
        usage: Usage,
    ) -> Result<Identity, AuthorityError> {
        let begin = self.now.saturating_sub(DAY);
        self.issue_for(subject, usage, begin..begin + 3 * YEAR)
    }

    /// Issues a certificate for a period, seconds since 1970 UTC.
    pub fn issue_for(
        &mut self,
        subject: Subject<'_>,
        usage: Usage,
        valid: Range<u64>,
    ) -> Result<Identity, AuthorityError> {
        self.certify(subject, usage, valid, &new_key()?)
    }

    /// Certifies a key that was made elsewhere (PKCS#8; RSA or ECDSA P-256), for three years.
    pub fn certify_key(
        &mut self,
        subject: Subject<'_>,
        pkcs8: &[u8],
    ) -> Result<Identity, AuthorityError> {
        let key = KeyPair::try_from(pkcs8).map_err(failed("a certificate for a given key"))?;
        let begin = self.now.saturating_sub(DAY);
        self.certify(subject, Usage::Signing, begin..begin + 3 * YEAR, &key)
    }

    fn certify(
        &mut self,
        subject: Subject<'_>,
        usage: Usage,
        valid: Range<u64>,
        key: &KeyPair,
    ) -> Result<Identity, AuthorityError> {
        let serial = self.next_serial;
        self.next_serial += 1;
        let mut params = base_params(subject.common_name, valid);
        params.distinguished_name.push(DnType::OrganizationName, subject.organisation);
        params.serial_number = Some(SerialNumber::from(serial));
        params.use_authority_key_identifier_extension = true;
        (params.key_usages, params.extended_key_usages) = usages(usage);
        if let Usage::TimeStamping | Usage::MixedTimeStamping = usage {
            params.custom_extensions.push(critical_purposes(usage));
        }
        let certificate =
            params.signed_by(key, &self.intermediate).map_err(failed("a certificate"))?;
        let chain = vec![
            certificate.der().to_vec(),
            self.intermediate.der().to_vec(),
            self.root.der().to_vec(),
        ];
        Ok(Identity { chain, pkcs8: key.serialize_der(), serial })
    }

    /// Revokes a certificate by its serial number; the next lists say so.
    pub fn revoke(&mut self, serial: u64) {
        self.revoked.push(serial);
    }

    /// Revokes the intermediate authority.
    pub const fn revoke_intermediate(&mut self) {
        self.intermediate_revoked = true;
    }

    /// The revocation lists of the root and of the intermediate authority, DER, good for a year.
    pub fn revocation_lists(&self) -> Result<Vec<Vec<u8>>, AuthorityError> {
        self.revocation_lists_for(self.now.saturating_sub(DAY)..self.now + YEAR)
    }

    /// The same for a period, seconds since 1970 UTC.
    pub fn revocation_lists_for(&self, valid: Range<u64>) -> Result<Vec<Vec<u8>>, AuthorityError> {
        let authorities: &[u64] =
            if self.intermediate_revoked { &[INTERMEDIATE_SERIAL] } else { &[] };
        [(&self.root, authorities), (&self.intermediate, self.revoked.as_slice())]
            .into_iter()
            .map(|(issuer, revoked)| {
                list_params(&valid, revoked)
                    .signed_by(issuer)
                    .map(|list| list.der().to_vec())
                    .map_err(failed("a revocation list"))
            })
            .collect()
    }
}

const INTERMEDIATE_SERIAL: u64 = 2;

/// Extended key usages that `rcgen` would not mark as critical.
fn critical_purposes(usage: Usage) -> CustomExtension {
    // SEQUENCE { id-kp-timeStamping }, and with id-kp-serverAuth behind it.
    let purpose = [0x06, 8, 0x2b, 6, 1, 5, 5, 7, 3];
    let content = match usage {
        Usage::MixedTimeStamping => [&[0x30, 20][..], &purpose, &[8], &purpose, &[1]].concat(),
        _ => [&[0x30, 10][..], &purpose, &[8]].concat(),
    };
    let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, 37], content);
    extension.set_criticality(true);
    extension
}

impl Identity {
    /// The key and its certificates as a PKCS#12 file (AES-256, HMAC-SHA-256).
    pub fn pkcs12(&self, password: &str) -> Result<Vec<u8>, AuthorityError> {
        let chain = self
            .chain
            .iter()
            .map(|der| Certificate::from_der(der))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed("a PKCS#12 file"))?;
        let entry = PrivateKeyChain::new(&self.pkcs8, self.serial.to_be_bytes(), chain);
        let mut store = KeyStore::new();
        store.add_entry("key", KeyStoreEntry::PrivateKeyChain(entry));
        store.writer(password).write().map_err(failed("a PKCS#12 file"))
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("next_serial", &self.next_serial).finish_non_exhaustive()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("serial", &self.serial).finish_non_exhaustive()
    }
}

fn failed<E: fmt::Display>(what: &'static str) -> impl Fn(E) -> AuthorityError {
    move |error| AuthorityError { what, reason: error.to_string() }
}

fn new_key() -> Result<KeyPair, AuthorityError> {
    KeyPair::generate().map_err(failed("a key"))
}

fn base_params(common_name: &str, valid: Range<u64>) -> CertificateParams {
    let epoch = date_time_ymd(1970, 1, 1);
    let mut params = CertificateParams::default();
    params.not_before = epoch + Duration::from_secs(valid.start);
    params.not_after = epoch + Duration::from_secs(valid.end);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "VN");
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

fn authority_params(common_name: &str, valid: Range<u64>) -> CertificateParams {
    let mut params = base_params(common_name, valid);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn usages(usage: Usage) -> (Vec<KeyUsagePurpose>, Vec<ExtendedKeyUsagePurpose>) {
    match usage {
        Usage::Signing => {
            (vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment], vec![])
        }
        Usage::TimeStamping | Usage::MixedTimeStamping => {
            (vec![KeyUsagePurpose::DigitalSignature], vec![])
        }
        Usage::LooseTimeStamping => {
            (vec![KeyUsagePurpose::DigitalSignature], vec![ExtendedKeyUsagePurpose::TimeStamping])
        }
        Usage::Responding => {
            (vec![KeyUsagePurpose::DigitalSignature], vec![ExtendedKeyUsagePurpose::OcspSigning])
        }
        Usage::Encipherment => (vec![KeyUsagePurpose::KeyEncipherment], vec![]),
        Usage::Server => {
            (vec![KeyUsagePurpose::DigitalSignature], vec![ExtendedKeyUsagePurpose::ServerAuth])
        }
    }
}

fn list_params(valid: &Range<u64>, revoked: &[u64]) -> CertificateRevocationListParams {
    let epoch = date_time_ymd(1970, 1, 1);
    let this_update = epoch + Duration::from_secs(valid.start);
    CertificateRevocationListParams {
        this_update,
        next_update: epoch + Duration::from_secs(valid.end),
        crl_number: SerialNumber::from(valid.start),
        issuing_distribution_point: None,
        revoked_certs: revoked
            .iter()
            .map(|serial| RevokedCertParams {
                serial_number: SerialNumber::from(*serial),
                revocation_time: this_update,
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            })
            .collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    }
}
