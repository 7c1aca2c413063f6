//! Where the newest received picture waits to be drawn.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use protocol::call::TILES;

use super::I420;

/// A received picture.
#[derive(Debug)]
pub struct Picture420 {
    /// The picture itself.
    pub planes: I420,
    /// Counts up with every decoded picture since the engine started.
    pub sequence: u64,
    /// When its last packet arrived.
    pub received_at: Instant,
}

/// Holds the newest picture only: who draws slower than pictures come misses some, who draws
/// faster sees one twice. Cheap to clone; all clones are the same slot.
#[derive(Clone, Debug, Default)]
pub struct PictureSlot(Arc<Mutex<Newest>>);

#[derive(Debug, Default)]
struct Newest {
    picture: Option<Arc<Picture420>>,
    decoded: u64,
    bell: Option<Bell>,
}

/// The slots of all pictures that a call brings. Cheap to clone; all clones are the same slots.
#[derive(Clone, Debug, Default)]
pub struct PictureSlots {
    /// The main picture's.
    pub main: PictureSlot,
    /// That of the screen that somebody shares.
    pub content: PictureSlot,
    /// Those of the pictures beside the main one, in the order of the call's tiles.
    pub tiles: [PictureSlot; TILES],
}

/// Who is told of every change.
#[derive(Clone)]
struct Bell(Arc<dyn Fn() + Send + Sync>);

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bell")
    }
}

impl PictureSlot {
    /// The newest picture; `None` before the first and after the call ended.
    #[must_use]
    pub fn latest(&self) -> Option<Arc<Picture420>> {
        self.lock().picture.clone()
    }

    /// How many pictures were decoded since the engine started.
    #[must_use]
    pub fn decoded(&self) -> u64 {
        self.lock().decoded
    }

    /// Has this called after every change, by the thread that made it: for who would otherwise
    /// look again and again. One listener at a time.
    pub(in super::super::super) fn on_change(&self, bell: impl Fn() + Send + Sync + 'static) {
        self.lock().bell = Some(Bell(Arc::new(bell)));
    }

    /// Puts a new picture in place of the last one.
    pub(in super::super) fn put(&self, planes: I420, received_at: Instant) {
        let mut newest = self.lock();
        newest.decoded += 1;
        let sequence = newest.decoded;
        newest.picture = Some(Arc::new(Picture420 { planes, sequence, received_at }));
        ring(newest);
    }

    /// Takes the picture away: a frozen face of a call that ended is a lie.
    pub(in super::super) fn clear(&self) {
        let mut newest = self.lock();
        newest.picture = None;
        ring(newest);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Newest> {
        // Nothing can be half written under this lock, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the listener, after the lock is gone.
fn ring(newest: std::sync::MutexGuard<'_, Newest>) {
    let bell = newest.bell.clone();
    drop(newest);
    if let Some(Bell(bell)) = bell {
        bell();
    }
}
