//! A client of the shard: an ordinary peer connection that offers.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use rtc::interceptor::{Attribute, Interceptor, Packet, Registry, Slot, StreamInfo, TaggedPacket};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::interceptor_registry::register_default_interceptors;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::event::RTCPeerConnectionEvent;
use rtc::peer_connection::message::RTCMessage;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::state::RTCPeerConnectionState;
use rtc::peer_connection::transport::{RTCDtlsTransportState, RTCIceCandidateInit};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::sender_report::SenderReport;
use rtc::rtp::header::Header;
use rtc::rtp_transceiver::rtp_sender::RTCRtpSender;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
    RTCRtpHeaderExtensionCapability, RtpCodecKind,
};
use rtc::rtp_transceiver::{
    RTCRtpReceiverId, RTCRtpSenderId, RTCRtpTransceiverDirection, RTCRtpTransceiverInit,
};
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};

pub(crate) const VIDEO_SSRC: u32 = 1_111;
pub(crate) const AUDIO_SSRC: u32 = 2_222;

/// What a client wants of the call.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wish {
    pub(crate) publishes: bool,
    /// In how many layers it publishes its picture; 0 is one without a name.
    pub(crate) layers: usize,
    pub(crate) pictures: usize,
    pub(crate) voices: usize,
}

pub(crate) struct Client {
    pub(crate) connection: RTCPeerConnection,
    pub(crate) address: SocketAddr,
    pub(crate) offer: String,
    pub(crate) is_connected: bool,
    pub(crate) is_closed: bool,
    pub(crate) received: Vec<rtc::rtp::Packet>,
    /// When each of these came.
    pub(crate) received_at: Vec<Instant>,
    pub(crate) keyframe_requests: usize,
    pub(crate) sender_reports: usize,
    senders: Vec<(u32, RTCRtpSenderId)>,
    receivers: Vec<RTCRtpReceiverId>,
    next_video: u16,
}

/// As a client calls redundant sound.
pub(crate) const RED_TYPE: u8 = 63;
/// As a client calls plain sound.
pub(crate) const OPUS_TYPE: u8 = 111;

/// Redundant sound and its level.
fn register_sound(media: &mut MediaEngine) {
    let rtp_codec = RTCRtpCodec {
        mime_type: "audio/red".to_owned(),
        sdp_fmtp_line: format!("{OPUS_TYPE}/{OPUS_TYPE}"),
        ..codec(RtpCodecKind::Audio)
    };
    let red = RTCRtpCodecParameters { rtp_codec, payload_type: RED_TYPE };
    media.register_codec(red, RtpCodecKind::Audio).unwrap();
    let uri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level".to_owned();
    let level = RTCRtpHeaderExtensionCapability { uri };
    media.register_header_extension(level, RtpCodecKind::Audio, None).unwrap();
}

fn codec(kind: RtpCodecKind) -> RTCRtpCodec {
    let (mime, clock_rate, channels) = match kind {
        RtpCodecKind::Video => ("video/VP8", 90_000, 0),
        _ => ("audio/opus", 48_000, 2),
    };
    RTCRtpCodec { mime_type: mime.to_owned(), clock_rate, channels, ..RTCRtpCodec::default() }
}

impl Client {
    pub(crate) fn new(now: Instant, address: SocketAddr, wish: Wish) -> Self {
        let mut client = Self::bare(now, address);
        let connection = &mut client.connection;
        if wish.publishes {
            for (kind, ssrc, layers) in [
                (RtpCodecKind::Video, VIDEO_SSRC, wish.layers),
                (RtpCodecKind::Audio, AUDIO_SSRC, 0),
            ] {
                client.senders.push((ssrc, send(connection, kind, ssrc, layers)));
            }
        }
        for kind in std::iter::repeat_n(RtpCodecKind::Video, wish.pictures)
            .chain(std::iter::repeat_n(RtpCodecKind::Audio, wish.voices))
        {
            let id = connection.add_transceiver_from_kind(kind, None).unwrap();
            client.receivers.push(RTCRtpReceiverId::from(id));
        }
        connection.add_local_candidate(candidate(address)).unwrap();
        let offer = connection.create_offer(None).unwrap();
        connection.set_local_description(now, offer).unwrap();
        client.offer = connection.local_description().unwrap().sdp;
        client
    }

