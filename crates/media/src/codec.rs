//! All that is known about codecs: which are spoken, where a VP8 picture may begin, and how its
//! picture ids are written (RFC 7741 §4.2).

use rtc::peer_connection::configuration::media_engine::{
    MIME_TYPE_OPUS, MIME_TYPE_RTX, MIME_TYPE_VP8, MediaEngine,
};
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpHeaderExtensionCapability,
    RTCRtpParameters, RtpCodecKind,
};
use rtc::shared::error::Error;

use crate::ids::Kind;
use crate::level::LEVEL_URI;

/// Redundant sound, which `rtc` has no name for.
const MIME_TYPE_RED: &str = "audio/red";
/// Picture ids are counted in 15 bits.
const PICTURE_MASK: u16 = 0x7fff;

impl Kind {
    pub(crate) fn of_rtc(self) -> RtpCodecKind {
        match self {
            Self::Audio => RtpCodecKind::Audio,
            Self::Video => RtpCodecKind::Video,
        }
    }

    pub(crate) fn mime(self) -> &'static str {
        match self {
            Self::Audio => MIME_TYPE_OPUS,
            Self::Video => MIME_TYPE_VP8,
        }
    }

    /// Ticks of the RTP clock per second.
    pub(crate) fn clock_rate(self) -> u32 {
        match self {
            Self::Audio => 48_000,
            Self::Video => 90_000,
        }
    }
}

fn feedback(typ: &str, parameter: &str) -> RTCPFeedback {
    RTCPFeedback { typ: typ.to_owned(), parameter: parameter.to_owned() }
}

/// The codec of a kind as a track names it.
pub(crate) fn of_track(kind: Kind) -> RTCRtpCodec {
    let (channels, format) = match kind {
        Kind::Audio => (2, "minptime=10;useinbandfec=1"),
        Kind::Video => (0, ""),
    };
    RTCRtpCodec {
        mime_type: kind.mime().to_owned(),
        clock_rate: kind.clock_rate(),
        channels,
        sdp_fmtp_line: format.to_owned(),
        rtcp_feedback: vec![],
    }
}

/// Makes an engine speak VP8 with retransmission, and Opus, plain and redundant, and nothing else. The payload types
/// are ours only until the offer brings its own.
pub(crate) fn register(engine: &mut MediaEngine) -> Result<(), Error> {
    let mut opus = of_track(Kind::Audio);
    opus.rtcp_feedback = vec![feedback("transport-cc", "")];
    engine.register_codec(
        RTCRtpCodecParameters { rtp_codec: opus, payload_type: 111 },
        RtpCodecKind::Audio,
    )?;
    let red = RTCRtpCodec {
        mime_type: MIME_TYPE_RED.to_owned(),
        sdp_fmtp_line: String::new(),
        rtcp_feedback: vec![feedback("transport-cc", "")],
        ..of_track(Kind::Audio)
    };
    engine.register_codec(
        RTCRtpCodecParameters { rtp_codec: red, payload_type: 63 },
        RtpCodecKind::Audio,
    )?;
    let mut vp8 = of_track(Kind::Video);
    vp8.rtcp_feedback = vec![
        feedback("transport-cc", ""),
        feedback("ccm", "fir"),
        feedback("nack", ""),
        feedback("nack", "pli"),
    ];
    engine.register_codec(
        RTCRtpCodecParameters { rtp_codec: vp8, payload_type: 96 },
        RtpCodecKind::Video,
    )?;
    let resend = RTCRtpCodec {
        mime_type: MIME_TYPE_RTX.to_owned(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: "apt=96".to_owned(),
        rtcp_feedback: vec![],
    };
    engine.register_codec(
        RTCRtpCodecParameters { rtp_codec: resend, payload_type: 97 },
        RtpCodecKind::Video,
    )
}

/// Makes an engine take how loud a sound is.
pub(crate) fn register_level(engine: &mut MediaEngine) -> Result<(), Error> {
    let uri = LEVEL_URI.to_owned();
    let extension = RTCRtpHeaderExtensionCapability { uri };
    engine.register_header_extension(extension, RtpCodecKind::Audio, None)
}

/// What has to be known to read the sound of a publisher: the payload type of redundant sound
/// and the number of the level's header extension.
pub(crate) fn sound_of(parameters: &RTCRtpParameters) -> (Option<u8>, Option<u8>) {
    let mut extensions = parameters.header_extensions.iter();
    let level = extensions.find(|extension| extension.uri == LEVEL_URI);
    let level = level.and_then(|extension| u8::try_from(extension.id).ok());
    (red_type(&parameters.codecs), level)
}

/// The payload type of retransmissions of another (RFC 4588 §8.1), if it was agreed upon.
pub(crate) fn resend_type(codecs: &[RTCRtpCodecParameters], of: u8) -> Option<u8> {
    let is_of = |format: &str| {
        let values = format.split(';').filter_map(|part| part.trim().strip_prefix("apt="));
        values.filter_map(|value| value.parse::<u8>().ok()).any(|value| value == of)
    };
    let resend = codecs.iter().find(|codec| {
        codec.rtp_codec.mime_type.eq_ignore_ascii_case(MIME_TYPE_RTX)
            && is_of(&codec.rtp_codec.sdp_fmtp_line)
    });
    resend.map(|codec| codec.payload_type)
}

/// The payload types of retransmissions and of the pictures that they repair, as an offer names
/// them for the m-line `section`; none if it has no retransmissions.
pub(crate) fn resend_types<'a>(section: impl Iterator<Item = &'a str> + Clone) -> Option<(u8, u8)> {
    let types = section.clone().filter_map(|line| line.strip_prefix("a=rtpmap:"));
    let vp8 = types.filter_map(|value| value.split_once(' '));
    let mut vp8 = vp8.filter(|(_, name)| name.eq_ignore_ascii_case("VP8/90000"));
    let original = vp8.next()?.0;
    let repairs = |format: &&str| {
        let mut parts = format.split([' ', ';']).filter_map(|part| part.strip_prefix("apt="));
        parts.any(|of| of == original)
    };
    let mut formats = section.filter_map(|line| line.strip_prefix("a=fmtp:")).filter(repairs);
    let resend = formats.next()?.split(' ').next()?;
    Some((resend.parse().ok()?, original.parse().ok()?))
}

