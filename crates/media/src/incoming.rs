//! What is known of a layer of a stream that a peer publishes, and what is made of its packets
//! before they go to anybody.

use std::collections::VecDeque;
use std::time::Instant;

use rtc::rtp::Packet;
use rtc::rtp_transceiver::RTCRtpReceiverId;

use crate::arrival::Arrivals;
use crate::codec;
use crate::history::History;
use crate::ids::{Kind, PeerId, StreamId};
use crate::ingest::Ingest;
use crate::layers::Rate;
use crate::level;
use crate::red::{self, Recent};
use crate::slot::Media;

/// A layer of a stream that a peer publishes.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) kind: Kind,
    /// Which, counted from the smallest, and its name if it has one.
    pub(crate) layer: usize,
    pub(crate) rid: Option<String>,
    pub(crate) receiver: RTCRtpReceiverId,
    pub(crate) ssrc: Option<u32>,
    /// The payload type of redundant sound, and the number of the level's header extension.
    sound: (Option<u8>, Option<u8>),
    ingest: Ingest,
    /// Of sound: its last frames.
    recent: Recent,
    /// How many streams came before this one under the same name.
    epoch: u32,
    pub(crate) history: History,
    pub(crate) arrivals: Arrivals,
    /// When its last packet came; absent while it is silent.
    pub(crate) heard_at: Option<Instant>,
    pub(crate) rate: Rate,
}

impl Incoming {
    /// A layer of which nothing came yet.
    pub(crate) fn new(
        (kind, layer, rid): (Kind, usize, Option<String>),
        receiver: RTCRtpReceiverId,
        sound: (Option<u8>, Option<u8>),
    ) -> Self {
        Self {
            kind,
            layer,
            rid,
            receiver,
            ssrc: None,
            sound,
            ingest: Ingest::default(),
            recent: Recent::default(),
            epoch: 0,
            history: History::default(),
            arrivals: Arrivals::default(),
            heard_at: None,
            rate: Rate::default(),
        }
    }

    /// From now on it comes under this number; false if it did before.
    pub(crate) fn began(&mut self, ssrc: u32) -> bool {
        if self.ssrc == Some(ssrc) {
            return false;
        }
        if self.ssrc.replace(ssrc).is_some() {
            self.epoch += 1;
        }
        self.ingest = Ingest::default();
        self.recent = Recent::default();
        self.history.clear();
        true
    }

    /// A packet of a picture on its way, if it goes anywhere.
    pub(crate) fn picture(&mut self, peer: PeerId, packet: Packet) -> Option<Media> {
        let Packet { header, payload } = packet;
        let sequence = self.ingest.accept(header.sequence_number, payload.is_empty())?;
        let media = Media {
            stream: StreamId { peer, kind: Kind::Video },
            layer: self.layer,
            epoch: self.epoch,
            sequence,
            timestamp: header.timestamp,
            marker: header.marker,
            read: codec::read(Kind::Video, &payload),
            before: Vec::new(),
            payload,
        };
        self.history.keep(&media);
        Some(media)
    }

    /// A frame of sound on its way, if it goes anywhere. Of redundant sound what was lost before
    /// it goes first; the rest waits. Lost sounds are not asked for again: they would come too late.
    pub(crate) fn sound(
        &mut self,
        peer: PeerId,
        packet: Packet,
        waiting: &mut VecDeque<Media>,
    ) -> Option<Media> {
        let Packet { header, payload } = packet;
        let (red_type, level) = self.sound;
        let is_red = red_type == Some(header.payload_type) && !payload.is_empty();
        let (frame, earlier) = if is_red { red::read(&payload)? } else { (payload, Vec::new()) };
        let level = level.and_then(|level| header.get_extension(level));
        let loudness = level::read(level.as_deref());
        let lost = earlier.iter().enumerate().rev().map(|(age, it)| {
            let age = u16::try_from(age + 1).unwrap_or(u16::MAX);
            let number = header.sequence_number.wrapping_sub(age);
            (number, header.timestamp.wrapping_sub(it.ago()), false, it.frame().clone())
        });
        let own = (header.sequence_number, header.timestamp, header.marker, frame);
        let stream = StreamId { peer, kind: Kind::Audio };
        for (number, timestamp, marker, payload) in lost.chain([own]) {
            let Some(sequence) = self.ingest.accept(number, payload.is_empty()) else { continue };
            let before = self.recent.before(sequence, timestamp);
            self.recent.keep(sequence, timestamp, payload.clone());
            let mut read = codec::read(Kind::Audio, &payload);
            read.loudness = loudness;
            let (layer, epoch) = (self.layer, self.epoch);
            let media =
                Media { stream, layer, epoch, sequence, timestamp, marker, payload, before, read };
            waiting.push_back(media);
        }
        waiting.pop_front()
    }
}