    /// One that offers nothing yet, and may answer another.
    pub(crate) fn bare(now: Instant, address: SocketAddr) -> Self {
        let mut media = MediaEngine::default();
        media.register_default_codecs().unwrap();
        register_sound(&mut media);
        let registry = register_default_interceptors(Registry::new(), &mut media)
            .unwrap()
            .with(Slot::from(60_000), Spy::default());
        let connection = RTCPeerConnectionBuilder::new()
            .with_media_engine(media)
            .with_interceptor_registry(registry)
            .build(now)
            .unwrap();
        Self {
            connection,
            address,
            offer: String::new(),
            is_connected: false,
            is_closed: false,
            received: vec![],
            received_at: vec![],
            keyframe_requests: 0,
            sender_reports: 0,
            senders: vec![],
            receivers: vec![],
            next_video: 100,
        }
    }

    /// The answer to what another has offered.
    pub(crate) fn answer(&mut self, now: Instant, offer: &str) -> String {
        let offer = RTCSessionDescription::offer(offer.to_owned()).unwrap();
        self.connection.set_remote_description(now, offer).unwrap();
        self.connection.add_local_candidate(candidate(self.address)).unwrap();
        let answer = self.connection.create_answer(None).unwrap();
        self.connection.set_local_description(now, answer).unwrap();
        self.connection.local_description().unwrap().sdp
    }

    pub(crate) fn answered(&mut self, now: Instant, sdp: &str) {
        let answer = RTCSessionDescription::answer(sdp.to_owned()).unwrap();
        self.connection.set_remote_description(now, answer).unwrap();
    }

    pub(crate) fn restart_ice(&mut self, now: Instant) {
        self.connection.restart_ice();
        let offer = self.connection.create_offer(None).unwrap();
        self.connection.set_local_description(now, offer).unwrap();
        self.connection.add_local_candidate(candidate(self.address)).unwrap();
        self.offer = self.connection.local_description().unwrap().sdp;
    }

    pub(crate) fn receive(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let transport = TransportContext {
            local_addr: self.address,
            peer_addr: from,
            transport_protocol: TransportProtocol::UDP,
            ecn: None,
        };
        let message = BytesMut::from(bytes);
        let _ = self.connection.handle_read(TaggedBytesMut { now, transport, message });
        self.drain();
    }

