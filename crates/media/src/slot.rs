//! One sending m-line of a receiver: whatever it is pointed at, its decoder sees one stream.

use std::time::Instant;

use bytes::Bytes;
use rtc::rtp_transceiver::RTCRtpSenderId;

use crate::allocation::Class;
use crate::codec::{LastPicture, Payload, Shift};
use crate::ids::{Kind, LayerId, StreamId};
use crate::ingest::{Window, after};
use crate::limits::{DUPLICATE_WINDOW, HISTORY_PACKETS};
use crate::red::{Earlier, HEADER_BYTES};

/// A packet on its way from a publisher, read once.
#[derive(Clone, Debug)]
pub(crate) struct Media {
    pub(crate) stream: StreamId,
    /// Which layer of it, counted from the smallest.
    pub(crate) layer: usize,
    /// Which of the streams that came one after the other under this name: a publisher that
    /// begins to count anew is another stream.
    pub(crate) epoch: u32,
    /// Without the holes of dropped padding.
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    /// Of sound: one plain frame.
    pub(crate) payload: Bytes,
    /// Of sound: the frames before it, the newest first, for receivers who lose some.
    pub(crate) before: Vec<Earlier>,
    pub(crate) read: Payload,
}

impl Media {
    /// Bytes of the payload that leaves with so many frames before it.
    pub(crate) fn size(&self, redundancy: usize) -> usize {
        let before = self.before.iter().take(redundancy);
        let before: usize = before.map(|it| HEADER_BYTES + it.frame().len()).sum();
        self.payload.len() + before
    }
}

/// How a slot is called in its packets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    pub(crate) ssrc: u32,
    pub(crate) payload_type: u8,
    /// SSRC and payload type of retransmissions (RFC 4588), if the receiver takes them.
    pub(crate) resend: Option<(u32, u8)>,
    /// The payload type of redundant sound, if the receiver takes it.
    pub(crate) red: Option<u8>,
}

/// The numbers with which a packet leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) sequence: u16,
    /// How often the sequence number has come round.
    pub(crate) rollovers: u32,
    pub(crate) timestamp: u32,
    pub(crate) picture: Shift,
    /// How many of the frames before it go with it.
    pub(crate) redundancy: usize,
}

/// Where a packet that was sent came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    pub(crate) source: StreamId,
    pub(crate) layer: usize,
    pub(crate) epoch: u32,
    pub(crate) sequence: u16,
}

/// One sending m-line of a receiver.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) kind: Kind,
    /// What it is to its receiver.
    pub(crate) class: Class,
    pub(crate) sender: RTCRtpSenderId,
    pub(crate) names: Names,
    state: State,
    /// How many frames before its own each packet of sound carries.
    pub(crate) redundancy: usize,
    /// The largest layer for which its receiver's line has room, whether it comes or not.
    pub(crate) chosen: Option<usize>,
    /// The layer it is to carry; none while there is no room for a picture.
    aim: Option<usize>,
    last: Option<Last>,
    /// How often the numbers have come round.
    rollovers: u32,
    /// What was sent: nothing is sealed twice.
    sent: Window,
    /// The flow before this one, as long as its last packets may be asked for again.
    past: Option<Flow>,
    /// The next number of a retransmission.
    next_resend: (u16, u32),
    /// What was sent since the beginning (RFC 3550 §6.4.1).
    pub(crate) packets: u32,
    pub(crate) payload_bytes: u32,
    /// The loss its receiver reported last, in 1/256.
    pub(crate) loss_256ths: u8,
    /// What else it reported.
    pub(crate) heard: Heard,
}

/// What a receiver said about a slot (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heard {
    /// How many packets had been sent when it spoke first, and when it spoke last.
    pub(crate) packets: Option<(u32, u32)>,
    /// How many it had lost by then.
    pub(crate) lost: Option<(u32, u32)>,
    /// In ticks of the RTP clock.
    pub(crate) jitter: u32,
}

impl Heard {
    /// The receiver spoke, when `packets` had been sent.
    pub(crate) fn note(&mut self, packets: u32, lost: u32, jitter: u32) {
        self.packets = Some((self.packets.map_or(packets, |(first, _)| first), packets));
        self.lost = Some((self.lost.map_or(lost, |(first, _)| first), lost));
        self.jitter = jitter;
    }

    /// Packets of which it spoke, and those of them that were lost.
    pub(crate) fn since_first(&self) -> (u64, u64) {
        let passed = |(first, last): (u32, u32)| u64::from(last.wrapping_sub(first));
        let packets = self.packets.map_or(0, passed);
        // A packet that came twice makes up for one that was lost: the count may fall.
        let lost = self.lost.map_or(0, |(first, last)| u64::from(last.saturating_sub(first)));
        (packets, lost.min(packets))
    }
}

