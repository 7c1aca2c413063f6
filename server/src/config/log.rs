//! `[log]`: what is written down about the running server.

use serde::Deserialize;

use super::Section;

/// Log lines on standard error.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Their form.
    pub format: LogFormat,
    /// What is let through: `level` or `target=level` by commas.
    pub filter: String,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".into() }
    }
}

impl Section for Log {
    const EXAMPLE: &'static str = r#"[log]
# "text" for people, "json" for machines; both on standard error.
format = "text"
# What is let through: a level, or target=level by commas.
filter = "info"
"#;
}
