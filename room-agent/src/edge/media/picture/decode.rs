//! The thread that decompresses the main picture.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Instant;

use super::super::vp8::{Decoder, is_keyframe};
use super::PictureSlot;

/// What the decoder's thread is given. It ends when the channel closes.
pub(in super::super) enum DecodeInput {
    /// A whole compressed picture and when its last packet arrived.
    Picture(Vec<u8>, Instant),
    /// The call ended: nothing is to be seen any more.
    Clear,
}

/// Decompresses into the slot until the input ends. Sets `broken` when it cannot go on without a
/// key frame.
pub(in super::super) fn decode(
    input: &Receiver<DecodeInput>,
    slot: &PictureSlot,
    broken: &AtomicBool,
) {
    let mut decoder: Option<Decoder> = None;
    for input in input {
        let (data, received_at) = match input {
            DecodeInput::Picture(data, received_at) => (data, received_at),
            DecodeInput::Clear => {
                decoder = None;
                slot.clear();
                continue;
            }
        };
        if decoder.is_none() && is_keyframe(&data) {
            decoder = Decoder::new()
                .inspect_err(|error| tracing::error!(%error, "Pictures cannot be seen."))
                .ok();
        }
        match decoder.as_mut().map(|decoder| decoder.decode(&data)) {
            Some(Ok(Some(picture))) => slot.put(picture, received_at),
            Some(Ok(None)) => {}
            Some(Err(_)) | None => {
                // Going on would show smeared pictures; a key frame begins a new decoder.
                decoder = None;
                broken.store(true, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::super::super::clock;
    use super::super::super::vp8::{Encoder, EncoderSettings};
    use super::super::{I420, Size};
    use super::*;

    #[test]
    fn the_newest_picture_is_shown_and_breaks_are_told() {
        let size = Size { width: 64, height: 64 };
        let mut encoder =
            Encoder::new(EncoderSettings { size, frames_per_second: 10, bitrate_bps: 100_000 })
                .unwrap();
        let mut picture = |number: i64, keyframe| {
            let data = encoder.encode(&I420::black(size), number * 9000, keyframe).unwrap();
            DecodeInput::Picture(data.unwrap().data, clock::now())
        };
        let pictures = [(0, true), (1, false), (2, true)].map(|(at, key)| picture(at, key));
        let [first, second, third] = pictures;
        let rubbish = || DecodeInput::Picture(vec![0; 30], clock::now());
        // What is given, how many pictures were decoded then, whether one is seen, whether a
        // key frame is needed.
        let cases = [
            (vec![second], 0, false, true),
            (vec![first], 1, true, false),
            (vec![third, rubbish()], 1, true, true),
            (vec![rubbish(), DecodeInput::Clear], 0, false, true),
        ];
        for (inputs, decoded, seen, needed) in cases {
            let (slot, broken) = (PictureSlot::default(), AtomicBool::new(false));
            let (sender, receiver) = sync_channel(8);
            for input in inputs {
                sender.send(input).unwrap();
            }
            drop(sender);
            decode(&receiver, &slot, &broken);
            assert_eq!(slot.decoded(), decoded);
            assert_eq!(slot.latest().is_some(), seen);
            assert_eq!(broken.load(Ordering::Relaxed), needed);
        }
    }
}
