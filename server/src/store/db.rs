//! The handle to the database: one writer and a few readers.

use std::ops::{Deref, DerefMut};
use std::sync::Once;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Executor as _};

use super::error::Error;
use crate::config::Database;

/// What a store function runs its statements on.
pub(crate) type Connection = sqlx::AnyConnection;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations");

/// The log must survive a power cut, so a commit waits for the disk (`synchronous=FULL`).
const SQLITE_SETUP: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 2000;";

/// How long a use case waits for the writer before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// The database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Db {
    writer: AnyPool,
    readers: AnyPool,
}

impl Db {
    /// Opens the database, makes it when it is absent, and brings its schema up to date.
    pub(crate) async fn open(config: &Database) -> Result<Self, Error> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let url = url(config);
        let writer = pool(&url, 1).await?;
        MIGRATIONS.run(&writer).await.map_err(Error::Migrate)?;
        let readers = pool(&url, config.readers).await?;
        Ok(Self { writer, readers })
    }

    /// Begins the one transaction of a use case. Dropped without [`Tx::commit`], nothing happened.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        // SQLite would otherwise take the write lock at the first write, too late to wait for it.
        let tx = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(Error::of("begin"))?;
        Ok(Tx(tx))
    }

    /// A connection to read from, with what was committed before.
    pub(crate) async fn read(&self) -> Result<Reader, Error> {
        self.readers.acquire().await.map(Reader).map_err(Error::of("read"))
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), Error> {
        let mut reader = self.read().await?;
        sqlx::query("SELECT 1").execute(&mut *reader).await.map_err(Error::of("ping"))?;
        Ok(())
    }

    /// Closes every connection and leaves no write-ahead log behind.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        if let Err(error) = self.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").await {
            tracing::warn!(error = %error, "the write-ahead log could not be emptied");
        }
        self.writer.close().await;
    }
}

/// A transaction that can write.
pub(crate) struct Tx(sqlx::Transaction<'static, Any>);

impl Tx {
    /// Makes everything in it durable, all or nothing.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        self.0.commit().await.map_err(Error::of("commit"))
    }
}

impl Deref for Tx {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

/// A connection of the readers' pool.
pub(crate) struct Reader(PoolConnection<Any>);

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

async fn pool(url: &str, connections: u32) -> Result<AnyPool, Error> {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SQLITE_SETUP).await.map(|_| ()) })
        })
        .connect(url)
        .await
        .map_err(Error::of("connect"))
}

fn url(config: &Database) -> String {
    use std::fmt::Write as _;

    let mut url = String::from("sqlite://");
    for byte in config.path().unwrap_or_default().bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // A String takes every write.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url.push_str("?mode=rwc");
    url
}
