//! Every limit of the fleet (rule 15). Times in milliseconds.

/// How long a plan is good. A room whose line is cut goes on under its plan for this long.
pub const PLAN_LIFE_MS: i64 = 24 * 60 * 60 * 1000;
/// A plan with less than this left is replaced although nothing changed.
pub const RENEW_BEFORE_MS: i64 = 12 * 60 * 60 * 1000;
/// Meetings in one plan; the soonest are taken.
pub const MEETINGS_MAX: usize = 50;

const _: () = assert!(RENEW_BEFORE_MS < PLAN_LIFE_MS, "a fresh plan is not renewed at once");
