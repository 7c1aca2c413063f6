//! What a reader gets to see of a meeting: a tree of sections, never raw events.
//!
//! Readers with the same rights share an [`Audience`]; everything but [`Section::Me`] is computed
//! once per audience. What a reader may not see is absent from his sections, number and count
//! included.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::command::{PaperFile, PaperStep, Part, Speaker};
use crate::control::{Layout, Mark};
use crate::ids::{ItemId, PaperId, PersonId, PointId};
use crate::time::Timestamp;

/// Sections by key. The key of a section names its kind, then its id where there are several:
/// `head`, `agenda`, `floor`, `shown`, `people`, `me`, `recording`, `point/{id}`,
/// `receipts/{paper}`, `sharing`.
pub type View = BTreeMap<String, Section>;

/// One part of a view that changes as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Section {
    /// What the meeting is.
    Head(Head),
    /// Its items with their papers, as far as the reader may know them.
    Agenda(Agenda),
    /// Who speaks and who wants to.
    Floor(Floor),
    /// The page that is shown to everybody.
    Shown(Shown),
    /// The people invited.
    People(People),
    /// The reader himself.
    Me(Me),
    /// One point invited.
    Point(PointLine),
    /// Who has received and verified one paper; for chair, secretaries and technicians.
    Receipts(Receipts),
    /// The notice that the meeting is recorded; absent when it is not.
    Recording(RecordingNotice),
    /// How the points are controlled while the meeting runs.
    Controls(Controls),
    /// The last roll call of the points; for chair, secretaries and technicians.
    Roll(RollCall),
    /// The screen that is shared with everybody; absent when none is.
    Sharing(SharedScreen),
}

/// A screen that is shared with everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SharedScreen {
    /// Whose.
    pub speaker: Speaker,
    /// The name to show.
    pub name: Option<String>,
    /// Since when.
    pub at: Timestamp,
}

/// How the points are controlled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Controls {
    /// What is where on the screens of those that have no layout of their own.
    pub layout: Layout,
    /// Whether the points discuss.
    pub discussion: bool,
    /// Whether nobody may come late.
    pub locked: bool,
    /// For how many seconds a picture holds at least, when in a discussion without a floor the main
    /// one follows who speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub follows: Option<u8>,
}

/// One roll call of the points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RollCall {
    /// Counted from 1.
    pub number: u32,
    /// When the roll was called.
    pub called_at: Timestamp,
    /// When the reports were recorded; absent while they are awaited.
    pub recorded_at: Option<Timestamp>,
    /// How many points are present.
    pub present: u16,
    /// How many are invited.
    pub total: u16,
    /// Every point invited.
    pub points: Vec<RollLine>,
}

/// One point in a roll call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RollLine {
    /// Which.
    pub point: PointId,
    /// Its name.
    pub name: Option<String>,
    /// Whether it is present; absent while its report is awaited.
    pub mark: Option<Mark>,
}

/// What the meeting is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Head {
    /// Its title; absent when it was erased.
    pub title: Option<String>,
    /// When it should begin.
    pub starts_at: Timestamp,
    /// How long it should last.
    pub minutes: u16,
    /// Where it stands.
    pub phase: Phase,
    /// Who chairs it.
    pub chair: PersonId,
    /// The chair's name.
    pub chair_name: Option<String>,
}

/// Where a meeting stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// Only its secretaries and its chair know it.
    Draft,
    /// Everybody invited knows it.
    Announced {
        /// Since when.
        at: Timestamp,
    },
    /// It is being held.
    Running {
        /// Since when.
        since: Timestamp,
    },
    /// It is over.
    Ended {
        /// Since when.
        at: Timestamp,
    },
}

/// The agenda, as far as the reader may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Agenda {
    /// In order; numbered by the reader's own count, so that nothing is missing to him.
    pub items: Vec<ItemLine>,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ItemLine {
    /// Which.
    pub item: ItemId,
    /// Its number among those the reader may see, from 1.
    pub number: u16,
    /// Its title.
    pub title: Option<String>,
    /// How long it should take.
    pub minutes: u16,
    /// Where it stands.
    pub state: ItemState,
    /// Whether it is kept from some of those invited. Always false for readers other than the
    /// chair and the secretaries.
    pub closed: bool,
    /// Its papers.
    pub papers: Vec<PaperLine>,
}

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ItemState {
    /// Not yet.
    Coming,
    /// Now.
    Current {
        /// Since when.
        since: Timestamp,
    },
    /// Done.
    Done,
}

/// One paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PaperLine {
    /// Which.
    pub paper: PaperId,
    /// Its title.
    pub title: Option<String>,
    /// Its current version, from 1; 0 until it is issued.
    pub version: u32,
    /// The bytes of that version.
    pub file: PaperFile,
}

/// Who speaks and who wants to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Floor {
    /// Who has the floor.
    pub holder: Option<Holder>,
    /// Who wants it, first come first.
    pub queue: Vec<Request>,
}

