//! Signatures of PDF files: made, and judged.
//!
//! [`sign`] seals a file that nobody signed yet as `PAdES` B-B, by an incremental update, with a key
//! behind the [`Signer`] trait; [`sign_stamped`] as B-T, with a [`TimeStamper`]; [`add_evidence`]
//! and [`stamp_document`] make B-LT and B-LTA of it. [`verify`] judges a file against pinned anchors ([`Trust`]) at a
//! given time, and refuses at the first fault with a stable [`Code`]. The policy is stricter than
//! that of common viewers: every signature must be good, nothing visible may have been added after
//! the first of them, and what cannot be known is refused.
//!
//! No network, no database, no clock; reading files is the affair of the binary `diemcau-seal`.

mod asn1;
#[cfg(feature = "authority")]
pub mod authority;
mod certificate;
mod code;
mod document;
mod ess;
mod file_key;
mod inspect;
mod limits;
mod oids;
mod pss;
mod revocation;
mod scan;
mod sign;
mod signer;
mod stamper;
mod trust;
mod tsp;
mod verify;

pub use code::{Code, Proof, Refused, sentence};
pub use file_key::{FileKey, KeyFileError, RsaPadding};
pub use inspect::{Inspection, inspect};
pub use sign::{
    Evidence, SealRequest, SignError, SignRefusal, add_evidence, sign, sign_stamped, stamp_document,
};
pub use signer::{Algorithm, Signer, SignerError};
pub use stamper::{TimeStampError, TimeStamper};
pub use trust::{Revocation, Trust, TrustError};
pub use verify::{ProvenTime, SignerInfo, Verified, verify};
