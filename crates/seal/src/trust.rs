//! Whom a verdict rests on: pinned anchors, what is known to be revoked, who may sign.

use std::collections::BTreeSet;

use rustls_pki_types::{CertificateDer, TrustAnchor};
use thiserror::Error;
use webpki::anchor_from_trusted_cert;

use crate::revocation::{OcspResponse, Origin, RevocationList, Source, Sources};

/// What to do about certificates whose revocation cannot be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Revocation {
    /// Refuse them: every certificate of the path needs a fresh list of its issuer.
    #[default]
    MustBeKnown,
    /// Believe them; a certificate that is known to be revoked is refused all the same.
    RefuseOnlyRevoked,
}

/// What cannot be trusted: the operator must act.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TrustError {
    /// Without an anchor nothing can be believed.
    #[error("no trust anchor was given")]
    NoAnchor,
    /// An anchor is not a certificate in DER.
    #[error("trust anchor {index} is not a certificate: {reason}")]
    Anchor {
        /// Which one, from 0.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// A revocation list is not one in DER, or of a kind that is not understood.
    #[error("revocation list {index} cannot be used: {reason}")]
    RevocationList {
        /// Which one, from 0.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// An OCSP response is not one in DER, or gives no answer.
    #[error("OCSP response {index} cannot be used: {reason}")]
    OcspResponse {
        /// Which one, from 0.
        index: usize,
        /// What is wrong.
        reason: String,
    },
}

/// Everything that [`crate::verify`] believes before it has seen the file. An anchor is pinned by
/// its name *and* its key.
#[derive(Debug)]
pub struct Trust {
    pub(crate) anchors: Vec<TrustAnchor<'static>>,
    pub(crate) intermediates: Vec<CertificateDer<'static>>,
    pub(crate) stamp_anchors: Vec<TrustAnchor<'static>>,
    pub(crate) sources: Sources,
    pub(crate) revocation: Revocation,
    pub(crate) allowed: Option<BTreeSet<String>>,
}

impl Trust {
    /// Trust in these certificates (DER) and nothing else. Revocation must be known, everybody
    /// whom the anchors vouch for may sign.
    pub fn new<D: AsRef<[u8]>>(anchors: &[D]) -> Result<Self, TrustError> {
        if anchors.is_empty() {
            return Err(TrustError::NoAnchor);
        }
        Ok(Self {
            anchors: pinned(anchors)?,
            intermediates: Vec::new(),
            stamp_anchors: Vec::new(),
            sources: Sources::default(),
            revocation: Revocation::default(),
            allowed: None,
        })
    }

    /// Certificates (DER) that may help to find the way from a signer to an anchor, for files
    /// that do not carry them. They are not trusted by themselves.
    #[must_use]
    pub fn with_intermediates<D: AsRef<[u8]>>(mut self, certificates: &[D]) -> Self {
        self.intermediates
            .extend(certificates.iter().map(|der| CertificateDer::from(der.as_ref().to_vec())));
        self
    }

    /// Revocation lists (DER) of the anchors and of the authorities below them.
    pub fn with_revocation_lists<D: AsRef<[u8]>>(
        mut self,
        lists: &[D],
    ) -> Result<Self, TrustError> {
        for (index, der) in lists.iter().enumerate() {
            let item = RevocationList::from_der(der.as_ref())
                .map_err(|reason| TrustError::RevocationList { index, reason })?;
            self.sources.lists.push(Source { item, origin: Origin::Given });
        }
        Ok(self)
    }

    /// OCSP responses (DER) about certificates of signers, of authorities, of time stamps.
    pub fn with_ocsp_responses<D: AsRef<[u8]>>(
        mut self,
        responses: &[D],
    ) -> Result<Self, TrustError> {
        for (index, der) in responses.iter().enumerate() {
            let item = OcspResponse::from_der(der.as_ref())
                .map_err(|reason| TrustError::OcspResponse { index, reason })?;
            self.sources.responses.push(Source { item, origin: Origin::Given });
        }
        Ok(self)
    }

    /// Time stamps prove a time when they lead to one of these certificates (DER), and refuse the
    /// file when they do not. Without any, no time stamp proves anything.
    pub fn with_time_stamp_anchors<D: AsRef<[u8]>>(
        mut self,
        anchors: &[D],
    ) -> Result<Self, TrustError> {
        self.stamp_anchors.extend(pinned(anchors)?);
        Ok(self)
    }

    /// What to do when revocation cannot be known.
    #[must_use]
    pub const fn with_revocation(mut self, revocation: Revocation) -> Self {
        self.revocation = revocation;
        self
    }

    /// Only signers with one of these common names may sign, letter by letter.
    #[must_use]
    pub fn with_allowed_signers<N: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.allowed = Some(names.into_iter().map(Into::into).collect());
        self
    }
}

fn pinned<D: AsRef<[u8]>>(anchors: &[D]) -> Result<Vec<TrustAnchor<'static>>, TrustError> {
    let anchors = anchors.iter().enumerate().map(|(index, der)| {
        let certificate = CertificateDer::from(der.as_ref());
        anchor_from_trusted_cert(&certificate)
            .map(|anchor| anchor.to_owned())
            .map_err(|error| TrustError::Anchor { index, reason: error.to_string() })
    });
    anchors.collect()
}
