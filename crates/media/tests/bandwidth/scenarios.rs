//! The lines, and what is expected on each.

use crate::link::{Line, Losing, Places};
use crate::run::{Plan, run};
use crate::sender::Which;

pub(crate) const SECOND: u64 = 1_000_000;

/// The bench's path of 3 Mbit/s: 20 ms, and room for a second.
pub(crate) fn steady() -> Line {
    Line {
        propagation: vec![(0, 20_000)],
        capacity: vec![(0, 3_000_000)],
        queue_bits: 3_000_000,
        places: Places::Empty,
        losing: Losing::Nothing,
        jitter: 0,
    }
}

/// The bench's path on which a sender begins at four times the rate.
pub(crate) fn queue_building() -> Line {
    Line { capacity: vec![(0, 300_000)], queue_bits: 6_000_000, ..steady() }
}

/// The bench's path that loses every fifth packet, whatever is sent.
pub(crate) fn lossy() -> Line {
    Line { losing: Losing::OneIn(5), ..steady() }
}

/// The bench's path that loses every twentieth.
pub(crate) fn mildly_lossy() -> Line {
    Line { losing: Losing::OneIn(20), ..steady() }
}

/// The bench's path that widens fivefold after 15 s.
pub(crate) fn recovering() -> Line {
    let capacity = vec![(0, 600_000), (15 * SECOND, 3_000_000)];
    Line { capacity, queue_bits: 6_000_000, ..steady() }
}

/// A country line: 60 ms there, 60 ms back, and a queue of a third of a second.
pub(crate) fn country(capacity: u64) -> Line {
    Line {
        propagation: vec![(0, 60_000)],
        capacity: vec![(0, capacity)],
        queue_bits: capacity / 3,
        places: Places::Served,
        losing: Losing::Nothing,
        jitter: 0,
    }
}

/// A country line that loses three quarters of its rate after 15 s.
pub(crate) fn shrinking() -> Line {
    let capacity = vec![(0, 2_000_000), (15 * SECOND, 500_000)];
    Line { capacity, ..country(1_000_000) }
}

/// Our sender on a country line.
pub(crate) fn ours(start: u64) -> Plan {
    Plan { feedback_delay: 60_000, ..Plan::new(Which::Ours, start) }
}

/// Bounds of a run. Shares are per mille, spans microseconds.
struct Bounds {
    used: u64,
    loss: u64,
    /// Until the mean of two seconds stays within 35 % of the capacity.
    settled: u64,
    /// Until the target first is 90 % of the capacity.
    reached: u64,
    /// The one-way delay that 95 % of the packets of the second half stay below.
    delay: u64,
}

const ANY: Bounds =
    Bounds { used: 0, loss: 1_000, settled: u64::MAX, reached: u64::MAX, delay: u64::MAX };

/// Runs alone over `line`, with several seeds, counting from `from` on.
/// More than enough to meet what is rare.
const SEEDS: std::ops::Range<u64> = 0..20;

fn check(line: &Line, plan: &Plan, (from, seconds): (u64, u64), bounds: &Bounds) {
    for seed in SEEDS {
        let runs = run(line, std::slice::from_ref(plan), seconds, seed);
        let alone = &runs[0];
        let capacity = line.capacity_at(seconds * SECOND);
        let (used, loss) = (alone.utilisation(capacity), alone.loss());
        let settled = alone.settled_at(capacity).map_or(u64::MAX, |at| at.saturating_sub(from));
        let reached = alone.reached_at(from, capacity).unwrap_or(u64::MAX);
        let delay = alone.delay_95(alone.duration / 2);
        let seen = format!("{seed}: {used} {loss} {settled} {reached} {delay} on {line:?}");
        assert!(used >= bounds.used, "used, {seen}");
        assert!(loss <= bounds.loss, "loss, {seen}");
        assert!(settled <= bounds.settled, "settled, {seen}");
        assert!(reached <= bounds.reached, "reached, {seen}");
        assert!(delay <= bounds.delay, "delay, {seen}");
    }
}

#[test]
fn the_paths_of_the_bench() {
    let plan = |start| Plan::new(Which::Ours, start);
    let quick = Bounds { used: 940, loss: 10, settled: 2 * SECOND, reached: SECOND, delay: 80_000 };
    check(&steady(), &plan(300_000), (0, 30), &quick);
    let overloaded = Bounds { used: 940, loss: 10, settled: 3 * SECOND, delay: 150_000, ..ANY };
    check(&queue_building(), &plan(1_200_000), (0, 30), &overloaded);
    let lossy_bounds = Bounds { used: 900, loss: 210, settled: 3 * SECOND, ..quick };
    check(
        &lossy(),
        &plan(300_000),
        (0, 30),
        &Bounds { reached: 8 * SECOND, settled: 8 * SECOND, ..lossy_bounds },
    );
    check(
        &mildly_lossy(),
        &plan(300_000),
        (0, 30),
        &Bounds { reached: 3 * SECOND, ..lossy_bounds },
    );
    let step = Bounds { used: 940, loss: 10, settled: 6 * SECOND, reached: 5 * SECOND, ..ANY };
    check(&recovering(), &plan(1_200_000), (15 * SECOND, 40), &step);
}

#[test]
fn country_lines_are_filled_and_not_flooded() {
    for capacity in [512_000, 1_000_000, 3_000_000, 10_000_000] {
        let delay = 130_000 + 9_600 * 1_000_000 / capacity;
        let bounds =
            Bounds { used: 930, loss: 10, settled: 3 * SECOND, reached: 2 * SECOND, delay };
        check(&country(capacity), &ours(300_000), (0, 30), &bounds);
    }
    let narrow = Bounds { used: 900, loss: 50, settled: 4 * SECOND, ..ANY };
    check(&country(128_000), &ours(300_000), (0, 30), &narrow);
}

