//! Streams that the room receives: one task per transceiver, and a count of what was lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;

use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use tokio::time::MissedTickBehavior;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};

use super::super::clock;
use super::super::picture::DecodeInput;
use super::super::sound::{SoundInput, VoiceFrame};
use super::assembly::{Assembler, VideoPacket};
use super::red;

/// How often the picture's task looks for packets that are missing for too long.
const EXPIRE_EVERY: Duration = Duration::from_millis(50);

/// Where received media goes. Cheap to clone.
#[derive(Clone)]
pub(in super::super) struct Reception {
    /// Where the main picture goes.
    pub(in super::super) main: Decoding,
    /// Where the screen goes that somebody shares.
    pub(in super::super) content: Decoding,
    /// Where the pictures beside the main one go.
    pub(in super::super) tiles: Arc<[Decoding]>,
    /// The mixer's thread.
    pub(in super::super) sound: SyncSender<SoundInput>,
    /// What was lost on the way.
    pub(in super::super) loss: Arc<Loss>,
}

/// A decoder's thread. Cheap to clone.
#[derive(Clone)]
pub(in super::super) struct Decoding {
    /// What it is given.
    pub(in super::super) pictures: SyncSender<DecodeInput>,
    /// Set by it when it needs a key frame.
    pub(in super::super) broken: Arc<AtomicBool>,
}

impl Reception {
    /// Receives the main picture until its track ends.
    pub(super) async fn picture(self, track: Arc<dyn TrackRemote>) {
        self.main.receive(track, &self.loss).await;
    }

    /// Receives the screen that somebody shares until its track ends.
    pub(super) async fn content(self, track: Arc<dyn TrackRemote>) {
        self.content.receive(track, &self.loss).await;
    }

    /// Receives a picture beside the main one until its track ends.
    pub(super) async fn tile(self, number: usize, track: Arc<dyn TrackRemote>) {
        if let Some(tile) = self.tiles.get(number) {
            tile.receive(track, &self.loss).await;
        }
    }

    /// Receives one voice until its track ends.
    pub(super) async fn voice(self, voice: usize, track: Arc<dyn TrackRemote>) {
        let mut counter = Counter::default();
        while let Some(event) = track.poll().await {
            let TrackRemoteEvent::OnRtpPacket(packet) = event else { continue };
            counter.count(packet.header.sequence_number, &self.loss);
            let at = clock::now();
            for (sequence, timestamp, payload) in red::frames(&packet) {
                let frame = VoiceFrame { sequence, timestamp, payload, at };
                // The mixer looks every few milliseconds; if it is that far behind, it is stuck.
                let _ = self.sound.try_send(SoundInput::Voice(voice, frame));
            }
        }
    }
}

impl Decoding {
    async fn receive(&self, track: Arc<dyn TrackRemote>, loss: &Loss) {
        let mut assembler = Assembler::new();
        let mut counter = Counter::default();
        let mut ssrc = 0;
        let mut timer = tokio::time::interval(EXPIRE_EVERY);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let event = tokio::select! {
                event = track.poll() => event,
                _ = timer.tick(), if assembler.is_waiting() => {
                    assembler.expire(clock::now());
                    self.deliver(&mut assembler);
                    ask_for_keyframe(&mut assembler, track.as_ref(), ssrc).await;
                    continue;
                }
            };
            let packet = match event {
                Some(TrackRemoteEvent::OnRtpPacket(packet)) => packet,
                Some(_) => continue,
                None => return,
            };
            ssrc = packet.header.ssrc;
            let sequence = packet.header.sequence_number;
            counter.count(sequence, loss);
            let marker = packet.header.marker;
            let packet = VideoPacket { sequence, marker, payload: packet.payload };
            assembler.push(packet, clock::now());
            self.deliver(&mut assembler);
            ask_for_keyframe(&mut assembler, track.as_ref(), ssrc).await;
        }
    }

    fn deliver(&self, assembler: &mut Assembler) {
        if self.broken.swap(false, Ordering::Relaxed) {
            assembler.broken();
        }
        while let Some(picture) = assembler.pop() {
            match self.pictures.try_send(DecodeInput::Picture(picture, clock::now())) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => assembler.broken(),
                Err(TrySendError::Disconnected(_)) => return,
            }
        }
    }
}

