//! What goes in and out of a [`crate::Shard`].

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;

use crate::batch::Datagrams;
use crate::engine::Protection;
use crate::ids::{PeerId, StreamId};
use crate::level::Loudness;
use crate::offer::Shape;

/// What a shard is told.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram from the shard's socket.
    Datagram {
        /// Who sent it; an IPv4 address in its IPv4 form.
        from: SocketAddr,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// Something to do.
    Command(Command),
    /// The moment of `poll_timeout` has come.
    Timeout,
}

/// Something to do.
#[derive(Debug)]
pub enum Command {
    /// Take a peer in. Answered by [`Event::Answered`] or [`Event::Refused`].
    Join(Box<Join>),
    /// Restart ICE of a peer with an offer that differs only in its ICE credentials. Answered by
    /// [`Event::Answered`] or [`Event::Refused`]; the peer stays either way.
    Restart {
        /// Which.
        peer: PeerId,
        /// The whole new offer.
        offer: String,
    },
    /// Let a peer go. Answered by [`Event::Gone`] if it was there.
    Leave(PeerId),
    /// Point slots at streams.
    Route(RouteTable),
    /// Hand out the packets of these streams, and of no others, as [`Output::Recorded`]. A video
    /// stream that is new among them is asked for a keyframe.
    Record(BTreeSet<StreamId>),
    /// Ask the publisher of a stream for a keyframe.
    WantKeyframe(StreamId),
}

/// Who receives what: for each receiver named, the source of each of its slots in the order of
/// [`Shape::slots`]. Receivers not named keep what they have; saying the same twice changes
/// nothing. A source that is not there yet is waited for.
pub type RouteTable = BTreeMap<PeerId, Vec<Option<StreamId>>>;

/// A peer to take in.
#[derive(Debug)]
pub struct Join {
    /// Its number, never used before.
    pub peer: PeerId,
    /// Its SDP offer.
    pub offer: String,
    /// What its m-lines are for.
    pub shape: Shape,
    /// Which SRTP profiles it may have.
    pub protection: Protection,
}

/// What a shard says.
#[derive(Debug)]
pub enum Output<'a> {
    /// Send these, now. Their buffers are used again at the next call.
    Send(Datagrams<'a>),
    /// Something happened.
    Event(Event),
    /// A packet of a stream that is recorded.
    Recorded(Recorded),
}

/// A packet of a stream that is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Which stream.
    pub stream: StreamId,
    /// Its number, without the holes that dropped padding leaves.
    pub sequence: u16,
    /// In ticks of the stream's RTP clock.
    pub timestamp: u32,
    /// Whether it is the last packet of a picture.
    pub marker: bool,
    /// The RTP payload.
    pub payload: Bytes,
    /// When it came.
    pub at: Instant,
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The peer was taken in, or its ICE restarted.
    Answered {
        /// Which.
        peer: PeerId,
        /// The SDP answer.
        sdp: String,
    },
    /// The peer was not taken in, or its ICE not restarted.
    Refused {
        /// Which.
        peer: PeerId,
        /// Why.
        refusal: Refusal,
    },
    /// ICE and DTLS are up.
    Connected {
        /// Which.
        peer: PeerId,
    },
    /// The peer is not there any more.
    Gone {
        /// Which.
        peer: PeerId,
        /// Why.
        reason: GoneReason,
    },
    /// The first packet of a stream came, or the first after a silence.
    StreamOpened {
        /// Which.
        stream: StreamId,
    },
    /// A stream fell silent or its peer is gone.
    StreamEnded {
        /// Which.
        stream: StreamId,
    },
    /// The publisher was asked for a keyframe.
    KeyframeRequested {
        /// Of which stream.
        stream: StreamId,
    },
    /// Figures of every peer, at a fixed interval.
    Stats(Vec<PeerStats>),
    /// How loud the voices are: now and then while somebody speaks, and once when nobody does
    /// any longer. Voices that are not named are silent.
    Levels {
        /// When.
        at: Instant,
        /// The voices.
        voices: Vec<Loudness>,
    },
}

/// Why a peer is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoneReason {
    /// It was told to leave.
    Left,
    /// It closed its side.
    Closed,
    /// Nothing was heard of it for too long.
    Silent,
    /// ICE or DTLS did not come up; with [`Protection::Authenticated`] the reason may be that the
    /// client knows no AES-GCM, and it may try again with [`Protection::Any`].
    NeverConnected,
}

/// Why a peer was not taken in. The sender of the offer can act on it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The shard is full.
    #[error("too many peers")]
    TooManyPeers,
    /// The number is taken.
    #[error("the peer is there already")]
    PeerExists,
    /// There is no such peer.
    #[error("no such peer")]
    NoSuchPeer,
    /// The offer is too large or has too many m-lines.
    #[error("the offer is too large")]
    TooLarge,
    /// The offer cannot be read or is not one that this server answers.
    #[error("bad offer: {0}")]
    BadOffer(String),
    /// The shape names an m-line that the offer does not have, or not in that direction.
    #[error("the offer has no m-line {0:?} for this")]
    NoSuchMid(String),
    /// An m-line offers neither VP8 nor Opus.
    #[error("an m-line offers neither VP8 nor Opus")]
    NoCommonCodec,
}

/// Figures of one peer since it came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeerStats {
    /// Which.
    pub peer: u64,
    /// RTP packets forwarded from it.
    pub packets_in: u64,
    /// Payload bytes forwarded from it.
    pub bytes_in: u64,
    /// RTP packets forwarded to it.
    pub packets_out: u64,
    /// Payload bytes forwarded to it.
    pub bytes_out: u64,
    /// Packets of these that were sent again because it lost them.
    pub packets_resent: u64,
    /// The worst loss it reported last, in 1/256.
    pub loss_256ths: u8,
}
