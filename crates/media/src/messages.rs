//! What goes in and out of a [`crate::Shard`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::allocation::Class;
use crate::batch::Datagrams;
use crate::endpoint::Endpoint;
use crate::engine::Protection;
use crate::ids::{PeerId, StreamId};
use crate::level::Loudness;
use crate::offer::Shape;

/// What a shard is told.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram from one of the shard's sockets.
    Datagram {
        /// Who sent it.
        from: Endpoint,
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
    /// The most that may be sent to a peer, whatever is estimated of its line.
    Ceiling {
        /// Which.
        peer: PeerId,
        /// Nothing lifts it.
        bits_per_second: Option<u64>,
    },
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
    /// What each slot is to it, in the order of [`Shape::slots`], which decides who goes short on
    /// a thin line. Slots beyond are voices and main pictures.
    pub classes: Vec<Class>,
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
    /// So many layers of a published picture are wanted by anybody, the smallest first. Its
    /// publisher need not send more; at first he sends all.
    LayersWanted {
        /// Of which stream.
        stream: StreamId,
        /// How many; 0 while nobody looks at it.
        layers: usize,
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
    /// What its line is thought to carry towards it, in bits per second; 0 where it does not tell
    /// what arrives.
    pub line_bitrate: u64,
    /// Pictures that are kept from it because its line is too thin for them.
    pub pictures_held: u8,
    /// RTP packets that it sent, by their numbers.
    pub expected_in: u64,
    /// Of these, those that did not come at their time.
    pub lost_in: u64,
    /// The worst jitter of what comes from it.
    pub jitter_in: Duration,
    /// How often its picture stood still on the way here.
    pub freezes_in: u32,
    /// Packets first sent to it of which it spoke.
    pub reported_out: u64,
    /// Of these, those that did not come, as it says.
    pub lost_out: u64,
    /// The worst jitter of what comes to it, as it says.
    pub jitter_out: Duration,
    /// To it and back.
    pub round_trip: Option<Duration>,
}
