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

use super::payload::cut;

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
    ssrc: u32,
    payload_type: Option<u8>,
    sequence: u16,
    timestamp_offset: u32,
}

impl Outlet {
    /// Adds the transceiver. `chance` gives the stream's identifiers (RFC 3550 §5.1).
    pub(super) async fn add(
        connection: &dyn PeerConnection,
        kind: Kind,
        chance: u64,
    ) -> Result<Self, Error> {
        let [ssrc, sequence, timestamp_offset] = identifiers(chance);
        let track = Arc::new(TrackLocalStaticRTP::new(track(kind, ssrc)));
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
            ssrc,
            payload_type: None,
            sequence: u16::try_from(sequence & 0x7fff).unwrap_or(0),
            timestamp_offset,
        })
    }

    /// Its transceiver's mid, once an offer was made.
    pub(super) async fn mid(&self) -> Option<String> {
        self.transceiver.mid().await.ok().flatten()
    }

    /// Learns the payload type that the answer chose; the offer's own may have been another.
    pub(super) async fn negotiated(&mut self) -> Result<(), Error> {
        let parameters = self.sender.get_parameters().await?;
        let codecs = parameters.rtp_parameters.codecs;
        let chosen = codecs
            .iter()
            .find(|codec| codec.rtp_codec.mime_type.eq_ignore_ascii_case(self.kind.mime()))
            .ok_or(Error::CodecNotFound)?;
        self.payload_type = Some(chosen.payload_type);
        Ok(())
    }

    /// Sends a compressed picture.
    pub(in super::super) async fn send_picture(
        &mut self,
        data: &[u8],
        timestamp: u32,
    ) -> Result<(), Error> {
        let mut payloads = cut(data).into_iter().peekable();
        while let Some(payload) = payloads.next() {
            let last = payloads.peek().is_none();
            self.send(payload, timestamp, last).await?;
        }
        Ok(())
    }

    /// Sends one packet. `marker`: a picture ends, or a voice begins after a silence.
    pub(in super::super) async fn send(
        &mut self,
        payload: Bytes,
        timestamp: u32,
        marker: bool,
    ) -> Result<(), Error> {
        let Some(payload_type) = self.payload_type else { return Ok(()) };
        let header = Header {
            version: 2,
            marker,
            payload_type,
            sequence_number: self.sequence,
            timestamp: timestamp.wrapping_add(self.timestamp_offset),
            ssrc: self.ssrc,
            ..Header::default()
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.track.write_rtp(Packet { header, payload }).await
    }
}

/// Three numbers of a stream that should not be guessed: its source, where its sequence begins
/// and where its clock begins.
fn identifiers(chance: u64) -> [u32; 3] {
    let low = |value: u64| u32::try_from(value & u64::from(u32::MAX)).unwrap_or(1);
    [low(chance >> 32), low(chance >> 16), low(chance)]
}

/// The track that names the stream in the offer. `webrtc` takes its parameters as types that it
/// does not re-export; an empty list of the right type is had from an empty track.
fn track(kind: Kind, ssrc: u32) -> MediaStreamTrack {
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
    codings.resize_with(1, Default::default);
    for coding in &mut codings {
        let (clock_rate, channels) = kind.clock();
        coding.rtp_coding_parameters.ssrc = Some(ssrc);
        coding.active = true;
        kind.mime().clone_into(&mut coding.codec.mime_type);
        coding.codec.clock_rate = clock_rate;
        coding.codec.channels = channels;
    }
    new(codings)
}
