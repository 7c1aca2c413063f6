//! One sending m-line of a receiver: whatever it is pointed at, its decoder sees one stream.

use std::time::Instant;

use bytes::Bytes;
use rtc::rtp::Packet;
use rtc::rtp::header::Header;
use rtc::rtp_transceiver::RTCRtpSenderId;

use crate::codec::{LastPicture, Payload, Shift};
use crate::ids::{Kind, StreamId};
use crate::limits::DUPLICATE_WINDOW;

/// A packet on its way from a publisher, read once.
#[derive(Debug)]
pub(crate) struct Media {
    pub(crate) stream: StreamId,
    /// Without the holes of dropped padding.
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) payload: Bytes,
    pub(crate) read: Payload,
}

/// One sending m-line of a receiver.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) kind: Kind,
    pub(crate) sender: RTCRtpSenderId,
    pub(crate) ssrc: u32,
    payload_type: u8,
    state: State,
    last: Option<Last>,
    /// The loss its receiver reported last, in 1/256.
    pub(crate) loss_256ths: u8,
}

#[derive(Debug)]
enum State {
    /// Pointed at nothing.
    Empty,
    /// Pointed at a stream, until a packet comes with which a decoder can begin.
    Waiting(StreamId),
    /// Forwarding.
    Flowing(Flow),
}

/// How the numbers of a source become those of the slot.
#[derive(Debug)]
struct Flow {
    source: StreamId,
    sequence: u16,
    timestamp: u32,
    picture: Shift,
    /// The number the flow began with, as long as an older packet might still come.
    first: Option<u16>,
}

/// What was sent last.
#[derive(Clone, Copy, Debug)]
struct Last {
    sequence: u16,
    timestamp: u32,
    at: Instant,
    picture: LastPicture,
}

impl Slot {
    pub(crate) fn new(kind: Kind, sender: RTCRtpSenderId, ssrc: u32, payload_type: u8) -> Self {
        let state = State::Empty;
        Self { kind, sender, ssrc, payload_type, state, last: None, loss_256ths: 0 }
    }

    /// Points the slot elsewhere. A stream of the other kind is nothing to it.
    pub(crate) fn point(&mut self, source: Option<StreamId>) {
        self.state = match source {
            Some(source) if source.kind == self.kind => State::Waiting(source),
            _ => State::Empty,
        };
    }

    /// The stream it waits for.
    pub(crate) fn waits_for(&self) -> Option<StreamId> {
        match self.state {
            State::Waiting(source) => Some(source),
            State::Empty | State::Flowing(_) => None,
        }
    }

    /// The stream it is pointed at.
    pub(crate) fn source(&self) -> Option<StreamId> {
        match &self.state {
            State::Empty => None,
            State::Waiting(source) => Some(*source),
            State::Flowing(flow) => Some(flow.source),
        }
    }

    /// The packet as it leaves, if it does.
    pub(crate) fn forward(&mut self, now: Instant, media: &Media) -> Option<Packet> {
        if let State::Waiting(source) = self.state
            && source == media.stream
            && media.read.is_start
        {
            self.state = State::Flowing(self.begin(now, media));
        }
        let State::Flowing(flow) = &mut self.state else { return None };
        if flow.source != media.stream || flow.is_before_first(media.sequence) {
            return None;
        }
        let sequence = media.sequence.wrapping_add(flow.sequence);
        let timestamp = media.timestamp.wrapping_add(flow.timestamp);
        let payload = flow.picture.write(&media.payload, &media.read);
        let is_newest = self.last.is_none_or(|last| sequence.wrapping_sub(last.sequence) < 0x8000);
        if is_newest {
            let mut picture = self.last.map(|last| last.picture).unwrap_or_default();
            flow.picture.note(&media.read, &mut picture);
            self.last = Some(Last { sequence, timestamp, at: now, picture });
        }
        let header = Header {
            version: 2,
            marker: media.marker,
            payload_type: self.payload_type,
            sequence_number: sequence,
            timestamp,
            ssrc: self.ssrc,
            ..Header::default()
        };
        Some(Packet { header, payload })
    }

