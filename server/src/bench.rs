//! For measuring: everything that the server keeps goes to a folder that is taken away at the end.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::config::Config;
use crate::edge::Edge;

/// The folder; taken away when it is dropped.
pub(crate) struct ThrowAway(PathBuf);

/// Points a configuration with `[bench]` to a fresh folder; without it nothing changes.
pub(crate) fn throw_away(config: &mut Config, edge: &Edge) -> anyhow::Result<Option<ThrowAway>> {
    if config.bench.is_none() {
        return Ok(None);
    }
    let folder = std::env::temp_dir().join(format!("diemcau-bench-{}", edge.uuid()));
    std::fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    config.database.url = format!("sqlite:{}", folder.join("bench.db").display());
    config.papers.folder = folder.join("papers");
    config.papers.keys = folder.join("keys");
    config.recordings.folder = folder.join("recordings");
    Ok(Some(ThrowAway(folder)))
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            let path = self.0.display();
            tracing::warn!(path = %path, error = %error, "the folder of the bench is left");
        }
    }
}
