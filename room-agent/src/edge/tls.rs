//! How the agent knows its server behind `https`: by the public authorities, or by the one that
//! the configuration names and then by no other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::Connector;

/// Why the named authority cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The file is not there or holds no certificate.
    #[error("{path} holds no certificate: {reason}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The client cannot be made.
    #[error("the https client cannot be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// What every connection to the server is made with.
#[derive(Clone)]
pub struct Clients {
    /// For enrolment and papers.
    pub http: reqwest::Client,
    /// For the live channel; `None` means the public authorities.
    pub live: Option<Connector>,
}

impl std::fmt::Debug for Clients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

impl Clients {
    /// Clients that trust the authority in this file, or the public ones.
    pub fn new(authority: Option<&Path>) -> Result<Self, AuthorityError> {
        // One provider for every TLS user of the process; a second call finds the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .connect_timeout(std::time::Duration::from_secs(5))
            .read_timeout(std::time::Duration::from_secs(15));
        let Some(path) = authority else {
            return Ok(Self { http: builder.build()?, live: None });
        };
        let config = trusting(path)?;
        Ok(Self {
            http: builder.tls_backend_preconfigured(config.clone()).build()?,
            live: Some(Connector::Rustls(Arc::new(config))),
        })
    }
}

fn trusting(path: &Path) -> Result<ClientConfig, AuthorityError> {
    let fault = |reason: String| AuthorityError::File { path: path.into(), reason };
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(path).map_err(|error| fault(error.to_string()))?
    {
        let certificate = certificate.map_err(|error| fault(error.to_string()))?;
        roots.add(certificate).map_err(|error| fault(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(fault("the file is empty".to_owned()));
    }
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}
