//! Who acts and who reads.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, PointId};

/// Who gives a command or reads a view. Made by the edge from a session or a device's proof;
/// whether he may is decided in this crate alone (rule 21).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// Somebody who signed in.
    Person {
        /// Who.
        person: PersonId,
        /// What he is in the whole system, whatever the meeting.
        roles: BTreeSet<Role>,
    },
    /// A room.
    Point(PointId),
}

/// What somebody is in the whole system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sets up units, people, points and devices (quản trị).
    Admin,
    /// May begin meetings (thư ký).
    Secretary,
    /// Watches the points and helps in any meeting, without reading its papers (trực kỹ thuật).
    Technician,
}
