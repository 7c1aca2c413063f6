//! Chance, given from outside (rule 9).

use protocol::meeting::{CommandId, Timestamp};
use uuid::Builder;

/// A source of chance: the system's, or a counter in tests.
pub trait Entropy {
    /// 128 bits nobody can foretell.
    fn next(&mut self) -> u128;
}

impl dyn Entropy + '_ {
    /// A new command id: a UUID of version 7.
    pub(super) fn command_id(&mut self, now: Timestamp) -> CommandId {
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        let [chance @ .., _, _, _, _, _, _] = self.next().to_be_bytes();
        CommandId::new(Builder::from_unix_timestamp_millis(millis, &chance).into_uuid())
    }

    /// A wait between `least` and a quarter more, so that 116 rooms do not knock at once.
    pub(super) fn jitter(&mut self, least: i64) -> i64 {
        let share = i64::try_from(self.next() % 1_000).unwrap_or(0);
        least + least * share / 4_000
    }
}
