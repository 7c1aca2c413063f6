//! One peer connection with a socket of its own; it waits for nothing, the loop feeds and drains it.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Instant;

use anyhow::{Context, Result};
use bytes::{Bytes, BytesMut};
use rtc::interceptor::{Attribute, Interceptor, Packet, Registry, Slot, StreamInfo, TaggedPacket};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::interceptor_registry::{
    configure_rtcp_reports, configure_simulcast_extension_headers,
};
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::event::RTCPeerConnectionEvent;
use rtc::peer_connection::message::RTCMessage;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::state::RTCPeerConnectionState;
use rtc::peer_connection::transport::RTCIceCandidateInit;
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtp::header::Header;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters,
    RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpSenderId, RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use rustix::net::sockopt::set_socket_recv_buffer_size;

use crate::limits::{DATAGRAM_BYTES_MAX, DATAGRAMS_AT_ONCE, RECEIVE_BUFFER_BYTES};
use crate::loopback;
use crate::source::{Due, Kind};

const PICTURE_SSRC: u32 = 0x00d1_0001;
const VOICE_SSRC: u32 = 0x00d1_0002;

/// What a peer is in the load.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Publisher,
    Subscriber,
}

/// A peer connection and its socket.
pub(crate) struct Peer {
    connection: RTCPeerConnection,
    pub(crate) socket: UdpSocket,
    address: SocketAddr,
    senders: Vec<(Kind, RTCRtpSenderId)>,
    sequences: [u16; 2],
    /// Whether media can flow.
    pub(crate) is_connected: bool,
    /// Whether somebody asked for a keyframe since this was looked at last.
    pub(crate) wants_keyframe: bool,
}

