//! Sound: redundant where both sides take it, plain where not, and how loud it is.

use std::collections::BTreeSet;
use std::time::Duration;

use media::{Command, Event, StreamId};
use rtc::rtp::Packet;

use crate::client::{OPUS_TYPE, RED_TYPE, Wish};
use crate::network::World;

const SOON: Duration = Duration::from_millis(100);
const PUBLISHER: Wish = Wish { publishes: true, layers: 0, pictures: 0, voices: 0 };
const LISTENER: Wish = Wish { publishes: false, layers: 0, pictures: 0, voices: 1 };

/// One frame as a client sends it: after those before it, the newest last, each 20 ms long.
fn redundant(before: &[&[u8]], frame: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    for (age, block) in (1..=before.len()).rev().zip(before) {
        let (ago, length) =
            (u32::try_from(age * 960).unwrap(), u32::try_from(block.len()).unwrap());
        let header = u32::from(OPUS_TYPE | 0x80) << 24 | ago << 10 | length;
        payload.extend(header.to_be_bytes());
    }
    payload.push(OPUS_TYPE);
    payload.extend(before.concat());
    payload.extend(frame);
    payload
}

/// The frames in a packet, each with the number it has or had.
fn frames(packet: &Packet) -> Vec<(u16, Vec<u8>)> {
    let (sequence, mut rest) = (packet.header.sequence_number, &packet.payload[..]);
    if packet.header.payload_type == OPUS_TYPE {
        return vec![(sequence, rest.to_vec())];
    }
    assert_eq!(packet.header.payload_type, RED_TYPE);
    let mut lengths = Vec::new();
    while rest[0] & 0x80 != 0 {
        lengths.push(usize::from(u16::from_be_bytes([rest[2] & 0x03, rest[3]])));
        rest = &rest[4..];
    }
    rest = &rest[1..];
    let mut frames = Vec::new();
    for (age, length) in (1..=lengths.len()).rev().zip(lengths) {
        let (frame, after) = rest.split_at(length);
        frames.push((sequence.wrapping_sub(u16::try_from(age).unwrap()), frame.to_vec()));
        rest = after;
    }
    frames.push((sequence, rest.to_vec()));
    frames
}

/// An offer of somebody who does not know redundant sound, and calls plain sound otherwise.
fn plain(offer: &str) -> String {
    let lines = offer.lines().filter(|line| !line.starts_with(&format!("a=rtpmap:{RED_TYPE} ")));
    lines.flat_map(|line| [line, "\r\n"]).collect()
}

#[test]
fn redundant_sound_goes_on_as_frames_and_brings_back_what_was_lost() {
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    let modern = world.join(2, LISTENER);
    let old = world.offer_as(3, LISTENER, plain);
    world.run(Duration::from_secs(2));
    assert!(world.clients[&old].is_connected);
    let voice = StreamId::audio(speaker);
    for listener in [modern, old] {
        world.route(listener, &[Some(voice)]);
    }
    world.command(Command::Record(BTreeSet::from([voice])));
    for (is_lost, payload_type, sound) in [
        (false, OPUS_TYPE, b"one".to_vec()),
        (false, RED_TYPE, redundant(&[b"one"], b"two")),
        (true, RED_TYPE, redundant(&[b"one", b"two"], b"three")),
        (true, RED_TYPE, redundant(&[b"two", b"three"], b"four")),
        (false, RED_TYPE, redundant(&[b"three", b"four"], b"five")),
        // Blocks that take more bytes than there are.
        (false, RED_TYPE, b"\xef\x0f\x00\x30\x6ffive".to_vec()),
    ] {
        let now = world.now;
        world.client(speaker).send_sound(now, payload_type, 40, &sound);
        if is_lost {
            world.lose_from(speaker);
        }
        world.run(SOON);
    }
    let all = [&b"one"[..], b"two", b"three", b"four", b"five"];
    for listener in [modern, old] {
        let packets = &world.clients[&listener].received;
        let heard: Vec<_> = packets.iter().map(|packet| &packet.payload[..]).collect();
        assert_eq!(heard, all, "{listener}");
        let header = |index: usize| &packets[index].header;
        for (number, index) in (0..5).zip(0..) {
            let sequence = header(0).sequence_number.wrapping_add(number);
            assert_eq!(header(index).sequence_number, sequence, "{listener}");
        }
        let passed = header(4).timestamp.wrapping_sub(header(3).timestamp);
        assert_eq!(passed, 960, "{listener}: a frame that came back has its own time");
    }
    let recorded: Vec<_> = world.recorded.iter().map(|packet| &packet.payload[..]).collect();
    assert_eq!(recorded, all, "a recorder takes plain sound");
}

