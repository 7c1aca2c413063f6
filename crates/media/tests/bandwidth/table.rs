//! Ours beside that of `rtc-interceptor`, on its bench's paths and on others. With `--nocapture`
//! it prints the table of `src/bandwidth/README.md`.

use crate::link::{Line, Losing};
use crate::measure::Run;
use crate::run::{Plan, run};
use crate::scenarios::{
    SECOND, country, lossy, mildly_lossy, ours, queue_building, recovering, shrinking, steady,
};
use crate::sender::Which;

#[test]
fn ours_beside_theirs() {
    println!("| path | whose | last | settled | capacity | used | loss | converged | delay |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let bench = |start| Plan::new(Which::Ours, start);
    both("steady", &steady(), &bench(300_000), 30);
    both("queue building (4x)", &queue_building(), &bench(1_200_000), 30);
    both("lossy (1 in 5)", &lossy(), &bench(1_200_000), 30);
    both("mildly lossy (1 in 20)", &mildly_lossy(), &bench(1_200_000), 30);
    both("recovering (5x step at 15 s)", &recovering(), &bench(1_200_000), 40);
    let random = |share| Line { losing: Losing::PerMille(share), ..country(3_000_000) };
    both("country, 5 % by chance", &random(50), &ours(300_000), 30);
    both("country, 20 % by chance", &random(200), &ours(300_000), 30);
    both("country, shrinks to a quarter at 15 s", &shrinking(), &ours(300_000), 30);
    let jitter = Line { jitter: 30_000, ..country(3_000_000) };
    both("country, 30 ms of jitter", &jitter, &ours(300_000), 30);
    let bursts = Plan { burst_ticks: 33, feedback_loss: 100, ..ours(300_000) };
    both("country, bursts, lost feedback", &country(1_000_000), &bursts, 30);
    both("country, 512 kbit/s", &country(512_000), &ours(300_000), 30);
}

fn both(name: &str, line: &Line, plan: &Plan, seconds: u64) {
    let capacity = line.capacity_at(seconds * SECOND);
    let [ours, theirs] = [Which::Ours, Which::Theirs].map(|which| {
        let runs = run(line, &[Plan { which, ..plan.clone() }], seconds, 0);
        print(name, which, &runs[0], capacity);
        (runs[0].utilisation(capacity), runs[0].loss())
    });
    assert!(
        ours.0 >= 900 && (ours.0 > theirs.0 || ours.1 < theirs.1),
        "{name} {ours:?} {theirs:?}"
    );
}

fn print(name: &str, which: Which, run: &Run, capacity: u64) {
    let tail = run.duration * 7 / 10;
    let converged = run.settled_at(capacity).map(|at| thousandths(at / 1_000, 1) + " s");
    println!(
        "| {name} | {which:?} | {} | {} | {} | {} % | {} % | {} | {} ms |",
        thousandths(run.last_target() / 1_000, 2),
        thousandths(run.mean_target(tail, run.duration) / 1_000, 2),
        thousandths(capacity / 1_000, 2),
        thousandths(run.utilisation(capacity) * 100, 1),
        thousandths(run.loss() * 100, 1),
        converged.unwrap_or("never".to_owned()),
        run.delay_95(tail) / 1_000,
    );
}

/// So many thousandths as a decimal number.
fn thousandths(number: u64, digits: usize) -> String {
    let whole = format!("{}.{:03}", number / 1_000, number % 1_000);
    whole[..whole.len() - 3 + digits].to_owned()
}
