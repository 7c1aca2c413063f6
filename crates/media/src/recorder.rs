//! Which streams are recorded, and their packets on the way out.
//!
//! A recording is a receiver like another: each stream has a slot, so that a change of layer or of
//! source goes on without a break.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use rtc::rtp_transceiver::RTCRtpSenderId;

use crate::ids::{LayerId, PeerId, StreamId};
use crate::limits::RECORDED_MAX;
use crate::messages::Recorded;
use crate::slot::{Media, Names, Slot};

/// The streams that are recorded. Without any, a packet costs one look at an empty map.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    slots: BTreeMap<StreamId, Slot>,
    waiting: VecDeque<Recorded>,
}

/// Nothing leaves under these names.
const NAMES: Names = Names { ssrc: 0, payload_type: 0, resend: None, red: None };

impl Recorder {
    /// Records these streams from now on; those that are new.
    pub(crate) fn set(&mut self, streams: &BTreeSet<StreamId>) -> Vec<StreamId> {
        self.slots.retain(|stream, _| streams.contains(stream));
        self.waiting.retain(|packet| streams.contains(&packet.stream));
        let is_new = |stream: &&StreamId| !self.slots.contains_key(stream);
        let fresh: Vec<StreamId> = streams.iter().filter(is_new).copied().collect();
        for &stream in &fresh {
            let mut slot = Slot::new(stream.kind, RTCRtpSenderId::from(0), NAMES);
            slot.point(Some(stream));
            self.slots.insert(stream, slot);
        }
        fresh
    }

    /// Changes the layer that is recorded of a stream.
    pub(crate) fn aim(&mut self, stream: StreamId, layer: Option<usize>) {
        if let Some(slot) = self.slots.get_mut(&stream) {
            slot.aim(layer);
        }
    }

    /// Takes a packet, when its stream is recorded and there is room.
    pub(crate) fn take(&mut self, now: Instant, media: &Media) {
        let Some(slot) = self.slots.get_mut(&media.stream) else { return };
        if self.waiting.len() < RECORDED_MAX
            && let Some(numbers) = slot.forward(now, media)
        {
            self.waiting.push_back(Recorded {
                stream: media.stream,
                sequence: numbers.sequence,
                timestamp: numbers.timestamp,
                marker: media.marker,
                payload: media.payload.clone(),
                at: now,
            });
        }
    }

    /// The layer whose keyframe a recording waits for.
    pub(crate) fn waits_for(&self, stream: StreamId) -> Option<LayerId> {
        self.slots.get(&stream)?.waits_for()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn records(&self, stream: StreamId) -> bool {
        self.slots.contains_key(&stream)
    }

    /// The streams that are recorded.
    pub(crate) fn streams(&self) -> impl Iterator<Item = StreamId> + '_ {
        self.slots.keys().copied()
    }

    pub(crate) fn pop(&mut self) -> Option<Recorded> {
        self.waiting.pop_front()
    }

    /// Forgets a peer that is gone; what came of it before is still handed out.
    pub(crate) fn forget(&mut self, peer: PeerId) {
        self.slots.retain(|stream, _| stream.peer != peer);
    }
}