#[derive(Debug)]
enum State {
    /// Pointed at nothing.
    Empty,
    /// Pointed at a stream, until a packet comes with which a decoder can begin: of the layer aimed
    /// at or, to begin sooner, of a smaller one.
    Waiting(StreamId),
    /// Forwarding.
    Flowing(Flow),
}

/// How the numbers of a source become those of the slot.
#[derive(Clone, Copy, Debug)]
struct Flow {
    source: StreamId,
    layer: usize,
    epoch: u32,
    sequence: u16,
    timestamp: u32,
    picture: Shift,
    /// The number the flow began with, as long as an older packet might still come or be wanted.
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
    pub(crate) fn new(kind: Kind, sender: RTCRtpSenderId, names: Names) -> Self {
        let class = match kind {
            Kind::Audio => Class::Audio,
            Kind::Video => Class::Main,
        };
        Self {
            kind,
            class,
            sender,
            names,
            state: State::Empty,
            redundancy: 0,
            chosen: Some(0),
            aim: Some(0),
            last: None,
            rollovers: 0,
            sent: Window::default(),
            past: None,
            next_resend: (0, 0),
            packets: 0,
            payload_bytes: 0,
            loss_256ths: 0,
            heard: Heard::default(),
        }
    }

    /// Points the slot elsewhere. A stream of the other kind is nothing to it.
    pub(crate) fn point(&mut self, source: Option<StreamId>) {
        let state = match source {
            Some(source) if source.kind == self.kind => State::Waiting(source),
            _ => State::Empty,
        };
        if let State::Flowing(flow) = std::mem::replace(&mut self.state, state) {
            self.past = Some(flow);
        }
    }

    /// Changes the layer it is to carry. Another one goes on until a decoder can begin with that;
    /// none stops at once.
    pub(crate) fn aim(&mut self, layer: Option<usize>) {
        self.aim = layer;
        if let (None, State::Flowing(flow)) = (layer, &self.state) {
            self.point(Some(flow.source));
        }
    }

    /// Whether its picture is held back because its receiver's line is too thin.
    pub(crate) fn is_held(&self) -> bool {
        self.aim.is_none() && self.source().is_some()
    }

    /// The layer that it carries or, as long as it carries none, aims at.
    pub(crate) fn layer(&self) -> Option<usize> {
        match &self.state {
            State::Flowing(flow) => Some(flow.layer),
            State::Empty | State::Waiting(_) => self.aim,
        }
    }

