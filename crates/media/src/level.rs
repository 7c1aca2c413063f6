//! How loud each published voice is, as its packets say it (RFC 6464): nothing is decoded here.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::ids::{PeerId, StreamId};
use crate::limits::{LEVEL_FORGET, LEVELS_INTERVAL, SPEECH_LOUDNESS};

/// The header extension's name.
pub(crate) const LEVEL_URI: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
/// Loudness is smoothed in this fraction.
const FRACTION: u16 = 64;

/// How loud a voice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loudness {
    /// Whose.
    pub stream: StreamId,
    /// Decibels above the quietest there is: 0 is silence, 127 the loudest.
    pub loudness: u8,
}

impl Loudness {
    /// Whether somebody speaks there.
    #[must_use]
    pub fn is_speech(&self) -> bool {
        self.loudness >= SPEECH_LOUDNESS
    }
}

/// The loudness that a packet's extension tells; nothing without it.
pub(crate) fn read(extension: Option<&[u8]>) -> Option<u8> {
    // The highest bit is the sender's own guess whether it is speech, which not all make.
    extension?.first().map(|level| 127 - (level & 0x7f))
}

/// The voices that were heard a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    voices: BTreeMap<StreamId, Voice>,
    told_at: Option<Instant>,
    /// Whether the last report had a voice in it that spoke.
    told_speech: bool,
}

#[derive(Debug)]
struct Voice {
    /// In parts of [`FRACTION`].
    smooth: u16,
    heard_at: Instant,
}

impl Levels {
    /// Notes how loud a packet is. Loudness comes quickly and goes slowly, so that the pauses
    /// between words are no silence.
    pub(crate) fn note(&mut self, now: Instant, stream: StreamId, loudness: u8) {
        let loudness = u16::from(loudness) * FRACTION;
        let voice = self.voices.entry(stream).or_insert(Voice { smooth: 0, heard_at: now });
        voice.heard_at = now;
        voice.smooth = if loudness > voice.smooth {
            voice.smooth + (loudness - voice.smooth) / 2
        } else {
            voice.smooth - (voice.smooth - loudness) / 16
        };
    }

    /// What is to be told now: at most once per [`LEVELS_INTERVAL`] while somebody speaks, once
    /// more when nobody does any longer, and otherwise nothing.
    pub(crate) fn report(&mut self, now: Instant) -> Option<Vec<Loudness>> {
        let is_early = |at: Instant| now.saturating_duration_since(at) < LEVELS_INTERVAL;
        if self.told_at.is_some_and(is_early) {
            return None;
        }
        let is_old = |voice: &Voice| now.saturating_duration_since(voice.heard_at) >= LEVEL_FORGET;
        self.voices.retain(|_, voice| !is_old(voice));
        self.told_at = Some(now);
        let has_speech = self.levels().any(|level| level.is_speech());
        let was_told = std::mem::replace(&mut self.told_speech, has_speech);
        (has_speech || was_told).then(|| self.levels().collect())
    }

    /// A peer is gone.
    pub(crate) fn forget(&mut self, peer: PeerId) {
        self.voices.remove(&StreamId::audio(peer));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.voices.is_empty()
    }

    fn levels(&self) -> impl Iterator<Item = Loudness> {
        self.voices.iter().map(|(stream, voice)| Loudness {
            stream: *stream,
            loudness: u8::try_from(voice.smooth / FRACTION).unwrap_or(127),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const ONE: StreamId = StreamId::audio(PeerId(1));
    const TWO: StreamId = StreamId::audio(PeerId(2));

    #[test]
    fn extensions_are_read() {
        for (bytes, loudness) in [
            (None, None),
            (Some(&[][..]), None),
            (Some(&[127][..]), Some(0)),
            (Some(&[0x80 | 0x1e][..]), Some(97)),
            (Some(&[0, 9, 9][..]), Some(127)),
        ] {
            assert_eq!(read(bytes), loudness, "{bytes:?}");
        }
    }

    #[test]
    fn who_speaks_is_told_now_and_then_and_silence_once() {
        let start = crate::testing::beginning();
        let mut levels = Levels::default();
        let mut told = Vec::new();
        for step in 0..300_u32 {
            let now = start + step * Duration::from_millis(20);
            // Two speaks for two seconds; One is there all the time and says nothing.
            levels.note(now, ONE, 20);
            if step < 100 {
                levels.note(now, TWO, 100);
            }
            if let Some(report) = levels.report(now) {
                let speaks = report.iter().filter(|it| it.is_speech()).map(|it| it.stream);
                told.push((step, speaks.collect::<Vec<_>>()));
            }
        }
        let (last, told) = told.split_last().unwrap();
        let interval = u32::try_from(LEVELS_INTERVAL.as_millis() / 20).unwrap();
        assert!(told.windows(2).all(|pair| pair[1].0 - pair[0].0 >= interval), "{told:?}");
        assert!(told.len() > 15 && told.iter().all(|(_, speaks)| *speaks == [TWO]), "{told:?}");
        assert!(last.1.is_empty() && last.0 < 100 + 2 * interval + 25, "{last:?}");
    }

    #[test]
    fn pauses_between_words_are_no_silence() {
        let start = crate::testing::beginning();
        let mut levels = Levels::default();
        for step in 0..200_u32 {
            let now = start + step * Duration::from_millis(20);
            // 200 ms of word, 100 ms of pause.
            levels.note(now, ONE, if step % 15 < 10 { 100 } else { 30 });
            if step > 10
                && let Some(report) = levels.report(now)
            {
                assert!(report[0].is_speech(), "{step}: {report:?}");
            }
        }
    }
}
