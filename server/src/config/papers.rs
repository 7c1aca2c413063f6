//! `[papers]`: where papers are kept, and who vouches for them.

use std::path::PathBuf;

use serde::Deserialize;

use super::Section;

/// The paper store.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Papers {
    /// The folder of the bytes, named by their SHA-256.
    pub folder: PathBuf,
    /// The folder of keys and anchors: `seal.p12`, `seal.password`, `head.pem`, `anchors/*.der`.
    pub keys: PathBuf,
    /// Bytes of one upload.
    pub upload_bytes_max: u64,
}

impl Default for Papers {
    fn default() -> Self {
        Self { folder: "papers".into(), keys: "keys".into(), upload_bytes_max: 200 * 1024 * 1024 }
    }
}

impl Section for Papers {
    const EXAMPLE: &'static str = r#"[papers]
# The folder of the bytes, named by their SHA-256.
folder = "papers"
# The folder of keys and anchors: seal.p12, seal.password, head.pem, anchors/*.der.
keys = "keys"
# Bytes of one upload.
upload_bytes_max = 209715200
"#;

    fn check(&self) -> Result<(), String> {
        if self.upload_bytes_max == 0 {
            return Err("papers.upload_bytes_max must not be 0".into());
        }
        Ok(())
    }
}
