//! Counts what the shard allocates. An allocator that counts only while it is told to, and only
//! on the thread of the test.
#![expect(unsafe_code, reason = "a global allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use media::StreamId;

use crate::client::Wish;
use crate::network::World;

/// What was allocated while it was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allocated {
    /// How often.
    pub(crate) times: u64,
    /// Bytes that were not given back.
    pub(crate) bytes: i64,
}

thread_local! {
    static COUNTS: Cell<bool> = const { Cell::new(false) };
    static SO_FAR: Cell<Allocated> = const { Cell::new(Allocated { times: 0, bytes: 0 }) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn note(times: u64, bytes: i64) {
    if COUNTS.get() {
        let so_far = SO_FAR.get();
        SO_FAR.set(Allocated { times: so_far.times + times, bytes: so_far.bytes + bytes });
    }
}

fn signed(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

// SAFETY: everything is done by the system's allocator; counting neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, signed(layout.size()));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(0, -signed(layout.size()));
        // SAFETY: the caller keeps the contract of `dealloc`, and `alloc` was the system's.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, signed(size) - signed(layout.size()));
        // SAFETY: the caller keeps the contract of `realloc`, and `alloc` was the system's.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Counts what `work` allocates.
pub(crate) fn within<T>(work: impl FnOnce() -> T) -> T {
    COUNTS.set(true);
    let result = work();
    COUNTS.set(false);
    result
}

pub(crate) fn so_far() -> Allocated {
    SO_FAR.get()
}

const PUBLISHER: Wish = Wish { publishes: true, layers: 0, pictures: 0, voices: 0 };
const VIEWER: Wish = Wish { publishes: false, layers: 0, pictures: 1, voices: 1 };
const PACKETS: u64 = 300;

/// How often the shard allocates while `PACKETS` pictures and as many sounds go to so many.
fn allocations(viewers: u64) -> u64 {
    let mut world = World::new();
    let speaker = world.join(1, PUBLISHER);
    for number in 2..2 + viewers {
        let viewer = world.join(number, VIEWER);
        world.route(viewer, &[Some(StreamId::video(speaker)), Some(StreamId::audio(speaker))]);
    }
    let mut before = 0;
    // The first rounds fill what is kept; only then the state is steady.
    for round in 0..3 {
        before = so_far().times;
        for count in 0..PACKETS {
            let now = world.now;
            world.client(speaker).send_video(now, round == 0 && count == 0);
            world.client(speaker).send_audio(now);
            world.deliver();
        }
    }
    so_far().times - before
}

#[test]
fn forwarding_allocates_nothing_per_receiver() {
    let few = allocations(1);
    let many = allocations(40);
    assert_eq!(few, many, "{PACKETS} pictures and sounds to 1 and to 40 receivers");
}

#[test]
fn a_viewer_costs_little_memory() {
    let mut world = World::new();
    let mut held = vec![];
    for number in 1..=20 {
        world.join(number, VIEWER);
        held.push(so_far().bytes);
    }
    let each = (held[19] - held[9]) / 10;
    println!("{each} bytes per viewer");
    assert!(each < 100 * 1024, "{each} bytes per viewer");
}