async fn ask_for_keyframe(assembler: &mut Assembler, track: &dyn TrackRemote, ssrc: u32) {
    if !assembler.ask_for_keyframe(clock::now()) {
        return;
    }
    let request = PictureLossIndication { sender_ssrc: 0, media_ssrc: ssrc };
    // It is asked for again while it is needed.
    let _ = track.write_rtcp(vec![Box::new(request)]).await;
}

/// What was expected and what came.
#[derive(Debug, Default)]
pub(in super::super) struct Loss {
    expected: AtomicU64,
    received: AtomicU64,
}

impl Loss {
    /// So many more were expected, and so many of them came.
    pub(in super::super) fn add(&self, expected: u64, received: u64) {
        self.expected.fetch_add(expected, Ordering::Relaxed);
        self.received.fetch_add(received, Ordering::Relaxed);
    }

    /// The share of packets lost since the last call, in percent; none if none were expected.
    pub(in super::super) fn take_percent(&self) -> f32 {
        let expected = self.expected.swap(0, Ordering::Relaxed);
        let received = self.received.swap(0, Ordering::Relaxed);
        let lost = u16::try_from(expected.saturating_sub(received)).unwrap_or(u16::MAX);
        let expected = u16::try_from(expected).unwrap_or(u16::MAX).max(1);
        f32::from(lost) * 100.0 / f32::from(expected)
    }
}

/// Counts the packets of one stream (RFC 3550 §A.3: expected against received).
#[derive(Debug, Default)]
struct Counter {
    highest: Option<u64>,
}

impl Counter {
    fn count(&mut self, sequence: u16, loss: &Loss) {
        let highest = self.highest.unwrap_or((1 << 32) + u64::from(sequence) - 1);
        let number = extend(highest, sequence);
        let ahead = number.saturating_sub(highest);
        // Beyond a few seconds of packets it is another stream and nothing was lost.
        let expected = if ahead > 3000 { 1 } else { ahead };
        loss.add(expected, 1);
        self.highest = Some(highest.max(number));
    }
}

/// The continued number of a 16-bit sequence near `highest`.
pub(in super::super) fn extend(highest: u64, sequence: u16) -> u64 {
    let [.., high, low] = highest.to_be_bytes();
    let ahead = sequence.wrapping_sub(u16::from_be_bytes([high, low]));
    if ahead < 0x8000 {
        highest + u64::from(ahead)
    } else {
        highest.saturating_sub(u64::from(ahead.wrapping_neg()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_what_did_not_come() {
        let cases: [(&[u16], f32); 7] = [
            (&[], 0.0),
            (&[1, 2, 3, 4], 0.0),
            (&[65_534, 65_535, 0, 1], 0.0),
            (&[1, 2, 4], 25.0),
            (&[1, 3, 2, 4], 0.0),
            (&[1, 2, 2, 2], 0.0),
            (&[1, 2, 30_000, 30_001], 0.0),
        ];
        for (sequences, expected) in cases {
            let (mut counter, loss) = (Counter::default(), Loss::default());
            for &sequence in sequences {
                counter.count(sequence, &loss);
            }
            assert!((loss.take_percent() - expected).abs() < 0.01, "{sequences:?}");
            assert!(loss.take_percent() < 0.01);
        }
    }

    #[test]
    fn numbers_are_continued_both_ways() {
        let base = 1 << 32;
        for (highest, sequence, expected) in [
            (base + 5, 6, base + 6),
            (base + 5, 5, base + 5),
            (base + 5, 65_535, base - 1),
            (base + 65_535, 0, base + 65_536),
            (base, 0x7fff, base + 0x7fff),
            (base, 0x8000, base - 0x8000),
        ] {
            assert_eq!(extend(highest, sequence), expected, "{sequence} after {highest}");
        }
    }
}
