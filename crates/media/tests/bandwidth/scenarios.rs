//! The lines, and what is expected on each.

use crate::link::{Line, Losing, Places};
use crate::measure::Run;
use crate::run::{Plan, run};
use crate::sender::Which;

pub(crate) const SECOND: u64 = 1_000_000;

/// The bench's path of 3 Mbit/s: 20 ms, and room for a second.
pub(crate) fn steady() -> Line {
    Line {
        propagation: 20_000,
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
        propagation: 60_000,
        capacity: vec![(0, capacity)],
        queue_bits: capacity / 3,
        places: Places::Served,
        losing: Losing::Nothing,
        jitter: 0,
    }
}

fn ours(start: u64) -> Plan {
    Plan { feedback_delay: 60_000, ..Plan::new(Which::Ours, start) }
}

fn print(name: &str, seed: u64, runs: &[Run], capacity: u64) {
    for run in runs {
        println!(
            "{name} seed {seed}: used {} last {} loss {} settled {:?} 90% {:?} delay {}",
            run.utilisation(capacity),
            run.last_target(),
            run.loss(),
            run.settled_at(capacity),
            run.reached_at(0, capacity),
            run.delay_95(run.duration / 2),
        );
    }
}

#[test]
#[ignore = "prints"]
fn all() {
    for seed in 0..3 {
        let line = Line { jitter: 30_000, ..country(3_000_000) };
        let runs = run(&line, &[ours(300_000)], 30, seed);
        print("jitter", seed, &runs, 3_000_000);
        let line = Line { jitter: 30_000, ..country(512_000) };
        let runs = run(&line, &[ours(300_000)], 30, seed);
        print("jitter slow", seed, &runs, 512_000);
        for share in [50, 200] {
            let line = Line { losing: Losing::PerMille(share), ..country(3_000_000) };
            print("random", seed, &run(&line, &[ours(300_000)], 30, seed), 3_000_000);
        }
        let line = Line { capacity: vec![(0, 2_000_000), (15 * SECOND, 500_000)], ..country(1_000_000) };
        print("drop", seed, &run(&line, &[ours(300_000)], 30, seed), 500_000);
        let line = Line { queue_bits: 20_000, ..country(1_000_000) };
        print("police", seed, &run(&line, &[ours(300_000)], 30, seed), 1_000_000);
        let plans = [ours(300_000), Plan { begins_at: 10 * SECOND, ..ours(300_000) }];
        print("two", seed, &run(&country(3_000_000), &plans, 60, seed), 3_000_000);
        print("two b", seed, &run(&country(1_000_000), &plans, 60, seed), 1_000_000);
        let plans = [Plan {
            demand: vec![(0, 100_000), (20 * SECOND, 2_000_000)],
            packet_bytes: 250,
            ..ours(300_000)
        }];
        let runs = run(&country(512_000), &plans, 40, seed);
        print("limited", seed, &runs, 512_000);
        println!("{:?} {:?}", runs[0].min_target(5*SECOND, 20*SECOND), runs[0].max_target(5*SECOND, 40*SECOND));
        let plan = Plan { burst_ticks: 33, feedback_loss: 100, ..ours(300_000) };
        print("burst 3M", seed, &run(&country(3_000_000), &[plan.clone()], 30, seed), 3_000_000);
        print("burst 1M", seed, &run(&country(1_000_000), &[plan.clone()], 30, seed), 1_000_000);
        print("burst .5", seed, &run(&country(512_000), &[plan], 30, seed), 512_000);
        print("512", seed, &run(&country(512_000), &[ours(300_000)], 30, seed), 512_000);
        print("128", seed, &run(&country(128_000), &[ours(300_000)], 30, seed), 128_000);
        print("10M", seed, &run(&country(10_000_000), &[ours(300_000)], 30, seed), 10_000_000);
    }
}

pub(crate) fn traced() -> Vec<(u64, Vec<u64>, Option<u64>)> {
    let which = std::env::var("LINE").unwrap_or_default();
    let line = match which.as_str() {
        "jitter" => Line { jitter: 30_000, ..country(3_000_000) },
        "police" => Line { queue_bits: 20_000, ..country(1_000_000) },
        "drop" => Line { capacity: vec![(0, 2_000_000), (15 * SECOND, 500_000)], ..country(1_000_000) },
        "burst" => country(1_000_000),
        "loss" => Line { losing: Losing::PerMille(200), ..country(3_000_000) },
        other => country(other.parse().unwrap_or(3_000_000)),
    };
    let two = std::env::var("TWO").is_ok();
    let mut plans = vec![ours(300_000)];
    if two {
        plans.push(Plan { begins_at: 10 * SECOND, ..ours(300_000) });
    }
    if which == "burst" {
        plans[0].burst_ticks = 33;
        plans[0].feedback_loss = 100;
    }
    let runs = run(&line, &plans, if two { 60 } else { 30 }, 1);
    let delay_at = |at: u64| runs[0].delays.iter().rev().find(|(then, _)| *then <= at).map(|d| d.1 / 1000);
    runs[0].trajectory.iter().map(|(at, target)| {
        let other = runs.get(1).and_then(|run| run.trajectory.iter().rev().find(|(then, _)| then <= at));
        (*at, vec![target / 1000, other.map_or(0, |other| other.1 / 1000)], delay_at(*at))
    }).collect()
}
