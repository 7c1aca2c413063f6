//! Whatever reaches the media socket: STUN, DTLS, SRTP and none of these, from anywhere.
#![no_main]

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use media::{
    Command, Config, Endpoint, Event, Identity, Input, Join, Output, PeerId, Protection, Shape,
    Shard,
};

const OFFER: &str = include_str!("../offer.sdp");

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| Identity::generate().expect("an identity"));

fuzz_target!(|bytes: &[u8]| {
    let mut now = beginning();
    let local = SocketAddr::from(([10, 0, 0, 1], 4_000));
    let config = Config { identity: IDENTITY.clone(), candidates: vec![Endpoint::udp(local)] };
    let mut shard = Shard::new(config, now);
    let shape = Shape::of_offer(OFFER).expect("a good offer");
    let offer = OFFER.to_owned();
    let classes = Vec::new();
    let join = Join { peer: PeerId(1), offer, shape, protection: Protection::Any, classes };
    shard.handle(now, Input::Command(Command::Join(Box::new(join))));
    let user = drain(&mut shard).expect("an answer");
    let mut rest = bytes;
    while let Some((&[kind, length], more)) = rest.split_first_chunk::<2>() {
        let (part, more) = more.split_at(usize::from(length).min(more.len()));
        rest = more;
        let address = SocketAddr::from(([10, 0, 1, kind % 3], 5_000));
        let from = if kind < 128 { Endpoint::udp(address) } else { Endpoint::tcp(address) };
        match kind % 4 {
            0 => shard.handle(now, Input::Datagram { from, bytes: part }),
            1 => shard.handle(now, Input::Datagram { from, bytes: &stun(&user, part) }),
            2 => shard
                .handle(now, Input::Datagram { from, bytes: &[&[22, 254, 253], part].concat() }),
            _ => {
                now += Duration::from_millis(u64::from(length) * 50);
                shard.handle(now, Input::Timeout);
            }
        }
        drain(&mut shard);
    }
});

#[expect(clippy::disallowed_methods, reason = "virtual time needs one real instant to begin with")]
fn beginning() -> Instant {
    Instant::now()
}

/// A binding request for our peer, with attributes of the fuzzer's choice.
fn stun(user: &str, attributes: &[u8]) -> Vec<u8> {
    let mut body = vec![0, 6, 0, u8::try_from(user.len()).unwrap_or(0)];
    body.extend(user.as_bytes());
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend(attributes);
    let length = u16::try_from(body.len()).unwrap_or(0).to_be_bytes();
    [&[0, 1, length[0], length[1], 0x21, 0x12, 0xa4, 0x42][..], &[7; 12], &body].concat()
}

/// Takes all that came of it; the user fragment of an answer.
fn drain(shard: &mut Shard) -> Option<String> {
    let mut user = None;
    while let Some(output) = shard.poll_output() {
        if let Output::Event(Event::Answered { sdp, .. }) = output {
            let line = sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
            user = line.map(|line| line.trim_end().to_owned());
        }
    }
    user
}
