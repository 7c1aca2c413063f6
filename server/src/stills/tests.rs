//! Stills from rooms to consoles, without and with sockets.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::StatusCode;
use image_webp::{ColorType, WebPEncoder};
use meeting::{MeetingId, PointId, Timestamp};
use protocol::live::ServerFrame;
use protocol::stills::{RECORD_HEAD_BYTES, STILL_BYTES_MAX, to_server};
use uuid::Uuid;

use super::console::pause;
use super::desk::{Sent, Stills};
use super::order::StillOrder;
use super::picture::{StillRefusal, check};
use crate::limits::{STILL_BATCH_BYTES, STILL_CONSOLES_MAX, STILL_EVERY_MS};
use crate::testing::House;

fn meeting() -> MeetingId {
    MeetingId::new(Uuid::from_u128(1))
}

fn point(number: u128) -> PointId {
    PointId::new(Uuid::from_u128(number))
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let pixels = vec![90; usize::try_from(width * height * 3).expect("small")];
    let encoder = WebPEncoder::new(&mut file);
    encoder.encode(&pixels, width, height, ColorType::Rgb8).expect("a picture");
    file
}

/// The points of the records in a message.
fn points_of(mut batch: &[u8]) -> Vec<PointId> {
    let mut points = Vec::new();
    while let Some((head, rest)) = batch.split_first_chunk::<RECORD_HEAD_BYTES>() {
        points.push(PointId::new(Uuid::from_slice(&head[..16]).expect("16 bytes")));
        let length = u32::from_be_bytes(head[24..].try_into().expect("4 bytes"));
        batch = &rest[usize::try_from(length).expect("small")..];
    }
    assert_eq!(batch, [0_u8; 0], "whole records");
    points
}

#[test]
fn only_a_small_picture_is_a_still() {
    let mut cut = webp(192, 108);
    cut.truncate(cut.len() / 2);
    let cases = [
        (webp(192, 108), Ok(())),
        (webp(2, 2), Ok(())),
        (webp(193, 108), Err(StillRefusal::Shape)),
        (webp(192, 109), Err(StillRefusal::Shape)),
        (cut, Err(StillRefusal::Undecodable)),
        (b"garbage".to_vec(), Err(StillRefusal::Undecodable)),
        (b"\xff\xd8\xff\xe0 a jpeg".to_vec(), Err(StillRefusal::Undecodable)),
        (vec![], Err(StillRefusal::Undecodable)),
    ];
    for (bytes, expected) in cases {
        assert_eq!(check(&bytes), expected, "{} bytes", bytes.len());
    }
}

#[test]
fn stills_are_kept_only_while_somebody_looks() {
    let stills = Stills::default();
    let frame = to_server(meeting(), &webp(16, 9));
    let mut sent = Sent::default();
    assert_eq!(stills.put(point(1), &frame, at(0)), Ok(()), "it is dropped in silence");
    let watch = stills.watch(meeting()).expect("there is room");
    assert!(stills.meetings_at(point(1)).is_empty());
    watch.renew(&BTreeSet::from([point(1), point(2)]));
    assert_eq!(stills.meetings_at(point(1)), [meeting()]);
    assert!(stills.meetings_at(point(3)).is_empty());
    assert!(watch.batch(&mut sent).is_empty(), "what came before is not kept");

    stills.put(point(1), &frame, at(1_000)).expect("a still");
    stills.put(point(3), &frame, at(1_000)).expect("dropped: it is not of the meeting");
    assert_eq!(points_of(&watch.batch(&mut sent)), [point(1)]);
    assert!(watch.batch(&mut sent).is_empty(), "nothing is sent twice");
    stills.put(point(1), &frame, at(1_100)).expect("dropped: it comes too quickly");
    assert!(watch.batch(&mut sent).is_empty());
    let long = to_server(meeting(), &vec![0; STILL_BYTES_MAX + 1]);
    assert_eq!(stills.put(point(1), &long, at(9_000)), Err(StillRefusal::Length));
    let garbage = to_server(meeting(), b"RIFF");
    assert_eq!(stills.put(point(1), &garbage, at(9_000)), Err(StillRefusal::Undecodable));
    assert!(watch.batch(&mut sent).is_empty(), "garbage goes to nobody");

    // Who is no more of the meeting is not shown any more.
    watch.renew(&BTreeSet::from([point(2)]));
    assert!(watch.batch(&mut Sent::default()).is_empty());
    drop(watch);
    assert!(stills.meetings_at(point(2)).is_empty());
}

