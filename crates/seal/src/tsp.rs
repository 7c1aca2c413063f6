//! Time stamps as RFC 3161 writes them: the request, the response, what a token says.

use der::asn1::{Any, Int, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence};
use ring::digest::{self, SHA256};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::Extensions;

use crate::asn1::seconds;
use crate::oids;

/// `MessageImprint`.
#[derive(Clone, Debug, Sequence)]
pub(crate) struct Imprint {
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    pub(crate) hash: OctetString,
}

/// `TimeStampReq`.
#[derive(Sequence)]
struct Request {
    version: u8,
    imprint: Imprint,
    #[asn1(optional = "true")]
    policy: Option<ObjectIdentifier>,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(default = "Default::default")]
    wants_certificates: bool,
}

/// `TimeStampResp`.
#[derive(Sequence)]
struct Response {
    status: Status,
    #[asn1(optional = "true")]
    token: Option<Any>,
}

/// `PKIStatusInfo`.
#[derive(Sequence)]
struct Status {
    code: u8,
    #[asn1(optional = "true")]
    text: Option<Vec<String>>,
    #[asn1(optional = "true")]
    failure: Option<der::asn1::BitString>,
}

/// `TSTInfo`.
#[derive(Clone, Debug, Sequence)]
struct TokenInfo {
    version: u8,
    policy: ObjectIdentifier,
    imprint: Imprint,
    serial: Int,
    generated_at: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    authority: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// `Accuracy`.
#[derive(Clone, Debug, Sequence)]
struct Accuracy {
    #[asn1(optional = "true")]
    seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    milliseconds: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    microseconds: Option<u16>,
}

/// What a token says: this hash was there at this time.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) imprint: Imprint,
    /// The latest second that the authority means, since 1970 UTC.
    pub(crate) latest: u64,
}

/// The request for a stamp on the SHA-256 of these bytes. It carries no nonce: what is stamped
/// never existed before, so that no older answer can fit.
pub(crate) fn request(hash: &[u8]) -> der::Result<Vec<u8>> {
    Request {
        version: 1,
        imprint: Imprint {
            algorithm: AlgorithmIdentifierOwned {
                oid: oids::SHA256,
                parameters: Some(Any::null()),
            },
            hash: OctetString::new(hash)?,
        },
        policy: None,
        nonce: None,
        wants_certificates: true,
    }
    .to_der()
}

/// The SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&SHA256, bytes).as_ref().to_vec()
}

/// The token in an authority's response; `Err` says why there is none.
pub(crate) fn token(response: &[u8]) -> Result<Vec<u8>, String> {
    let response = Response::from_der(response).map_err(|error| error.to_string())?;
    let Status { code, text, .. } = response.status;
    match (code, response.token) {
        // Granted, or granted with modifications; these are seen when the token is checked.
        (0 | 1, Some(token)) => token.to_der().map_err(|error| error.to_string()),
        _ => Err(format!("status {code} {}", text.unwrap_or_default().join(" "))),
    }
}

/// What a token's content says; `None` when it is nothing that is understood.
pub(crate) fn statement(content: &[u8]) -> Option<Statement> {
    let info = TokenInfo::from_der(content).ok()?;
    let critical = info.extensions.iter().flatten().any(|extension| extension.critical);
    if info.version != 1 || critical {
        return None;
    }
    let accuracy = info.accuracy.map_or(0, |accuracy| {
        let finer = accuracy.milliseconds.is_some() || accuracy.microseconds.is_some();
        u64::from(accuracy.seconds.unwrap_or(0)) + u64::from(finer)
    });
    Some(Statement { imprint: info.imprint, latest: seconds(&info.generated_at)? + accuracy })
}
