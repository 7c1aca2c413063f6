//! What a call must do.

use std::time::Duration;

use media::{Command, Event, GoneReason, Join, PeerId, Protection, Refusal, Shape, StreamId};

use crate::client::{VIDEO_SSRC, Wish};
use crate::network::World;

const SOON: Duration = Duration::from_millis(100);
const PUBLISHER: Wish = Wish { publishes: true, layers: 0, pictures: 0, voices: 0 };
const VIEWER: Wish = Wish { publishes: false, layers: 0, pictures: 1, voices: 2 };

#[test]
fn a_picture_and_a_voice_reach_the_viewer() {
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    let viewer = world.join(2, VIEWER);
    let (picture, voice) = (StreamId::video(speaker), StreamId::audio(speaker));
    world.route(viewer, &[Some(picture), None, Some(voice)]);
    for is_keyframe in [true, false, false] {
        let now = world.now;
        world.client(speaker).send_video(now, is_keyframe);
        world.client(speaker).send_audio(now);
        world.run(SOON);
    }
    assert_eq!(world.count(&Event::StreamOpened { stream: picture }), 1);
    assert_eq!(world.count(&Event::StreamOpened { stream: voice }), 1);
    let received = &world.clients[&viewer].received;
    assert_eq!(received.len(), 6);
    assert!(received.iter().all(|packet| packet.header.ssrc != VIDEO_SSRC));
    world.run(Duration::from_secs(2));
    assert!(world.clients[&viewer].sender_reports > 0, "sender reports");
}

#[test]
fn a_picture_begins_with_a_keyframe_that_is_asked_for() {
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    let now = world.now;
    world.client(speaker).send_video(now, true);
    world.run(SOON);
    let viewer = world.join(2, VIEWER);
    let picture = StreamId::video(speaker);
    world.route(viewer, &[Some(picture)]);
    world.run(SOON);
    assert_eq!(world.count(&Event::KeyframeRequested { stream: picture }), 1);
    assert_eq!(world.clients[&speaker].keyframe_requests, 1);
    let now = world.now;
    world.client(speaker).send_video(now, false);
    world.run(SOON);
    assert!(world.clients[&viewer].received.is_empty());
    let now = world.now;
    world.client(speaker).send_video(now, true);
    world.run(SOON);
    assert_eq!(world.clients[&viewer].received.len(), 1);
    // Nobody waits any more: nobody is asked again.
    world.run(Duration::from_secs(3));
    assert_eq!(world.clients[&speaker].keyframe_requests, 1);
}

#[test]
fn a_receiver_that_joins_after_its_route_gets_a_keyframe_when_it_is_connected() {
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    let now = world.now;
    world.client(speaker).send_video(now, true);
    world.run(SOON);
    let viewer = world.offer(2, VIEWER);
    world.route(viewer, &[Some(StreamId::video(speaker))]);
    assert_eq!(world.clients[&speaker].keyframe_requests, 0, "not before DTLS is up");
    world.run(Duration::from_secs(1));
    assert!(world.clients[&speaker].keyframe_requests > 0);
}

#[test]
fn many_keyframe_requests_are_one() {
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    let viewer = world.join(2, VIEWER);
    world.route(viewer, &[Some(StreamId::video(speaker))]);
    let now = world.now;
    world.client(speaker).send_video(now, true);
    world.run(SOON);
    let ssrc = world.clients[&viewer].received[0].header.ssrc;
    world.run(Duration::from_secs(1));
    let before = world.clients[&speaker].keyframe_requests;
    for _ in 0..20 {
        let now = world.now;
        world.client(viewer).lose_picture(now, ssrc);
        world.run(Duration::from_millis(10));
    }
    assert_eq!(world.clients[&speaker].keyframe_requests - before, 1);
    world.run(Duration::from_millis(400));
    assert_eq!(world.clients[&speaker].keyframe_requests - before, 2, "until it comes");
}

