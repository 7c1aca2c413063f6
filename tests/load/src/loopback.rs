//! The tool talks to its own machine and to no other, whatever it is told.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result, ensure};

/// The address in `http://ADDRESS:PORT`, with the path behind it.
pub(crate) fn target(url: &str) -> Result<(SocketAddr, &str)> {
    let rest = url.strip_prefix("http://").with_context(|| format!("{url} is not http://"))?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let address: SocketAddr = host.parse().with_context(|| format!("{host} is no address"))?;
    ensure!(address.ip().is_loopback(), "{address} is not of this machine");
    Ok((address, path))
}

/// Refuses a session description with a candidate elsewhere.
pub(crate) fn check_candidates(sdp: &str) -> Result<()> {
    for line in sdp.lines().filter_map(|line| line.trim().strip_prefix("a=candidate:")) {
        let word = line.split_whitespace().nth(4).with_context(|| format!("candidate {line}"))?;
        let address: IpAddr = word.parse().with_context(|| format!("candidate at {word}"))?;
        ensure!(address.is_loopback(), "a candidate at {address} is not of this machine");
    }
    Ok(())
}

#[test]
fn only_loopback_is_let_through() {
    let (address, path) = target("http://127.0.0.2:8095/whip/a?stream=b").unwrap();
    assert_eq!((address.to_string().as_str(), path), ("127.0.0.2:8095", "/whip/a?stream=b"));
    assert_eq!(target("http://[::1]:80").unwrap().1, "");
    for url in ["http://10.0.0.1:80/", "https://127.0.0.1:80/", "http://localhost:80/", "http://"] {
        assert!(target(url).is_err(), "{url}");
    }
    let line = |at: &str| format!("v=0\r\na=candidate:1 1 udp 2130706431 {at} 9 typ host\r\n");
    assert!(check_candidates(&line("127.0.0.1")).is_ok());
    for at in ["192.0.2.1", "a.local", "::"] {
        assert!(check_candidates(&line(at)).is_err(), "{at}");
    }
    assert!(check_candidates("a=candidate:1 1 udp").is_err());
}
