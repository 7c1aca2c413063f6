//! Reading an SDP offer: which m-lines there are, and what they are for.

use crate::codec;
use crate::ids::Kind;
use crate::limits::{LAYERS_MAX, OFFER_CHARS_MAX, SECTIONS_MAX, SLOTS_MAX};
use crate::messages::Refusal;

/// What the m-lines of an offer are for, by mid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The m-line on which the peer sends its picture.
    pub video: Option<String>,
    /// The m-line on which the peer sends its sound.
    pub audio: Option<String>,
    /// The m-lines on which the peer receives, in the order of its slots.
    pub slots: Vec<String>,
}

impl Shape {
    /// The shape of an offer whose sender said nothing about it (WHIP, WHEP): the first picture
    /// and the first sound sent are its streams, and all that it receives are its slots.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] and [`Refusal::BadOffer`].
    pub fn of_offer(sdp: &str) -> Result<Self, Refusal> {
        let sections = sections(sdp)?;
        let first_sent = |kind| {
            let mut sent = sections.iter().filter(|section| section.kind == kind);
            sent.find(|section| section.sends).map(|section| section.mid.clone())
        };
        let received = sections.iter().filter(|section| section.is_receive_only());
        Ok(Self {
            video: first_sent(Kind::Video),
            audio: first_sent(Kind::Audio),
            slots: received.map(|section| section.mid.clone()).collect(),
        })
    }

    /// The kinds of the slots, in order.
    ///
    /// # Errors
    /// As [`Shape::of_offer`].
    pub fn slot_kinds(&self, sdp: &str) -> Result<Vec<Kind>, Refusal> {
        let sections = sections(sdp)?;
        let kind = |mid: &String| {
            let section = sections.iter().find(|section| section.mid == *mid);
            section.map(|section| section.kind).ok_or_else(|| Refusal::NoSuchMid(mid.clone()))
        };
        self.slots.iter().map(kind).collect()
    }

    /// That the offer has the m-lines this shape names, in the right direction.
    pub(crate) fn check(&self, sections: &[Section]) -> Result<(), Refusal> {
        if self.slots.len() > SLOTS_MAX {
            return Err(Refusal::TooLarge);
        }
        let named = |mid: &String, fits: &dyn Fn(&Section) -> bool| {
            let found = sections.iter().any(|section| section.mid == *mid && fits(section));
            found.then_some(()).ok_or_else(|| Refusal::NoSuchMid(mid.clone()))
        };
        for (mid, kind) in [(&self.video, Kind::Video), (&self.audio, Kind::Audio)] {
            if let Some(mid) = mid {
                named(mid, &|section| section.kind == kind && section.sends)?;
            }
        }
        for mid in &self.slots {
            named(mid, &Section::is_receive_only)?;
        }
        Ok(())
    }
}

/// One m-line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) mid: String,
    pub(crate) kind: Kind,
    /// Whether the offerer sends on it.
    pub(crate) sends: bool,
    /// Whether the offerer receives on it.
    pub(crate) receives: bool,
    /// Its layers if it is simulcast (RFC 8853), in the order of the offer: the smallest first.
    pub(crate) rids: Vec<String>,
    /// The payload types of retransmissions and of what they repair.
    pub(crate) resend_types: Option<(u8, u8)>,
}

impl Section {
    pub(crate) fn is_receive_only(&self) -> bool {
        self.receives && !self.sends
    }
}