    /// The first source goes with its own numbers; a later one goes on where the last stopped,
    /// its clock set forward by the time that passed.
    fn begin(&self, now: Instant, media: &Media) -> Flow {
        let first = Some(media.sequence);
        let Some(last) = self.last else {
            let (sequence, timestamp, picture) = (0, 0, Shift::default());
            return Flow { source: media.stream, sequence, timestamp, picture, first };
        };
        let passed = now.saturating_duration_since(last.at).as_millis();
        let ticks_per_milli = u128::from(self.kind.clock_rate() / 1_000);
        let ticks = u32::try_from(passed.max(1) * ticks_per_milli).unwrap_or(u32::MAX / 2);
        Flow {
            source: media.stream,
            sequence: last.sequence.wrapping_add(1).wrapping_sub(media.sequence),
            timestamp: last.timestamp.wrapping_add(ticks).wrapping_sub(media.timestamp),
            picture: Shift::continuing(last.picture, &media.read),
            first,
        }
    }
}

impl Flow {
    fn is_before_first(&mut self, sequence: u16) -> bool {
        let Some(first) = self.first else { return false };
        let since = sequence.wrapping_sub(first);
        if since >= 0x8000 {
            return true;
        }
        // The ingest lets nothing older than its window through, so no more need to look.
        if since > DUPLICATE_WINDOW {
            self.first = None;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ids::PeerId;

    const ONE: StreamId = StreamId::video(PeerId(1));
    const TWO: StreamId = StreamId::video(PeerId(2));

    fn media(stream: StreamId, sequence: u16, timestamp: u32, is_start: bool) -> Media {
        let read = Payload { is_start, ..Payload::default() };
        let payload = Bytes::from_static(b"x");
        Media { stream, sequence, timestamp, marker: true, payload, read }
    }

    /// Sequence number and timestamp of what leaves.
    fn leaves(slot: &mut Slot, now: Instant, media: &Media) -> Option<(u16, u32)> {
        let packet = slot.forward(now, media)?;
        assert_eq!((packet.header.ssrc, packet.header.payload_type), (77, 96));
        Some((packet.header.sequence_number, packet.header.timestamp))
    }

    #[test]
    fn a_switch_goes_on_where_the_last_source_stopped() {
        let start = crate::testing::beginning();
        let later = start + Duration::from_millis(100);
        let mut slot = Slot::new(Kind::Video, RTCRtpSenderId::from(0), 77, 96);
        assert_eq!(leaves(&mut slot, start, &media(ONE, 10, 1_000, true)), None, "not pointed");
        slot.point(Some(ONE));
        assert_eq!(leaves(&mut slot, start, &media(ONE, 10, 1_000, false)), None, "no keyframe");
        assert_eq!(leaves(&mut slot, start, &media(ONE, 11, 4_000, true)), Some((11, 4_000)));
        assert_eq!(leaves(&mut slot, start, &media(ONE, 12, 4_000, false)), Some((12, 4_000)));
        assert_eq!(leaves(&mut slot, start, &media(ONE, 10, 1_000, false)), None, "before it");
        assert_eq!(leaves(&mut slot, start, &media(TWO, 9, 9, true)), None, "not its source");
        slot.point(Some(TWO));
        assert_eq!(slot.waits_for(), Some(TWO));
        assert_eq!(leaves(&mut slot, later, &media(ONE, 13, 7_000, true)), None, "no longer");
        assert_eq!(leaves(&mut slot, later, &media(TWO, 900, 5, true)), Some((13, 13_000)));
        assert_eq!(leaves(&mut slot, later, &media(TWO, 901, 3_005, false)), Some((14, 16_000)));
        assert_eq!(leaves(&mut slot, later, &media(TWO, 899, 4, false)), None);
    }

    #[test]
    fn sounds_are_nothing_to_a_picture() {
        let mut slot = Slot::new(Kind::Video, RTCRtpSenderId::from(0), 77, 96);
        slot.point(Some(StreamId::audio(PeerId(1))));
        assert_eq!(slot.source(), None);
    }

    #[test]
    fn a_long_flow_does_not_stop_at_half_the_numbers() {
        let start = crate::testing::beginning();
        let mut slot = Slot::new(Kind::Video, RTCRtpSenderId::from(0), 77, 96);
        slot.point(Some(ONE));
        for sequence in 0..=40_000 {
            let sent = leaves(&mut slot, start, &media(ONE, sequence, 0, sequence == 0));
            assert_eq!(sent, Some((sequence, 0)));
        }
    }
}
