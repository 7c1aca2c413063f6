//! The table of the bench's paths, ours beside that of `rtc-interceptor`.

use crate::link::Line;
use crate::measure::Run;
use crate::run::{Plan, run};
use crate::scenarios::{SECOND, lossy, mildly_lossy, queue_building, recovering, steady};
use crate::sender::Which;

fn row(name: &str, which: Which, run: &Run, capacity: u64) {
    let settled = run.mean_target(run.duration * 7 / 10, run.duration);
    let at = run.settled_at(capacity).map_or("never".to_owned(), |at| format!("{} ms", at / 1_000));
    println!(
        "| {name} | {which:?} | {} | {} | {} | {} ‰ | {} ‰ | {at} | {:?} | {} ms |",
        run.last_target() / 1_000,
        settled / 1_000,
        capacity / 1_000,
        run.utilisation(capacity),
        run.loss(),
        run.reached_at(0, capacity).map(|at| at / 1_000),
        run.delay_95(run.duration * 7 / 10) / 1_000,
    );
}

#[test]
#[ignore = "prints a table, checks nothing"]
fn ours_beside_theirs() {
    println!(
        "| path | whose | last | settled | capacity | used | loss | settled at | 90 % at | delay |"
    );
    let both = |name: &str, line: &Line, start: u64, seconds: u64| {
        for which in [Which::Ours, Which::Theirs] {
            let runs = run(line, &[Plan::new(which, start)], seconds, 0);
            row(name, which, &runs[0], line.capacity_at(seconds * SECOND));
        }
    };
    both("steady", &steady(), 300_000, 30);
    both("queue building (4x)", &queue_building(), 1_200_000, 30);
    both("lossy (1 in 5)", &lossy(), 1_200_000, 30);
    both("mildly lossy (1 in 20)", &mildly_lossy(), 1_200_000, 30);
    both("recovering (5x step)", &recovering(), 1_200_000, 40);
}