#[test]
fn a_switch_of_source_is_one_stream_to_the_viewer() {
    let mut world = World::new();
    let (one, two) = (world.join(1, PUBLISHER), world.join(2, PUBLISHER));
    let viewer = world.join(3, VIEWER);
    for speaker in [one, two, one] {
        world.route(viewer, &[Some(StreamId::video(speaker))]);
        for is_keyframe in [true, false, false] {
            let now = world.now;
            // Both publish all the time.
            for peer in [one, two] {
                world.client(peer).send_video(now, is_keyframe);
            }
            world.run(SOON);
        }
    }
    let received = &world.clients[&viewer].received;
    assert_eq!(received.len(), 9);
    let first = received[0].header.sequence_number;
    let expected: Vec<u16> = (0..9).map(|step| first + step).collect();
    assert_eq!(world.clients[&viewer].sequences(), expected);
    for pair in received.windows(2) {
        assert_eq!(pair[0].header.ssrc, pair[1].header.ssrc);
        let step = pair[1].header.timestamp.wrapping_sub(pair[0].header.timestamp);
        assert!((1..90_000).contains(&step), "timestamps go on: {step}");
    }
}

#[test]
fn padding_is_dropped_and_leaves_no_hole() {
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    let viewer = world.join(2, VIEWER);
    world.route(viewer, &[Some(StreamId::video(speaker))]);
    for step in 0..6 {
        let now = world.now;
        if step % 2 == 1 {
            world.client(speaker).send_padding(now);
        } else {
            world.client(speaker).send_video(now, step == 0);
        }
        world.run(SOON);
    }
    let sequences = world.clients[&viewer].sequences();
    assert_eq!(sequences.len(), 3);
    assert_eq!(sequences[2] - sequences[0], 2);
}

#[test]
fn one_peer_publishes_and_receives() {
    let mut world = World::new();
    let wish = Wish { publishes: true, layers: 0, pictures: 1, voices: 3 };
    let peers = [world.join(1, wish), world.join(2, wish)];
    let [one, two] = peers;
    world.route(one, &[Some(StreamId::video(two)), Some(StreamId::audio(two))]);
    world.route(two, &[Some(StreamId::video(one)), Some(StreamId::audio(one))]);
    let now = world.now;
    for peer in peers {
        world.client(peer).send_video(now, true);
        world.client(peer).send_audio(now);
    }
    world.run(SOON);
    for peer in peers {
        assert_eq!(world.clients[&peer].received.len(), 2);
    }
}

#[test]
fn leaving_frees_everything() {
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    let viewer = world.join(2, VIEWER);
    let picture = StreamId::video(speaker);
    world.route(viewer, &[Some(picture)]);
    let now = world.now;
    world.client(speaker).send_video(now, true);
    world.run(SOON);
    world.command(Command::Leave(speaker));
    assert_eq!(world.count(&Event::StreamEnded { stream: picture }), 1);
    assert_eq!(world.count(&Event::Gone { peer: speaker, reason: GoneReason::Left }), 1);
    world.run(SOON);
    assert!(world.clients[&speaker].is_closed, "it was told");
    world.command(Command::Leave(viewer));
    world.command(Command::Leave(viewer));
    world.run(SOON);
    assert!(world.shard.is_empty());
    assert_eq!(world.shard.poll_timeout(), None);
}

#[test]
fn a_peer_that_falls_silent_is_gone() {
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    let now = world.now;
    world.client(speaker).send_video(now, true);
    world.run(SOON);
    world.clients.remove(&speaker);
    world.run(Duration::from_secs(20));
    let stream = StreamId::video(speaker);
    assert_eq!(world.count(&Event::StreamEnded { stream }), 1);
    assert_eq!(world.count(&Event::Gone { peer: speaker, reason: GoneReason::Silent }), 1);
    assert!(world.shard.is_empty());
}

