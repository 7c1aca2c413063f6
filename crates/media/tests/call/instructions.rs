//! How many instructions a forwarded packet costs, counted by callgrind: unlike time, they are
//! the same on every machine.

use std::process::Command;

use bytes::Bytes;
use media::StreamId;

use crate::client::{VIDEO_SSRC, Wish};
use crate::network::World;

const PUBLISHER: Wish = Wish { publishes: true, layers: 0, pictures: 0, voices: 0 };
const VIEWER: Wish = Wish { publishes: false, layers: 0, pictures: 1, voices: 0 };
const VIEWERS: u64 = 20;
const PACKETS: u64 = 400;
/// Instructions per forwarded packet of 1,100 bytes, its share of receiving it included.
const INSTRUCTIONS_MAX: u64 = 9_000;
/// How many packets the counted run forwards.
const PACKETS_VARIABLE: &str = "DIEMCAU_COUNTED_PACKETS";

/// Sends packets to all viewers. Does nothing unless it is told how many.
#[test]
fn counted() {
    let Ok(packets) = std::env::var(PACKETS_VARIABLE) else { return };
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    for number in 2..2 + VIEWERS {
        let viewer = world.join(number, VIEWER);
        world.route(viewer, &[Some(StreamId::video(speaker))]);
    }
    let now = world.now;
    world.client(speaker).send_video(now, true);
    world.deliver();
    let mut payload = vec![7; 1_100];
    payload[..5].copy_from_slice(&[0x90, 0x80, 0x80, 0x01, 0x01]);
    let payload = Bytes::from(payload);
    for _ in 0..packets.parse::<u64>().unwrap() {
        world.client(speaker).send(now, VIDEO_SSRC, payload.clone());
        world.deliver();
    }
}

/// Instructions of the whole run of `counted`; nothing without callgrind.
fn count(packets: u64) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "instructions::counted", "--test-threads=1"])
        .env(PACKETS_VARIABLE, packets.to_string())
        .output()
        .ok()?;
    let told = String::from_utf8_lossy(&output.stderr);
    let collected = told.lines().find_map(|line| line.split("Collected : ").nth(1));
    Some(collected.unwrap_or_else(|| panic!("{told}")).trim().parse().unwrap())
}

#[test]
fn a_forwarded_packet_costs_few_instructions() {
    let Some(without) = count(0) else {
        let is_required = std::env::var("DIEMCAU_JUDGES").is_ok_and(|value| value == "required");
        assert!(!is_required, "valgrind is not installed");
        return;
    };
    let with = count(PACKETS).unwrap();
    let each = (with - without) / (PACKETS * VIEWERS);
    println!("{each} instructions per forwarded packet");
    assert!(each <= INSTRUCTIONS_MAX, "{each} instructions per forwarded packet");
}
