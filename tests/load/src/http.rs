//! As much of HTTP/1.1 as WHIP, WHEP and Janus need: one request, one connection.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};

use crate::limits::{REQUEST_TIMEOUT, RESPONSE_BYTES_MAX};
use crate::loopback;

/// A request.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) media_type: &'a str,
    pub(crate) bearer: Option<&'a str>,
    pub(crate) body: &'a str,
}

impl Request<'_> {
    /// The body of a response that says yes.
    pub(crate) fn send(&self) -> Result<String> {
        let bytes = self.exchange()?;
        response(&bytes).with_context(|| format!("{} {}", self.method, self.url))
    }

    /// The cookie that a response sets.
    pub(crate) fn cookie(&self) -> Result<String> {
        let bytes = self.exchange()?;
        response(&bytes).with_context(|| format!("{} {}", self.method, self.url))?;
        let text = String::from_utf8_lossy(&bytes);
        let mut set = text.lines().filter_map(|line| line.split_once(": "));
        let found = set.find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let cookie = found.and_then(|(_, value)| value.split(';').next());
        Ok(cookie.context("no cookie was set")?.to_owned())
    }

    fn exchange(&self) -> Result<Vec<u8>> {
        let Self { method, url, media_type, bearer, body } = self;
        let (address, path) = loopback::target(url)?;
        let mut stream = TcpStream::connect_timeout(&address, REQUEST_TIMEOUT)
            .with_context(|| format!("connect to {address}"))?;
        stream.set_read_timeout(Some(REQUEST_TIMEOUT))?;
        stream.set_write_timeout(Some(REQUEST_TIMEOUT))?;
        stream.set_nodelay(true)?;
        let token = bearer.map(|it| format!("authorization: Bearer {it}\r\n")).unwrap_or_default();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{token}\
             content-type: {media_type}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).with_context(|| format!("{method} {url}"))?;
        let mut bytes = Vec::new();
        let mut bounded = stream.take(RESPONSE_BYTES_MAX);
        bounded.read_to_end(&mut bytes).with_context(|| format!("{method} {url}"))?;
        Ok(bytes)
    }
}

fn response(bytes: &[u8]) -> Result<String> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").context("not a whole response")?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    ensure!(status.starts_with('2'), "status {status}: {body}");
    let is_chunked = lines.any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("transfer-encoding:") && line.contains("chunked")
    });
    if is_chunked { unchunked(body) } else { Ok(body.to_owned()) }
}

fn unchunked(mut body: &str) -> Result<String> {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).context("size of a chunk")?;
        if size == 0 {
            break;
        }
        whole.push_str(rest.get(..size).context("a cut chunk")?);
        body = rest.get(size + 2..).unwrap_or_default();
    }
    Ok(whole)
}

#[test]
fn responses_are_read_and_refusals_told() {
    let whole = b"HTTP/1.1 201 Created\r\ncontent-length: 3\r\n\r\nabc";
    assert_eq!(response(whole).unwrap(), "abc");
    let chunked =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
    assert_eq!(response(chunked).unwrap(), "abc");
    for bad in [&b"HTTP/1.1 401 No\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\n", b""] {
        assert!(response(bad).is_err());
    }
}
