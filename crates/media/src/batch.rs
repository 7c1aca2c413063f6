//! The datagrams that leave together.

use std::net::SocketAddr;

use bytes::BytesMut;

use crate::limits::BATCH_MAX;

/// One datagram to send.
#[derive(Debug)]
pub struct Datagram {
    /// To whom.
    pub to: SocketAddr,
    /// Its bytes.
    pub bytes: BytesMut,
}

/// Datagrams of one `sendmmsg`, filled, handed out, used again.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    datagrams: Vec<Datagram>,
    handed_out: bool,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { datagrams: Vec::with_capacity(BATCH_MAX), handed_out: false }
    }

    /// Forgets what was handed out.
    pub(crate) fn recycle(&mut self) {
        if std::mem::take(&mut self.handed_out) {
            self.datagrams.clear();
        }
    }

    pub(crate) fn has_room(&self) -> bool {
        self.datagrams.len() < BATCH_MAX
    }

    pub(crate) fn push(&mut self, to: SocketAddr, bytes: BytesMut) {
        self.datagrams.push(Datagram { to, bytes });
    }

    /// What is in it, if anything.
    pub(crate) fn hand_out(&mut self) -> Option<&[Datagram]> {
        self.handed_out = !self.datagrams.is_empty();
        self.handed_out.then_some(self.datagrams.as_slice())
    }
}