/// Which line is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bad {
    ToServer,
    FromServer,
    Both,
}

/// Of a minute of a voice under 20 % of loss: how many frames of a thousand are not there when they
/// are to be played, 80 ms after they would have come at best; and how many bytes the listener was
/// sent for each byte of voice, in percent.
fn lost_frames(bad: Bad, change: impl FnOnce(&str) -> String) -> (usize, usize) {
    const FRAMES: u32 = 3_000;
    const FRAME_BYTES: usize = 80;
    let mut world = World::new();
    world.latency = Duration::from_millis(25);
    let speaker = world.join(1, PUBLISHER);
    let listener = world.offer_as(2, LISTENER, change);
    world.run(Duration::from_secs(2));
    world.route(listener, &[Some(StreamId::audio(speaker))]);
    world.loss = 200;
    world.spares = match bad {
        Bad::ToServer => Some(world.clients[&listener].address),
        Bad::FromServer => Some(world.clients[&speaker].address),
        Bad::Both => None,
    };
    let begun = world.now;
    let frame = |number: u32| {
        let mut frame = vec![7; FRAME_BYTES];
        frame[..4].copy_from_slice(&number.to_be_bytes());
        frame
    };
    for number in 0..FRAMES {
        let now = world.now;
        let before: Vec<_> = (number.saturating_sub(2)..number).map(frame).collect();
        let before: Vec<&[u8]> = before.iter().map(|frame| &frame[..]).collect();
        let sound = redundant(&before, &frame(number));
        world.client(speaker).send_sound(now, RED_TYPE, 40, &sound);
        world.run(begun + Duration::from_millis(20) * (number + 1) - now);
    }
    let client = &world.clients[&listener];
    let mut came = BTreeSet::new();
    let mut bytes = 0;
    for (packet, at) in client.received.iter().zip(&client.received_at) {
        bytes += packet.payload.len();
        for (_, frame) in frames(packet) {
            let number = u32::from_be_bytes(*frame.first_chunk().unwrap());
            let at_best = begun + Duration::from_millis(20) * number + Duration::from_millis(50);
            if *at <= at_best + Duration::from_millis(80) {
                came.insert(number);
            }
        }
    }
    let lost = usize::try_from(FRAMES).unwrap() - came.len();
    (lost * 1_000 / FRAMES as usize, bytes * 100 / (came.len() * FRAME_BYTES))
}

#[test]
fn a_fifth_of_loss_takes_less_than_two_frames_of_a_hundred() {
    for bad in [Bad::ToServer, Bad::FromServer, Bad::Both] {
        let (lost, sent) = lost_frames(bad, str::to_owned);
        println!("{bad:?}: {lost} of 1000 frames lost, {sent} % of their bytes sent");
        assert!(lost <= 20, "{bad:?}: {lost}");
    }
    // Whoever takes no redundant sound shows what it is good for.
    let (lost, _) = lost_frames(Bad::FromServer, plain);
    assert!(lost > 150, "{lost}");
}

#[test]
fn who_speaks_is_told() {
    let mut world = World::new();
    let (loud, quiet) = (world.join(1, PUBLISHER), world.join(2, PUBLISHER));
    for _ in 0..100 {
        let now = world.now;
        world.client(loud).send_sound(now, OPUS_TYPE, 30, b"opus");
        world.client(quiet).send_sound(now, OPUS_TYPE, 90, b"opus");
        world.run(Duration::from_millis(20));
    }
    let mut reports = world.events.iter().filter_map(|event| match event {
        Event::Levels { voices, .. } => Some(voices),
        _ => None,
    });
    let last = reports.next_back().expect("a report");
    let speaks = |peer| last.iter().any(|it| it.stream == StreamId::audio(peer) && it.is_speech());
    assert!(speaks(loud) && !speaks(quiet), "{last:?}");
    let count = reports.count();
    assert!((10..=20).contains(&count), "{count} reports in two seconds");
}
