//! Takes away what nobody needs: abandoned uploads, kept files that no meeting uses.

use std::time::Duration;

use meeting::Timestamp;
use tokio_util::sync::CancellationToken;

use super::Papers;
use super::blobs::disk;
use super::uploads::UploadError;
use crate::limits::{SWEEP_ROWS_MAX, UPLOAD_MILLIS_MAX};
use crate::store::papers;

/// How often it is looked for.
const EVERY: Duration = Duration::from_mins(10);

impl Papers {
    /// Sweeps until the server stops.
    pub(crate) async fn sweep_until(&self, stop: &CancellationToken) {
        loop {
            match self.sweep(self.edge.now()).await {
                Ok((0, 0)) => {}
                Ok((uploads, files)) => {
                    tracing::info!(sweep.uploads = uploads, sweep.files = files, "swept papers");
                }
                Err(error) => tracing::error!(error = %error, "sweeping papers failed"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Sweeps once; how many uploads and files went.
    async fn sweep(&self, now: Timestamp) -> Result<(usize, usize), UploadError> {
        let uploads = self.uploads.sweep(now).await?;
        // As long as its upload can be repeated a file may still become a paper.
        let before = now.plus_millis(-2 * UPLOAD_MILLIS_MAX);
        let unused =
            papers::unused_files(&mut *self.db.read().await?, before, SWEEP_ROWS_MAX).await?;
        let mut files = 0;
        for sha256 in unused {
            let mut tx = self.db.begin().await?;
            let gone = papers::remove_unused_file(&mut tx, &sha256).await?;
            tx.commit().await?;
            if gone {
                let path = self.blobs.path(&sha256);
                let removed = tokio::task::spawn_blocking(move || {
                    std::fs::remove_file(&path).map_err(disk("removing", &path))
                });
                removed.await??;
                files += 1;
            }
        }
        Ok((uploads, files))
    }
}
