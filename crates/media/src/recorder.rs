//! Which streams are recorded, and their packets on the way out.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use crate::ids::{PeerId, StreamId};
use crate::limits::RECORDED_MAX;
use crate::messages::Recorded;
use crate::red::Red;
use crate::slot::Media;

/// The streams that are recorded. Without any, a packet costs one look at an empty set.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    streams: BTreeSet<StreamId>,
    waiting: VecDeque<Recorded>,
}

impl Recorder {
    /// Records these streams from now on; those that are new.
    pub(crate) fn set(&mut self, streams: BTreeSet<StreamId>) -> Vec<StreamId> {
        let fresh = streams.difference(&self.streams).copied().collect();
        self.streams = streams;
        self.waiting.retain(|packet| self.streams.contains(&packet.stream));
        fresh
    }

    /// Takes a packet, when its stream is recorded and there is room.
    pub(crate) fn take(&mut self, now: Instant, media: &Media) {
        if self.waiting.len() < RECORDED_MAX && self.streams.contains(&media.stream) {
            self.waiting.push_back(Recorded {
                stream: media.stream,
                sequence: media.sequence,
                timestamp: media.timestamp,
                marker: media.marker,
                // Whoever records takes plain frames.
                payload: media.payload.slice(media.read.red.map_or(0, Red::primary)..),
                at: now,
            });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn records(&self, stream: StreamId) -> bool {
        self.streams.contains(&stream)
    }

    pub(crate) fn pop(&mut self) -> Option<Recorded> {
        self.waiting.pop_front()
    }

    /// Forgets a peer that is gone; what came of it before is still handed out.
    pub(crate) fn forget(&mut self, peer: PeerId) {
        self.streams.retain(|stream| stream.peer != peer);
    }
}
