//! Requests of WHIP, WHEP and Janus, and what is said to them.

use anyhow::{Context, Result, ensure};
use ureq::{Agent, Body, http::Response};

use crate::limits::{REQUEST_TIMEOUT, RESPONSE_BYTES_MAX};
use crate::loopback;

/// A request.
pub(crate) struct Request<'a> {
    pub(crate) url: &'a str,
    pub(crate) bearer: Option<&'a str>,
    /// What is posted, with its media type; otherwise it is a GET.
    pub(crate) body: Option<(&'a str, &'a str)>,
}

impl Request<'_> {
    /// The body of a response that says yes.
    pub(crate) fn send(&self) -> Result<String> {
        let mut response = self.exchange()?;
        let bounded = response.body_mut().with_config().limit(RESPONSE_BYTES_MAX);
        let text = bounded.lossy_utf8(true).read_to_string().context(self.url.to_owned())?;
        let status = response.status();
        ensure!(status.is_success(), "{}: {status}: {text}", self.url);
        Ok(text)
    }

    /// The cookie that a response sets.
    pub(crate) fn cookie(&self) -> Result<String> {
        let response = self.exchange()?;
        ensure!(response.status().is_success(), "{}: {}", self.url, response.status());
        let set = response.headers().get("set-cookie").and_then(|set| set.to_str().ok());
        let cookie = set.and_then(|set| set.split(';').next());
        Ok(cookie.context("no cookie was set")?.to_owned())
    }

    fn exchange(&self) -> Result<Response<Body>> {
        let Self { url, bearer, body } = self;
        loopback::target(url)?;
        let config = Agent::config_builder()
            .timeout_global(Some(REQUEST_TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .build();
        let agent = Agent::new_with_config(config);
        let response = match (body, bearer) {
            (None, _) => agent.get(*url).call(),
            (Some((media_type, text)), bearer) => {
                let request = agent.post(*url).header("content-type", *media_type);
                match bearer {
                    Some(token) => request.header("authorization", format!("Bearer {token}")),
                    None => request,
                }
                .send(*text)
            }
        };
        response.with_context(|| (*url).to_owned())
    }
}