#[test]
fn random_loss_is_borne() {
    for (share, settled, used) in [(50, 8, 850), (200, 15, 780)] {
        let line = Line { losing: Losing::PerMille(share), ..country(3_000_000) };
        let bounds = Bounds { used, settled: settled * SECOND, ..ANY };
        check(&line, &ours(300_000), (0, 30), &bounds);
    }
}

#[test]
fn a_line_that_drops_what_it_cannot_queue_is_not_taken_for_a_lossy_one() {
    let line = Line { queue_bits: 20_000, ..country(1_000_000) };
    let bounds = Bounds { used: 900, loss: 40, settled: 3 * SECOND, ..ANY };
    check(&line, &ours(300_000), (0, 30), &bounds);
}

#[test]
fn a_line_that_shrinks_to_a_quarter_is_followed() {
    let bounds = Bounds { used: 900, loss: 30, settled: 3 * SECOND, ..ANY };
    check(&shrinking(), &ours(300_000), (15 * SECOND, 30), &bounds);
}

#[test]
fn jitter_is_no_queue() {
    for capacity in [512_000, 1_000_000, 3_000_000] {
        let line = Line { jitter: 30_000, ..country(capacity) };
        let bounds = Bounds { used: 800, loss: 10, settled: 10 * SECOND, ..ANY };
        check(&line, &ours(300_000), (0, 30), &bounds);
    }
}

#[test]
fn pictures_leave_in_bursts_and_feedback_gets_lost() {
    let plan = Plan { burst_ticks: 33, feedback_loss: 100, ..ours(300_000) };
    for capacity in [512_000, 1_000_000, 3_000_000] {
        let bounds = Bounds { used: 850, loss: 10, settled: 5 * SECOND, ..ANY };
        check(&country(capacity), &plan, (0, 30), &bounds);
    }
}

#[test]
fn an_application_that_sends_little_neither_lowers_nor_raises_the_target() {
    let demand = vec![(0, 100_000), (20 * SECOND, 2_000_000)];
    let plan = Plan { demand, packet_bytes: 250, ..ours(300_000) };
    for (jitter, reached) in [(0, 2), (30_000, 6)] {
        let line = Line { jitter, ..country(512_000) };
        let bounds = Bounds { used: 850, loss: 10, reached: reached * SECOND, ..ANY };
        check(&line, &plan, (20 * SECOND, 40), &bounds);
        for seed in SEEDS {
            let runs = run(&line, std::slice::from_ref(&plan), 40, seed);
            let (min, max) =
                (runs[0].min_target(0, 20 * SECOND), runs[0].max_target(0, 20 * SECOND));
            assert!(min >= 270_000 && max <= 330_000, "{min} {max}");
            let after = runs[0].max_target(20 * SECOND, 40 * SECOND);
            assert!(after <= 512_000 * 13 / 10, "{after} with jitter {jitter}");
        }
    }
}

#[test]
fn two_share_a_line() {
    for capacity in [1_000_000, 3_000_000] {
        for (seed, begins_at) in (0..).zip([9, 10, 11, 12].map(|second| second * SECOND)) {
            let plans = [ours(300_000), Plan { begins_at, ..ours(300_000) }];
            let runs = run(&country(capacity), &plans, 60, seed);
            let shares = [0, 1].map(|index: usize| runs[index].utilisation(capacity));
            assert!(shares.iter().sum::<u64>() >= 900, "{shares:?}");
            assert!(shares.iter().all(|share| *share >= 300), "{shares:?} from {begins_at}");
        }
    }
}

/// Theirs fills every queue. Ours yields to it, and must not lose with it what does not fit.
#[test]
fn beside_a_greedy_sender_nothing_is_thrown_away() {
    for capacity in [512_000, 1_000_000, 3_000_000] {
        for begins_at in [0, 30 * SECOND] {
            let theirs = Plan { begins_at, which: Which::Theirs, ..ours(300_000) };
            let runs = run(&country(capacity), &[ours(300_000), theirs], 120, 0);
            assert!(runs[0].loss() <= 100, "{} on {capacity}", runs[0].loss());
        }
    }
}

#[test]
fn a_detour_is_no_queue() {
    let propagation = vec![(0, 60_000), (10 * SECOND, 110_000), (20 * SECOND, 30_000)];
    for capacity in [512_000, 3_000_000] {
        let line = Line { propagation: propagation.clone(), ..country(capacity) };
        let bounds = Bounds { used: 900, loss: 10, settled: 3 * SECOND, ..ANY };
        check(&line, &ours(300_000), (0, 30), &bounds);
    }
}

#[test]
fn feedback_may_be_often_or_seldom() {
    for feedback_ticks in [20, 50, 250] {
        let plan = Plan { feedback_ticks, ..ours(300_000) };
        for capacity in [512_000, 3_000_000] {
            let bounds = Bounds { used: 900, loss: 10, settled: 5 * SECOND, ..ANY };
            check(&country(capacity), &plan, (0, 30), &bounds);
        }
    }
}

#[test]
fn silence_lowers_the_target() {
    let plan = Plan { feedback_loss: 1_000, ..ours(1_000_000) };
    let runs = run(&country(3_000_000), &[plan], 1, 0);
    assert_eq!(runs[0].last_target(), 1_000_000);
    let plan = Plan { feedback_loss: 1_000, ..ours(1_000_000) };
    let runs = run(&country(3_000_000), &[plan], 10, 0);
    assert!(runs[0].delivered(9 * SECOND, 10 * SECOND) < 60_000);
}