    /// The layer whose keyframe it waits for.
    pub(crate) fn waits_for(&self) -> Option<LayerId> {
        let layer = self.aim?;
        match &self.state {
            State::Empty => None,
            State::Waiting(stream) => Some(LayerId { stream: *stream, layer }),
            State::Flowing(flow) if flow.layer == layer => None,
            State::Flowing(flow) => Some(LayerId { stream: flow.source, layer }),
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

    /// The numbers with which a packet leaves, if it does. Each packet leaves once.
    pub(crate) fn forward(&mut self, now: Instant, media: &Media) -> Option<Numbers> {
        self.begin(now, media);
        let State::Flowing(flow) = &mut self.state else { return None };
        let is_of_flow = flow.source == media.stream && flow.layer == media.layer;
        if !is_of_flow || flow.is_before_first(media.sequence) {
            return None;
        }
        if flow.first.is_none() {
            self.past = None;
        }
        let flow = *flow;
        let sequence = media.sequence.wrapping_add(flow.sequence);
        let rollovers = self.rollovers_of(sequence)?;
        if !self.sent.mark(sequence) {
            return None;
        }
        let timestamp = media.timestamp.wrapping_add(flow.timestamp);
        if self.last.is_none_or(|last| after(sequence, last.sequence)) {
            let mut picture = self.last.map(|last| last.picture).unwrap_or_default();
            flow.picture.note(&media.read, &mut picture);
            self.last = Some(Last { sequence, timestamp, at: now, picture });
            self.rollovers = rollovers;
        }
        self.packets = self.packets.wrapping_add(1);
        let redundancy = self.redundancy_of(&flow, media);
        let size = u32::try_from(media.size(redundancy)).unwrap_or(0);
        self.payload_bytes = self.payload_bytes.wrapping_add(size);
        Some(Numbers { sequence, rollovers, timestamp, picture: flow.picture, redundancy })
    }

    /// How many of the frames before it go with a packet: none that came before its flow began.
    fn redundancy_of(&self, flow: &Flow, media: &Media) -> usize {
        let in_flow =
            flow.first.map_or(usize::MAX, |first| media.sequence.wrapping_sub(first).into());
        let wanted = self.names.red.map_or(0, |_| self.redundancy);
        wanted.min(media.before.len()).min(in_flow)
    }

    /// Where a packet that was sent came from, as long as it may still be asked for.
    pub(crate) fn recall(&self, sequence: u16) -> Option<Origin> {
        let flow = self.flow_of(sequence)?;
        let number = sequence.wrapping_sub(flow.sequence);
        Some(Origin { source: flow.source, layer: flow.layer, epoch: flow.epoch, sequence: number })
    }

    /// The numbers with which a packet has left.
    pub(crate) fn renumber(&self, sequence: u16, media: &Media) -> Option<Numbers> {
        let flow = self.flow_of(sequence)?;
        let timestamp = media.timestamp.wrapping_add(flow.timestamp);
        let rollovers = self.rollovers_of(sequence)?;
        Some(Numbers { sequence, rollovers, timestamp, picture: flow.picture, redundancy: 0 })
    }

    fn flow_of(&self, sequence: u16) -> Option<&Flow> {
        let last = self.last.filter(|last| !after(sequence, last.sequence))?;
        if last.sequence.wrapping_sub(sequence) >= HISTORY_PACKETS {
            return None;
        }
        let current = match &self.state {
            State::Flowing(flow) if flow.has_sent(sequence) => Some(flow),
            _ => None,
        };
        current.or(self.past.as_ref().filter(|flow| flow.has_sent(sequence)))
    }

    /// The number of the next retransmission, with its rollovers.
    pub(crate) fn number_resend(&mut self) -> (u16, u32) {
        let (sequence, rollovers) = self.next_resend;
        let next = sequence.wrapping_add(1);
        self.next_resend = (next, rollovers.wrapping_add(u32::from(next == 0)));
        (sequence, rollovers)
    }

    /// The RTP timestamp of this moment, once something was sent.
    pub(crate) fn timestamp_at(&self, now: Instant) -> Option<u32> {
        let last = self.last?;
        Some(last.timestamp.wrapping_add(self.ticks_since(now, last.at)))
    }

    fn ticks_since(&self, now: Instant, at: Instant) -> u32 {
        let passed = now.saturating_duration_since(at).as_millis();
        let ticks = passed * u128::from(self.kind.clock_rate() / 1_000);
        u32::try_from(ticks).unwrap_or(u32::MAX / 2)
    }

    /// Begins a flow when the packet is one to begin with. The first source goes with its own
    /// numbers; a later one goes on where the last stopped, its clock set forward by the time
    /// that passed.
    fn begin(&mut self, now: Instant, media: &Media) {
        if let State::Flowing(flow) = self.state
            && (flow.source, flow.layer) == (media.stream, media.layer)
            && flow.epoch != media.epoch
        {
            self.point(Some(media.stream));
        }
        if !media.read.is_start || !self.may_begin_with(media) {
            return;
        }
        let (mut sequence, mut timestamp, mut picture) = (0, 0, Shift::default());
        if let Some(last) = self.last {
            let ticks = self.ticks_since(now, last.at).max(self.kind.clock_rate() / 1_000);
            sequence = last.sequence.wrapping_add(1).wrapping_sub(media.sequence);
            timestamp = last.timestamp.wrapping_add(ticks).wrapping_sub(media.timestamp);
            picture = Shift::continuing(last.picture, &media.read);
        }
        let flow = Flow {
            source: media.stream,
            layer: media.layer,
            epoch: media.epoch,
            sequence,
            timestamp,
            picture,
            first: Some(media.sequence),
        };
        if let State::Flowing(flow) = std::mem::replace(&mut self.state, State::Flowing(flow)) {
            self.past = Some(flow);
        }
    }

    fn may_begin_with(&self, media: &Media) -> bool {
        let Some(aim) = self.aim else { return false };
        match &self.state {
            State::Empty => false,
            State::Waiting(source) => *source == media.stream && media.layer <= aim,
            State::Flowing(flow) => {
                flow.source == media.stream && flow.layer != media.layer && media.layer == aim
            }
        }
    }

    /// How often the numbers had come round at this one; nothing for one before the first.
    fn rollovers_of(&self, sequence: u16) -> Option<u32> {
        let Some(last) = self.last else { return Some(0) };
        if after(sequence, last.sequence) {
            Some(self.rollovers.wrapping_add(u32::from(sequence < last.sequence)))
        } else {
            self.rollovers.checked_sub(u32::from(sequence > last.sequence))
        }
    }
}

impl Flow {
    fn is_before_first(&mut self, sequence: u16) -> bool {
        let Some(first) = self.first else { return false };
        if after(first, sequence) {
            return true;
        }
        // Neither does the ingest let anything older through, nor is it kept any longer.
        if sequence.wrapping_sub(first) > DUPLICATE_WINDOW.max(HISTORY_PACKETS) {
            self.first = None;
        }
        false
    }

    /// Whether a number that has left was one of this flow.
    fn has_sent(&self, sequence: u16) -> bool {
        let first = self.first.map(|first| first.wrapping_add(self.sequence));
        first.is_none_or(|first| !after(first, sequence))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::ids::PeerId;

    const ONE: StreamId = StreamId::video(PeerId(1));
    const TWO: StreamId = StreamId::video(PeerId(2));

    fn media(stream: StreamId, sequence: u16, timestamp: u32, is_start: bool) -> Media {
        let read = Payload { is_start, ..Payload::default() };
        let payload = Bytes::from_static(b"x");
        let before = Vec::new();
        let (layer, epoch, marker) = (0, 0, true);
        Media { stream, layer, epoch, sequence, timestamp, marker, payload, before, read }
    }

    fn slot() -> Slot {
        let names = Names { ssrc: 77, payload_type: 96, resend: None, red: None };
        Slot::new(Kind::Video, RTCRtpSenderId::from(0), names)
    }

    /// Sequence number and timestamp of what leaves.
    fn leaves(slot: &mut Slot, now: Instant, media: &Media) -> Option<(u16, u32)> {
        let numbers = slot.forward(now, media)?;
        Some((numbers.sequence, numbers.timestamp))
    }

    #[test]
    fn a_switch_goes_on_where_the_last_source_stopped() {
        let start = crate::testing::beginning();
        let later = start + Duration::from_millis(100);
        let mut slot = slot();
        assert_eq!(leaves(&mut slot, start, &media(ONE, 10, 1_000, true)), None, "not pointed");
        slot.point(Some(ONE));
        assert_eq!(leaves(&mut slot, start, &media(ONE, 10, 1_000, false)), None, "no keyframe");
        assert_eq!(leaves(&mut slot, start, &media(ONE, 11, 4_000, true)), Some((11, 4_000)));
        assert_eq!(leaves(&mut slot, start, &media(ONE, 12, 4_000, false)), Some((12, 4_000)));
        assert_eq!(leaves(&mut slot, start, &media(ONE, 12, 4_000, false)), None, "twice");
        assert_eq!(leaves(&mut slot, start, &media(ONE, 10, 1_000, false)), None, "before it");
        assert_eq!(leaves(&mut slot, start, &media(TWO, 9, 9, true)), None, "not its source");
        slot.point(Some(TWO));
        assert_eq!(slot.waits_for(), Some(LayerId { stream: TWO, layer: 0 }));
        assert_eq!(leaves(&mut slot, start, &media(ONE, 13, 7_000, true)), None, "no longer");
        assert_eq!(leaves(&mut slot, later, &media(TWO, 900, 5, true)), Some((13, 13_000)));
        assert_eq!(leaves(&mut slot, later, &media(TWO, 901, 3_005, false)), Some((14, 16_000)));
        assert_eq!(leaves(&mut slot, later, &media(TWO, 899, 4, false)), None);
        // Each can be found again, across the switch.
        let from = |sequence| slot.recall(sequence).map(|it| (it.source, it.sequence));
        assert_eq!(from(12), Some((ONE, 12)));
        assert_eq!(from(13), Some((TWO, 900)));
        assert_eq!(from(14), Some((TWO, 901)));
        assert_eq!(from(15), None, "never sent");
        assert_eq!(from(10), None, "before the first");
    }

    #[test]
    fn a_source_that_counts_anew_begins_anew() {
        let start = crate::testing::beginning();
        let mut slot = slot();
        slot.point(Some(ONE));
        assert_eq!(leaves(&mut slot, start, &media(ONE, 10, 0, true)), Some((10, 0)));
        let anew = |sequence, is_start| Media { epoch: 1, ..media(ONE, sequence, 0, is_start) };
        assert_eq!(leaves(&mut slot, start, &anew(9_000, false)), None, "no keyframe");
        assert_eq!(leaves(&mut slot, start, &anew(9_001, true)), Some((11, 90)));
        assert_eq!(slot.recall(10), Some(Origin { source: ONE, layer: 0, epoch: 0, sequence: 10 }));
    }

    #[test]
    fn a_layer_goes_on_until_a_decoder_can_begin_with_the_next() {
        let start = crate::testing::beginning();
        let mut slot = slot();
        let leave = |slot: &mut Slot, layer, sequence, is_start| {
            let packet = Media { layer, ..media(ONE, sequence, 0, is_start) };
            slot.forward(start, &packet).map(|numbers| numbers.sequence)
        };
        slot.aim(Some(2));
        slot.point(Some(ONE));
        let waits = |slot: &Slot| slot.waits_for().map(|it| it.layer);
        assert_eq!(leave(&mut slot, 1, 10, true), Some(10), "a smaller one, to begin sooner");
        assert_eq!(waits(&slot), Some(2));
        assert_eq!(leave(&mut slot, 2, 500, false), None, "no keyframe");
        assert_eq!(leave(&mut slot, 0, 90, true), None, "not the one aimed at");
        assert_eq!(leave(&mut slot, 1, 11, false), Some(11), "goes on");
        assert_eq!(leave(&mut slot, 2, 501, true), Some(12));
        assert_eq!((slot.layer(), waits(&slot)), (Some(2), None));
        assert_eq!(leave(&mut slot, 1, 12, true), None);
        slot.aim(Some(0));
        assert_eq!(leave(&mut slot, 2, 502, false), Some(13));
        assert_eq!(leave(&mut slot, 0, 91, true), Some(14));
        let from = |sequence| slot.recall(sequence).map(|it| (it.layer, it.sequence));
        assert_eq!((from(12), from(14)), (Some((2, 501)), Some((0, 91))));
        slot.aim(None);
        assert_eq!(leave(&mut slot, 0, 92, true), None, "no room for a picture");
        assert_eq!((waits(&slot), slot.source()), (None, Some(ONE)));
        slot.aim(Some(0));
        assert_eq!(leave(&mut slot, 0, 93, true), Some(15));
    }

    #[test]
    fn sounds_are_nothing_to_a_picture() {
        let mut slot = slot();
        slot.point(Some(StreamId::audio(PeerId(1))));
        assert_eq!(slot.source(), None);
    }

    #[test]
    fn a_long_flow_does_not_stop_at_half_the_numbers() {
        let start = crate::testing::beginning();
        let mut slot = slot();
        slot.point(Some(ONE));
        for count in 0..=200_000_u32 {
            let sequence = u16::try_from(count % 0x1_0000).unwrap();
            let sent = slot.forward(start, &media(ONE, sequence, 0, count == 0)).unwrap();
            assert_eq!((sent.sequence, sent.rollovers), (sequence, count >> 16));
        }
        assert!(slot.recall(slot.last.unwrap().sequence).is_some());
    }

    proptest! {
        /// Whatever comes, and wherever the slot is pointed: no number of the key's stream is
        /// sealed twice, and what is sent again is what was sent.
        #[test]
        fn no_index_is_sealed_twice(steps in prop::collection::vec(
            (0..3_u8, any::<bool>(), 0..4_u8, prop_oneof![0..300_u16, any::<u16>()]), 1..400,
        )) {
            let start = crate::testing::beginning();
            let mut slot = slot();
            let mut sealed = BTreeSet::new();
            let mut came: [u16; 4] = [65_300, 100, 7, 50_000];
            let mut origin = std::collections::BTreeMap::new();
            for (what, is_two, epoch, number) in steps {
                let stream = if is_two { TWO } else { ONE };
                if what == 0 && number < 30 {
                    slot.point(Some(stream));
                    continue;
                }
                let layer = usize::from(epoch % 2);
                if what == 1 && number < 30 {
                    slot.aim((number < 25).then_some(layer));
                    continue;
                }
                let at = &mut came[usize::from(is_two) * 2 + layer];
                // Mostly in order, at times a little back, at times anywhere.
                *at = if number < 300 { at.wrapping_add(number % 7).wrapping_sub(1) } else { number };
                let epoch = u32::from(epoch / 3);
                let packet = Media { layer, epoch, ..media(stream, *at, 0, number % 3 == 0) };
                if let Some(sent) = slot.forward(start, &packet) {
                    prop_assert!(sealed.insert((sent.rollovers, sent.sequence)), "{sent:?}");
                    let from = Origin { source: stream, layer, epoch, sequence: *at };
                    origin.insert((sent.rollovers, sent.sequence), from);
                }
                for back in 0..20 {
                    let wanted = slot.last.map_or(0, |last| last.sequence.wrapping_sub(back));
                    if let Some(from) = slot.recall(wanted)
                        && let Some(sent) = slot.renumber(wanted, &packet)
                        && let Some(was) = origin.get(&(sent.rollovers, sent.sequence))
                    {
                        prop_assert_eq!(*was, from);
                    }
                }
            }
        }
    }
}
