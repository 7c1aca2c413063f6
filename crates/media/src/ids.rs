//! What peers and streams are called.

use std::fmt;

/// One peer connection. Numbers are given by the caller and never used twice, so a late answer
/// about an old peer cannot be taken for one about its successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u64);

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a stream carries. A peer publishes at most one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Opus.
    Audio,
    /// VP8.
    Video,
}

/// One published stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// Who publishes it.
    pub peer: PeerId,
    /// What it carries.
    pub kind: Kind,
}

impl StreamId {
    /// The sound of `peer`.
    #[must_use]
    pub const fn audio(peer: PeerId) -> Self {
        Self { peer, kind: Kind::Audio }
    }

    /// The picture of `peer`.
    #[must_use]
    pub const fn video(peer: PeerId) -> Self {
        Self { peer, kind: Kind::Video }
    }
}

/// One layer of a published stream: its picture at one size, counted from the smallest. A stream
/// without simulcast has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LayerId {
    pub(crate) stream: StreamId,
    pub(crate) layer: usize,
}
