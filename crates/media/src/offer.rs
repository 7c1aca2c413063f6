//! Reading an SDP offer: which m-lines there are, and what they are for.

use crate::ids::Kind;
use crate::limits::{OFFER_CHARS_MAX, SECTIONS_MAX, SLOTS_MAX};
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
            sections.push(Section { mid: String::new(), kind, sends: true, receives: true });
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
    Ok(sections)
}

fn read_attribute(section: &mut Section, line: &str) {
    if let Some(mid) = line.strip_prefix("a=mid:") {
        mid.clone_into(&mut section.mid);
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

/// The offer without the candidates of its sender. An ICE-lite server calls nobody, and must not
/// be made to: an offer that named a stranger's address would turn it against him.
pub(crate) fn without_candidates(sdp: &str) -> String {
    let mut kept = String::with_capacity(sdp.len());
    for line in sdp.lines().map(str::trim_end) {
        if !line.starts_with("a=candidate:") && !line.is_empty() {
            kept.push_str(line);
            kept.push_str("\r\n");
        }
    }
    kept
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
    fn candidates_are_cut() {
        let cut = without_candidates(PUBLISHER);
        assert!(!cut.contains("candidate"));
        assert_eq!(cut.lines().count() + 1, PUBLISHER.lines().count());
    }
}