/// Who has the floor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Holder {
    /// Who.
    pub speaker: Speaker,
    /// The name to show.
    pub name: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Whether the microphone was turned off meanwhile.
    pub muted: bool,
}

/// A wish to speak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Request {
    /// Whose.
    pub speaker: Speaker,
    /// The name to show.
    pub name: Option<String>,
    /// Since when.
    pub at: Timestamp,
}

/// The page that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Shown {
    /// Of which paper. Nothing is shown, or nothing this reader may see, when absent.
    pub page: Option<ShownPage>,
}

/// A page of a paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ShownPage {
    /// Which paper.
    pub paper: PaperId,
    /// Its title.
    pub title: Option<String>,
    /// Its bytes.
    pub file: PaperFile,
    /// Which page, from 1.
    pub page: u32,
    /// Since when.
    pub at: Timestamp,
}

/// The people invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct People {
    /// In the order of their part, then of their id.
    pub people: Vec<PersonLine>,
}

/// One person invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PersonLine {
    /// Who.
    pub person: PersonId,
    /// The name.
    pub name: Option<String>,
    /// As what.
    pub part: Part,
    /// Since when he has been there.
    pub attending_since: Option<Timestamp>,
}

/// The reader himself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Me {
    /// The name of the person or point.
    pub name: Option<String>,
    /// Who may speak for this reader.
    pub speaker: Option<Speaker>,
    /// His part in the meeting; a point and a technician have none.
    pub part: Option<Part>,
    /// What he may do now: the only thing a button asks.
    pub can: Vec<Deed>,
    /// His place among those who want to speak, from 1.
    pub place_in_queue: Option<u16>,
    /// Whether his microphone may be heard.
    pub microphone: Microphone,
    /// Since when he has been there.
    pub attending_since: Option<Timestamp>,
    /// What only a point has, when it differs from the rule.
    #[serde(flatten)]
    pub own: Own,
}

/// What chair and technician chose for one point alone. What is as usual is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Own {
    /// Its loudspeaker is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub silenced_loudspeaker: Option<bool>,
    /// Its own layout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub layout: Option<Layout>,
    /// When it was called because it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub called_at: Option<Timestamp>,
    /// It may not come, because the meeting is locked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub locked_out: Option<bool>,
}

/// Whether somebody may be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Microphone {
    /// On.
    On,
    /// Turned off by the chair, though he may speak.
    Muted,
    /// Off: he has not been asked to speak.
    Off,
}

/// A thing one may do, named as the command that does it. The list is the domain's answer to
/// "which buttons does this reader get".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each deed is the command of the same name, see `Command`")]
pub enum Deed {
    Amend,
    EditAgenda,
    Invite,
    Announce,
    AddPaper,
    IssuePapers,
    Start,
    End,
    OpenItem,
    ShowPage,
    StopShowing,
    Attend,
    Leave,
    RequestToSpeak,
    WithdrawRequest,
    GiveFloor,
    WithdrawFloor,
    Mute,
    Unmute,
    MuteAll,
    Admit,
    BeginDiscussion,
    CallPoint,
    CallRoll,
    EndDiscussion,
    Extend,
    Lock,
    MarkPoint,
    SetLayout,
    Silence,
    StartRecording,
    StopRecording,
    Unlock,
    Unsilence,
    View,
    FollowVoices,
    StopFollowingVoices,
    StartSharing,
    StopSharing,
}

/// One point invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PointLine {
    /// Which.
    pub point: PointId,
    /// Its name.
    pub name: Option<String>,
    /// Since when it has been there.
    pub attending_since: Option<Timestamp>,
    /// Whether it may be heard.
    pub microphone: Microphone,
    /// What was chosen for it alone.
    #[serde(flatten)]
    pub own: Own,
}

/// Who has received and verified one paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Receipts {
    /// Which paper.
    pub paper: PaperId,
    /// Which version.
    pub version: u32,
    /// Every point invited that may see it, with the last step it reported.
    pub points: Vec<Receipt>,
}

/// One point's state of one paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Receipt {
    /// Which point.
    pub point: PointId,
    /// Its name.
    pub name: Option<String>,
    /// The last step it reported; absent until it reported any.
    pub step: Option<PaperStep>,
    /// When it did.
    pub at: Option<Timestamp>,
}

/// The notice that the meeting is recorded: shown in every room and browser as long as it lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RecordingNotice {
    /// Whether it is recorded at this moment.
    pub state: RecordingState,
}

/// Whether a meeting is recorded at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RecordingState {
    /// It is.
    On {
        /// Since when.
        since: Timestamp,
    },
    /// It is not, as long as the meeting is at a closed item. Told only to who may know the item.
    Paused {
        /// Since when it was being recorded.
        since: Timestamp,
    },
    /// The server could not go on. Told to the chair and the secretaries.
    Interrupted {
        /// When.
        at: Timestamp,
        /// Why, as a stable code.
        code: String,
    },
}
