//! Retransmissions of simulcast layers (RFC 4588): made what they repair.
//!
//! `rtc` knows which stream a retransmission belongs to only where the offer names its SSRC. With
//! simulcast nobody names SSRCs: a layer's packets bear its name (RFC 8852, `rid`), those of its
//! retransmissions bear it as the name of what they repair (`rrid`), and only until the receiver
//! has had the time to learn them.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use rtc::interceptor::{Interceptor, Packet, Slot, StreamInfo, TaggedPacket};
use rtc::rtp::header::Header;
use rtc::sansio::Protocol;
use rtc::shared::error::Error;

use crate::limits::LAYERS_MAX;

/// Wire-most, so that all others see the packet that was lost.
const SLOT: usize = 100;

/// Bytes of the original sequence number at the beginning of a retransmission (RFC 4588 §4).
const ORIGINAL_BYTES: usize = 2;

pub(crate) const NAME_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
pub(crate) const REPAIRED_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";

pub(crate) fn slot() -> Slot {
    Slot::from(SLOT)
}

/// What was learnt of one publisher's layers.
pub(crate) struct Repair {
    /// The payload type of retransmissions, and of what they repair.
    types: (u8, u8),
    /// The header extensions, once a stream was bound.
    name: Option<u8>,
    repaired: Option<u8>,
    /// The SSRC of each layer by its name.
    layers: BTreeMap<Vec<u8>, u32>,
    /// The SSRC that the retransmissions of an SSRC repair.
    repairs: BTreeMap<u32, u32>,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Repair {
    /// `types` are the payload types of retransmissions and of what they repair.
    pub(crate) fn new(types: (u8, u8)) -> Self {
        Self {
            types,
            name: None,
            repaired: None,
            layers: BTreeMap::new(),
            repairs: BTreeMap::new(),
            reads: VecDeque::new(),
            writes: VecDeque::new(),
        }
    }

    fn learn(&mut self, header: &Header) {
        let name_of = |id: Option<u8>| id.and_then(|id| header.get_extension(id));
        if let Some(name) = name_of(self.name)
            && self.layers.len() < LAYERS_MAX
        {
            self.layers.entry(name.to_vec()).or_insert(header.ssrc);
        }
        if let Some(name) = name_of(self.repaired)
            && self.repairs.len() < LAYERS_MAX
            && let Some(layer) = self.layers.get(&name[..])
        {
            self.repairs.insert(header.ssrc, *layer);
        }
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Repair {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, mut message: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtp(packet) = &mut message.message.packet {
            let header = &packet.header;
            if self.layers.len() < LAYERS_MAX || self.repairs.len() < LAYERS_MAX {
                self.learn(header);
            }
            let (resend, original) = self.types;
            let layer = self.repairs.get(&header.ssrc).filter(|_| header.payload_type == resend);
            // Padding repairs nothing: it goes on as it is, to be counted and dropped.
            if let Some(layer) = layer.copied()
                && let Some(sequence) = packet.payload.first_chunk::<ORIGINAL_BYTES>()
            {
                packet.header.sequence_number = u16::from_be_bytes(*sequence);
                packet.header.ssrc = layer;
                packet.header.payload_type = original;
                packet.payload = packet.payload.slice(ORIGINAL_BYTES..);
            }
        }
        self.reads.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Error> {
        self.writes.push_back(message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }
}

impl Interceptor for Repair {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}

    fn bind_remote_stream(&mut self, stream: &StreamInfo) {
        for extension in &stream.rtp_header_extensions {
            let id = u8::try_from(extension.id).ok();
            match extension.uri.as_str() {
                NAME_URI => self.name = id,
                REPAIRED_URI => self.repaired = id,
                _ => {}
            }
        }
    }

    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
