//! The forwarding path beside the plain one of `rtc`: the same packets through both must be the
//! same to the receiver, save for the names under which they go.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use media::StreamId;
use proptest::prelude::*;
use rtc::sansio::Protocol;

use crate::client::{Client, VIDEO_SSRC, Wish};
use crate::network::World;

const PUBLISHER: Wish = Wish { publishes: true, layers: 0, pictures: 0, voices: 0 };
const VIEWER: Wish = Wish { publishes: false, layers: 0, pictures: 1, voices: 0 };

/// A packet as a receiver gets it.
type Got = (u16, u32, bool, Bytes);

fn got(client: &Client) -> Vec<Got> {
    let packets = client.received.iter();
    packets
        .map(|packet| {
            let header = &packet.header;
            (header.sequence_number, header.timestamp, header.marker, packet.payload.clone())
        })
        .collect()
}

/// Through the shard.
fn forwarded(payloads: &[Bytes]) -> Vec<Got> {
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    let viewer = world.join(2, VIEWER);
    world.route(viewer, &[Some(StreamId::video(speaker))]);
    for payload in payloads {
        let now = world.now;
        world.client(speaker).send(now, VIDEO_SSRC, payload.clone());
        world.run(std::time::Duration::from_millis(20));
    }
    world.run(std::time::Duration::from_secs(1));
    got(&world.clients[&viewer])
}

/// From one peer connection of `rtc` to another, without anything between them.
fn plain(payloads: &[Bytes]) -> Vec<Got> {
    let mut now = World::new().now;
    let address = |last| SocketAddr::from(([10, 0, 2, last], 5_000));
    let mut sender = Client::new(now, address(1), PUBLISHER);
    let mut receiver = Client::bare(now, address(2));
    let answer = receiver.answer(now, &sender.offer);
    sender.answered(now, &answer);
    for _ in 0..400 {
        now = exchange(now, &mut sender, &mut receiver);
        if sender.is_connected && receiver.is_connected {
            break;
        }
    }
    assert!(sender.is_connected && receiver.is_connected);
    for payload in payloads {
        sender.send(now, VIDEO_SSRC, payload.clone());
        now = exchange(now, &mut sender, &mut receiver);
    }
    got(&receiver)
}

/// Lets 20 ms pass, in which everything said arrives.
fn exchange(now: Instant, one: &mut Client, two: &mut Client) -> Instant {
    let mut wire = VecDeque::new();
    loop {
        for client in [&mut *one, &mut *two] {
            while let Some(message) = client.connection.poll_write() {
                wire.push_back((client.address, message));
            }
        }
        let Some((from, message)) = wire.pop_front() else { break };
        let to = message.transport.peer_addr;
        let receiver = if to == one.address { &mut *one } else { &mut *two };
        receiver.receive(now, from, &message.message);
    }
    let now = now + std::time::Duration::from_millis(20);
    for client in [one, two] {
        client.connection.handle_timeout(now).unwrap();
        client.drain();
    }
    now
}

/// Payloads as a publisher sends them: a keyframe first, then whatever is a VP8 payload.
fn payloads() -> impl Strategy<Value = Vec<Bytes>> {
    let rest = prop::collection::vec(any::<u8>(), 1..1_150);
    let packet = (any::<bool>(), rest).prop_map(|(is_long, rest)| {
        let mut payload =
            if is_long { vec![0x90, 0x80, 0x80, 0x01] } else { vec![0x80, 0x80, 0x11] };
        payload.extend(rest);
        Bytes::from(payload)
    });
    prop::collection::vec(packet, 1..30).prop_map(|mut packets| {
        packets.insert(0, Bytes::from_static(&[0x90, 0x80, 0x80, 0x01, 0x00, 1, 2, 3]));
        packets
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn forwarding_is_what_rtc_would_have_sent(payloads in payloads()) {
        let forwarded = forwarded(&payloads);
        prop_assert_eq!(forwarded.len(), payloads.len());
        prop_assert_eq!(forwarded, plain(&payloads));
    }
}
