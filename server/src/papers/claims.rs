//! One writer per upload: who holds a [`Claim`] writes, and nobody else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::part::Part;

/// Uploads that somebody writes to, and files kept open for the next request.
#[derive(Clone, Default)]
pub(super) struct Claims(Arc<Mutex<BTreeMap<Uuid, Slot>>>);

enum Slot {
    /// A request holds the claim.
    Busy,
    /// Nobody does; the hash can go on from here.
    Idle(Box<Part>),
}

/// The right to write to an upload. It travels with the file into the thread that waits for the
/// disk, so that a cut request gives it back only when its last write is over.
pub(super) struct Claim {
    claims: Claims,
    upload: Uuid,
}

impl Claims {
    /// Takes the right, with the file if it is still open; `None` while somebody else has it.
    pub(super) fn take(&self, upload: Uuid) -> Option<(Claim, Option<Part>)> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let part = match slots.insert(upload, Slot::Busy) {
            Some(Slot::Busy) => return None,
            Some(Slot::Idle(part)) => Some(*part),
            None => None,
        };
        drop(slots);
        Some((Claim { claims: self.clone(), upload }, part))
    }
}

impl Claim {
    /// Gives the right back and leaves the file open for the next request.
    pub(super) fn leave(self, part: Part) {
        let mut slots = self.claims.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.insert(self.upload, Slot::Idle(Box::new(part)));
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut slots = self.claims.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(slots.get(&self.upload), Some(Slot::Busy)) {
            slots.remove(&self.upload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let claims = Claims::default();
        let upload = Uuid::from_u128(1);
        let (first, none) = claims.take(upload).expect("free");
        assert!(none.is_none());
        assert!(claims.take(upload).is_none(), "busy");
        assert!(claims.take(Uuid::from_u128(2)).is_some(), "another upload");
        first.leave(Part::open(&folder.path().join("part"), 0).expect("a file"));
        let (second, part) = claims.take(upload).expect("free again");
        assert!(part.is_some(), "the file is still open");
        drop(second);
        let (_, part) = claims.take(upload).expect("free again");
        assert!(part.is_none(), "a dropped claim leaves no file");
    }
}
