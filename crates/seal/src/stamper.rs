//! An authority that says what time it is, wherever it is.

use thiserror::Error;

/// A time stamping authority (RFC 3161). The way to it is the edge's affair: what crosses this
/// line are the bytes of a request and of its response.
pub trait TimeStamper {
    /// Sends a `TimeStampReq` and returns the `TimeStampResp`, both in DER.
    fn stamp(&self, request: &[u8]) -> Result<Vec<u8>, TimeStampError>;
}

/// There is no time stamp: the operator must act, or the file stays without one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the time stamping authority gave no stamp: {reason}")]
pub struct TimeStampError {
    /// What it said, or what kept it from answering.
    pub reason: String,
}
