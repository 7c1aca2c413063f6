//! Who waits for a keyframe of which stream, and when its publisher may be asked again.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::ids::StreamId;
use crate::limits::KEYFRAME_INTERVAL;

/// Requests of all streams. However many receivers ask, a publisher is asked once per interval,
/// and again until the keyframe comes.
#[derive(Debug, Default)]
pub(crate) struct Keyframes {
    streams: BTreeMap<StreamId, Request>,
}

#[derive(Debug, Default)]
struct Request {
    is_wanted: bool,
    asked_at: Option<Instant>,
}

impl Request {
    fn is_due(&self, now: Instant) -> bool {
        self.is_wanted && self.asked_at.is_none_or(|at| at + KEYFRAME_INTERVAL <= now)
    }
}

impl Keyframes {
    /// Somebody waits for a keyframe of `stream`.
    pub(crate) fn want(&mut self, stream: StreamId) {
        self.streams.entry(stream).or_default().is_wanted = true;
    }

    /// A keyframe of `stream` came: all who wait have it.
    pub(crate) fn came(&mut self, stream: StreamId) {
        if let Some(request) = self.streams.get_mut(&stream) {
            request.is_wanted = false;
        }
    }

    /// `stream` is not there any more.
    pub(crate) fn forget(&mut self, stream: StreamId) {
        self.streams.remove(&stream);
    }

    /// The next stream to ask for now.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<StreamId> {
        let (&stream, request) =
            self.streams.iter_mut().find(|(_, request)| request.is_due(now))?;
        request.asked_at = Some(now);
        Some(stream)
    }

    /// When `pop_due` has something next, once it was drained.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let wanted = self.streams.values().filter(|request| request.is_wanted);
        wanted.filter_map(|request| Some(request.asked_at? + KEYFRAME_INTERVAL)).min()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ids::PeerId;

    #[test]
    fn a_storm_is_one_request_per_interval() {
        let stream = StreamId::video(PeerId(1));
        let start = crate::testing::beginning();
        let mut keyframes = Keyframes::default();
        let mut asked = vec![];
        for millis in 0..1_200_u64 {
            let now = start + Duration::from_millis(millis);
            keyframes.want(stream);
            while keyframes.pop_due(now).is_some() {
                asked.push(millis);
            }
        }
        assert_eq!(asked, [0, 500, 1_000]);
        keyframes.came(stream);
        assert_eq!(keyframes.next_due(), None);
    }
}
