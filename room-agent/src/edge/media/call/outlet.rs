//! One stream that the room sends.

use std::sync::Arc;

use bytes::Bytes;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodingParameters, RTCRtpEncodingParameters};
use rtc_rtp::{Header, Packet};
use webrtc::error::Error;
use webrtc::media_stream::MediaStreamTrack;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::peer_connection::PeerConnection;
use webrtc::rtp_transceiver::{
    RTCRtpTransceiverDirection, RTCRtpTransceiverInit, RtpSender, RtpTransceiver,
};

use super::super::limits::LAYERS_MAX;
use super::super::sound::OutgoingVoice;
use super::codecs::{Kind, LEVEL_URI, red_type};
use super::payload::cut;
use super::red::Redundancy;
use super::reports::VoiceLoss;

/// The header extensions that name m-line and layer (RFC 8843 §15, RFC 8852 §3.1).
const MID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
const LAYER_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";

/// What the layers of a picture are called (RFC 8852), the smallest first.
const NAMES: [&str; LAYERS_MAX] = ["q", "h", "f"];

/// A `sendonly` transceiver with its packet counters.
pub(in super::super) struct Outlet {
    kind: Kind,
    track: Arc<TrackLocalStaticRTP>,
    sender: Arc<dyn RtpSender>,
    transceiver: Arc<dyn RtpTransceiver>,
    /// Source and next sequence number of each layer, the smallest first.
    layers: Vec<(u32, u16)>,
    payload_type: Option<u8>,
    timestamp_offset: u32,
    /// The header extensions that name m-line and layer, and the m-line; only with layers.
    names: Option<(u8, u8, Bytes)>,
    /// The header extension of a voice's level, if the answer took it.
    level: Option<u8>,
    /// Of a voice: the payload type of redundant sound, if the answer took it, and what is carried
    /// again.
    red_type: Option<u8>,
    redundancy: Redundancy,
    loss: Option<VoiceLoss>,
}

impl Outlet {
    /// Adds the transceiver, for a stream in so many layers. `chance` gives the stream's
    /// identifiers (RFC 3550 §5.1).
    pub(super) async fn add(
        connection: &dyn PeerConnection,
        kind: Kind,
        layers: usize,
        chance: u64,
    ) -> Result<Self, Error> {
        let [_, sequence, timestamp_offset] = identifiers(chance);
        let sequence = u16::try_from(sequence & 0x7fff).unwrap_or(0);
        let sources = sources(chance).take(layers.clamp(1, LAYERS_MAX));
        let layers: Vec<(u32, u16)> = sources.map(|source| (source, sequence)).collect();
        let track = Arc::new(TrackLocalStaticRTP::new(track(kind, &layers)));
        let init = RTCRtpTransceiverInit {
            direction: RTCRtpTransceiverDirection::Sendonly,
            ..RTCRtpTransceiverInit::default()
        };
        let local: Arc<dyn TrackLocal> = track.clone();
        let transceiver = connection.add_transceiver_from_track(local, Some(init)).await?;
        let sender = transceiver.sender().await?.ok_or(Error::ErrRTPSenderTrackNil)?;
        Ok(Self {
            kind,
            track,
            sender,
            transceiver,
            layers,
            payload_type: None,
            timestamp_offset,
            names: None,
            level: None,
            red_type: None,
            redundancy: Redundancy::default(),
            loss: None,
        })
    }

    /// The same, carrying again what is reported lost.
    pub(super) fn protected(self, loss: VoiceLoss) -> Self {
        Self { loss: Some(loss), ..self }
    }

    /// In how many layers it sends.
    pub(in super::super) fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Its transceiver's mid, once an offer was made.
    pub(super) async fn mid(&self) -> Option<String> {
        self.transceiver.mid().await.ok().flatten()
    }

    /// Learns the payload type that the answer chose; the offer's own may have been another.
    pub(super) async fn negotiated(&mut self) -> Result<(), Error> {
        let parameters = self.sender.get_parameters().await?;
        let codecs = parameters.rtp_parameters.codecs;
        let extensions = parameters.rtp_parameters.header_extensions;
        let id_of = |uri: &str| {
            let extension = extensions.iter().find(|extension| extension.uri == uri)?;
            u8::try_from(extension.id).ok()
        };
        let mid = self.mid().await.filter(|_| self.layers.len() > 1);
        let ids = id_of(MID_URI).zip(id_of(LAYER_URI));
        self.names = ids.zip(mid).map(|((at, name), mid)| (at, name, Bytes::from(mid)));
        let mime_type = self.kind.codec().mime_type;
        let chosen = codecs
            .iter()
            .find(|codec| codec.rtp_codec.mime_type.eq_ignore_ascii_case(&mime_type))
            .ok_or(Error::CodecNotFound)?;
        self.payload_type = Some(chosen.payload_type);
        self.red_type = red_type(&codecs);
        self.level = id_of(LEVEL_URI);
        Ok(())
    }