impl Peer {
    /// One that offers what its role wants, or, with `None`, waits for an offer.
    pub(crate) fn new(now: Instant, address: IpAddr, offers: Option<Role>) -> Result<Self> {
        let socket = UdpSocket::bind((address, 0)).context("a socket for a peer")?;
        socket.set_nonblocking(true)?;
        set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER_BYTES)?;
        let mut peer = Self {
            connection: connection(now)?,
            address: socket.local_addr()?,
            socket,
            senders: vec![],
            sequences: [1, 1],
            is_connected: false,
            wants_keyframe: false,
        };
        for kind in [Kind::Picture, Kind::Voice] {
            match offers {
                Some(Role::Publisher) => peer.add_sender(kind)?,
                Some(Role::Subscriber) => peer.add_receiver(kind)?,
                None => {}
            }
        }
        Ok(peer)
    }

    fn add_sender(&mut self, kind: Kind) -> Result<()> {
        let (ssrc, codec) = codec(kind);
        let coding =
            RTCRtpCodingParameters { ssrc: Some(ssrc), ..RTCRtpCodingParameters::default() };
        let encoding = RTCRtpEncodingParameters {
            rtp_coding_parameters: coding,
            codec: codec.rtp_codec,
            ..RTCRtpEncodingParameters::default()
        };
        let kind_of = kind_of(kind);
        let name = format!("{kind_of}");
        let stream = "load".to_owned();
        let track = MediaStreamTrack::new(stream, name.clone(), name, kind_of, vec![encoding]);
        let init = direction(RTCRtpTransceiverDirection::Sendonly);
        let id = self.connection.add_transceiver_from_track(track, Some(init))?;
        self.senders.push((kind, RTCRtpSenderId::from(id)));
        Ok(())
    }

    fn add_receiver(&mut self, kind: Kind) -> Result<()> {
        let init = direction(RTCRtpTransceiverDirection::Recvonly);
        self.connection.add_transceiver_from_kind(kind_of(kind), Some(init))?;
        Ok(())
    }

    pub(crate) fn offer(&mut self, now: Instant) -> Result<String> {
        self.connection.add_local_candidate(candidate(self.address))?;
        let offer = self.connection.create_offer(None)?;
        self.connection.set_local_description(now, offer)?;
        self.local_description()
    }

    pub(crate) fn accept(&mut self, now: Instant, answer: &str) -> Result<()> {
        loopback::check_candidates(answer)?;
        let answer = RTCSessionDescription::answer(answer.to_owned())?;
        Ok(self.connection.set_remote_description(now, answer)?)
    }

    pub(crate) fn answer(&mut self, now: Instant, offer: &str) -> Result<String> {
        loopback::check_candidates(offer)?;
        let offer = RTCSessionDescription::offer(offer.to_owned())?;
        self.connection.set_remote_description(now, offer)?;
        self.connection.add_local_candidate(candidate(self.address))?;
        let answer = self.connection.create_answer(None)?;
        self.connection.set_local_description(now, answer)?;
        self.local_description()
    }

    fn local_description(&self) -> Result<String> {
        Ok(self.connection.local_description().context("no local description")?.sdp)
    }

    /// Takes what came to the socket; `seen` is told the payload of every packet of media.
    pub(crate) fn receive(
        &mut self,
        clock: impl Fn() -> Instant,
        mut seen: impl FnMut(Instant, &[u8]),
    ) -> Result<()> {
        let mut buffer = [0; DATAGRAM_BYTES_MAX];
        for _ in 0..DATAGRAMS_AT_ONCE {
            let (length, peer_addr) = match self.socket.recv_from(&mut buffer) {
                Ok(came) => came,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // The other side closed its socket: ICE will find out.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => continue,
                Err(error) => return Err(error).context("receive"),
            };
            let now = clock();
            let transport = TransportContext {
                local_addr: self.address,
                peer_addr,
                transport_protocol: TransportProtocol::UDP,
                ecn: None,
            };
            let message = BytesMut::from(&buffer[..length]);
            // A packet that cannot be read is one that did not come: it counts as lost.
            let _ = self.connection.handle_read(TaggedBytesMut { now, transport, message });
            self.drain(|payload| seen(now, payload));
        }
        self.flush()
    }

    fn drain(&mut self, mut seen: impl FnMut(&[u8])) {
        while let Some(event) = self.connection.poll_event() {
            if let RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) = event {
                self.is_connected = state == RTCPeerConnectionState::Connected;
            }
        }
        while let Some(read) = self.connection.poll_read() {
            match read.message {
                RTCMessage::RtpPacket(_, packet) => seen(&packet.payload),
                RTCMessage::RtcpPacket(_, parts) => {
                    self.wants_keyframe |= parts.iter().map(|part| part.as_any()).any(|part| {
                        part.is::<PictureLossIndication>() || part.is::<FullIntraRequest>()
                    });
                }
                _ => {}
            }
        }
    }

    /// Sends what the connection wants to send.
    pub(crate) fn flush(&mut self) -> Result<()> {
        while let Some(message) = self.connection.poll_write() {
            let to = message.transport.peer_addr;
            anyhow::ensure!(to.ip().is_loopback(), "{to} is not of this machine");
            match self.socket.send_to(&message.message, to) {
                Err(error)
                    if !matches!(
                        error.kind(),
                        ErrorKind::WouldBlock | ErrorKind::ConnectionRefused
                    ) =>
                {
                    return Err(error).context("send");
                }
                // What a full socket does not take is lost, as on any line.
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn timeout(&mut self, now: Instant) -> Result<()> {
        if self.connection.poll_timeout().is_some_and(|at| at <= now) {
            self.connection.handle_timeout(now)?;
            self.drain(|_| {});
        }
        self.flush()
    }

    /// Publishes a packet.
    pub(crate) fn publish(&mut self, now: Instant, due: Due) -> Result<()> {
        let found = self.senders.iter().find(|(kind, _)| *kind == due.kind);
        let &(_, id) = found.context("a peer that publishes nothing")?;
        let (ssrc, codec) = codec(due.kind);
        let mut sender = self.connection.rtp_sender(id).context("no sender")?;
        let negotiated = sender.get_parameters().rtp_parameters.codecs.first();
        let payload_type = negotiated.map_or(codec.payload_type, |it| it.payload_type);
        let sequence = &mut self.sequences[usize::from(due.kind == Kind::Voice)];
        let header = Header {
            version: 2,
            marker: due.marker,
            payload_type,
            sequence_number: *sequence,
            timestamp: due.timestamp,
            ssrc,
            ..Header::default()
        };
        *sequence = sequence.wrapping_add(1);
        let payload = Bytes::from(due.payload);
        sender.write_rtp(now, rtc::rtp::Packet { header, payload })?;
        self.flush()
    }
}

/// Without retransmission and without feedback on the line: a lost packet stays lost and is counted.
fn connection(now: Instant) -> Result<RTCPeerConnection> {
    let mut media = MediaEngine::default();
    for kind in [Kind::Picture, Kind::Voice] {
        media.register_codec(codec(kind).1, kind_of(kind))?;
    }
    configure_simulcast_extension_headers(&mut media)?;
    let registry = configure_rtcp_reports(Registry::new());
    let registry = registry.with(Slot::from(60_000), KeyframeRequests::default());
    let builder = RTCPeerConnectionBuilder::new().with_media_engine(media);
    Ok(builder.with_interceptor_registry(registry).build(now)?)
}

fn codec(kind: Kind) -> (u32, RTCRtpCodecParameters) {
    let feedback = |typ: &str, parameter: &str| RTCPFeedback {
        typ: typ.to_owned(),
        parameter: parameter.to_owned(),
    };
    let (ssrc, payload_type, mime, clock_rate, channels, rtcp_feedback) = match kind {
        Kind::Picture => {
            let feedback = vec![feedback("ccm", "fir"), feedback("nack", "pli")];
            (PICTURE_SSRC, 96, "video/VP8", 90_000, 0, feedback)
        }
        Kind::Voice => (VOICE_SSRC, 111, "audio/opus", 48_000, 2, vec![]),
    };
    let mime_type = mime.to_owned();
    let rtp_codec =
        RTCRtpCodec { mime_type, clock_rate, channels, rtcp_feedback, ..RTCRtpCodec::default() };
    let parameters = RTCRtpCodecParameters { rtp_codec, payload_type };
    (ssrc, parameters)
}

fn kind_of(kind: Kind) -> RtpCodecKind {
    match kind {
        Kind::Picture => RtpCodecKind::Video,
        Kind::Voice => RtpCodecKind::Audio,
    }
}

fn direction(direction: RTCRtpTransceiverDirection) -> RTCRtpTransceiverInit {
    RTCRtpTransceiverInit { direction, ..RTCRtpTransceiverInit::default() }
}

fn candidate(address: SocketAddr) -> RTCIceCandidateInit {
    let (ip, port) = (address.ip(), address.port());
    RTCIceCandidateInit {
        candidate: format!("candidate:1 1 udp 2130706431 {ip} {port} typ host"),
        ..RTCIceCandidateInit::default()
    }
}

/// Brings keyframe requests to the publisher, which makes its frames itself.
#[derive(Default)]
struct KeyframeRequests {
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for KeyframeRequests {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, mut message: TaggedPacket) -> Result<(), Error> {
        if matches!(message.message.packet, Packet::Rtcp(_)) {
            message.message.add(Attribute::DeliverToApplication);
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

impl Interceptor for KeyframeRequests {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
