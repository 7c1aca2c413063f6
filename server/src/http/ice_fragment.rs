//! SDP fragments of WHIP and WHEP (`application/trickle-ice-sdpfrag`, RFC 8840).

/// Its media type.
pub(super) const MEDIA_TYPE: &str = "application/trickle-ice-sdpfrag";
/// Characters of a fragment that are looked at.
pub(super) const CHARS_MAX: usize = 16 * 1024;

/// The ICE credentials of a description or a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Credentials<'a> {
    pub(super) user: &'a str,
    pub(super) password: &'a str,
}

/// The credentials in a text, if it has both.
pub(super) fn credentials(text: &str) -> Option<Credentials<'_>> {
    let value = |name: &str| lines(text).find_map(|line| line.strip_prefix(name));
    Some(Credentials { user: value("a=ice-ufrag:")?, password: value("a=ice-pwd:")? })
}

/// An offer with other credentials in every place.
pub(super) fn with_credentials(offer: &str, fresh: Credentials<'_>) -> String {
    let mut changed = String::with_capacity(offer.len());
    for line in lines(offer) {
        if line.starts_with("a=ice-ufrag:") {
            changed.push_str("a=ice-ufrag:");
            changed.push_str(fresh.user);
        } else if line.starts_with("a=ice-pwd:") {
            changed.push_str("a=ice-pwd:");
            changed.push_str(fresh.password);
        } else {
            changed.push_str(line);
        }
        changed.push_str("\r\n");
    }
    changed
}

/// The fragment that says how the server is reached after an ICE restart.
pub(super) fn of_answer(answer: &str) -> String {
    let mut fragment = String::new();
    let mut has_media = false;
    let mut has_mid = false;
    for line in lines(answer) {
        let is_wanted = match line {
            "a=ice-lite" | "a=end-of-candidates" => true,
            line if line.starts_with("m=") => !std::mem::replace(&mut has_media, true),
            line if line.starts_with("a=mid:") => !std::mem::replace(&mut has_mid, true),
            line if line.starts_with("a=candidate:") => true,
            _ => false,
        };
        if line.starts_with("m=") && is_wanted {
            // Credentials stand before the first m-line: they hold for the whole bundle.
            if let Some(Credentials { user, password }) = credentials(answer) {
                for line in ["a=ice-ufrag:", user, "\r\na=ice-pwd:", password, "\r\n"] {
                    fragment.push_str(line);
                }
            }
        }
        if is_wanted {
            fragment.push_str(line);
            fragment.push_str("\r\n");
        }
    }
    fragment
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\na=group:BUNDLE 0 1\r\nm=audio 9 X 111\r\na=mid:0\r\n\
        a=ice-ufrag:old\r\na=ice-pwd:oldpassword\r\nm=video 9 X 96\r\na=mid:1\r\n\
        a=ice-ufrag:old\r\na=ice-pwd:oldpassword\r\n";

    #[test]
    fn credentials_are_read_and_changed() {
        let fresh = Credentials { user: "new", password: "newpassword" };
        let changed = with_credentials(OFFER, fresh);
        assert_eq!(credentials(&changed), Some(fresh));
        assert!(!changed.contains("old"));
        assert_eq!(changed.lines().count(), OFFER.lines().count());
        assert_eq!(credentials("a=ice-ufrag:only"), None);
    }

    #[test]
    fn an_answer_becomes_a_fragment() {
        let answer = "v=0\r\na=ice-lite\r\nm=audio 9 X 111\r\na=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n\
            a=end-of-candidates\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n\
            m=video 9 X 96\r\na=mid:1\r\n";
        let expected = "a=ice-lite\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\nm=audio 9 X 111\r\n\
            a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\na=end-of-candidates\r\na=mid:0\r\n";
        assert_eq!(of_answer(answer), expected);
    }
}
