//! `[sessions]`: who stays signed in for how long, and how often one may try.

use serde::Deserialize;

use super::Section;

/// Sign-in.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// Hours after which one signs in again.
    pub hours_max: u32,
    /// Wrong passwords of one account in `window_minutes` before it has to wait.
    pub tries_per_account: u32,
    /// Wrong passwords from one address in `window_minutes` before it has to wait.
    pub tries_per_address: u32,
    /// How long a wrong password counts.
    pub window_minutes: u32,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { hours_max: 12, tries_per_account: 5, tries_per_address: 50, window_minutes: 15 }
    }
}

impl Section for Sessions {
    const EXAMPLE: &'static str = r"[sessions]
# Hours after which one signs in again.
hours_max = 12
# Wrong passwords before an account, or an address (a whole office may share one), has to wait.
tries_per_account = 5
tries_per_address = 50
# How long a wrong password counts.
window_minutes = 15
";

    fn check(&self) -> Result<(), String> {
        let all = [
            ("hours_max", self.hours_max),
            ("tries_per_account", self.tries_per_account),
            ("tries_per_address", self.tries_per_address),
            ("window_minutes", self.window_minutes),
        ];
        match all.iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(format!("sessions.{name} must not be 0")),
            None => Ok(()),
        }
    }
}
