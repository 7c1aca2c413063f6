//! Time and chance: read here and nowhere else in the server (rule 9).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use meeting::Timestamp;
use ring::rand::SecureRandom as _;
use uuid::Uuid;

/// What time it is.
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// A clock that never goes back, for durations and time-outs.
    fn instant(&self) -> Instant;
}

/// Where unguessable bytes come from.
pub trait Entropy: Send + Sync {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// Both together, cheap to clone and handed to whoever stands at an edge.
#[derive(Clone)]
pub struct Edge {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Edge {
    /// The machine's clock and the kernel's random numbers.
    #[must_use]
    pub fn real() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemEntropy(ring::rand::SystemRandom::new())))
    }

    /// Any two.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }

    /// The wall clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A clock that never goes back.
    #[must_use]
    pub fn instant(&self) -> Instant {
        self.clock.instant()
    }

    /// Unguessable bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// A fresh id: UUID of version 7, so that tables grow at their end.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let millis = u64::try_from(self.now().millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// 256 unguessable bits as text without padding, fit for a cookie, a header and a path.
    #[must_use]
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }
}

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn instant(&self) -> Instant {
        Instant::now()
    }
}

struct SystemEntropy(ring::rand::SystemRandom);

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // Without random numbers no session and no id is safe: the process must not go on.
        if self.0.fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// A clock that stands still until it is moved.
pub struct SimulatedClock {
    origin: Instant,
    millis: AtomicI64,
    begun_at: i64,
}

impl SimulatedClock {
    /// Stands at `now`.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "an Instant can only be made by reading one")]
    pub fn new(now: Timestamp) -> Self {
        let begun_at = now.millis();
        Self { origin: Instant::now(), millis: AtomicI64::new(begun_at), begun_at }
    }

    /// Moves on.
    pub fn advance_millis(&self, millis: u32) {
        self.millis.fetch_add(i64::from(millis), Ordering::SeqCst);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn instant(&self) -> Instant {
        let passed = self.millis.load(Ordering::SeqCst).saturating_sub(self.begun_at);
        self.origin + std::time::Duration::from_millis(u64::try_from(passed).unwrap_or(0))
    }
}

/// The same bytes for the same seed, on every machine. For tests alone.
pub struct SimulatedEntropy(AtomicU64);

impl SimulatedEntropy {
    /// Starts from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for SimulatedEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // SplitMix64, Steele, Lea and Flood 2014.
        for chunk in bytes.chunks_mut(8) {
            let seed = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            let mut word = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            let length = chunk.len();
            chunk.copy_from_slice(&word.to_le_bytes()[..length]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let edge = |seed| {
            let clock = SimulatedClock::new(Timestamp::from_millis(1_700_000_000_000));
            Edge::new(Arc::new(clock), Arc::new(SimulatedEntropy::new(seed)))
        };
        assert_eq!(edge(1).uuid(), edge(1).uuid());
        assert_ne!(edge(1).uuid(), edge(2).uuid());
        assert_eq!(edge(1).uuid().get_version_num(), 7);
        assert_eq!(Edge::real().token().len(), 43);
    }
}
