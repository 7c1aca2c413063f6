//! One peer: its connection, what it publishes, what it receives.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::BytesMut;
use rtc::peer_connection::RTCPeerConnection;
use rtc::peer_connection::event::{RTCPeerConnectionEvent, RTCTrackEvent};
use rtc::peer_connection::message::RTCMessage;
use rtc::peer_connection::state::RTCPeerConnectionState;
use rtc::peer_connection::transport::RTCDtlsTransportState;
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtp_transceiver::{RTCRtpReceiverId, RTCRtpTransceiverId};
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};

use crate::codec;
use crate::demux::Stun;
use crate::ids::{Kind, PeerId, StreamId};
use crate::ingest::Ingest;
use crate::messages::PeerStats;
use crate::slot::{Media, Slot};

/// One peer.
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    pub(crate) connection: RTCPeerConnection,
    pub(crate) link: Link,
    pub(crate) incoming: Vec<Incoming>,
    pub(crate) slots: Vec<Slot>,
    /// When its timers run next.
    pub(crate) deadline: Option<Instant>,
    /// Whether it is in the list of those with something to send.
    pub(crate) is_dirty: bool,
    pub(crate) stats: PeerStats,
    /// Whether a nomination is awaited: at first, and after an ICE restart.
    awaits_nomination: bool,
    /// Whether DTLS has come since it was looked at.
    may_have_closed: bool,
    nomination: Option<(SocketAddr, BytesMut)>,
}

/// How far its connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// ICE and DTLS are coming up.
    Connecting {
        /// Since when.
        since: Instant,
    },
    /// Media can flow.
    Connected,
}

/// A stream that the peer publishes.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) kind: Kind,
    receiver: RTCRtpReceiverId,
    ssrc: Option<u32>,
    ingest: Ingest,
    /// When its last packet came; absent while it is silent.
    pub(crate) heard_at: Option<Instant>,
}

/// What came of a datagram or a timer.
pub(crate) enum Happening {
    Connected,
    /// The peer closed its side.
    Closed,
    /// Nothing was heard of it for too long, or it never came up.
    Failed,
    Media {
        media: Media,
        /// Whether it is the first packet of the stream, or the first after a silence.
        is_first: bool,
    },
    /// The receiver of a slot wants a keyframe.
    KeyframeWanted(StreamId),
}

impl Peer {
    pub(crate) fn new(
        id: PeerId,
        now: Instant,
        connection: RTCPeerConnection,
        slots: Vec<Slot>,
    ) -> Self {
        Self {
            id,
            connection,
            link: Link::Connecting { since: now },
            incoming: Vec::new(),
            slots,
            deadline: None,
            is_dirty: false,
            stats: PeerStats { peer: id.0, ..PeerStats::default() },
            awaits_nomination: true,
            may_have_closed: false,
            nomination: None,
        }
    }

    /// ICE was restarted.
    pub(crate) fn expect_nomination(&mut self) {
        self.awaits_nomination = true;
    }

    pub(crate) fn publishes(&mut self, kind: Kind, transceiver: RTCRtpTransceiverId) {
        self.incoming.push(Incoming {
            kind,
            receiver: RTCRtpReceiverId::from(transceiver),
            ssrc: None,
            ingest: Ingest::default(),
            heard_at: None,
        });
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.link == Link::Connected
    }

