//! `[bench]`: a throw-away meeting for measuring the media plane.

use serde::Deserialize;

use super::Section;

/// Opens meeting `bench` of a throw-away database to a fixed bearer token. Refused unless
/// `http.listen` is loopback.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bench {
    /// The name of the meeting in WHIP and WHEP paths.
    pub meeting: String,
    /// The bearer token.
    pub token: String,
}

impl Default for Bench {
    fn default() -> Self {
        Self { meeting: "bench".into(), token: "bench".into() }
    }
}

impl Section for Bench {
    const EXAMPLE: &'static str = "";

    fn check(&self) -> Result<(), String> {
        if self.meeting.is_empty() || self.token.is_empty() {
            return Err("bench.meeting and bench.token must not be empty".into());
        }
        Ok(())
    }
}
