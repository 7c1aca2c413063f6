//! Names of people and points, read once and kept until somebody changes one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use meeting::{Names, PersonId, PointId, Words};

use crate::store::{self, Connection};

/// Everybody's name.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    people: BTreeMap<PersonId, String>,
    points: BTreeMap<PointId, String>,
}

impl Directory {
    /// With the words of one meeting.
    pub(crate) fn names(&self, words: Words) -> Names {
        Names { words, people: self.people.clone(), points: self.points.clone() }
    }
}

/// The directory in memory.
#[derive(Default)]
pub(crate) struct DirectoryCache(Mutex<Option<Arc<Directory>>>);

impl DirectoryCache {
    /// The directory, read when it is not there.
    pub(crate) async fn get(
        &self,
        connection: &mut Connection,
    ) -> Result<Arc<Directory>, store::Error> {
        if let Some(directory) = self.kept() {
            return Ok(directory);
        }
        let people = store::people::names(connection).await?.into_iter().collect();
        let points = store::points::names(connection).await?.into_iter().collect();
        let directory = Arc::new(Directory { people, points });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&directory));
        Ok(directory)
    }

    /// Reads it anew next time.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn kept(&self) -> Option<Arc<Directory>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
