//! Whose datagram is this? A STUN binding request names its peer by user fragment; all else is
//! known by the address it comes from, which such a request has made known (RFC 7983, RFC 8445).

use crate::endpoint::Endpoint;
use crate::ids::PeerId;
use crate::limits::ADDRESSES_MAX;
use std::collections::BTreeMap;

const HEADER_BYTES: usize = 20;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];
const USERNAME: u16 = 0x0006;
const USE_CANDIDATE: u16 = 0x0025;

/// What the first bytes of a datagram say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stun<'a> {
    /// A binding request for the peer that owns the user fragment.
    Request {
        /// Our user fragment.
        user: &'a [u8],
        /// Whether it nominates its pair.
        nominates: bool,
    },
    /// The answer to a check of ours.
    Success,
}

/// Reads as much of a STUN message as is needed here; its integrity is checked by the ICE agent.
pub(crate) fn read_stun(bytes: &[u8]) -> Option<Stun<'_>> {
    if bytes.get(4..8)? != MAGIC_COOKIE {
        return None;
    }
    match *bytes.first_chunk::<2>()? {
        BINDING_SUCCESS => Some(Stun::Success),
        BINDING_REQUEST => read_request(bytes.get(HEADER_BYTES..)?),
        _ => None,
    }
}

/// Whether a message is the success that answers `request`.
pub(crate) fn success_of(message: &[u8], request: &[u8]) -> bool {
    let transaction = |bytes: &[u8]| bytes.get(8..HEADER_BYTES).map(<[u8]>::to_vec);
    read_stun(message) == Some(Stun::Success) && transaction(message) == transaction(request)
}

fn read_request(mut attributes: &[u8]) -> Option<Stun<'_>> {
    let (mut user, mut nominates) = (None, false);
    while let Some((head, rest)) = attributes.split_first_chunk::<4>() {
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = rest.get(..length)?;
        match kind {
            USERNAME => user = value.split(|&byte| byte == b':').next(),
            USE_CANDIDATE => nominates = true,
            _ => {}
        }
        attributes = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(Stun::Request { user: user?, nominates })
}

/// Which peer is known by which user fragment and which addresses.
#[derive(Debug, Default)]
pub(crate) struct Demux {
    users: BTreeMap<Vec<u8>, PeerId>,
    addresses: BTreeMap<Endpoint, PeerId>,
    of_peer: BTreeMap<PeerId, Known>,
}

#[derive(Debug, Default)]
struct Known {
    user: Vec<u8>,
    /// Oldest first.
    addresses: Vec<Endpoint>,
}

impl Demux {
    /// Makes `peer` known by its user fragment, instead of the one it had.
    pub(crate) fn set_user(&mut self, peer: PeerId, user: &str) {
        let known = self.of_peer.entry(peer).or_default();
        self.users.remove(&known.user);
        user.as_bytes().clone_into(&mut known.user);
        self.users.insert(known.user.clone(), peer);
    }

    /// Whose datagram this is.
    pub(crate) fn find(&mut self, from: Endpoint, stun: Option<Stun<'_>>) -> Option<PeerId> {
        if let Some(Stun::Request { user, .. }) = stun {
            let peer = *self.users.get(user)?;
            self.learn(peer, from);
            return Some(peer);
        }
        self.addresses.get(&from).copied()
    }

    /// Whether somebody's request came from there.
    pub(crate) fn knows(&self, from: Endpoint) -> bool {
        self.addresses.contains_key(&from)
    }

    pub(crate) fn forget(&mut self, peer: PeerId) {
        let Some(known) = self.of_peer.remove(&peer) else { return };
        self.users.remove(&known.user);
        for address in known.addresses {
            self.addresses.remove(&address);
        }
    }

    fn learn(&mut self, peer: PeerId, address: Endpoint) {
        match self.addresses.insert(address, peer) {
            Some(owner) if owner == peer => return,
            Some(owner) => {
                if let Some(known) = self.of_peer.get_mut(&owner) {
                    known.addresses.retain(|other| *other != address);
                }
            }
            None => {}
        }
        let known = self.of_peer.entry(peer).or_default();
        if known.addresses.len() == ADDRESSES_MAX {
            let oldest = known.addresses.remove(0);
            self.addresses.remove(&oldest);
        }
        known.addresses.push(address);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.users.is_empty() && self.addresses.is_empty() && self.of_peer.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn request(user: &[u8], nominates: bool) -> Vec<u8> {
        let mut bytes = vec![0x00, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42];
        bytes.extend([7; 12]);
        bytes.extend([0x00, 0x06, 0, u8::try_from(user.len()).unwrap()]);
        bytes.extend(user);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        if nominates {
            bytes.extend([0x00, 0x25, 0, 0]);
        }
        bytes
    }

    #[test]
    fn stun_is_read() {
        let nominating = request(b"abc:xyz", true);
        let plain = request(b"abc", false);
        assert_eq!(read_stun(&nominating), Some(Stun::Request { user: b"abc", nominates: true }));
        assert_eq!(read_stun(&plain), Some(Stun::Request { user: b"abc", nominates: false }));
        for length in 0..nominating.len() {
            let _ = read_stun(&nominating[..length]);
        }
        assert_eq!(read_stun(&[0x80; 40]), None);
    }

    #[test]
    fn addresses_follow_user_fragments() {
        let (one, two) = (PeerId(1), PeerId(2));
        let address = |port| Endpoint::udp(SocketAddr::from(([192, 0, 2, 1], port)));
        let mut demux = Demux::default();
        demux.set_user(one, "one");
        demux.set_user(two, "two");
        let as_user = |user| Some(Stun::Request { user, nominates: false });
        assert_eq!(demux.find(address(1), None), None);
        assert_eq!(demux.find(address(1), as_user(b"none")), None);
        assert_eq!(demux.find(address(1), as_user(b"one")), Some(one));
        assert_eq!(demux.find(address(1), None), Some(one));
        assert_eq!(demux.find(address(1), as_user(b"two")), Some(two));
        assert_eq!(demux.find(address(1), Some(Stun::Success)), Some(two));
        for port in 10..100 {
            demux.find(address(port), as_user(b"one"));
        }
        assert_eq!(demux.addresses.len(), ADDRESSES_MAX + 1);
        demux.set_user(one, "uno");
        assert_eq!(demux.find(address(5), as_user(b"one")), None);
        assert_eq!(demux.find(Endpoint::tcp(address(50).address), None), None);
        assert!(demux.knows(address(99)) && !demux.knows(address(10)));
        demux.forget(one);
        demux.forget(two);
        assert!(demux.is_empty());
    }
}
