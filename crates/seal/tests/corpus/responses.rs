//! OCSP responses, honest or not, byte by byte.

use der::{Decode, Encode};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use seal::authority::Identity;
use x509_cert::Certificate;

use crate::people::DAY;
use crate::stamps::{element, sign, time};

/// A response about one certificate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Response<'a> {
    pub(crate) about: &'a Identity,
    /// Who signs it: the issuer, or somebody whose certificate then goes into it.
    pub(crate) by: &'a Identity,
    pub(crate) made_at: u64,
    /// Since when it says that the certificate is revoked.
    pub(crate) revoked_since: Option<u64>,
}

impl Response<'_> {
    /// The response in DER, good for a week.
    pub(crate) fn der(&self) -> Vec<u8> {
        let issuer = Certificate::from_der(&self.about.chain[1]).unwrap();
        let subject = Certificate::from_der(&self.about.chain[0]).unwrap();
        let issuer = issuer.tbs_certificate();
        let name = issuer.subject().to_der().unwrap();
        let key = issuer.subject_public_key_info().subject_public_key.raw_bytes();
        let sha1 =
            |bytes: &[u8]| element(0x04, &[digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref()]);
        let id = element(
            0x30,
            &[
                &[0x30, 9, 6, 5, 0x2b, 14, 3, 2, 26, 5, 0],
                &sha1(&name),
                &sha1(key),
                &subject.tbs_certificate().serial_number().to_der().unwrap(),
            ],
        );
        let status = match self.revoked_since {
            None => vec![0x80, 0],
            Some(since) => element(0xa1, &[&time(since)]),
        };
        let next = element(0xa0, &[&time(self.made_at + 7 * DAY)]);
        let answer = element(0x30, &[&id, &status, &time(self.made_at), &next]);
        let responder = Certificate::from_der(&self.by.chain[0]).unwrap();
        let responder = responder.tbs_certificate().subject().to_der().unwrap();
        let body = element(
            0x30,
            &[&element(0xa1, &[&responder]), &time(self.made_at), &element(0x30, &[&answer])],
        );
        let value = sign(self.by, &body);
        let certificate = element(0xa0, &[&element(0x30, &[&self.by.chain[0]])]);
        let basic = element(
            0x30,
            &[
                &body,
                &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2],
                &element(0x03, &[&[0], &value]),
                &certificate,
            ],
        );
        let kind = [6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
        let content = element(0x30, &[&kind, &element(0x04, &[&basic])]);
        element(0x30, &[&[10, 1, 0], &element(0xa0, &[&content])])
    }
}