    /// Takes a datagram in.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        path: (SocketAddr, SocketAddr),
        bytes: BytesMut,
        stun: Option<Stun<'_>>,
    ) {
        let (_, from) = path;
        // The content types of DTLS (RFC 7983).
        self.may_have_closed |= bytes.first().is_some_and(|first| (20..64).contains(first));
        match stun {
            Some(Stun::Request { nominates: true, .. }) if self.awaits_nomination => {
                self.nomination = Some((from, bytes.clone()));
                self.read(now, path, bytes);
            }
            Some(Stun::Success) => {
                self.read(now, path, bytes);
                self.repeat_nomination(now, path);
            }
            _ => self.read(now, path, bytes),
        }
    }

    /// `rtc` answers a first nomination with a check of its own instead of success, and waits for
    /// the client to nominate again. Showing it the request once more when its check was answered
    /// saves the client that wait.
    fn repeat_nomination(&mut self, now: Instant, path: (SocketAddr, SocketAddr)) {
        if let Some((from, bytes)) = self.nomination.take_if(|(from, _)| *from == path.1) {
            self.awaits_nomination = false;
            self.read(now, (path.0, from), bytes);
        }
    }

    fn read(&mut self, now: Instant, (local, from): (SocketAddr, SocketAddr), bytes: BytesMut) {
        let transport = TransportContext {
            local_addr: local,
            peer_addr: from,
            transport_protocol: TransportProtocol::UDP,
            ecn: None,
        };
        // What a stranger can send is no error of ours; `rtc` drops it and says so in its log.
        let _ = self.connection.handle_read(TaggedBytesMut { now, transport, message: bytes });
    }

    /// The next thing that came of it.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Happening> {
        while let Some(event) = self.connection.poll_event() {
            if let Some(happening) = self.on_event(event) {
                return Some(happening);
            }
        }
        while let Some(read) = self.connection.poll_read() {
            let happening = match read.message {
                RTCMessage::RtpPacket(_, packet) => self.on_packet(now, packet),
                RTCMessage::RtcpPacket(_, parts) => self.on_feedback(&parts),
                // No data channel is ever answered.
                _ => None,
            };
            if happening.is_some() {
                return happening;
            }
        }
        // A closed transport is no event of `rtc`: to it the connection is still up.
        let may_have_closed = std::mem::take(&mut self.may_have_closed);
        (may_have_closed && self.is_transport_closed()).then_some(Happening::Closed)
    }

    fn is_transport_closed(&mut self) -> bool {
        let sender = self.slots.first().map(|slot| slot.sender);
        let state = match (sender, self.incoming.first().map(|incoming| incoming.receiver)) {
            (Some(sender), _) => self
                .connection
                .rtp_sender(sender)
                .and_then(|sender| sender.transport().map(|transport| transport.state())),
            (None, Some(receiver)) => self
                .connection
                .rtp_receiver(receiver)
                .and_then(|receiver| receiver.transport().map(|transport| transport.state())),
            (None, None) => None,
        };
        state == Some(RTCDtlsTransportState::Closed)
    }

    fn on_event(&mut self, event: RTCPeerConnectionEvent) -> Option<Happening> {
        match event {
            RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) => match state {
                RTCPeerConnectionState::Connected if !self.is_connected() => {
                    self.link = Link::Connected;
                    Some(Happening::Connected)
                }
                RTCPeerConnectionState::Closed => Some(Happening::Closed),
                RTCPeerConnectionState::Failed => Some(Happening::Failed),
                _ => None,
            },
            RTCPeerConnectionEvent::OnTrack(RTCTrackEvent::OnOpen(track)) => {
                let mut incoming = self.incoming.iter_mut();
                let incoming = incoming.find(|it| it.receiver == track.receiver_id)?;
                if incoming.ssrc != Some(track.ssrc) {
                    incoming.ssrc = Some(track.ssrc);
                    incoming.ingest = Ingest::default();
                    return None;
                }
                // It comes again with the first packet after an ICE restart. What was lost in
                // between has been forgotten by the NACK generator: only a keyframe mends it.
                let stream = StreamId { peer: self.id, kind: incoming.kind };
                Some(Happening::KeyframeWanted(stream))
            }
            _ => None,
        }
    }

    fn on_packet(&mut self, now: Instant, packet: rtc::rtp::Packet) -> Option<Happening> {
        let header = packet.header;
        let incoming =
            self.incoming.iter_mut().find(|incoming| incoming.ssrc == Some(header.ssrc))?;
        let stream = StreamId { peer: self.id, kind: incoming.kind };
        let is_padding = packet.payload.is_empty();
        let sequence = incoming.ingest.accept(header.sequence_number, is_padding)?;
        let is_first = incoming.heard_at.replace(now).is_none();
        self.stats.packets_in += 1;
        self.stats.bytes_in += packet.payload.len() as u64;
        let read = codec::read(incoming.kind, &packet.payload);
        let media = Media {
            stream,
            sequence,
            timestamp: header.timestamp,
            marker: header.marker,
            payload: packet.payload,
            read,
        };
        Some(Happening::Media { media, is_first })
    }

    fn on_feedback(&mut self, parts: &[Box<dyn rtc::rtcp::Packet>]) -> Option<Happening> {
        let part = parts.first()?.as_any();
        if let Some(report) = part.downcast_ref::<ReceiverReport>() {
            for report in &report.reports {
                if let Some(slot) = self.slots.iter_mut().find(|slot| slot.ssrc == report.ssrc) {
                    slot.loss_256ths = report.fraction_lost;
                }
            }
            return None;
        }
        let ssrc = match part.downcast_ref::<PictureLossIndication>() {
            Some(request) => request.media_ssrc,
            None => part.downcast_ref::<FullIntraRequest>()?.fir.first()?.ssrc,
        };
        let slot = self.slots.iter().find(|slot| slot.ssrc == ssrc)?;
        slot.source().map(Happening::KeyframeWanted)
    }

    /// Sends a packet on one of its slots; whether there is something to send now.
    pub(crate) fn forward(&mut self, now: Instant, slot: usize, media: &Media) -> bool {
        if !self.is_connected() {
            return false;
        }
        let Some(slot) = self.slots.get_mut(slot) else { return false };
        let Some(packet) = slot.forward(now, media) else { return false };
        let Some(mut sender) = self.connection.rtp_sender(slot.sender) else { return false };
        let size = packet.payload.len() as u64;
        if sender.write_rtp(now, packet).is_err() {
            return false;
        }
        self.stats.packets_out += 1;
        self.stats.bytes_out += size;
        true
    }

    /// Asks the peer for a keyframe; whether that could be done.
    pub(crate) fn ask_for_keyframe(&mut self, now: Instant, kind: Kind) -> bool {
        let incoming = self.incoming.iter().find(|incoming| incoming.kind == kind);
        let Some((receiver, ssrc)) = incoming.and_then(|it| Some((it.receiver, it.ssrc?))) else {
            return false;
        };
        let Some(mut receiver) = self.connection.rtp_receiver(receiver) else { return false };
        let request = PictureLossIndication { sender_ssrc: 0, media_ssrc: ssrc };
        receiver.write_rtcp(now, vec![Box::new(request)]).is_ok()
    }

    /// Whether packets of this kind come.
    pub(crate) fn is_open(&self, kind: Kind) -> bool {
        self.incoming.iter().any(|incoming| incoming.kind == kind && incoming.heard_at.is_some())
    }

    pub(crate) fn figures(&self) -> PeerStats {
        let loss_256ths = self.slots.iter().map(|slot| slot.loss_256ths).max().unwrap_or(0);
        PeerStats { loss_256ths, ..self.stats }
    }
}
