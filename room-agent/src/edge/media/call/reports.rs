//! Hears what the server reports: that it wants a key frame, and how much of the voice it misses.
//!
//! By default the chain of interceptors keeps all RTCP to itself. This one sits nearest to the
//! application and tells the capture thread directly.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Weak};
use std::time::Instant;

use rtc_interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc_rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc_rtcp::receiver_report::ReceiverReport;
use sansio::Protocol;
use webrtc::error::Error;

use super::super::picture::CaptureCommand;

/// Where in the chain it sits: behind all of the library's own.
pub(super) const SLOT: usize = 60_000;

/// The share of the voice that the server reported missing and nobody has looked at yet.
#[derive(Clone, Debug)]
pub(super) struct VoiceLoss(Arc<AtomicU16>);

/// Nothing was reported.
const NOTHING: u16 = u16::MAX;

impl VoiceLoss {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicU16::new(NOTHING)))
    }

    /// The last report, in 1/256; each once.
    pub(super) fn take(&self) -> Option<u8> {
        u8::try_from(self.0.swap(NOTHING, Ordering::Relaxed)).ok()
    }
}

/// Passes everything through and tells what is reported.
pub(super) struct Reports {
    /// The capture thread. Weak: a connection that is being torn down must not keep it alive.
    capture: Weak<SyncSender<CaptureCommand>>,
    /// The sources of the picture's layers, the smallest first.
    sources: Vec<u32>,
    /// The source of the voice, and where its loss is told.
    voice: (u32, VoiceLoss),
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl Reports {
    pub(super) fn new(
        capture: Weak<SyncSender<CaptureCommand>>,
        sources: impl Iterator<Item = u32>,
        voice: (u32, VoiceLoss),
    ) -> Self {
        let (inbound, outbound) = (VecDeque::new(), VecDeque::new());
        Self { capture, sources: sources.collect(), voice, inbound, outbound }
    }

    /// Passes on which layers a report asks a keyframe of, and what it says of the voice.
    fn hear(&self, report: &dyn rtc_rtcp::Packet) {
        if let Some(report) = report.as_any().downcast_ref::<ReceiverReport>() {
            let (source, loss) = &self.voice;
            let of_voice = report.reports.iter().find(|report| report.ssrc == *source);
            if let Some(report) = of_voice {
                loss.0.store(report.fraction_lost.into(), Ordering::Relaxed);
            }
        }
        let Some(capture) = self.capture.upgrade() else { return };
        for source in asked_of(report) {
            if let Some(layer) = self.sources.iter().position(|other| *other == source) {
                // A full queue already holds a request, or a command that begins with a key frame.
                let _ = capture.try_send(CaptureCommand::Keyframe(layer));
            }
        }
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Reports {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(reports) = &packet.message.packet {
            for report in reports {
                self.hear(report.as_ref());
            }
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

impl Interceptor for Reports {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

/// Of which sources PLI and FIR ask a keyframe (RFC 4585, RFC 5104).
fn asked_of(report: &dyn rtc_rtcp::Packet) -> Vec<u32> {
    let report = report.as_any();
    if let Some(request) = report.downcast_ref::<PictureLossIndication>() {
        return vec![request.media_ssrc];
    }
    let request = report.downcast_ref::<FullIntraRequest>();
    request.map_or_else(Vec::new, |request| request.fir.iter().map(|entry| entry.ssrc).collect())
}
