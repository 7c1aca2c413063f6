//! What happened in a meeting. Events carry ids, numbers and salted hashes, never names or words.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::command::{ItemAudience, PaperFile, PaperStep, Part, Speaker};
use crate::control::{Layout, Marks, Scope};
use crate::ids::{ItemId, PaperId, PersonId, PointId};
use crate::text::{Digest, TextRef};
use crate::time::Timestamp;

/// One fact. Its sequence number, time, actor and command id stand beside it in the log's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each event records the command of the same name, see `Command`")]
pub enum Event {
    Created {
        title: TextRef,
        starts_at: Timestamp,
        minutes: u16,
        chair: PersonId,
        secretary: PersonId,
    },
    Amended {
        title: TextRef,
        starts_at: Timestamp,
        minutes: u16,
    },
    ItemAdded {
        item: ItemId,
        title: TextRef,
        minutes: u16,
        audience: ItemAudience,
    },
    ItemChanged {
        item: ItemId,
        title: TextRef,
        minutes: u16,
        audience: ItemAudience,
    },
    ItemMoved {
        item: ItemId,
        place: u16,
    },
    ItemRemoved {
        item: ItemId,
    },
    PeopleInvited {
        people: BTreeSet<PersonId>,
        part: Part,
    },
    PeopleUninvited {
        people: BTreeSet<PersonId>,
    },
    PointsInvited {
        points: BTreeSet<PointId>,
    },
    PointsUninvited {
        points: BTreeSet<PointId>,
    },
    Announced,
    PaperAdded {
        paper: PaperId,
        item: ItemId,
        title: TextRef,
        file: PaperFile,
    },
    PaperRemoved {
        paper: PaperId,
    },
    PaperIssued {
        paper: PaperId,
        version: u32,
        sha256: Digest,
    },
    PaperReported {
        paper: PaperId,
        point: PointId,
        step: PaperStep,
    },
    Started,
    Ended,
    ItemOpened {
        item: ItemId,
    },
    PageShown {
        paper: PaperId,
        page: u32,
    },
    ShowingStopped,
    Attended {
        speaker: Speaker,
    },
    Left {
        speaker: Speaker,
    },
    SpeechRequested {
        speaker: Speaker,
    },
    RequestWithdrawn {
        speaker: Speaker,
    },
    FloorGiven {
        speaker: Speaker,
    },
    FloorWithdrawn {
        speaker: Speaker,
    },
    Muted {
        speaker: Speaker,
    },
    Unmuted {
        speaker: Speaker,
    },
    LoudspeakersSilenced {
        points: BTreeSet<PointId>,
    },
    LoudspeakersUnsilenced {
        points: BTreeSet<PointId>,
    },
    DiscussionBegun,
    DiscussionEnded,
    RollCalled {
        number: u32,
    },
    RollRecorded {
        number: u32,
        marks: Marks,
    },
    PointMarked {
        point: PointId,
        present: bool,
    },
    LayoutSet {
        scope: Scope,
        layout: Layout,
    },
    Locked,
    Unlocked,
    Admitted {
        speaker: Speaker,
    },
    PointCalled {
        point: PointId,
    },
    Extended {
        minutes: u16,
    },
    RecordingStarted,
    RecordingStopped,
    RecordingInterrupted {
        code: String,
    },
    VoicesFollowed {
        hold_seconds: u8,
    },
    FollowingStopped,
    /// It ends without an event of its own when the sharer leaves or loses the right to it.
    SharingStarted {
        /// The item that was current to the sharer, if any was.
        item: Option<ItemId>,
        speaker: Speaker,
    },
    SharingStopped {
        item: Option<ItemId>,
        speaker: Speaker,
    },
}
