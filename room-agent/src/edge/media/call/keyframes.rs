//! Hears the server ask for a key frame.
//!
//! By default the chain of interceptors keeps all RTCP to itself. This one sits nearest to the
//! application and tells the capture thread directly.

use std::collections::VecDeque;
use std::sync::Weak;
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use rtc_interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc_rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use sansio::Protocol;
use webrtc::error::Error;

use super::super::picture::CaptureCommand;

/// Where in the chain it sits: behind all of the library's own.
pub(super) const SLOT: usize = 60_000;

/// Passes everything through and forwards key frame requests.
pub(super) struct KeyframeRequests {
    /// The capture thread. Weak: a connection that is being torn down must not keep it alive.
    capture: Weak<SyncSender<CaptureCommand>>,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl KeyframeRequests {
    pub(super) fn new(capture: Weak<SyncSender<CaptureCommand>>) -> Self {
        Self { capture, inbound: VecDeque::new(), outbound: VecDeque::new() }
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for KeyframeRequests {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        // The room sends one stream of pictures, so whichever is asked for is that one.
        if let Packet::Rtcp(reports) = &packet.message.packet
            && reports.iter().any(|report| asks_for_keyframe(report.as_ref()))
            && let Some(capture) = self.capture.upgrade()
        {
            // A full queue already holds a request, or a command that begins with a key frame.
            let _ = capture.try_send(CaptureCommand::Keyframe);
        }
        self.inbound.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.outbound.push_back(packet);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }
}

impl Interceptor for KeyframeRequests {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

/// PLI and FIR of RFC 4585 and RFC 5104.
fn asks_for_keyframe(report: &dyn rtc_rtcp::Packet) -> bool {
    let report = report.as_any();
    report.is::<PictureLossIndication>() || report.is::<FullIntraRequest>()
}
