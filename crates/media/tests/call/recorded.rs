//! The packets of streams that are recorded.

use std::collections::BTreeSet;
use std::time::Duration;

use media::{Command, StreamId};

use crate::client::Wish;
use crate::network::World;

const SOON: Duration = Duration::from_millis(100);
const PUBLISHER: Wish = Wish { publishes: true, layers: 0, pictures: 0, voices: 0 };

#[test]
fn v11_recorded_streams_come_out_and_no_others() {
    let mut world = World::new();
    let (one, other) = (world.join(1, PUBLISHER), world.join(2, PUBLISHER));
    let send = |world: &mut World| {
        for peer in [one, other] {
            let now = world.now;
            world.client(peer).send_video(now, true);
            world.client(peer).send_audio(now);
        }
        world.run(SOON);
    };
    send(&mut world);
    assert!(world.recorded.is_empty(), "nothing is recorded before somebody wants it");

    let picture = StreamId::video(one);
    let streams = BTreeSet::from([picture, StreamId::audio(one)]);
    world.command(Command::Record(streams.clone()));
    world.run(SOON);
    assert_eq!(world.clients[&one].keyframe_requests, 1, "a picture begins with a keyframe");
    world.command(Command::Record(streams.clone()));
    send(&mut world);
    let recorded: BTreeSet<_> = world.recorded.iter().map(|packet| packet.stream).collect();
    assert_eq!((recorded, world.recorded.len()), (streams, 2));
    assert!(world.recorded.iter().all(|packet| !packet.payload.is_empty()));
    world.run(Duration::from_secs(1));
    assert_eq!(world.clients[&one].keyframe_requests, 1, "the same again changes nothing");

    world.command(Command::WantKeyframe(picture));
    world.run(SOON);
    assert_eq!(world.clients[&one].keyframe_requests, 2);
    world.command(Command::Record(BTreeSet::new()));
    send(&mut world);
    assert_eq!(world.recorded.len(), 2);
}
