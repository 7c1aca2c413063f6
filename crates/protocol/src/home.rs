//! A person's own page: the meetings that concern him. Keys: `meeting/{id}`.

use meeting::{Deed, Head, Me, MeetingId, Part, Phase, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A section of the topic `home`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HomeSection {
    /// One meeting.
    Meeting(MeetingCard),
}

/// One meeting in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MeetingCard {
    /// Which.
    pub meeting: MeetingId,
    /// Its title; absent when it was erased.
    pub title: Option<String>,
    /// When it should begin.
    pub starts_at: Timestamp,
    /// How long it should last.
    pub minutes: u16,
    /// Where it stands.
    pub phase: Phase,
    /// The chair's name.
    pub chair_name: Option<String>,
    /// What the reader is in it.
    pub part: Option<Part>,
    /// What he may do with it.
    pub can: Vec<Deed>,
}

impl MeetingCard {
    /// Puts a card together from what `meeting::card_for` says.
    #[must_use]
    pub fn new(meeting: MeetingId, head: Head, me: Me) -> Self {
        Self {
            meeting,
            title: head.title,
            starts_at: head.starts_at,
            minutes: head.minutes,
            phase: head.phase,
            chair_name: head.chair_name,
            part: me.part,
            can: me.can,
        }
    }
}
