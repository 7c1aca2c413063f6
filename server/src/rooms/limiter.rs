//! How often one address may ask, for endpoints that nobody is signed in at.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use meeting::Timestamp;

/// Addresses that are remembered; beyond them the oldest are forgotten.
const ADDRESSES_MAX: usize = 10_000;

/// So many tries in so much time, per address.
pub(super) struct Limiter {
    tries_max: u32,
    window_millis: i64,
    windows: Mutex<BTreeMap<IpAddr, Window>>,
}

#[derive(Clone, Copy)]
struct Window {
    since: Timestamp,
    tries: u32,
}

impl Limiter {
    /// `tries_max` in `window_millis`.
    pub(super) fn new(tries_max: u32, window_millis: i64) -> Self {
        Self { tries_max, window_millis, windows: Mutex::default() }
    }

    /// Counts a try; how many seconds to wait when there were too many.
    pub(super) fn count(&self, address: IpAddr, now: Timestamp) -> Result<(), u32> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let over = |window: &Window| now.millis_since(window.since) >= self.window_millis;
        if windows.len() >= ADDRESSES_MAX {
            windows.retain(|_, window| !over(window));
        }
        if windows.len() >= ADDRESSES_MAX && !windows.contains_key(&address) {
            let oldest = windows.iter().min_by_key(|(_, window)| window.since);
            if let Some(oldest) = oldest.map(|(address, _)| *address) {
                windows.remove(&oldest);
            }
        }
        let window = windows.entry(address).or_insert(Window { since: now, tries: 0 });
        if over(window) {
            *window = Window { since: now, tries: 0 };
        }
        if window.tries >= self.tries_max {
            let left = self.window_millis - now.millis_since(window.since);
            return Err(u32::try_from(left / 1000 + 1).unwrap_or(u32::MAX));
        }
        window.tries += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_so_many_tries_one_waits() {
        let limiter = Limiter::new(2, 60_000);
        let at = |address: &str, seconds: i64| {
            let address = address.parse().expect("an address");
            limiter.count(address, Timestamp::from_millis(seconds * 1000))
        };
        assert_eq!(at("10.0.0.1", 0), Ok(()));
        assert_eq!(at("10.0.0.1", 10), Ok(()));
        assert_eq!(at("10.0.0.1", 20), Err(41));
        assert_eq!(at("10.0.0.2", 20), Ok(()), "another address");
        assert_eq!(at("10.0.0.1", 60), Ok(()), "another minute");
    }
}
