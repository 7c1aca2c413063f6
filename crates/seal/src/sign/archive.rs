//! Proofs for later: validation data (`PAdES` B-LT) and document time stamps (B-LTA), each an
//! incremental update of a signed file.

use lopdf::{Dictionary, Object, Stream};

use crate::document::{array, catalog, dictionary, load};
use crate::limits::{EVIDENCE_ITEMS_MAX, STAMP_BYTES};
use crate::sign::container::token;
use crate::sign::syntax::name;
use crate::sign::update::Update;
use crate::sign::{SignError, checked, field};
use crate::stamper::TimeStamper;
use crate::verify::examine;

/// What proves, when the lists of today are gone, that certificates were good. Everything in DER.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Certificates of the signers' and of the time stamping authorities' paths.
    pub certificates: Vec<Vec<u8>>,
    /// Revocation lists.
    pub revocation_lists: Vec<Vec<u8>>,
    /// OCSP responses.
    pub ocsp_responses: Vec<Vec<u8>>,
}

/// The form field's name of a document time stamp; a number is added when there is one already.
const FIELD: &str = "DocTimeStamp";

/// Puts proofs into a signed file (B-LT), beside those that it has. A certified file takes them,
/// too.
pub fn add_evidence(pdf: &[u8], evidence: &Evidence) -> Result<Vec<u8>, SignError> {
    examine(pdf)?;
    let document = load(pdf)?;
    let (root, before) = catalog(&document)?;
    let mut update = Update::new(pdf, &document)?;
    let mut store = dictionary(&document, before, b"DSS").cloned().unwrap_or_default();
    store.set("Type", name("DSS"));
    let kinds = [
        ("Certs", &evidence.certificates),
        ("CRLs", &evidence.revocation_lists),
        ("OCSPs", &evidence.ocsp_responses),
    ];
    for (key, items) in kinds {
        let mut list = array(&document, &store, key.as_bytes()).unwrap_or_default().to_vec();
        if list.len() + items.len() > EVIDENCE_ITEMS_MAX {
            return Err(SignError::Evidence(list.len() + items.len()));
        }
        for item in items {
            let id = update.new_id();
            let stream = Stream::new(Dictionary::new(), item.clone());
            update.put(id, &Object::Stream(stream));
            list.push(Object::Reference(id));
        }
        if !list.is_empty() {
            store.set(key, Object::Array(list));
        }
    }
    let id = update.new_id();
    update.put(id, &Object::Dictionary(store));
    let mut after = before.clone();
    after.set("DSS", Object::Reference(id));
    update.put(root, &Object::Dictionary(after));
    checked(pdf, update.write()?)
}

/// Puts a time stamp on a signed file with everything in it (B-LTA). To be done again, after
/// evidence for the last stamp, before the certificate of the last stamp's authority ends.
pub fn stamp_document(pdf: &[u8], stamper: &dyn TimeStamper) -> Result<Vec<u8>, SignError> {
    examine(pdf)?;
    let document = load(pdf)?;
    let mut update = Update::new(pdf, &document)?;
    let field = field::add(&mut update, FIELD, field::DOCUMENT_STAMP_ENTRIES, STAMP_BYTES)?;
    let file = field::fill(update.write()?, &field, |digest| token(digest, stamper))?;
    checked(pdf, file)
}
