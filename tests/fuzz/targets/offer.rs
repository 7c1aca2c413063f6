//! The SDP of WHIP, WHEP and of calls: what can be read is answered or refused.
#![no_main]

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use media::{Command, Config, Endpoint, Identity, Input, Join, PeerId, Protection, Shape, Shard};

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| Identity::generate().expect("an identity"));

fuzz_target!(|offer: &str| {
    let Ok(shape) = Shape::of_offer(offer) else { return };
    let now = beginning();
    let local = SocketAddr::from(([10, 0, 0, 1], 4_000));
    let config = Config { identity: IDENTITY.clone(), candidates: vec![Endpoint::udp(local)] };
    let mut shard = Shard::new(config, now);
    let offer = offer.to_owned();
    let restart = offer.clone();
    let classes = Vec::new();
    let join = Join { peer: PeerId(1), offer, shape, protection: Protection::Any, classes };
    shard.handle(now, Input::Command(Command::Join(Box::new(join))));
    shard.handle(now, Input::Command(Command::Restart { peer: PeerId(1), offer: restart }));
    while shard.poll_output().is_some() {}
    shard.handle(now, Input::Command(Command::Leave(PeerId(1))));
    while shard.poll_output().is_some() {}
    assert!(shard.is_empty(), "nothing is left of a peer");
});

#[expect(clippy::disallowed_methods, reason = "virtual time needs one real instant to begin with")]
fn beginning() -> Instant {
    Instant::now()
}
