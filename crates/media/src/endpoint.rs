//! Where datagrams come from and go to.

use std::fmt;
use std::net::SocketAddr;

use rtc::shared::{TransportContext, TransportProtocol};

/// What carries a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// As what it is.
    Udp,
    /// In a stream, behind its length (RFC 4571): for those whose network lets nothing else out.
    Tcp,
}

/// One end of a path. The same address over another transport is another end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// Its address; an IPv4 address in its IPv4 form.
    pub address: SocketAddr,
    /// What carries datagrams there.
    pub transport: Transport,
}

impl Endpoint {
    /// Reached by UDP.
    #[must_use]
    pub const fn udp(address: SocketAddr) -> Self {
        Self { address, transport: Transport::Udp }
    }

    /// Reached by TCP.
    #[must_use]
    pub const fn tcp(address: SocketAddr) -> Self {
        Self { address, transport: Transport::Tcp }
    }

    /// The far end of a message of `rtc`.
    pub(crate) fn of_peer(context: &TransportContext) -> Self {
        let transport = match context.transport_protocol {
            TransportProtocol::TCP => Transport::Tcp,
            _ => Transport::Udp,
        };
        Self { address: context.peer_addr, transport }
    }

    /// What `rtc` is told about a datagram that came from here to `local`.
    pub(crate) fn context(self, local: SocketAddr) -> TransportContext {
        let transport_protocol = match self.transport {
            Transport::Udp => TransportProtocol::UDP,
            Transport::Tcp => TransportProtocol::TCP,
        };
        TransportContext {
            local_addr: local,
            peer_addr: self.address,
            transport_protocol,
            ecn: None,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.transport {
            Transport::Udp => write!(f, "udp/{}", self.address),
            Transport::Tcp => write!(f, "tcp/{}", self.address),
        }
    }
}