/// The m-lines of an offer, in order.
pub(crate) fn sections(sdp: &str) -> Result<Vec<Section>, Refusal> {
    if sdp.len() > OFFER_CHARS_MAX {
        return Err(Refusal::TooLarge);
    }
    let mut sections: Vec<Section> = Vec::new();
    for line in sdp.lines().map(str::trim_end) {
        if let Some(media) = line.strip_prefix("m=") {
            let kind = match media.split(' ').next() {
                Some("audio") => Kind::Audio,
                Some("video") => Kind::Video,
                other => {
                    let what = format!("m={} is not served", other.unwrap_or_default());
                    return Err(Refusal::BadOffer(what));
                }
            };
            sections.push(Section {
                mid: String::new(),
                kind,
                sends: true,
                receives: true,
                rids: Vec::new(),
                resend_types: None,
            });
        } else if let Some(section) = sections.last_mut() {
            read_attribute(section, line);
        }
    }
    if sections.is_empty() {
        return Err(Refusal::BadOffer("no m-line".to_owned()));
    }
    if sections.len() > SECTIONS_MAX {
        return Err(Refusal::TooLarge);
    }
    if sections.iter().any(|section| section.mid.is_empty()) {
        return Err(Refusal::BadOffer("an m-line without mid".to_owned()));
    }
    let lines: Vec<&str> = sdp.lines().map(str::trim_end).collect();
    let parts = lines.chunk_by(|_, next| !next.starts_with("m="));
    let parts = parts.filter(|part| part.first().is_some_and(|line| line.starts_with("m=")));
    for (section, part) in sections.iter_mut().zip(parts) {
        section.resend_types = codec::resend_types(part.iter().copied());
    }
    Ok(sections)
}

fn read_attribute(section: &mut Section, line: &str) {
    if let Some(mid) = line.strip_prefix("a=mid:") {
        mid.clone_into(&mut section.mid);
    }
    if let Some(simulcast) = line.strip_prefix("a=simulcast:") {
        section.rids = sent_layers(simulcast);
    }
    let direction = match line {
        "a=sendrecv" => (true, true),
        "a=sendonly" => (true, false),
        "a=recvonly" => (false, true),
        "a=inactive" => (false, false),
        _ => return,
    };
    (section.sends, section.receives) = direction;
}

/// The layers sent, from the value of `a=simulcast` (RFC 8853 §5.1): of alternatives the first, and
/// no more than are served. A `~` marks one that is paused at first.
fn sent_layers(simulcast: &str) -> Vec<String> {
    let mut parts = simulcast.split(' ');
    let sent = parts.by_ref().find(|part| *part == "send").and_then(|_| parts.next());
    let layers = sent.into_iter().flat_map(|sent| sent.split(';'));
    let first = layers.filter_map(|layer| layer.split(',').next());
    let names = first.map(|name| name.trim_start_matches('~')).filter(|name| !name.is_empty());
    names.take(LAYERS_MAX).map(str::to_owned).collect()
}

/// Header extensions that are looked at; a connection remembers every line of its offer.
const EXTENSIONS: [&str; 5] = [
    "urn:ietf:params:rtp-hdrext:sdes:mid",
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
];

/// What matters of an offer: a browser lists dozens of codecs and extensions that nobody here
/// speaks. Its candidates are left out too: an ICE-lite server calls nobody, and must not be made
/// to, for an offer that named a stranger's address would turn it against him.
pub(crate) fn essence(sdp: &str) -> String {
    let lines: Vec<&str> = sdp.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let mut kept = String::with_capacity(sdp.len());
    for section in lines.chunk_by(|_, next| !next.starts_with("m=")) {
        let spoken = spoken_types(section);
        for line in section {
            write_line(&mut kept, line, &spoken);
        }
    }
    kept
}

/// The payload types of an m-line's codecs that are spoken here, and of their retransmissions.
fn spoken_types<'a>(section: &[&'a str]) -> Vec<&'a str> {
    let values = |prefix: &'static str| {
        let lines = section.iter().filter_map(move |line| line.strip_prefix(prefix));
        lines.filter_map(|value| value.split_once(' '))
    };
    let is_codec = |name: &str| {
        ["VP8/90000", "opus/48000/2", "red/48000/2"].iter().any(|it| name.eq_ignore_ascii_case(it))
    };
    let mut spoken: Vec<&str> =
        values("a=rtpmap:").filter(|(_, name)| is_codec(name)).map(|(number, _)| number).collect();
    let is_resend = |number: &str| {
        let mut formats = values("a=fmtp:").filter(|(of, _)| *of == number);
        formats.any(|(_, format)| {
            let mut parts = format.split(';').filter_map(|part| part.trim().strip_prefix("apt="));
            parts.any(|of| spoken.contains(&of))
        })
    };
    let names_resend = |name: &str| name.eq_ignore_ascii_case("rtx/90000");
    let resends: Vec<&str> = values("a=rtpmap:")
        .filter(|(number, name)| names_resend(name) && is_resend(number))
        .map(|(number, _)| number)
        .collect();
    spoken.extend(resends);
    spoken
}