#[test]
fn a_peer_that_never_connects_is_gone() {
    let mut world = World::new();
    let peer = world.offer(1, PUBLISHER);
    world.clients.clear();
    world.run(Duration::from_secs(30));
    assert_eq!(world.count(&Event::Gone { peer, reason: GoneReason::NeverConnected }), 1);
    assert!(world.shard.is_empty());
}

#[test]
fn a_peer_that_closes_is_gone() {
    use rtc::sansio::Protocol as _;
    let mut world = World::new();
    let peer = world.join(1, PUBLISHER);
    world.client(peer).connection.close().unwrap();
    world.run(SOON);
    assert_eq!(world.count(&Event::Gone { peer, reason: GoneReason::Closed }), 1);
}

#[test]
fn ice_restarts() {
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    let viewer = world.join(2, VIEWER);
    world.route(viewer, &[Some(StreamId::video(speaker))]);
    let now = world.now;
    world.client(speaker).send_video(now, true);
    world.run(SOON);
    let before = world.answer(speaker);
    let now = world.now;
    world.client(speaker).restart_ice(now);
    let offer = world.clients[&speaker].offer.clone();
    world.command(Command::Restart { peer: speaker, offer });
    let after = world.answer(speaker);
    assert_ne!(before, after);
    world.client(speaker).answered(now, &after);
    world.run(Duration::from_secs(2));
    assert!(world.clients[&speaker].is_connected);
    let now = world.now;
    world.client(speaker).send_video(now, false);
    world.run(SOON);
    assert_eq!(world.clients[&viewer].received.len(), 2);
    assert_eq!(world.clients[&speaker].keyframe_requests, 1, "for what was lost meanwhile");
}

#[test]
fn what_is_lost_on_the_way_is_sent_again() {
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    let viewer = world.join(2, VIEWER);
    world.route(viewer, &[Some(StreamId::video(speaker))]);
    for step in 0..12 {
        let now = world.now;
        world.client(speaker).send_video(now, step == 0);
        // One packet is lost between the speaker and the server, one on the way to the viewer.
        match step {
            3 => world.lose_from(speaker),
            7 => world.lose_to_next(viewer),
            _ => {}
        }
        world.run(Duration::from_millis(40));
    }
    world.run(Duration::from_secs(1));
    let mut sequences = world.clients[&viewer].sequences();
    sequences.sort_unstable();
    sequences.dedup();
    assert_eq!(sequences.len(), 12, "{sequences:?}");
    assert_eq!(sequences[11] - sequences[0], 11);
}

#[test]
fn bad_offers_are_refused() {
    let mut world = World::new();
    let offer = world.offer(1, VIEWER);
    let sdp = world.clients[&offer].offer.clone();
    let slot = Shape { slots: vec!["nowhere".to_owned()], ..Shape::default() };
    let shape = Shape::of_offer(&sdp).unwrap();
    let h264 = sdp.replace("VP8/90000", "H264/90000");
    let cases = [
        (1, sdp.clone(), shape.clone(), Refusal::PeerExists),
        (7, sdp.clone(), slot, Refusal::NoSuchMid("nowhere".to_owned())),
        (8, h264, shape.clone(), Refusal::NoCommonCodec),
    ];
    for (number, offer, shape, refusal) in cases {
        let peer = PeerId(number);
        let protection = Protection::Authenticated;
        world.command(Command::Join(Box::new(Join {
            peer,
            offer,
            shape,
            protection,
            classes: vec![],
        })));
        assert_eq!(world.events.last(), Some(&Event::Refused { peer, refusal }));
    }
    for offer in [String::new(), "v=0".to_owned(), "m=video 9 X 96\na=mid:0".to_owned()] {
        let (peer, protection) = (PeerId(9), Protection::Authenticated);
        let shape = Shape::default();
        world.command(Command::Join(Box::new(Join {
            peer,
            offer,
            shape,
            protection,
            classes: vec![],
        })));
        let last = world.events.last();
        assert!(matches!(last, Some(Event::Refused { .. })), "{last:?}");
    }
}
