//! One stream that the room sends.

use std::sync::Arc;

use bytes::Bytes;
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
use super::payload::cut;

/// The header extensions that name m-line and layer (RFC 8843 §15, RFC 8852 §3.1).
const MID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
const LAYER_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";

/// What the layers of a picture are called (RFC 8852), the smallest first.
const NAMES: [&str; LAYERS_MAX] = ["q", "h", "f"];

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Video,
    Audio,
}

impl Kind {
    /// As SDP names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
        }
    }

    fn mime(self) -> &'static str {
        match self {
            Self::Video => "video/VP8",
            Self::Audio => "audio/opus",
        }
    }

    fn clock(self) -> (u32, u16) {
        match self {
            Self::Video => (90_000, 0),
            Self::Audio => (48_000, 2),
        }
    }
}

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
        })
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
        let chosen = codecs
            .iter()
            .find(|codec| codec.rtp_codec.mime_type.eq_ignore_ascii_case(self.kind.mime()))
            .ok_or(Error::CodecNotFound)?;
        self.payload_type = Some(chosen.payload_type);
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

    /// Sends one packet of sound. `begins`: a voice begins after a silence.
    pub(in super::super) async fn send(
        &mut self,
        payload: Bytes,
        timestamp: u32,
        begins: bool,
    ) -> Result<(), Error> {
        self.send_packet(0, payload, timestamp, begins).await
    }

    async fn send_packet(
        &mut self,
        layer: usize,
        payload: Bytes,
        timestamp: u32,
        marker: bool,
    ) -> Result<(), Error> {
        let Some(payload_type) = self.payload_type else { return Ok(()) };
        let Some((source, next)) = self.layers.get_mut(layer) else { return Ok(()) };
        let mut header = Header {
            version: 2,
            marker,
            payload_type,
            sequence_number: *next,
            timestamp: timestamp.wrapping_add(self.timestamp_offset),
            ssrc: *source,
            ..Header::default()
        };
        *next = next.wrapping_add(1);
        if let (Some((at, name, mid)), Some(layer)) = (&self.names, NAMES.get(layer)) {
            header.set_extension(*at, mid.clone())?;
            header.set_extension(*name, Bytes::from_static(layer.as_bytes()))?;
        }
        self.track.write_rtp(Packet { header, payload }).await
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

/// The track that names the stream in the offer. `webrtc` takes its parameters as types that it
/// does not re-export; an empty list of the right type is had from an empty track.
fn track(kind: Kind, layers: &[(u32, u16)]) -> MediaStreamTrack {
    let new = |codings| {
        MediaStreamTrack::new(
            "room".to_owned(),
            format!("room-{}", kind.name()),
            "room".to_owned(),
            kind.name().into(),
            codings,
        )
    };
    let mut codings = new(Vec::new()).codings().to_vec();
    codings.resize_with(layers.len(), Default::default);
    for (coding, ((source, _), name)) in codings.iter_mut().zip(layers.iter().zip(NAMES)) {
        let (clock_rate, channels) = kind.clock();
        coding.rtp_coding_parameters.ssrc = Some(*source);
        if layers.len() > 1 {
            name.clone_into(&mut coding.rtp_coding_parameters.rid);
        }
        coding.active = true;
        kind.mime().clone_into(&mut coding.codec.mime_type);
        coding.codec.clock_rate = clock_rate;
        coding.codec.channels = channels;
    }
    new(codings)
}