/// Writes a line as far as it matters. An m-line of which nothing is spoken stays as it is, to be
/// refused by its name.
fn write_line(kept: &mut String, line: &str, spoken: &[&str]) {
    if line.starts_with("a=candidate:") {
        return;
    }
    if let Some(extension) = line.strip_prefix("a=extmap:") {
        let uri = extension.split(' ').nth(1);
        if !uri.is_some_and(|uri| EXTENSIONS.contains(&uri)) {
            return;
        }
    }
    let of_type =
        ["a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"].iter().find_map(|it| line.strip_prefix(it));
    let number = of_type.and_then(|value| value.split(' ').next());
    let is_spoken = |number: &str| spoken.is_empty() || number == "*" || spoken.contains(&number);
    if number.is_some_and(|number| !is_spoken(number)) {
        return;
    }
    if line.starts_with("m=") && !spoken.is_empty() {
        // Kind, port and protocol, then the payload types (RFC 8866 §5.14).
        let parts = line.split(' ').enumerate();
        let parts = parts.filter(|(place, part)| *place < 3 || spoken.contains(part));
        let parts: Vec<&str> = parts.map(|(_, part)| part).collect();
        kept.push_str(&parts.join(" "));
    } else {
        kept.push_str(line);
    }
    kept.push_str("\r\n");
}

/// The answer as it is told: `rtc` lists every candidate for RTCP too, which `rtcp-mux` makes
/// idle, and does not say that no more will come (RFC 8840 §4.4).
pub(crate) fn with_one_component(sdp: &str) -> String {
    let mut told = String::with_capacity(sdp.len());
    let mut is_after_candidate = false;
    for line in sdp.lines().map(str::trim_end) {
        let candidate = line.strip_prefix("a=candidate:");
        if candidate.is_none() && std::mem::take(&mut is_after_candidate) {
            told.push_str("a=end-of-candidates\r\n");
        }
        let component = candidate.and_then(|candidate| candidate.split(' ').nth(1));
        if component.is_some_and(|component| component != "1") || line == "a=end-of-candidates" {
            continue;
        }
        is_after_candidate |= candidate.is_some();
        told.push_str(line);
        told.push_str("\r\n");
    }
    if is_after_candidate {
        told.push_str("a=end-of-candidates\r\n");
    }
    told
}

