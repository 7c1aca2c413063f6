//! Numbers about the running server, in `OpenMetrics`.

use std::sync::Mutex;
use std::sync::PoisonError;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::meetings::{CommandError, Done};

/// Seconds, from a quick answer to one that somebody notices.
const SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// The numbers that the server itself counts. Other parts register theirs in [`Metrics::new`].
pub(crate) struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Request, Counter>,
    request_seconds: Histogram,
    commands: Family<Outcome, Counter>,
    live_open: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    /// As the router knows it, so that there are not more of them than endpoints.
    path: String,
    method: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: String,
}

impl Metrics {
    /// Counts from nothing. `register` lets other parts add their numbers.
    pub(crate) fn new(register: impl FnOnce(&mut Registry)) -> Self {
        let mut registry = Registry::with_prefix("diemcau");
        let requests = Family::<Request, Counter>::default();
        let request_seconds = Histogram::new(SECONDS);
        let commands = Family::<Outcome, Counter>::default();
        let live_open = Gauge::default();
        registry.register("http_requests", "Answered requests", requests.clone());
        let help = "Time to answer a request, in seconds";
        registry.register("http_request_seconds", help, request_seconds.clone());
        registry.register("meeting_commands", "Commands by what became of them", commands.clone());
        registry.register("live_channels_open", "Open live channels", live_open.clone());
        register(&mut registry);
        let registry = Mutex::new(registry);
        Self { registry, requests, request_seconds, commands, live_open }
    }

    /// A request was answered.
    pub(crate) fn request(&self, (method, path): (&str, &str), status: u16, seconds: f64) {
        let labels = Request { path: path.to_owned(), method: method.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.observe(seconds);
    }

    /// A command was carried out or not.
    pub(crate) fn command(&self, result: &Result<Done, CommandError>) {
        let outcome = match result {
            Ok(_) => "done",
            Err(CommandError::Refused(_)) => "refused",
            Err(CommandError::Contended) => "contended",
            Err(CommandError::Store(_)) => "failed",
        };
        self.commands.get_or_create(&Outcome { outcome: outcome.to_owned() }).inc();
    }

    /// Everything as text, with what is asked for at this moment.
    pub(crate) fn text(&self, live_open: usize) -> Result<String, std::fmt::Error> {
        self.live_open.set(i64::try_from(live_open).unwrap_or(i64::MAX));
        let mut text = String::new();
        encode(&mut text, &self.registry.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(text)
    }
}
