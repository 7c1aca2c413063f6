//! Connections with TLS.

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::Server;
use crate::config::{Config, Tls};
use crate::edge::Edge;

fn client(certificate: CertificateDer<'static>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn https_is_served_and_a_silent_client_holds_nobody_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
    std::fs::write(at("cert.pem"), made.cert.pem()).expect("it is written");
    std::fs::write(at("key.pem"), made.signing_key.serialize_pem()).expect("it is written");
    let mut config = Config::default();
    config.http.listen = "127.0.0.1:0".parse().expect("an address");
    config.http.tls = Some(Tls { cert: at("cert.pem"), key: at("key.pem") });
    config.database.url = format!("sqlite:{}", at("diemcau.db").display());
    config.papers.folder = at("papers");
    config.papers.keys = at("keys");
    let server = Server::start(config, Edge::real()).await.expect("it starts");
    let (address, stop) = (server.address(), CancellationToken::new());
    let mut serving = JoinSet::new();
    serving.spawn(server.serve(stop.clone().cancelled_owned()));

    let _silent = TcpStream::connect(address).await.expect("it connects");
    let stream = TcpStream::connect(address).await.expect("it connects");
    let name = ServerName::try_from("localhost").expect("a name");
    let connector = client(made.cert.der().clone());
    let mut stream = connector.connect(name, stream).await.expect("a handshake");
    let request = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    let mut answer = Vec::new();
    // The server may close without the TLS farewell.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security"), "{answer}");
    stop.cancel();
    serving.join_next().await.expect("it served").expect("no panic").expect("it stopped");
}