/// The ICE user fragment of a description.
pub(crate) fn user_fragment(sdp: &str) -> Option<&str> {
    sdp.lines().find_map(|line| line.trim_end().strip_prefix("a=ice-ufrag:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHER: &str = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\n\
        a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n";
    const VIEWER: &str = "v=0\nm=video 9 X 96\na=mid:m\na=recvonly\nm=audio 9 X 111\na=recvonly\n\
        a=mid:v0\nm=audio 9 X 111\na=recvonly\na=mid:v1\n";

    fn shape(video: Option<&str>, audio: Option<&str>, slots: &[&str]) -> Shape {
        Shape {
            video: video.map(str::to_owned),
            audio: audio.map(str::to_owned),
            slots: slots.iter().map(|&slot| slot.to_owned()).collect(),
        }
    }

    #[test]
    fn shapes() {
        assert_eq!(Shape::of_offer(PUBLISHER).unwrap(), shape(Some("1"), Some("0"), &[]));
        assert_eq!(Shape::of_offer(VIEWER).unwrap(), shape(None, None, &["m", "v0", "v1"]));
        for bad in ["", "v=0", "m=application 9 X 1", "m=audio 9 X 1"] {
            assert!(matches!(Shape::of_offer(bad), Err(Refusal::BadOffer(_))), "{bad}");
        }
        let huge = "m=audio 9 X 1\na=mid:0\n".repeat(SECTIONS_MAX + 1);
        assert_eq!(Shape::of_offer(&huge), Err(Refusal::TooLarge));
    }

    #[test]
    fn shapes_are_checked() {
        let cases = [
            (PUBLISHER, shape(Some("1"), Some("0"), &[]), true),
            (PUBLISHER, shape(Some("0"), None, &[]), false),
            (PUBLISHER, shape(None, None, &["1"]), false),
            (VIEWER, shape(None, None, &["v1", "m"]), true),
            (VIEWER, shape(Some("m"), None, &[]), false),
            (VIEWER, shape(None, None, &["x"]), false),
        ];
        for (sdp, shape, fits) in cases {
            assert_eq!(shape.check(&sections(sdp).unwrap()).is_ok(), fits, "{shape:?}");
        }
    }

    #[test]
    fn layers_are_read() {
        let cases = [
            ("send q;h;f", "q h f"),
            ("recv a;b send 1,9;~2", "1 2"),
            ("send a;b;c;d", "a b c"),
            ("recv a", ""),
            ("send", ""),
            ("send ;", ""),
        ];
        for (value, layers) in cases {
            assert_eq!(sent_layers(value).join(" "), layers, "{value}");
        }
    }

    #[test]
    fn an_answer_has_one_component() {
        let cases = [
            ("a=x\na=candidate:1 1 udp 9\na=candidate:1 2 udp 9\nm=y", "x candidate end m=y"),
            ("a=candidate:1 1 udp 9\na=candidate:2 1 udp 8", "candidate candidate end"),
            ("a=candidate:1 1 udp 9\na=end-of-candidates\na=x", "candidate end x"),
            ("a=x\nm=y", "x m=y"),
        ];
        for (answer, told) in cases {
            let expected: Vec<&str> = told.split(' ').collect();
            let got = with_one_component(answer);
            let short = |line: &str| {
                let name = line.strip_prefix("a=").unwrap_or(line);
                name.split([':', '-']).next().unwrap_or_default().to_owned()
            };
            assert_eq!(got.lines().map(short).collect::<Vec<_>>(), expected, "{answer}");
        }
    }

    #[test]
    fn what_nobody_speaks_is_left_out() {
        let offer = "v=0\r\na=group:BUNDLE 0 1\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 35\r\na=mid:0\r\n\
            a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n\
            a=extmap:1 urn:ietf:params:rtp-hdrext:toffset\r\n\
            a=extmap:4/sendonly urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
            a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\n\
            a=fmtp:97 apt=96;rtx-time=3000\r\na=rtpmap:98 VP9/90000\r\na=rtcp-fb:98 nack\r\n\
            a=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=98\r\na=rtcp-fb:* transport-cc\r\na=ssrc:5 cname:x\r\n\
            m=audio 9 UDP/TLS/RTP/SAVPF 0 8\r\na=mid:1\r\na=rtpmap:0 PCMU/8000\r\n";
        let expected = "v=0\r\na=group:BUNDLE 0 1\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:0\r\n\
            a=extmap:4/sendonly urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
            a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\n\
            a=fmtp:97 apt=96;rtx-time=3000\r\na=rtcp-fb:* transport-cc\r\na=ssrc:5 cname:x\r\n\
            m=audio 9 UDP/TLS/RTP/SAVPF 0 8\r\na=mid:1\r\na=rtpmap:0 PCMU/8000\r\n";
        assert_eq!(essence(offer), expected);
        assert_eq!(essence(expected), expected);
    }
}
