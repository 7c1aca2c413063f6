//! Doors for the fuzzers of tests/fuzz to what foreign bytes reach only after decryption. They
//! exist only in a build for fuzzing.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rtc::rtp_transceiver::{RTCRtpReceiverId, RTCRtpSenderId};

use crate::bandwidth::{Estimator, Feedback};
use crate::codec::{LastPicture, Shift};
use crate::ids::{Kind, PeerId, StreamId};
use crate::incoming::Incoming;
use crate::limits::{DATAGRAM_OUT_BYTES_MAX, REDUNDANCY_MAX};
use crate::red;
use crate::slot::{Media, Names, Slot};

/// An RTP packet as `rtc` reads it, as a picture's and as redundant sound, on the way through two
/// slots.
pub fn payload(now: Instant, bytes: &[u8]) {
    let mut buffer = bytes;
    let Ok(packet) = <rtc::rtp::Packet as rtc::shared::marshal::Unmarshal>::unmarshal(&mut buffer)
    else {
        return;
    };
    for kind in [Kind::Video, Kind::Audio] {
        let sound = (Some(packet.header.payload_type), Some(1));
        let mut incoming = Incoming::new((kind, 0, None), RTCRtpReceiverId::from(0), sound);
        let names = Names { ssrc: 1, payload_type: 96, resend: None, red: Some(97) };
        let mut slot = Slot::new(kind, RTCRtpSenderId::from(0), names);
        slot.redundancy = REDUNDANCY_MAX;
        for peer in [PeerId(1), PeerId(2)] {
            slot.point(Some(StreamId { peer, kind }));
            let mut waiting = VecDeque::new();
            for step in 0..4_u16 {
                let mut packet = packet.clone();
                packet.header.sequence_number =
                    packet.header.sequence_number.wrapping_add(step * 3);
                let media = match kind {
                    Kind::Video => incoming.picture(peer, packet),
                    Kind::Audio => incoming.sound(peer, packet, &mut waiting),
                };
                for media in media.into_iter().chain(waiting.drain(..)) {
                    leave(now, &mut slot, &media);
                }
            }
        }
    }
}

/// A packet leaves, if it does.
fn leave(now: Instant, slot: &mut Slot, media: &Media) {
    let Some(numbers) = slot.forward(now, media) else { return };
    let mut out = [0; DATAGRAM_OUT_BYTES_MAX];
    let written = numbers.picture.write(&media.payload, &media.read, &mut out);
    assert!(written.is_none_or(|length| length <= media.payload.len() + 1));
    let before = media.before.get(..numbers.redundancy).expect("no more than there are");
    if let Some(length) = red::write(111, &media.payload, before, &mut out) {
        let again = red::read(&Bytes::copy_from_slice(out.get(..length).expect("it was written")));
        assert_eq!(
            again,
            Some((media.payload.clone(), before.to_vec())),
            "what leaves can be read"
        );
    }
    let mut last = LastPicture::default();
    Shift::continuing(last, &media.read).note(&media.read, &mut last);
    assert!(slot.recall(numbers.sequence).is_some(), "what was sent can be found");
}

/// Decrypted RTCP as `rtc` reads it.
pub fn control(bytes: &[u8]) {
    let mut buffer = bytes;
    let _ = rtc::rtcp::packet::unmarshal(&mut buffer);
}

/// A message of transport-wide feedback, and what is made of it.
pub fn feedback(now: Instant, bytes: &[u8]) {
    let Some(feedback) = Feedback::parse(bytes) else { return };
    let mut estimator = Estimator::new(now, 300_000);
    let first = feedback.statuses().next().map_or(0, |(sequence, _)| sequence);
    for step in 0..200_u16 {
        let at = now + Duration::from_millis(u64::from(step) * 5);
        estimator.sent(at, first.wrapping_add(step), 1_100, None);
    }
    let later = now + Duration::from_secs(2);
    estimator.feedback(later, feedback.statuses());
    let _ = estimator.poll_probe(later);
    assert!(estimator.target() >= crate::limits::BITRATE_MIN);
}