    pub(crate) fn drain(&mut self) {
        while let Some(event) = self.connection.poll_event() {
            if let RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) = event {
                self.is_connected = state == RTCPeerConnectionState::Connected;
            }
        }
        let id = self.senders.first().map(|(_, id)| *id);
        let sender = id.and_then(|id| self.connection.rtp_sender(id));
        let transport = sender.and_then(|sender| sender.transport().map(|it| it.state()));
        self.is_closed |= transport == Some(RTCDtlsTransportState::Closed);
        while let Some(read) = self.connection.poll_read() {
            match read.message {
                RTCMessage::RtpPacket(_, packet) => {
                    self.received.push(packet);
                    self.received_at.push(read.now);
                }
                RTCMessage::RtcpPacket(_, parts) => {
                    let parts = parts.iter().map(|part| part.as_any());
                    for part in parts {
                        self.keyframe_requests += usize::from(part.is::<PictureLossIndication>());
                        self.sender_reports += usize::from(part.is::<SenderReport>());
                    }
                }
                _ => {}
            }
        }
    }

    /// Sends the next video packet: a keyframe or not, or nothing but padding.
    pub(crate) fn send_video(&mut self, now: Instant, is_keyframe: bool) {
        let payload = [0x90, 0x80, 0x80, 0x01, u8::from(!is_keyframe), 1, 2, 3];
        self.send(now, VIDEO_SSRC, Bytes::copy_from_slice(&payload));
    }

    pub(crate) fn send_padding(&mut self, now: Instant) {
        self.send(now, VIDEO_SSRC, Bytes::new());
    }

    pub(crate) fn send_audio(&mut self, now: Instant) {
        self.send(now, AUDIO_SSRC, Bytes::from_static(b"opus"));
    }

    /// Sends a packet of a layer's picture, large enough to fill a line.
    pub(crate) fn send_layer(&mut self, now: Instant, layer: u32, is_keyframe: bool, size: usize) {
        let mut payload = vec![0; size];
        payload[..5].copy_from_slice(&[0x90, 0x80, 0x80, 0x01, u8::from(!is_keyframe)]);
        let (_, id) = self.senders[0];
        let mut sender = self.connection.rtp_sender(id).unwrap();
        let parameters = sender.get_parameters().rtp_parameters.clone();
        self.next_video += 1;
        let mut header = Header {
            version: 2,
            payload_type: parameters.codecs[0].payload_type,
            sequence_number: self.next_video,
            timestamp: u32::from(self.next_video) * 3_000,
            ssrc: VIDEO_SSRC + layer,
            marker: true,
            ..Header::default()
        };
        for extension in &parameters.header_extensions {
            let value = match extension.uri.as_str() {
                "urn:ietf:params:rtp-hdrext:sdes:mid" => "0",
                "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id" => NAMES[layer as usize],
                _ => continue,
            };
            let id = u8::try_from(extension.id).unwrap();
            header.set_extension(id, Bytes::from_static(value.as_bytes())).unwrap();
        }
        sender.write_rtp(now, rtc::rtp::Packet { header, payload: payload.into() }).unwrap();
    }

    /// Sends a packet of sound of any type, and how far below the loudest it is.
    pub(crate) fn send_sound(&mut self, now: Instant, payload_type: u8, level: u8, sound: &[u8]) {
        let mut header = self.header(AUDIO_SSRC);
        header.payload_type = payload_type;
        let mut sender = self.sender(AUDIO_SSRC);
        let extensions = &sender.get_parameters().rtp_parameters.header_extensions;
        let extension = extensions.iter().find(|it| it.uri.ends_with("ssrc-audio-level")).unwrap();
        let id = u8::try_from(extension.id).unwrap();
        header.set_extension(id, Bytes::copy_from_slice(&[level])).unwrap();
        let payload = Bytes::copy_from_slice(sound);
        sender.write_rtp(now, rtc::rtp::Packet { header, payload }).unwrap();
    }

    pub(crate) fn send(&mut self, now: Instant, ssrc: u32, payload: Bytes) {
        let header = self.header(ssrc);
        self.sender(ssrc).write_rtp(now, rtc::rtp::Packet { header, payload }).unwrap();
    }

    fn sender(&mut self, ssrc: u32) -> RTCRtpSender<'_> {
        let (_, id) = self.senders.iter().find(|(of, _)| *of == ssrc).unwrap();
        self.connection.rtp_sender(*id).unwrap()
    }

    fn header(&mut self, ssrc: u32) -> Header {
        let (_, id) = self.senders.iter().find(|(of, _)| *of == ssrc).unwrap();
        self.next_video += 1;
        let mut sender = self.connection.rtp_sender(*id).unwrap();
        let payload_type = sender.get_parameters().rtp_parameters.codecs[0].payload_type;
        let ticks = if ssrc == AUDIO_SSRC { 960 } else { 3_000 };
        Header {
            version: 2,
            payload_type,
            sequence_number: self.next_video,
            timestamp: u32::from(self.next_video) * ticks,
            ssrc,
            ..Header::default()
        }
    }

    /// Says that the picture with this SSRC cannot be decoded.
    pub(crate) fn lose_picture(&mut self, now: Instant, media_ssrc: u32) {
        let request = PictureLossIndication { sender_ssrc: 0, media_ssrc };
        let mut receiver = self.connection.rtp_receiver(self.receivers[0]).unwrap();
        receiver.write_rtcp(now, vec![Box::new(request)]).unwrap();
    }

    /// Sequence numbers of what came.
    pub(crate) fn sequences(&self) -> Vec<u16> {
        self.received.iter().map(|packet| packet.header.sequence_number).collect()
    }
}

const NAMES: [&str; 3] = ["q", "h", "f"];

fn send(
    connection: &mut RTCPeerConnection,
    kind: RtpCodecKind,
    ssrc: u32,
    layers: usize,
) -> RTCRtpSenderId {
    let encoding = |(ssrc, name): (u32, &str)| RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters {
            ssrc: Some(ssrc),
            rid: name.to_owned(),
            ..RTCRtpCodingParameters::default()
        },
        codec: codec(kind),
        ..RTCRtpEncodingParameters::default()
    };
    let encodings = if layers == 0 {
        vec![encoding((ssrc, ""))]
    } else {
        (ssrc..).zip(NAMES).take(layers).map(encoding).collect()
    };
    let name = format!("{kind}");
    let track = MediaStreamTrack::new("stream".to_owned(), name.clone(), name, kind, encodings);
    let init = RTCRtpTransceiverInit {
        direction: RTCRtpTransceiverDirection::Sendonly,
        ..RTCRtpTransceiverInit::default()
    };
    RTCRtpSenderId::from(connection.add_transceiver_from_track(track, Some(init)).unwrap())
}

fn candidate(address: SocketAddr) -> RTCIceCandidateInit {
    RTCIceCandidateInit {
        candidate: format!(
            "candidate:1 1 udp 2130706431 {} {} typ host",
            address.ip(),
            address.port()
        ),
        ..RTCIceCandidateInit::default()
    }
}

/// Brings all RTCP to the test.
#[derive(Default)]
struct Spy {
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Spy {
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

impl Interceptor for Spy {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
