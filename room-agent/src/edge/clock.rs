//! Time and chance, read here and nowhere else in the agent.

use protocol::meeting::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};

use crate::machine::Entropy;

/// The room's clock.
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the edge reads the clock once per input")]
    let now = jiff::Timestamp::now();
    Timestamp::from_millis(now.as_millisecond())
}

/// The moment for pacing what is drawn.
#[must_use]
pub fn instant() -> std::time::Instant {
    #[expect(clippy::disallowed_methods, reason = "the edge reads the clock once per frame")]
    std::time::Instant::now()
}

/// Chance out of the operating system.
#[derive(Debug)]
pub struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    /// Ready to be asked.
    #[must_use]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for SystemEntropy {
    fn next(&mut self) -> u128 {
        let mut bytes = [0; 16];
        // The system's generator fails only where there is none; an id out of zeros would still
        // be told apart by its time.
        let _ = self.0.fill(&mut bytes);
        u128::from_be_bytes(bytes)
    }
}
