//! Time stamps (RFC 3161): a token says that a hash was there at a time.
//!
//! Here is what can be checked without trusting anybody: the token's shape, its imprint, its
//! value. Whether its authority is trusted is [`super::proof`]'s affair. Whatever is wrong with a
//! stamp refuses the file with one code: a stamp is there to be believed or not to be there.

use x509_cert::ext::pkix::ExtendedKeyUsage;

use crate::code::{Check, Code, Refused, refuse};
use crate::oids;
use crate::tsp::{self, Statement};
use crate::verify::container::{self, Container, hash_algorithm, hash_of};
use crate::verify::gap::SignedRange;

/// A time stamp that is on what it should be on, whoever made it.
#[derive(Debug)]
pub(crate) struct Stamp {
    pub(crate) container: Container,
    /// When the stamped bytes were there at the latest, seconds since 1970 UTC.
    pub(crate) at: u64,
}

/// The time stamps on a signature's value.
pub(crate) fn on_signature(container: &Container) -> Check<Vec<Stamp>> {
    container.stamps.iter().map(|token| read(token, &[container.value()])).collect()
}

/// A time stamp on a document.
pub(crate) fn on_document(range: &SignedRange, parts: &[&[u8]]) -> Check<Stamp> {
    let format = range.dictionary.get(b"SubFilter").and_then(lopdf::Object::as_name).ok();
    if format != Some(b"ETSI.RFC3161") {
        return refuse(Code::Timestamp, "a document time stamp of an unknown format");
    }
    let token = container::from_padded(&range.container).map_err(|refused| timestamp(&refused))?;
    read(&token, parts)
}

/// Checks a token that an authority has just made for a hash.
pub(crate) fn check_token(token: &[u8], sha256: &[u8]) -> Check<()> {
    let (_, statement) = parse(token)?;
    if statement.imprint.algorithm.oid == oids::SHA256
        && statement.imprint.hash.as_bytes() == sha256
    {
        Ok(())
    } else {
        refuse(Code::Timestamp, "the time stamp is on something else")
    }
}

fn read(token: &[u8], parts: &[&[u8]]) -> Check<Stamp> {
    let (container, statement) = parse(token)?;
    let hash =
        hash_algorithm(statement.imprint.algorithm.oid).map_err(|refused| timestamp(&refused))?;
    if statement.imprint.hash.as_bytes() != hash_of(hash, parts) {
        return refuse(Code::Timestamp, "the time stamp is on something else");
    }
    Ok(Stamp { container, at: statement.latest })
}

fn parse(token: &[u8]) -> Check<(Container, Statement)> {
    let (container, content) = container::read_with_content(token, oids::TST_INFO)
        .map_err(|refused| timestamp(&refused))?;
    container::check(&container, &[&content]).map_err(|refused| timestamp(&refused))?;
    check_purpose(&container)?;
    let statement = tsp::statement(&content)
        .ok_or_else(|| Refused::new(Code::Timestamp, "the token's content cannot be read"))?;
    Ok((container, statement))
}

/// The certificate is for time stamps and nothing else, and says so critically (RFC 3161, 2.3).
fn check_purpose(container: &Container) -> Check<()> {
    let certificate = container.signer_certificate.parsed.tbs_certificate();
    match certificate.get_extension::<ExtendedKeyUsage>() {
        Ok(Some((true, purposes))) if purposes.0 == [oids::KP_TIME_STAMPING] => Ok(()),
        _ => refuse(Code::Timestamp, "the authority's certificate is not for time stamps alone"),
    }
}

/// A refusal of any kind, said of a time stamp.
pub(crate) fn timestamp(refused: &Refused) -> Refused {
    Refused::new(Code::Timestamp, format!("{}: {}", refused.code, refused.detail))
}