/// The payload type of redundant sound, if it was agreed upon.
pub(crate) fn red_type(codecs: &[RTCRtpCodecParameters]) -> Option<u8> {
    let is_red =
        |it: &&RTCRtpCodecParameters| it.rtp_codec.mime_type.eq_ignore_ascii_case(MIME_TYPE_RED);
    codecs.iter().find(is_red).map(|codec| codec.payload_type)
}

/// What the forwarding unit has to know of a payload, read once per packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Payload {
    /// A decoder that has seen nothing can begin with this packet.
    pub(crate) is_start: bool,
    /// The picture id, when there is one.
    pub(crate) picture: Option<Picture>,
    /// The index of the temporal base layer's picture (TL0PICIDX) and where it is written.
    pub(crate) base: Option<(usize, u8)>,
    /// How loud the sound is, if its sender says so.
    pub(crate) loudness: Option<u8>,
}

/// A VP8 picture id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Where it is written.
    at: usize,
    /// Whether in two bytes.
    is_long: bool,
    /// Which.
    pub(crate) id: u16,
}

/// Reads a payload; of one that makes no sense nothing is known, and it is forwarded as it is.
pub(crate) fn read(kind: Kind, payload: &[u8]) -> Payload {
    match kind {
        // Every Opus packet can be decoded by itself.
        Kind::Audio => Payload { is_start: true, ..Payload::default() },
        Kind::Video => read_vp8(payload).unwrap_or_default(),
    }
}

fn read_vp8(payload: &[u8]) -> Option<Payload> {
    let first = *payload.first()?;
    let mut read = Payload::default();
    let mut at = 1;
    if first & 0x80 != 0 {
        let extension = *payload.get(at)?;
        at += 1;
        if extension & 0x80 != 0 {
            let high = *payload.get(at)?;
            let is_long = high & 0x80 != 0;
            let mut id = u16::from(high & 0x7f);
            if is_long {
                id = id << 8 | u16::from(*payload.get(at + 1)?);
            }
            read.picture = Some(Picture { at, is_long, id });
            at += 1 + usize::from(is_long);
        }
        if extension & 0x40 != 0 {
            read.base = Some((at, *payload.get(at)?));
            at += 1;
        }
        if extension & 0x30 != 0 {
            at += 1;
        }
    }
    let begins_frame = first & 0x17 == 0x10;
    // The P bit of the frame's own header is 0 in a key frame (RFC 6386 §9.1).
    read.is_start = begins_frame && *payload.get(at)? & 0x01 == 0;
    Some(read)
}

/// By how much a slot's picture ids and base indices differ from those of its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shift {
    picture: u16,
    base: u8,
}

/// The picture id and base index that a slot sent last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LastPicture {
    picture: Option<u16>,
    base: Option<u8>,
}

impl Shift {
    /// The shift with which a new source goes on where the last one stopped.
    pub(crate) fn continuing(last: LastPicture, first: &Payload) -> Self {
        let picture = match (last.picture, first.picture) {
            (Some(last), Some(first)) => last.wrapping_add(1).wrapping_sub(first.id) & PICTURE_MASK,
            _ => 0,
        };
        let base = match (last.base, first.base) {
            (Some(last), Some((_, first))) => last.wrapping_add(1).wrapping_sub(first),
            _ => 0,
        };
        Self { picture, base }
    }

