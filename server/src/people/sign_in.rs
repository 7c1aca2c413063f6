//! Signing in: who may try, who comes in, what is written down.

use meeting::{PersonId, Timestamp};
use unicode_normalization::UnicodeNormalization as _;

use super::passwords::{PasswordError, Passwords};
use crate::config::Sessions as Limits;
use crate::edge::Edge;
use crate::store::sign_ins::{self, Failures, SignIn};
use crate::store::{self, Db};

/// The door: compares passwords, counts failures per account and per address.
#[derive(Clone)]
pub(crate) struct Gate {
    db: Db,
    edge: Edge,
    passwords: Passwords,
    limits: Limits,
}

/// One try.
pub(crate) struct Try {
    /// What was typed as name.
    pub(crate) user_name: String,
    /// What was typed as password.
    pub(crate) password: String,
    /// Where from.
    pub(crate) address: String,
}

/// Nobody came in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// Name or password is wrong; which of them is not said.
    #[error("name or password is wrong")]
    Wrong,
    /// Too many failures: the next try counts after this many seconds.
    #[error("too many tries")]
    Wait {
        /// Seconds.
        seconds: u32,
    },
    /// Hashing failed.
    #[error(transparent)]
    Password(PasswordError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Gate {
    /// A door to this database.
    pub(crate) fn new(db: Db, edge: Edge, passwords: Passwords, limits: Limits) -> Self {
        Self { db, edge, passwords, limits }
    }

    /// Who comes in. Takes as long for a name that nobody has.
    pub(crate) async fn enter(&self, attempt: Try) -> Result<PersonId, SignInError> {
        let name = account_name(&attempt.user_name);
        let account = {
            let mut reader = self.db.read().await?;
            self.refuse_one_too_many(&mut reader, &name, &attempt.address).await?;
            store::people::account(&mut reader, &name).await?
        };
        let person = account.as_ref().map(|account| account.person);
        let hash = account.map(|account| account.password);
        let is_right = match self.passwords.verify(attempt.password, hash).await {
            Ok(is_right) => is_right,
            Err(PasswordError::Busy) => return Err(SignInError::Wait { seconds: 1 }),
            Err(error) => return Err(SignInError::Password(error)),
        };
        let mut tx = self.db.begin().await?;
        // Counted again with the row that is about to be written: tries side by side get no more.
        self.refuse_one_too_many(&mut tx, &name, &attempt.address).await?;
        let row = SignIn {
            id: self.edge.uuid(),
            at: self.edge.now(),
            user_name: &name,
            address: &attempt.address,
            person,
            succeeded: is_right,
        };
        sign_ins::insert(&mut tx, &row).await?;
        tx.commit().await?;
        person.filter(|_| is_right).ok_or(SignInError::Wrong)
    }

    async fn refuse_one_too_many(
        &self,
        connection: &mut store::Connection,
        name: &str,
        address: &str,
    ) -> Result<(), SignInError> {
        let now = self.edge.now();
        let window_millis = i64::from(self.limits.window_minutes) * 60_000;
        let since = now.plus_millis(-window_millis);
        let account = sign_ins::failures_of_account(connection, name, since).await?;
        let from_address = sign_ins::failures_of_address(connection, address, since).await?;
        let waits = [
            wait_seconds(account, self.limits.tries_per_account, now, window_millis),
            wait_seconds(from_address, self.limits.tries_per_address, now, window_millis),
        ];
        match waits.into_iter().flatten().max() {
            Some(seconds) => Err(SignInError::Wait { seconds }),
            None => Ok(()),
        }
    }
}

/// A user name as it is kept and compared.
pub(super) fn account_name(typed: &str) -> String {
    typed.trim().nfc().collect::<String>().to_lowercase()
}

/// Seconds until the oldest failure leaves the window, when there are too many in it.
fn wait_seconds(
    failures: Failures,
    tries_max: u32,
    now: Timestamp,
    window_millis: i64,
) -> Option<u32> {
    let first_at = failures.first_at.filter(|_| failures.count >= tries_max)?;
    let millis = first_at.plus_millis(window_millis).millis_since(now).max(0);
    Some(u32::try_from(millis / 1000 + 1).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_ends_when_the_oldest_failure_leaves_the_window() {
        let now = Timestamp::from_millis(1_000_000);
        let failures = |count, at| Failures {
            count,
            first_at: Some(Timestamp::from_millis(at)).filter(|_| count > 0),
        };
        let cases = [
            (failures(0, 0), None),
            (failures(4, 999_000), None),
            (failures(5, 999_000), Some(60)),
            (failures(5, 941_000), Some(2)),
            (failures(9, 940_000), Some(1)),
        ];
        for (failures, expected) in cases {
            assert_eq!(wait_seconds(failures, 5, now, 60_000), expected, "{failures:?}");
        }
    }

    #[test]
    fn a_name_is_compared_as_it_is_meant() {
        for typed in ["  Lan ", "LAN", "lan"] {
            assert_eq!(account_name(typed), "lan");
        }
        assert_eq!(account_name("ho\u{300}ng"), "h\u{f2}ng");
    }
}
