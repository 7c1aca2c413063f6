//! Whatever strangers send, nothing panics, nothing is answered that should not be, and the call
//! goes on.

use std::net::SocketAddr;
use std::time::Duration;

use media::{Endpoint, Input, Output, StreamId};
use proptest::prelude::*;

use crate::client::Wish;
use crate::network::World;

/// Bytes that begin like STUN, DTLS, RTP, RTCP or nothing known.
fn datagram() -> impl Strategy<Value = Vec<u8>> {
    let first =
        prop_oneof![Just(0_u8), Just(1), Just(20), Just(22), Just(0x80), Just(0x90), any::<u8>()];
    (first, prop::collection::vec(any::<u8>(), 0..1_700), any::<bool>()).prop_map(
        |(first, mut bytes, has_cookie)| {
            if let Some(byte) = bytes.first_mut() {
                *byte = first;
            }
            if let Some(cookie) = bytes.get_mut(4..8).filter(|_| has_cookie) {
                cookie.copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
            }
            bytes
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn strangers_and_liars_change_nothing(
        datagrams in prop::collection::vec((datagram(), any::<bool>()), 1..40),
    ) {
        let mut world = World::new();
        let speaker = world.join(1, Wish { publishes: true, layers: 0, ..Wish::default() });
        let viewer = world.join(2, Wish { pictures: 1, ..Wish::default() });
        world.route(viewer, &[Some(StreamId::video(speaker))]);
        let known = Endpoint::udp(world.clients[&speaker].address);
        let stranger = Endpoint::udp(SocketAddr::from(([192, 0, 2, 9], 9)));
        for (bytes, is_known) in &datagrams {
            let from = if *is_known { known } else { stranger };
            world.shard.handle(world.now, Input::Datagram { from, bytes });
            while let Some(output) = world.shard.poll_output() {
                if let Output::Send(datagrams) = output {
                    prop_assert!(datagrams.iter().all(|datagram| datagram.to != stranger));
                }
            }
        }
        let now = world.now;
        world.client(speaker).send_video(now, true);
        world.run(Duration::from_millis(100));
        prop_assert_eq!(world.clients[&viewer].received.len(), 1);
    }

    #[test]
    fn cut_and_changed_datagrams_of_a_client_do_not_panic(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..60),
    ) {
        use rtc::sansio::Protocol as _;
        let mut world = World::new();
        let speaker = world.offer(1, Wish { publishes: true, layers: 0, ..Wish::default() });
        let from = Endpoint::udp(world.clients[&speaker].address);
        for (at, change) in cuts {
            let now = world.now;
            let client = world.client(speaker);
            let _ = client.connection.handle_timeout(now);
            if let Some(message) = client.connection.poll_write() {
                let mut bytes = message.message.to_vec();
                let index = at.index(bytes.len());
                bytes[index] ^= change;
                world.shard.handle(now, Input::Datagram { from, bytes: &bytes });
                world.shard.handle(now, Input::Datagram { from, bytes: &bytes[..index] });
            }
            world.run(Duration::from_millis(50));
        }
    }
}