    /// Writes a payload for the slot at the beginning of `out`; how many bytes. A short picture
    /// id becomes a long one where it differs, so that the count never breaks.
    pub(crate) fn write(self, payload: &[u8], read: &Payload, out: &mut [u8]) -> Option<usize> {
        let picture = read.picture.filter(|_| self != Self::default());
        let Some(picture) = picture else {
            out.get_mut(..payload.len())?.copy_from_slice(payload);
            self.write_base(read, out);
            return Some(payload.len());
        };
        // What comes before the picture id, the id in two bytes, what comes after it.
        let rest = payload.get(picture.at + 1 + usize::from(picture.is_long)..)?;
        let rest_at = picture.at + 2;
        out.get_mut(..picture.at)?.copy_from_slice(payload.get(..picture.at)?);
        let id = (self.picture_out(picture.id) | 0x8000).to_be_bytes();
        out.get_mut(picture.at..rest_at)?.copy_from_slice(&id);
        out.get_mut(rest_at..rest_at + rest.len())?.copy_from_slice(rest);
        let longer = usize::from(!picture.is_long);
        let base = read.base.map(|(at, base)| (at + longer, base));
        self.write_base(&Payload { base, ..*read }, out);
        Some(rest_at + rest.len())
    }

    fn write_base(self, read: &Payload, out: &mut [u8]) {
        if let Some((at, base)) = read.base
            && let Some(byte) = out.get_mut(at)
        {
            *byte = base.wrapping_add(self.base);
        }
    }

    /// Notes what was written, for the next source.
    pub(crate) fn note(self, read: &Payload, last: &mut LastPicture) {
        if let Some(picture) = read.picture {
            last.picture = Some(self.picture_out(picture.id));
        }
        if let Some((_, base)) = read.base {
            last.base = Some(base.wrapping_add(self.base));
        }
    }

    fn picture_out(self, id: u16) -> u16 {
        id.wrapping_add(self.picture) & PICTURE_MASK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vp8_descriptors() {
        let short = Some(Picture { at: 2, is_long: false, id: 5 });
        let long = Some(Picture { at: 2, is_long: true, id: 0x1234 });
        let cases: &[(&[u8], Payload)] = &[
            (&[], Payload::default()),
            // No extension: key frame, inter frame, later partition, later packet.
            (&[0x10, 0x00], Payload { is_start: true, ..Payload::default() }),
            (&[0x10, 0x01], Payload::default()),
            (&[0x11, 0x00], Payload::default()),
            (&[0x00, 0x00], Payload::default()),
            // Extensions.
            (
                &[0x90, 0x80, 0x05, 0x00],
                Payload { is_start: true, picture: short, ..Payload::default() },
            ),
            (
                &[0x90, 0xe0, 0x92, 0x34, 0x07, 0x00, 0x01],
                Payload { picture: long, base: Some((4, 7)), ..Payload::default() },
            ),
            // Cut off anywhere.
            (&[0x90], Payload::default()),
            (&[0x90, 0x80], Payload::default()),
            (&[0x90, 0x80, 0x92], Payload::default()),
            (&[0x90, 0xc0, 0x05], Payload::default()),
        ];
        for (bytes, read) in cases {
            assert_eq!(super::read(Kind::Video, bytes), *read, "{bytes:02x?}");
        }
    }

    fn written(shift: Shift, payload: &[u8]) -> Vec<u8> {
        let mut out = [0xee; 32];
        let read = read(Kind::Video, payload);
        let length = shift.write(payload, &read, &mut out).unwrap();
        for short in 0..length {
            assert_eq!(shift.write(payload, &read, &mut vec![0; short]), None, "no room");
        }
        out[..length].to_vec()
    }

    #[test]
    fn a_new_source_goes_on_counting() {
        let mut last = LastPicture::default();
        let first = [0x90, 0xc0, 0x92, 0x34, 0x07, 0x00];
        let read_first = read(Kind::Video, &first);
        let shift = Shift::continuing(last, &read_first);
        assert_eq!(written(shift, &first), first, "the first source goes as it is");
        shift.note(&read_first, &mut last);

        let second = [0x90, 0xc0, 0x03, 0xff, 0x00];
        let read_second = read(Kind::Video, &second);
        let shift = Shift::continuing(last, &read_second);
        assert_eq!(written(shift, &second), [0x90, 0xc0, 0x92, 0x35, 0x08, 0x00]);
        shift.note(&read_second, &mut last);
        assert_eq!(last, LastPicture { picture: Some(0x1235), base: Some(8) });

        let third = [0x90, 0xc0, 0x80, 0x00, 0x01, 0x01, 0x02];
        let shift = Shift::continuing(last, &read(Kind::Video, &third));
        assert_eq!(written(shift, &third), [0x90, 0xc0, 0x92, 0x36, 0x09, 0x01, 0x02]);
    }
}
