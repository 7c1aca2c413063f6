//! What a lossy line leaves of a picture: lost packets are asked for and sent again, on the way to
//! the server by its own requests, and on the way from it by those of the receiver.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use media::StreamId;

use crate::client::Wish;
use crate::network::World;

const PUBLISHER: Wish = Wish { publishes: true, layers: 0, pictures: 0, voices: 0 };
const VIEWER: Wish = Wish { publishes: false, layers: 0, pictures: 1, voices: 0 };

/// Of every thousand datagrams, of either direction and of every kind, so many are lost.
const LOSS: u64 = 50;
/// Half of the round trip of 50 ms.
const LATENCY: Duration = Duration::from_millis(25);
/// 100 packets a second for a minute, about 1 Mbit/s of full ones.
const PACKETS: usize = 6_000;
const INTERVAL: Duration = Duration::from_millis(10);
/// A receiver's picture waits for so long for what is missing.
const IN_TIME: Duration = Duration::from_millis(200);

/// Which line is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bad {
    ToServer,
    FromServer,
    Both,
}

/// What became of the packets that were lost.
#[derive(Debug)]
struct Repair {
    lost: usize,
    repaired: usize,
    in_time: usize,
}

impl Repair {
    /// The share of lost packets that came after all, in hundredths of a percent.
    fn share(&self, repaired: usize) -> usize {
        repaired * 10_000 / self.lost.max(1)
    }
}

fn run(bad: Bad) -> Repair {
    let mut world = World::new();
    world.latency = LATENCY;
    let speaker = world.join(1, PUBLISHER);
    let viewer = world.join(2, VIEWER);
    world.route(viewer, &[Some(StreamId::video(speaker))]);
    let now = world.now;
    world.client(speaker).send_video(now, true);
    world.run(Duration::from_millis(500));
    let first = world.clients[&viewer].sequences()[0];
    world.loss = LOSS;
    match bad {
        Bad::ToServer => world.spares = Some(world.clients[&viewer].address),
        Bad::FromServer => world.spares = Some(world.clients[&speaker].address),
        Bad::Both => {}
    }
    let begun = world.now;
    for _ in 0..PACKETS {
        let now = world.now;
        world.client(speaker).send_video(now, false);
        world.run(INTERVAL);
    }
    world.loss = 0;
    world.run(Duration::from_secs(2));
    let client = &world.clients[&viewer];
    let mut came: BTreeMap<u16, Instant> = BTreeMap::new();
    for (sequence, at) in client.sequences().into_iter().zip(&client.received_at) {
        came.entry(sequence.wrapping_sub(first)).or_insert(*at);
    }
    // Whoever got none of it late got it at once: twice the latency after it was sent.
    let delay = |number: usize| {
        let at = came.get(&u16::try_from(number).unwrap())?;
        let sent = begun + INTERVAL * u32::try_from(number - 1).unwrap();
        Some(at.saturating_duration_since(sent).saturating_sub(2 * LATENCY))
    };
    let delays: Vec<_> = (1..=PACKETS).map(delay).collect();
    let at_once = delays.iter().flatten().filter(|delay| delay.as_millis() < 10).count();
    let in_time = delays.iter().flatten().filter(|delay| **delay < IN_TIME).count();
    let all = delays.iter().flatten().count();
    Repair { lost: PACKETS - at_once, repaired: all - at_once, in_time: in_time - at_once }
}

#[test]
fn five_percent_of_loss_are_repaired() {
    for bad in [Bad::ToServer, Bad::FromServer, Bad::Both] {
        let repair = run(bad);
        let (share, in_time) = (repair.share(repair.repaired), repair.share(repair.in_time));
        println!("{bad:?}: {share} of 10000 repaired, {in_time} within 200 ms: {repair:?}");
        assert!(repair.lost > PACKETS / 25, "{bad:?}: the line is not bad: {repair:?}");
        assert!(share >= 9_900, "{bad:?}: {repair:?}");
    }
}
