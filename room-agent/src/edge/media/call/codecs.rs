//! What the room speaks: VP8 with retransmission, and Opus, plain and redundant; and the header
//! extensions that it understands.

use rtc::peer_connection::configuration::media_engine::{
    MIME_TYPE_OPUS, MIME_TYPE_RTX, MIME_TYPE_VP8,
};
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpHeaderExtensionCapability, RtpCodecKind,
};
use webrtc::error::Error;
use webrtc::peer_connection::MediaEngine;

/// Redundant sound (RFC 2198), which `rtc` has no name for.
const MIME_TYPE_RED: &str = "audio/red";

/// The payload types of the room's offers.
pub(super) const OPUS_TYPE: u8 = 111;
pub(super) const RED_TYPE: u8 = 63;
const VP8_TYPE: u8 = 96;
const RESEND_TYPE: u8 = 97;

/// The header extension that says how loud a packet is (RFC 6464).
pub(super) const LEVEL_URI: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Video,
    Audio,
}

impl Kind {
    /// As `rtc` calls it.
    pub(super) fn of_rtc(self) -> RtpCodecKind {
        match self {
            Self::Video => RtpCodecKind::Video,
            Self::Audio => RtpCodecKind::Audio,
        }
    }

    /// What the room sends of it.
    pub(super) fn codec(self) -> RTCRtpCodec {
        match self {
            Self::Video => codec(MIME_TYPE_VP8, 90_000, 0, String::new()),
            Self::Audio => codec(MIME_TYPE_OPUS, 48_000, 2, "minptime=10;useinbandfec=1".into()),
        }
    }
}

fn codec(mime: &str, clock_rate: u32, channels: u16, sdp_fmtp_line: String) -> RTCRtpCodec {
    let mime_type = mime.to_owned();
    RTCRtpCodec { mime_type, clock_rate, channels, sdp_fmtp_line, rtcp_feedback: Vec::new() }
}

/// The codecs and header extensions of the room, those of the usual interceptors left out.
pub(super) fn engine() -> Result<MediaEngine, Error> {
    let mut engine = MediaEngine::default();
    let red = codec(MIME_TYPE_RED, 48_000, 2, format!("{OPUS_TYPE}/{OPUS_TYPE}"));
    let resend = codec(MIME_TYPE_RTX, 90_000, 0, format!("apt={VP8_TYPE}"));
    let mut vp8 = Kind::Video.codec();
    let refresh = RTCPFeedback { typ: "ccm".to_owned(), parameter: "fir".to_owned() };
    vp8.rtcp_feedback.push(refresh);
    for (kind, payload_type, rtp_codec) in [
        (Kind::Audio, OPUS_TYPE, Kind::Audio.codec()),
        (Kind::Audio, RED_TYPE, red),
        (Kind::Video, VP8_TYPE, vp8),
        (Kind::Video, RESEND_TYPE, resend),
    ] {
        let codec = RTCRtpCodecParameters { rtp_codec, payload_type };
        engine.register_codec(codec, kind.of_rtc())?;
    }
    let level = RTCRtpHeaderExtensionCapability { uri: LEVEL_URI.to_owned() };
    engine.register_header_extension(level, RtpCodecKind::Audio, None)?;
    Ok(engine)
}

/// The payload type of redundant sound, if it was agreed upon.
pub(super) fn red_type(codecs: &[RTCRtpCodecParameters]) -> Option<u8> {
    let is_red =
        |it: &&RTCRtpCodecParameters| it.rtp_codec.mime_type.eq_ignore_ascii_case(MIME_TYPE_RED);
    codecs.iter().find(is_red).map(|codec| codec.payload_type)
}
