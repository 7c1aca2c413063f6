//! Small stills of the camera, for those who look at many rooms at once.
//!
//! A lossy WebP picture is one key frame of VP8 in a RIFF container (RFC 9649 §2.5): the encoder
//! that the call needs makes it too.

use std::time::{Duration, Instant};

use protocol::stills::{STILL_BYTES_MAX, STILL_HEIGHT_MAX, STILL_WIDTH_MAX};
use tokio::sync::mpsc::Sender;

use super::super::engine::MediaEvent;
use super::super::limits::{EVENTS, STILL_BITS};
use super::super::vp8::{Encoder, EncoderSettings, TICKS_PER_SECOND};
use super::scale::Scaler;
use super::{I420, Size};

/// Where stills go, and how often.
pub(in super::super) struct StillSink {
    /// From one to the next.
    pub(in super::super) every: Duration,
    /// Where they go; while much waits there, stills are left out.
    pub(in super::super) events: Sender<MediaEvent>,
}

/// Makes stills of pictures that come by.
pub(super) struct StillTaker {
    sink: StillSink,
    due: Instant,
    encoder: Option<Encoder>,
    ticks: i64,
}

impl StillTaker {
    pub(super) fn new(sink: StillSink, now: Instant) -> Self {
        Self { sink, due: now, encoder: None, ticks: 0 }
    }

    /// Makes a still of this picture, when it is time for one.
    pub(super) fn offer(&mut self, picture: &I420, scaler: &mut Scaler, now: Instant) {
        if now < self.due || self.sink.events.capacity() <= EVENTS / 2 {
            return;
        }
        self.due = now + self.sink.every;
        let still = self.compress(picture, scaler);
        if let Some(still) = still.filter(|still| still.len() <= STILL_BYTES_MAX) {
            // There was room, and what finds none is of no use later.
            let _ = self.sink.events.try_send(MediaEvent::Still(still.into()));
        }
    }

    fn compress(&mut self, picture: &I420, scaler: &mut Scaler) -> Option<Vec<u8>> {
        let size = picture.size().fit_into(bounds()?);
        let smaller = (size != picture.size()).then(|| scaler.scale(picture, size)).flatten();
        let picture = smaller.as_ref().unwrap_or(picture);
        // The size of one picture is what is aimed at, so the stream has one a second.
        let settings = EncoderSettings { size, frames_per_second: 1, bitrate_bps: STILL_BITS };
        if self.encoder.as_ref().is_none_or(|encoder| encoder.settings() != settings) {
            self.encoder = Encoder::new(settings).ok();
        }
        self.ticks += i64::from(TICKS_PER_SECOND);
        let encoded = self.encoder.as_mut()?.encode(picture, self.ticks, true);
        match encoded {
            Ok(encoded) => encoded.and_then(|encoded| webp(&encoded.data)),
            Err(error) => {
                tracing::warn!(%error, "A still was not made.");
                self.encoder = None;
                None
            }
        }
    }
}

fn bounds() -> Option<Size> {
    Size::checked(STILL_WIDTH_MAX, STILL_HEIGHT_MAX)
}

/// A key frame as a WebP file.
fn webp(keyframe: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(keyframe.len()).ok()?;
    let padded = length.checked_add(length % 2)?;
    let mut file = Vec::with_capacity(keyframe.len() + 21);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&padded.checked_add(12)?.to_le_bytes());
    file.extend_from_slice(b"WEBPVP8 ");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(keyframe);
    if length % 2 == 1 {
        file.push(0);
    }
    Some(file)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::sync::mpsc::channel;

    use super::super::super::clock;
    use super::super::super::vp8::Decoder;
    use super::super::mark::Mark;
    use super::super::source::FrameSource as _;
    use super::super::test_pattern::TestPattern;
    use super::*;

    #[test]
    fn a_still_is_small_and_keeps_the_mark_of_the_room() {
        let size = Size { width: 1280, height: 720 };
        let point = uuid::Uuid::from_u128(1);
        let mut source = TestPattern::new(size, point, "Phủ Lý");
        let (events, mut told) = channel(EVENTS);
        let (start, mut scaler) = (clock::now(), Scaler::new());
        let every = Duration::from_secs(2);
        let mut taker = StillTaker::new(StillSink { every, events }, start);
        for second in 0..20 {
            let picture = source.next(size).unwrap().unwrap();
            taker.offer(&picture, &mut scaler, start + Duration::from_secs(second));
        }
        let stills: Vec<Bytes> = std::iter::from_fn(|| match told.try_recv().ok()? {
            MediaEvent::Still(still) => Some(still),
            other => panic!("{other:?}"),
        })
        .collect();
        assert_eq!(stills.len(), 10, "every other second");
        for (at, still) in stills.iter().enumerate() {
            assert!((500..=4_500).contains(&still.len()), "{} bytes", still.len());
            let length = u32::from_le_bytes(still[4..8].try_into().unwrap());
            assert_eq!(usize::try_from(length).unwrap() + 8, still.len());
            let picture = Decoder::new().unwrap().decode(&still[20..]).unwrap().unwrap();
            assert_eq!(picture.size(), Size { width: 192, height: 108 });
            let mark = Mark::read(picture.y(), picture.size());
            assert!(mark.is_some(), "still {at} of {} bytes", still.len());
        }
    }
}