    /// Sends a compressed picture of a layer.
    pub(in super::super) async fn send_picture(
        &mut self,
        layer: usize,
        data: &[u8],
        timestamp: u32,
    ) -> Result<(), Error> {
        let mut payloads = cut(data).into_iter().peekable();
        while let Some(payload) = payloads.next() {
            let last = payloads.peek().is_none();
            self.send_packet(layer, payload, timestamp, last).await?;
        }
        Ok(())
    }

    /// Sends a frame of sound, with those before it where the line loses some.
    pub(in super::super) async fn send_voice(&mut self, voice: OutgoingVoice) -> Result<(), Error> {
        let OutgoingVoice { data, timestamp, begins, level } = voice;
        let Some(mut header) = self.header(0, timestamp, begins) else { return Ok(()) };
        if let Some(loss) = self.loss.as_ref().and_then(VoiceLoss::take) {
            self.redundancy.heard(loss);
        }
        let mut payload = Bytes::from(data);
        if let Some(red_type) = self.red_type
            && let Some(wrapped) = self.redundancy.wrap(timestamp, &payload)
        {
            (header.payload_type, payload) = (red_type, wrapped);
        }
        if let Some(id) = self.level {
            header.set_extension(id, Bytes::copy_from_slice(&[level]))?;
        }
        self.track.write_rtp(Packet { header, payload }).await
    }

    async fn send_packet(
        &mut self,
        layer: usize,
        payload: Bytes,
        timestamp: u32,
        marker: bool,
    ) -> Result<(), Error> {
        let Some(mut header) = self.header(layer, timestamp, marker) else { return Ok(()) };
        if let (Some((at, name, mid)), Some(layer)) = (&self.names, NAMES.get(layer)) {
            header.set_extension(*at, mid.clone())?;
            header.set_extension(*name, Bytes::from_static(layer.as_bytes()))?;
        }
        self.track.write_rtp(Packet { header, payload }).await
    }

    /// The header of a layer's next packet, once it is known how to call it.
    fn header(&mut self, layer: usize, timestamp: u32, marker: bool) -> Option<Header> {
        let payload_type = self.payload_type?;
        let (ssrc, next) = self.layers.get_mut(layer)?;
        let sequence_number = *next;
        *next = next.wrapping_add(1);
        Some(Header {
            version: 2,
            marker,
            payload_type,
            sequence_number,
            timestamp: timestamp.wrapping_add(self.timestamp_offset),
            ssrc: *ssrc,
            ..Header::default()
        })
    }
}

/// The sources of a stream's layers: numbers that should not be guessed, one after the other.
pub(super) fn sources(chance: u64) -> impl Iterator<Item = u32> {
    let [first, ..] = identifiers(chance);
    (0..).map(move |layer| first.wrapping_add(layer))
}

/// Three numbers of a stream that should not be guessed: its source, where its sequence begins
/// and where its clock begins.
fn identifiers(chance: u64) -> [u32; 3] {
    let low = |value: u64| u32::try_from(value & u64::from(u32::MAX)).unwrap_or(1);
    [low(chance >> 32), low(chance >> 16), low(chance)]
}

/// The track that names the stream in the offer.
fn track(kind: Kind, layers: &[(u32, u16)]) -> MediaStreamTrack {
    let encoding = |((ssrc, _), name): (&(u32, u16), &str)| RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters {
            ssrc: Some(*ssrc),
            rid: if layers.len() > 1 { name.to_owned() } else { String::new() },
            ..RTCRtpCodingParameters::default()
        },
        active: true,
        codec: kind.codec(),
        ..RTCRtpEncodingParameters::default()
    };
    let encodings = layers.iter().zip(NAMES).map(encoding).collect();
    let kind = kind.of_rtc();
    let (stream, id) = ("room".to_owned(), format!("room-{kind}"));
    MediaStreamTrack::new(stream.clone(), id, stream, kind, encodings)
}
