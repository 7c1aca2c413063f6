//! The process: comes up, accepts connections, goes down in order.

mod listener;
#[cfg(test)]
mod tests;
mod tls;

use std::future::{Future, IntoFuture as _};
use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::config::Config;
use crate::edge::Edge;
use crate::http;
use crate::limits::CONNECTIONS_STOP_TIMEOUT;
use crate::telemetry;

use listener::Door;
pub(crate) use listener::Peer;

/// Serves until SIGTERM or SIGINT.
pub async fn run(config: Config, edge: Edge) -> anyhow::Result<()> {
    telemetry::init(&config.log)?;
    let server = Server::start(config, edge).await?;
    let mut terminate = signal(SignalKind::terminate()).context("no signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("no signals")?;
    let told = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    server.serve(told).await
}

/// A server that listens.
pub struct Server {
    app: App,
    door: Door,
    address: SocketAddr,
}

impl Server {
    /// Opens the database, starts every service and takes the port.
    pub async fn start(config: Config, edge: Edge) -> anyhow::Result<Self> {
        let listen = config.http.listen;
        let tls = config.http.tls.as_ref().map(tls::acceptor).transpose()?;
        let tcp = TcpListener::bind(listen);
        let tcp = tcp.await.with_context(|| format!("cannot listen on {listen}"))?;
        let address = tcp.local_addr()?;
        let app = App::start(config, edge).await?;
        tracing::info!(http.address = %address, http.tls = tls.is_some(), "the server listens");
        Ok(Self { app, door: Door::new(tcp, tls), address })
    }

    /// Listens at a free port of this machine for services that were started already.
    #[cfg(test)]
    pub(crate) async fn over(app: App) -> anyhow::Result<Self> {
        let tcp = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = tcp.local_addr()?;
        Ok(Self { app, door: Door::new(tcp, None), address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `told` ends, then stops within five seconds: live clients hear `RESTART`,
    /// requests are answered, loops end, the database is closed.
    pub async fn serve(self, told: impl Future<Output = ()> + Send) -> anyhow::Result<()> {
        let Self { app, door, .. } = self;
        let (router, _) = http::router(app.clone());
        let service = router.into_make_service_with_connect_info::<Peer>();
        let stop = app.stop.clone();
        let serving = axum::serve(door, service)
            .with_graceful_shutdown(stop.clone().cancelled_owned())
            .into_future();
        let overdue = async {
            told.await;
            tracing::info!("the server stops");
            stop.cancel();
            tokio::time::sleep(CONNECTIONS_STOP_TIMEOUT).await;
        };
        tokio::select! {
            served = async { tokio::join!(serving, stop.cancelled()).0 } => served?,
            () = overdue => tracing::warn!("some requests were cut off"),
        }
        app.stop().await;
        Ok(())
    }
}
