//! Sound: redundant where both sides take it, plain where not, and how loud it is.

use std::collections::BTreeSet;
use std::time::Duration;

use media::{Command, Event, StreamId};

use crate::client::{OPUS_TYPE, RED_TYPE, Wish};
use crate::network::World;

const SOON: Duration = Duration::from_millis(100);
const PUBLISHER: Wish = Wish { publishes: true, layers: 0, pictures: 0, voices: 0 };
const LISTENER: Wish = Wish { publishes: false, layers: 0, pictures: 0, voices: 1 };

/// The frame "two", and "one" before it.
const REDUNDANT: &[u8] = b"\xef\x0f\x00\x03\x6fonetwo";
/// Which frame takes how many bytes.
const WITHOUT_FRAME: &[u8] = b"\xef\x0f\x00\x30\x6fone";

/// An offer of somebody who does not know redundant sound, and calls plain sound otherwise.
fn plain(offer: &str) -> String {
    let lines = offer.lines().filter(|line| !line.starts_with(&format!("a=rtpmap:{RED_TYPE} ")));
    lines.flat_map(|line| [line, "\r\n"]).collect()
}

#[test]
fn redundant_sound_goes_to_who_takes_it_and_plain_sound_to_the_others() {
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
    for (payload_type, sound) in
        [(OPUS_TYPE, &b"one"[..]), (RED_TYPE, REDUNDANT), (RED_TYPE, WITHOUT_FRAME)]
    {
        let now = world.now;
        world.client(speaker).send_sound(now, payload_type, 40, sound);
        world.run(SOON);
    }
    let heard = |listener| -> Vec<(u8, Vec<u8>)> {
        let packets = world.clients[&listener].received.iter();
        packets.map(|it| (it.header.payload_type, it.payload.to_vec())).collect()
    };
    let one = (OPUS_TYPE, b"one".to_vec());
    assert_eq!(heard(modern), [one.clone(), (RED_TYPE, REDUNDANT.to_vec())]);
    assert_eq!(heard(old), [one, (OPUS_TYPE, b"two".to_vec())]);
    let recorded: Vec<_> = world.recorded.iter().map(|packet| &packet.payload[..]).collect();
    assert_eq!(recorded, [b"one", b"two"], "a recorder takes plain sound");
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
