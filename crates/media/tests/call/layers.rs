//! Which layer of a picture goes to whom, on wide lines and on thin ones.

use std::time::Duration;

use media::{Event, PeerId, StreamId};

use crate::client::Wish;
use crate::network::World;

const SIMULCAST: Wish = Wish { publishes: true, layers: 3, pictures: 0, voices: 0 };
const PLAIN: Wish = Wish { layers: 0, ..SIMULCAST };
const VIEWER: Wish = Wish { publishes: false, layers: 0, pictures: 1, voices: 1 };

/// Bytes of a packet of each layer: at 50 a second 60, 200 and 480 kbit/s.
const SIZES: [usize; 3] = [150, 500, 1_200];

/// Lets the speaker send for so long: 50 packets a second of a voice and of each layer, and a
/// keyframe of each whenever he was asked for any.
fn talk(world: &mut World, speaker: PeerId, layers: usize, duration: Duration) {
    let end = world.now + duration;
    let mut asked = usize::MAX;
    while world.now < end {
        let now = world.now;
        let client = world.client(speaker);
        let is_keyframe = std::mem::replace(&mut asked, client.keyframe_requests) != asked;
        for (layer, size) in (0..).zip(SIZES).take(layers) {
            client.send_layer(now, layer, is_keyframe, size);
        }
        client.send_audio(now);
        world.run(Duration::from_millis(20));
    }
}

/// Payload sizes of the pictures and the number of voices that came to a viewer.
fn take(world: &mut World, viewer: PeerId) -> (Vec<usize>, usize) {
    let received = std::mem::take(&mut world.client(viewer).received);
    let sizes = received.iter().map(|packet| packet.payload.len());
    let (voices, pictures): (Vec<usize>, Vec<usize>) =
        sizes.filter(|size| *size > 0).partition(|size| *size < 10);
    (pictures, voices.len())
}

fn last_wanted(world: &World, stream: StreamId) -> Option<usize> {
    world.events.iter().rev().find_map(|event| match event {
        Event::LayersWanted { stream: of, layers } if *of == stream => Some(*layers),
        _ => None,
    })
}

#[test]
fn a_line_is_shown_the_largest_layer_that_it_carries() {
    let mut world = World::new();
    let speaker = world.join(1, SIMULCAST);
    let viewer = world.join(2, VIEWER);
    let picture = StreamId::video(speaker);
    world.route(viewer, &[Some(picture), Some(StreamId::audio(speaker))]);
    talk(&mut world, speaker, 3, Duration::from_secs(4));
    let (pictures, _) = take(&mut world, viewer);
    assert_eq!(pictures.last(), Some(&SIZES[2]), "a wide line");
    assert_eq!(world.count(&Event::StreamOpened { stream: picture }), 1);

    world.thin(viewer, Some(300_000));
    talk(&mut world, speaker, 3, Duration::from_secs(6));
    take(&mut world, viewer);
    talk(&mut world, speaker, 3, Duration::from_secs(4));
    let (pictures, voices) = take(&mut world, viewer);
    assert!(pictures.iter().all(|size| *size == SIZES[1]), "{pictures:?}");
    assert!(pictures.len() > 180 && voices > 190, "{} and {voices}", pictures.len());

    world.thin(viewer, None);
    talk(&mut world, speaker, 3, Duration::from_secs(15));
    take(&mut world, viewer);
    talk(&mut world, speaker, 3, Duration::from_secs(1));
    let (pictures, _) = take(&mut world, viewer);
    assert_eq!(pictures.last(), Some(&SIZES[2]), "wide again");
}

#[test]
fn a_line_too_thin_for_any_picture_carries_the_voice() {
    let mut world = World::new();
    let speaker = world.join(1, PLAIN);
    let viewer = world.join(2, VIEWER);
    world.route(viewer, &[Some(StreamId::video(speaker)), Some(StreamId::audio(speaker))]);
    let long = |world: &mut World, seconds| {
        let end = world.now + Duration::from_secs(seconds);
        while world.now < end {
            let now = world.now;
            let is_asked = world.client(speaker).keyframe_requests > 0;
            world.client(speaker).keyframe_requests = 0;
            world.client(speaker).send_layer(now, 0, is_asked, 1_200);
            world.client(speaker).send_audio(now);
            world.run(Duration::from_millis(20));
        }
    };
    long(&mut world, 2);
    assert!(take(&mut world, viewer).0.len() > 20, "a wide line");
    world.thin(viewer, Some(150_000));
    long(&mut world, 10);
    take(&mut world, viewer);
    long(&mut world, 5);
    let (pictures, voices) = take(&mut world, viewer);
    assert!(pictures.len() < 25, "{} packets of pictures", pictures.len());
    assert!(voices > 240, "{voices} of 250 voices");
    let held = world.events.iter().rev().find_map(|event| match event {
        Event::Stats(all) => all.iter().find(|stats| stats.peer == viewer.0).copied(),
        _ => None,
    });
    let held = held.expect("figures of the viewer");
    assert!(held.line_bitrate < 400_000, "{held:?}");
    world.thin(viewer, None);
    long(&mut world, 20);
    take(&mut world, viewer);
    long(&mut world, 1);
    assert!(take(&mut world, viewer).0.len() > 40, "wide again");
}

#[test]
fn nobody_is_told_to_send_what_nobody_wants() {
    let mut world = World::new();
    let speaker = world.join(1, SIMULCAST);
    let picture = StreamId::video(speaker);
    talk(&mut world, speaker, 3, Duration::from_secs(4));
    assert_eq!(last_wanted(&world, picture), Some(0), "nobody looks");
    let viewer = world.join(2, VIEWER);
    world.route(viewer, &[Some(picture), None]);
    world.run(Duration::from_millis(1));
    assert_eq!(last_wanted(&world, picture), Some(3), "at once");
    talk(&mut world, speaker, 3, Duration::from_secs(1));
    world.route(viewer, &[None, None]);
    talk(&mut world, speaker, 3, Duration::from_secs(4));
    assert_eq!(last_wanted(&world, picture), Some(0));
}

#[test]
fn a_layer_that_stops_coming_is_replaced() {
    let mut world = World::new();
    let speaker = world.join(1, SIMULCAST);
    let viewer = world.join(2, VIEWER);
    world.route(viewer, &[Some(StreamId::video(speaker)), None]);
    talk(&mut world, speaker, 3, Duration::from_secs(3));
    assert_eq!(take(&mut world, viewer).0.last(), Some(&SIZES[2]));
    talk(&mut world, speaker, 2, Duration::from_secs(3));
    assert_eq!(take(&mut world, viewer).0.last(), Some(&SIZES[1]), "the largest that comes");
    talk(&mut world, speaker, 3, Duration::from_secs(3));
    assert_eq!(take(&mut world, viewer).0.last(), Some(&SIZES[2]));
}