#[test]
fn a_slow_console_skips_and_starves_no_point() {
    let stills = Stills::default();
    let watch = stills.watch(meeting()).expect("there is room");
    let points: BTreeSet<PointId> = (1..=200).map(point).collect();
    watch.renew(&points);
    let padded = padded(2_000);
    let mut sent = Sent::default();
    let mut given = Vec::new();
    // Every point has sent anew each time the console takes one message.
    for round in 1..=4 {
        for point in &points {
            stills.put(*point, &to_server(meeting(), &padded), at(round * 2_000)).expect("a still");
        }
        let batch = watch.batch(&mut sent);
        assert!(batch.len() <= STILL_BATCH_BYTES, "{} bytes", batch.len());
        given.extend(points_of(&batch));
    }
    let unlike: BTreeSet<PointId> = given.iter().copied().collect();
    assert_eq!(unlike.len(), given.len(), "nobody a second time before all had their turn");
}

/// A picture with an unknown chunk behind it, which a decoder skips.
fn padded(bytes: usize) -> Vec<u8> {
    let mut file = webp(16, 9);
    let rest = bytes - file.len() - 8;
    file.extend_from_slice(b"XXXX");
    file.extend_from_slice(&u32::try_from(rest).expect("small").to_le_bytes());
    file.resize(bytes, 0);
    let length = u32::try_from(bytes - 8).expect("small");
    file[4..8].copy_from_slice(&length.to_le_bytes());
    file
}

#[test]
fn a_console_gets_three_megabits_at_most_and_half_of_a_thin_line() {
    let full = pause(STILL_BATCH_BYTES, Duration::from_millis(1));
    assert!((180..=190).contains(&full.as_millis()), "{full:?}");
    let slow = Duration::from_millis(900);
    assert_eq!(pause(STILL_BATCH_BYTES, slow), slow);
    assert_eq!(pause(1_000, Duration::from_mins(1)), Duration::from_secs(5));
}

#[test]
fn consoles_are_counted() {
    let stills = Stills::default();
    let watches: Vec<_> = (0..STILL_CONSOLES_MAX).map(|_| stills.watch(meeting())).collect();
    assert!(watches.iter().all(Option::is_some));
    assert!(stills.watch(meeting()).is_none());
    drop(watches);
    assert!(stills.watch(meeting()).is_some());
}

#[test]
fn a_room_is_told_once() {
    let mut order = StillOrder::default();
    assert_eq!(order.renew(vec![]), None);
    let told = ServerFrame::Stills { meetings: vec![meeting()], every_ms: STILL_EVERY_MS };
    assert_eq!(order.renew(vec![meeting()]), Some(told));
    assert_eq!(order.renew(vec![meeting()]), None);
    let stop = ServerFrame::Stills { meetings: vec![], every_ms: STILL_EVERY_MS };
    assert_eq!(order.renew(vec![]), Some(stop));
}

#[tokio::test]
async fn only_those_who_run_the_meeting_may_look() {
    let house = House::start().await;
    let path = format!("/api/meetings/{}/stills", house.made.meeting);
    // A request that is no WebSocket is refused after the rights were asked.
    let cases = [("chair", 400), ("secretary", 400), ("technician", 400), ("delegate", 403)];
    for (role, expected) in cases {
        let seat = house.seat(role).await;
        let request = seat.request(axum::http::Method::GET, &path);
        let request = request.header("host", "here").header("origin", "http://here");
        let request = request.body(axum::body::Body::empty()).expect("a request");
        let answer = house.send(request).await;
        assert_eq!(answer.status.as_u16(), expected, "{role}");
    }
    let seat = house.seat("chair").await;
    let request = seat.request(axum::http::Method::GET, &path).header("host", "here");
    let request = request.header("origin", "http://elsewhere");
    let answer = house.send(request.body(axum::body::Body::empty()).expect("a request")).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "ORIGIN".into()));
}
