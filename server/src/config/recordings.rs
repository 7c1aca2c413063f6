//! `[recordings]`: where meetings that are recorded are kept.

use std::path::PathBuf;

use serde::Deserialize;

use super::Section;

/// The store of recordings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recordings {
    /// The folder of the files.
    pub folder: PathBuf,
    /// Recording stops when fewer bytes than these are free on its disk.
    pub free_bytes_min: u64,
}

impl Default for Recordings {
    fn default() -> Self {
        Self { folder: "recordings".into(), free_bytes_min: 1024 * 1024 * 1024 }
    }
}

impl Section for Recordings {
    const EXAMPLE: &'static str = r#"[recordings]
# The folder of recorded meetings.
folder = "recordings"
# Recording stops when fewer bytes than these are free on its disk; the meeting goes on.
free_bytes_min = 1073741824
"#;
}
