//! How much one receiver's line carries, told from what he acknowledges.
//!
//! An [`Estimator`] is told what was sent and what transport-wide feedback says of it; it answers
//! with a target and asks for probes. Three signals move the target: the queue that our packets
//! stand in (`queue`), losses that follow the rate (`loss`), and probes that look above it
//! (`probing`). Every signal that lowers the target is a trial: if sending less does not help,
//! the queue or the loss is the line's own, and the target comes back.
//!
//! No clock, no timer, no allocation after `new`; rates are bits per second in `u64`, moments are
//! microseconds since the estimator's beginning in `i64`, shares are per mille.

mod control;
mod estimator;
mod history;
mod loss;
mod message;
mod probing;
mod queue;
mod throughput;

pub use estimator::Estimator;
pub use message::Feedback;
pub use probing::{Cluster, Probe};
