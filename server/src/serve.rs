//! The process: comes up, accepts connections, goes down in order.

use std::future::Future;
use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::config::Config;
use crate::edge::Edge;
use crate::http;
use crate::telemetry;

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
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Opens the database, starts every service and takes the port.
    pub async fn start(config: Config, edge: Edge) -> anyhow::Result<Self> {
        let listen = config.http.listen;
        let app = App::start(config, edge).await?;
        let listener =
            TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr()?;
        tracing::info!(http.address = %address, "the server listens");
        Ok(Self { app, listener, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `told` ends, then stops: live clients hear `RESTART`, loops end, the database
    /// is closed.
    pub async fn serve(self, told: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let (router, _) = http::router(self.app.clone());
        let stop = self.app.stop.clone();
        let told = async move {
            told.await;
            stop.cancel();
        };
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(self.listener, service).with_graceful_shutdown(told).await?;
        self.app.stop().await;
        Ok(())
    }
}
