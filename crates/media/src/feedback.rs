//! Brings to the application what receivers say about their streams.
//!
//! `rtc` ends inbound RTCP inside its chain unless an interceptor marks it, and routes a compound
//! packet whole by the first SSRC in it. So this one passes on only what the forwarding unit acts
//! on, and each part as a message of its own: keyframe requests (PLI, FIR), lost packets (NACK),
//! receiver reports, and when which packet arrived (transport-wide feedback).

use std::collections::VecDeque;
use std::time::Instant;

use rtc::interceptor::{
    Attribute, AttributedPacket, Interceptor, Packet, Slot, StreamInfo, TaggedPacket,
};
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use rtc::sansio::Protocol;
use rtc::shared::error::Error;

/// Application-most, so that every other interceptor has read the packet before.
pub(crate) const SLOT: usize = 60_000;

pub(crate) fn slot() -> Slot {
    Slot::from(SLOT)
}

#[derive(Default)]
pub(crate) struct Feedback {
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Feedback {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Error> {
        let Packet::Rtcp(parts) = &message.message.packet else {
            self.reads.push_back(message);
            return Ok(());
        };
        for part in parts {
            let any = part.as_any();
            let wanted = any.is::<PictureLossIndication>()
                || any.is::<FullIntraRequest>()
                || any.is::<TransportLayerNack>()
                || any.is::<ReceiverReport>()
                || any.is::<TransportLayerCc>();
            if wanted {
                self.reads.push_back(TaggedPacket {
                    now: message.now,
                    transport: message.transport,
                    message: AttributedPacket::new(Packet::Rtcp(vec![part.clone()]))
                        .with(Attribute::DeliverToApplication),
                });
            }
        }
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

impl Interceptor for Feedback {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
