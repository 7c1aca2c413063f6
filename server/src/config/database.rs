//! `[database]`: where meetings are kept.

use serde::Deserialize;

use super::Section;

/// The database.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH`; the file is made when it is absent.
    pub url: String,
    /// Connections for readers. `SQLite` has one writer besides.
    pub readers: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: "sqlite:diemcau.db".into(), readers: 4 }
    }
}

impl Database {
    /// The path of the `SQLite` file.
    pub(crate) fn path(&self) -> Option<&str> {
        self.url.strip_prefix("sqlite:").filter(|path| !path.is_empty())
    }
}

impl Section for Database {
    const EXAMPLE: &'static str = r#"[database]
# sqlite:PATH, relative to the folder the server is started in. The file is made when absent.
url = "sqlite:diemcau.db"
# Connections for readers. SQLite has one writer besides.
readers = 4
"#;

    fn check(&self) -> Result<(), String> {
        if self.path().is_none() {
            return Err("database.url must be sqlite:PATH".into());
        }
        if !(1..=64).contains(&self.readers) {
            return Err("database.readers must be 1 to 64".into());
        }
        Ok(())
    }
}
