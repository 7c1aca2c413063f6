//! The document security store (DSS): certificates, revocation lists and OCSP responses that were
//! put into a file so that it can be judged later. Anybody can put anything there.

use der::Decode;
use lopdf::{Document, Object};
use x509_cert::Certificate;

use crate::document::{array, catalog, dictionary, resolve};
use crate::limits::{EVIDENCE_BYTES_MAX, EVIDENCE_ITEMS_MAX};
use crate::revocation::{OcspResponse, RevocationList};
use crate::verify::ContainedCertificate;

/// What a file has to prove by.
#[derive(Debug, Default)]
pub(crate) struct ValidationData {
    pub(crate) certificates: Vec<ContainedCertificate>,
    pub(crate) lists: Vec<RevocationList>,
    pub(crate) responses: Vec<OcspResponse>,
}

/// Reads a file's validation data. What cannot be read, or is beyond the limits, proves nothing
/// and is left out.
pub(crate) fn validation_data(document: &Document) -> ValidationData {
    let mut budget = EVIDENCE_BYTES_MAX;
    let certificates = streams(document, b"Certs", &mut budget).into_iter().filter_map(|der| {
        let parsed = Certificate::from_der(&der).ok()?;
        Some(ContainedCertificate { parsed, der })
    });
    let certificates = certificates.collect();
    let lists = streams(document, b"CRLs", &mut budget);
    let responses = streams(document, b"OCSPs", &mut budget);
    ValidationData {
        certificates,
        lists: lists.iter().filter_map(|der| RevocationList::from_der(der).ok()).collect(),
        responses: responses.iter().filter_map(|der| OcspResponse::from_der(der).ok()).collect(),
    }
}

fn streams(document: &Document, key: &[u8], budget: &mut usize) -> Vec<Vec<u8>> {
    let Ok((_, catalog)) = catalog(document) else { return Vec::new() };
    let Some(store) = dictionary(document, catalog, b"DSS") else { return Vec::new() };
    let mut contents = Vec::new();
    for item in array(document, store, key).unwrap_or_default().iter().take(EVIDENCE_ITEMS_MAX) {
        let Object::Stream(stream) = resolve(document, item) else { continue };
        if let Ok(content) = stream.get_plain_content_with_limit(*budget) {
            *budget -= content.len().min(*budget);
            contents.push(content);
        }
    }
    contents
}
