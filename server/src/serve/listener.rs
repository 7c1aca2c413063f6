//! Accepts connections, with or without TLS, and never stands still for a slow one.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use crate::limits::{HANDSHAKE_TIMEOUT, HANDSHAKES_MAX};

/// How long accepting rests after an error that will not go away at once (no file descriptors).
const REST: Duration = Duration::from_millis(250);

/// The door: plain, or with TLS when an acceptor is given.
pub(super) struct Door {
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    handshakes: JoinSet<Option<(TlsStream<TcpStream>, SocketAddr)>>,
}

/// Where a connection came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Door {
    /// A door at this port.
    pub(super) fn new(tcp: TcpListener, tls: Option<TlsAcceptor>) -> Self {
        Self { tcp, tls, handshakes: JoinSet::new() }
    }

    async fn accept_tcp(tcp: &TcpListener) -> (TcpStream, SocketAddr) {
        loop {
            match tcp.accept().await {
                Ok((stream, address)) => {
                    // Frames of the live channel are small and must not wait for one another.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(error = %error, "no TCP_NODELAY");
                    }
                    return (stream, address);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(error = %error, "no connection can be accepted");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }
}

impl Listener for Door {
    type Io = Either<TcpStream, TlsStream<TcpStream>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let Self { tcp, tls, handshakes } = self;
        let Some(tls) = tls else {
            let (stream, address) = Self::accept_tcp(tcp).await;
            return (Either::Left(stream), address);
        };
        loop {
            tokio::select! {
                (stream, address) = Self::accept_tcp(tcp), if handshakes.len() < HANDSHAKES_MAX => {
                    let tls = tls.clone();
                    handshakes.spawn(async move {
                        let accepted = tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream));
                        accepted.await.ok()?.ok().map(|stream| (stream, address))
                    });
                }
                Some(Ok(Some((stream, address)))) = handshakes.join_next() => {
                    return (Either::Right(stream), address);
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
