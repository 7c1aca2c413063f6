//! Which path to a peer is his: the one that he nominated last.
//!
//! `rtc` stays for ever on the first pair that was nominated. A client that moves, from one
//! interface to another or from UDP to TCP, nominates its new path without a restart of ICE and
//! lets the old one die; so the path is kept here, and what `rtc` itself sends is sent there too.

use bytes::BytesMut;

use crate::demux::{Stun, success_of};
use crate::endpoint::Endpoint;

/// What is known of the path to a peer.
#[derive(Debug)]
pub(crate) struct Path {
    /// Whether a nomination is awaited though there may be a path: at first, and after a restart
    /// of ICE.
    awaits: bool,
    /// The last nomination that was not confirmed yet.
    nomination: Option<Nomination>,
}

#[derive(Debug)]
struct Nomination {
    from: Endpoint,
    request: BytesMut,
    is_repeated: bool,
}

impl Path {
    pub(crate) fn new() -> Self {
        Self { awaits: true, nomination: None }
    }

    /// ICE was restarted.
    pub(crate) fn restart(&mut self) {
        *self = Self::new();
    }

    /// Notes a request that nominates another path than the one that leads to `current`.
    pub(crate) fn came(
        &mut self,
        current: Option<Endpoint>,
        from: Endpoint,
        stun: Option<Stun<'_>>,
        bytes: &BytesMut,
    ) {
        let nominates = matches!(stun, Some(Stun::Request { nominates: true, .. }));
        if nominates && (self.awaits || current != Some(from)) {
            let request = bytes.clone();
            self.nomination = Some(Nomination { from, request, is_repeated: false });
        }
    }

    /// The nomination to show to `rtc` again, now that its check of that path was answered: it
    /// answers the first nomination of a path with that check instead of success, and would leave
    /// the client waiting until it nominates again.
    pub(crate) fn repeat(&mut self, from: Endpoint, stun: Option<Stun<'_>>) -> Option<BytesMut> {
        let is_answer = stun == Some(Stun::Success);
        let nomination = self.nomination.as_mut().filter(|it| is_answer && it.from == from)?;
        let is_new = !std::mem::replace(&mut nomination.is_repeated, true);
        is_new.then(|| nomination.request.clone())
    }

    /// Whether `message`, which `rtc` sends to `to`, confirms the last nomination: it says success
    /// only to who knows the password.
    pub(crate) fn is_confirmed_by(&mut self, to: Endpoint, message: &[u8]) -> bool {
        let confirms = |it: &mut Nomination| it.from == to && success_of(message, &it.request);
        let is_confirmed = self.nomination.take_if(confirms).is_some();
        self.awaits &= !is_confirmed;
        is_confirmed
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn message(kind: u8, transaction: u8) -> BytesMut {
        let mut bytes = BytesMut::from(&[kind, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..]);
        bytes.extend_from_slice(&[transaction; 12]);
        bytes
    }

    #[test]
    fn the_last_confirmed_nomination_is_the_path() {
        let at = |port| Endpoint::udp(SocketAddr::from(([192, 0, 2, 1], port)));
        let nominates = Some(Stun::Request { user: b"u", nominates: true });
        let checks = Some(Stun::Request { user: b"u", nominates: false });
        let mut path = Path::new();
        path.came(None, at(1), checks, &message(0, 1));
        assert!(!path.is_confirmed_by(at(1), &message(1, 1)), "a check is no nomination");

        path.came(None, at(1), nominates, &message(0, 2));
        assert_eq!(path.repeat(at(2), Some(Stun::Success)), None);
        assert_eq!(path.repeat(at(1), Some(Stun::Success)), Some(message(0, 2)));
        assert_eq!(path.repeat(at(1), Some(Stun::Success)), None, "once");
        assert!(!path.is_confirmed_by(at(2), &message(1, 2)), "to another");
        assert!(!path.is_confirmed_by(at(1), &message(1, 3)), "of another request");
        assert!(path.is_confirmed_by(at(1), &message(1, 2)));

        path.came(Some(at(1)), at(1), nominates, &message(0, 4));
        assert!(!path.is_confirmed_by(at(1), &message(1, 4)), "it is the path already");
        path.came(Some(at(1)), Endpoint::tcp(at(1).address), nominates, &message(0, 5));
        assert!(path.is_confirmed_by(Endpoint::tcp(at(1).address), &message(1, 5)));
        path.restart();
        path.came(Some(at(1)), at(1), nominates, &message(0, 6));
        assert!(path.is_confirmed_by(at(1), &message(1, 6)), "it is awaited");
    }
}
