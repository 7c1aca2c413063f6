//! Fetching one paper: from where it was broken off, hashed while it comes.

use std::path::Path;
use std::sync::Arc;

use futures_util::StreamExt;
use protocol::meeting::Digest;
use reqwest::StatusCode;
use reqwest::header::RANGE;
use ring::digest::{Context, SHA256};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::super::disk;
use super::shelf::Shelf;
use crate::machine::{FetchOutcome, Input};
use crate::worker::Event;

/// What to fetch.
#[derive(Clone, Debug)]
pub struct FetchOrder {
    /// To tell the results by.
    pub generation: u64,
    /// Which bytes.
    pub sha256: Digest,
    /// How many.
    pub bytes: u64,
    /// The bearer token.
    pub token: String,
}

/// Why a fetch broke off.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("the disk: {0}")]
    Disk(#[from] std::io::Error),
    #[error("the server: {0}")]
    Server(#[from] reqwest::Error),
    #[error("the server said {0}")]
    Status(StatusCode),
}

/// Bytes between two notes of progress.
const PROGRESS_BYTES: u64 = 256 * 1024;

/// Fetches a paper and says how it ended; what came before a break stays for the next time.
pub async fn fetch(
    client: reqwest::Client,
    server: String,
    shelf: Arc<Shelf>,
    order: FetchOrder,
    events: mpsc::Sender<Event>,
) {
    let url = format!("{server}/api/papers/{}", order.sha256);
    let outcome = match receive(&client, &url, &shelf, &order, &events).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::warn!(paper.sha256 = %order.sha256, %error, "a paper was not fetched");
            FetchOutcome::Interrupted
        }
    };
    let input = Input::Fetched { generation: order.generation, outcome };
    let _ = events.send(Event::Room(input)).await;
}

async fn receive(
    client: &reqwest::Client,
    url: &str,
    shelf: &Shelf,
    order: &FetchOrder,
    events: &mpsc::Sender<Event>,
) -> Result<FetchOutcome, FetchError> {
    let part = shelf.part_path(order.sha256);
    let mut download = Download::resume(&part, order.bytes).await?;
    if download.have < order.bytes {
        let answer = client
            .get(url)
            .bearer_auth(&order.token)
            .header(RANGE, format!("bytes={}-", download.have))
            .send()
            .await?;
        match answer.status() {
            StatusCode::PARTIAL_CONTENT => {}
            // The server does not know ranges: everything comes from the beginning.
            StatusCode::OK => download = Download::begin(&part).await?,
            status => return Err(FetchError::Status(status)),
        }
        let mut chunks = answer.bytes_stream();
        let mut noted = download.have;
        while let Some(chunk) = chunks.next().await {
            download.write(&chunk?).await?;
            if download.have > order.bytes {
                break;
            }
            if download.have - noted >= PROGRESS_BYTES {
                noted = download.have;
                let (generation, have_bytes) = (order.generation, noted);
                let _ = events.try_send(Event::Room(Input::Fetching { generation, have_bytes }));
            }
        }
        if download.have < order.bytes {
            download.file.sync_data().await?;
            return Ok(FetchOutcome::Interrupted);
        }
    }
    download.file.sync_all().await?;
    let found = download.hash.finish();
    if found.as_ref() == order.sha256.as_bytes() {
        let path = shelf.path(order.sha256);
        disk::finish(&part, &path)?;
        Ok(FetchOutcome::Received)
    } else {
        // Bytes of another file are of no use for the next try.
        tokio::fs::remove_file(&part).await?;
        Ok(FetchOutcome::OtherHash)
    }
}

/// A file that grows, and the hash of what is in it.
struct Download {
    file: File,
    hash: Context,
    have: u64,
}

impl Download {
    async fn begin(part: &Path) -> std::io::Result<Self> {
        Ok(Self { file: File::create(part).await?, hash: Context::new(&SHA256), have: 0 })
    }

    /// Goes on with what is there, unless that is too much.
    async fn resume(part: &Path, bytes: u64) -> std::io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(part).await?;
        let have = file.metadata().await?.len();
        if have > bytes {
            return Self::begin(part).await;
        }
        let mut hash = Context::new(&SHA256);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match file.read(&mut buffer).await? {
                0 => break,
                read => hash.update(buffer.get(..read).unwrap_or_default()),
            }
        }
        Ok(Self { file, hash, have })
    }

    async fn write(&mut self, chunk: &[u8]) -> std::io::Result<()> {
        self.hash.update(chunk);
        self.have += chunk.len() as u64;
        self.file.write_all(chunk).await
    }
}
