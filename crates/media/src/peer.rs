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
use rtc::rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use rtc::rtp_transceiver::{RTCRtpReceiverId, RTCRtpTransceiverId};
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};

use crate::codec;
use crate::demux::Stun;
use crate::egress::{Egress, Lost};
use crate::history::History;
use crate::ids::{Kind, PeerId, StreamId};
use crate::ingest::Ingest;
use crate::level;
use crate::limits::{LOST_PER_MESSAGE_MAX, REPORT_INTERVAL};
use crate::messages::PeerStats;
use crate::red::Red;
use crate::slot::{Media, Origin, Slot};
use crate::srtp::Keys;

/// One peer.
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    /// Apart, so that what sending needs lies close together.
    pub(crate) connection: Box<RTCPeerConnection>,
    pub(crate) link: Link,
    pub(crate) incoming: Vec<Incoming>,
    pub(crate) egress: Egress,
    /// When its timers run next.
    pub(crate) deadline: Option<Instant>,
    /// Whether it is in the list of those to whom `rtc` has something to send.
    pub(crate) is_talking: bool,
    pub(crate) stats: PeerStats,
    came_at: Instant,
    keys: Keys,
    /// When it is told next what was sent to it.
    pub(crate) report_at: Option<Instant>,
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
    /// The payload type of redundant sound, and the number of the level's header extension.
    sound: (Option<u8>, Option<u8>),
    ingest: Ingest,
    /// How many streams came before this one under the same name.
    epoch: u32,
    pub(crate) history: History,
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
    /// The receiver of a slot did not get these.
    Lost(Vec<Lost>),
}

impl Peer {
    pub(crate) fn new(
        id: PeerId,
        now: Instant,
        connection: RTCPeerConnection,
        keys: Keys,
        slots: Vec<Slot>,
    ) -> Self {
        Self {
            id,
            connection: Box::new(connection),
            link: Link::Connecting { since: now },
            incoming: Vec::new(),
            egress: Egress::new(slots),
            deadline: None,
            is_talking: false,
            stats: PeerStats { peer: id.0, ..PeerStats::default() },
            came_at: now,
            keys,
            report_at: None,
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
        let receiver = RTCRtpReceiverId::from(transceiver);
        let mut sound = (None, None);
        if kind == Kind::Audio
            && let Some(mut receiver) = self.connection.rtp_receiver(receiver)
        {
            sound = codec::sound_of(&receiver.get_parameters().rtp_parameters);
        }
        self.incoming.push(Incoming {
            kind,
            receiver,
            ssrc: None,
            sound,
            ingest: Ingest::default(),
            epoch: 0,
            history: History::default(),
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
        let may_have_moved = matches!(stun, Some(Stun::Request { nominates: true, .. }));
        if may_have_moved && self.is_connected() && !self.egress.leads_to(from) {
            self.report(now);
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
        let sender = self.egress.slots.first().map(|slot| slot.sender);
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
                    self.egress.open(&self.keys);
                    let has_slots = !self.egress.slots.is_empty();
                    self.report_at = has_slots.then(|| self.came_at + REPORT_INTERVAL);
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
                    if incoming.ssrc.replace(track.ssrc).is_some() {
                        incoming.epoch += 1;
                    }
                    incoming.ingest = Ingest::default();
                    incoming.history.clear();
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
        let mut read = codec::read(incoming.kind, &packet.payload);
        let (red_type, level) = incoming.sound;
        if red_type == Some(header.payload_type) {
            read.red = Some(Red::read(&packet.payload)?);
        }
        let level = level.and_then(|level| header.get_extension(level));
        read.loudness = level::read(level.as_deref());
        let media = Media {
            stream,
            epoch: incoming.epoch,
            sequence,
            timestamp: header.timestamp,
            marker: header.marker,
            payload: packet.payload,
            read,
        };
        // Lost sounds are not asked for again: they would come too late.
        if incoming.kind == Kind::Video {
            incoming.history.keep(&media);
        }
        Some(Happening::Media { media, is_first })
    }

    fn on_feedback(&mut self, parts: &[Box<dyn rtc::rtcp::Packet>]) -> Option<Happening> {
        let part = parts.first()?.as_any();
        let slots = &mut self.egress.slots;
        if let Some(report) = part.downcast_ref::<ReceiverReport>() {
            for report in &report.reports {
                let slot = slots.iter_mut().find(|slot| slot.names.ssrc == report.ssrc);
                if let Some(slot) = slot {
                    slot.loss_256ths = report.fraction_lost;
                }
            }
            return None;
        }
        if let Some(request) = part.downcast_ref::<TransportLayerNack>() {
            let slot = slots.iter().position(|slot| slot.names.ssrc == request.media_ssrc)?;
            let lost = request.nacks.iter().flat_map(|pair| pair.into_iter());
            let lost = lost.map(|sequence| Lost { slot, sequence });
            return Some(Happening::Lost(lost.take(LOST_PER_MESSAGE_MAX).collect()));
        }
        let ssrc = match part.downcast_ref::<PictureLossIndication>() {
            Some(request) => request.media_ssrc,
            None => part.downcast_ref::<FullIntraRequest>()?.fir.first()?.ssrc,
        };
        let slot = slots.iter().find(|slot| slot.names.ssrc == ssrc)?;
        slot.source().map(Happening::KeyframeWanted)
    }

    /// Tells the peer what was sent to it. Whatever goes out here goes on the path that ICE
    /// chose, so it also says where that leads.
    pub(crate) fn report(&mut self, now: Instant) {
        self.report_at = Some(now + REPORT_INTERVAL);
        let reports = self.egress.reports(now, self.came_at);
        let mut parts: Vec<Box<dyn rtc::rtcp::Packet>> = Vec::with_capacity(reports.len().max(1));
        parts.extend(reports.into_iter().map(|report| Box::new(report) as Box<_>));
        if parts.is_empty() {
            parts.push(Box::new(ReceiverReport::default()));
        }
        let Some(sender) = self.egress.slots.first().map(|slot| slot.sender) else { return };
        if let Some(mut sender) = self.connection.rtp_sender(sender) {
            // Without a path there is nobody to tell.
            let _ = sender.write_rtcp(now, parts);
        }
    }

    /// A packet that it published.
    pub(crate) fn find(&self, origin: Origin) -> Option<&Media> {
        let incoming = self.incoming.iter().find(|it| it.kind == origin.source.kind)?;
        let media = incoming.history.find(origin.sequence)?;
        (media.epoch == origin.epoch).then_some(media)
    }

    /// The next message of `rtc` itself.
    pub(crate) fn next_message(&mut self) -> Option<TaggedBytesMut> {
        let message = self.connection.poll_write()?;
        // STUN goes to whoever asked; all else goes where ICE chose to (RFC 7983).
        if message.message.first().is_some_and(|first| *first >= 20) {
            self.egress.lead_to(message.transport.peer_addr);
        }
        Some(message)
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
        let egress = &self.egress;
        PeerStats {
            packets_out: egress.packets,
            bytes_out: egress.bytes,
            packets_resent: egress.resent,
            loss_256ths: egress.slots.iter().map(|slot| slot.loss_256ths).max().unwrap_or(0),
            ..self.stats
        }
    }
}
