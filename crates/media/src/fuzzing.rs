//! Doors for the fuzzers of tests/fuzz to what foreign bytes reach only after decryption. They
//! exist only in a build for fuzzing.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::bandwidth::{Estimator, Feedback};
use crate::codec::{LastPicture, Shift};
use crate::ids::{Kind, PeerId, StreamId};
use crate::ingest::Ingest;
use crate::limits::DATAGRAM_OUT_BYTES_MAX;
use crate::slot::{Media, Names, Slot};

/// An RTP packet as `rtc` reads it, and its payload on the way through two slots.
pub fn payload(now: Instant, bytes: &[u8]) {
    let mut buffer = bytes;
    let Ok(packet) = <rtc::rtp::Packet as rtc::shared::marshal::Unmarshal>::unmarshal(&mut buffer)
    else {
        return;
    };
    let mut ingest = Ingest::default();
    let names = Names { ssrc: 1, payload_type: 96, resend: None };
    let mut slot = Slot::new(Kind::Video, rtc::rtp_transceiver::RTCRtpSenderId::from(0), names);
    for peer in [1, 2] {
        let stream = StreamId::video(PeerId(peer));
        slot.point(Some(stream));
        for step in 0..4_u16 {
            let number = packet.header.sequence_number.wrapping_add(step * 3);
            let Some(sequence) = ingest.accept(number, packet.payload.is_empty()) else { continue };
            let payload: Bytes = packet.payload.clone();
            let read = crate::codec::read(Kind::Video, &payload);
            let timestamp = packet.header.timestamp;
            let marker = packet.header.marker;
            let media = Media { stream, epoch: 0, sequence, timestamp, marker, payload, read };
            let Some(numbers) = slot.forward(now, &media) else { continue };
            let mut out = [0; DATAGRAM_OUT_BYTES_MAX];
            let written = numbers.picture.write(&media.payload, &media.read, &mut out);
            assert!(written.is_none_or(|length| length <= media.payload.len() + 1));
            let mut last = LastPicture::default();
            Shift::continuing(last, &media.read).note(&media.read, &mut last);
            assert!(slot.recall(numbers.sequence).is_some(), "what was sent can be found");
        }
    }
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
