//! What somebody wants to happen in a meeting.
//!
//! `T` is the type of free text: `String` on the wire, [`Written`] once the edge has given it an
//! id and a salted hash ([`Command::try_map_text`]).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::control::{Evidence, Layout, Scope};
use crate::ids::{ItemId, PaperId, PersonId, PointId};
use crate::text::{Digest, Written};
use crate::time::Timestamp;

/// A wish, to be decided by [`crate::decide`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(concrete(T = String)))]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command<T = Written> {
    /// Begins a meeting as a draft. The actor becomes its secretary.
    Create {
        /// What it is called (trích yếu).
        title: T,
        /// When it should begin.
        starts_at: Timestamp,
        /// How long it should last.
        minutes: u16,
        /// Who will chair it.
        chair: PersonId,
    },
    /// Changes title or time, until it begins.
    Amend {
        /// The new title.
        title: T,
        /// The new time of beginning.
        starts_at: Timestamp,
        /// The new length.
        minutes: u16,
    },
    /// Adds an item at the end of the agenda.
    AddItem {
        /// Its id, chosen by the sender.
        item: ItemId,
        /// What it is about.
        title: T,
        /// How long it should take.
        minutes: u16,
        /// Who may know that it exists.
        audience: ItemAudience,
    },
    /// Changes an item.
    ChangeItem {
        /// Which.
        item: ItemId,
        /// Its new title.
        title: T,
        /// Its new length.
        minutes: u16,
        /// Who may know that it exists from now on.
        audience: ItemAudience,
    },
    /// Moves an item to another place, counted from 0.
    MoveItem {
        /// Which.
        item: ItemId,
        /// Where to; beyond the end means the end.
        place: u16,
    },
    /// Takes an item with its papers off the agenda, until the meeting begins.
    RemoveItem {
        /// Which.
        item: ItemId,
    },
    /// Invites people, or changes their part.
    InvitePeople {
        /// Who.
        people: BTreeSet<PersonId>,
        /// As what.
        part: Part,
    },
    /// Takes people off the list.
    UninvitePeople {
        /// Who.
        people: BTreeSet<PersonId>,
    },
    /// Invites points.
    InvitePoints {
        /// Which.
        points: BTreeSet<PointId>,
    },
    /// Takes points off the list.
    UninvitePoints {
        /// Which.
        points: BTreeSet<PointId>,
    },
    /// Makes the draft known to everybody invited (giấy mời).
    Announce,
    /// Attaches a stored file to an item. It stays with the secretaries until it is issued.
    AddPaper {
        /// Its id, chosen by the sender.
        paper: PaperId,
        /// The item it belongs to.
        item: ItemId,
        /// What it is called.
        title: T,
        /// What the store knows about the bytes.
        file: PaperFile,
    },
    /// Takes a paper off again, until it is issued.
    RemovePaper {
        /// Which.
        paper: PaperId,
    },
    /// Sends every paper that has not been issued yet (gửi tài liệu họp).
    IssuePapers,
    /// A point says what it found out about a paper.
    ReportPaper {
        /// Which.
        paper: PaperId,
        /// Which bytes: a report about other bytes is refused.
        sha256: Digest,
        /// How far it got.
        step: PaperStep,
    },
    /// Begins the meeting.
    Start,
    /// Ends the meeting: nobody has the floor afterwards and every microphone is off.
    End,
    /// Goes to an item.
    OpenItem {
        /// Which.
        item: ItemId,
    },
    /// Shows a page to everybody (trình chiếu).
    ShowPage {
        /// Of which paper.
        paper: PaperId,
        /// Which page, counted from 1.
        page: u32,
    },
    /// Shows nothing any more.
    StopShowing,
    /// The actor, or the actor's point, has come.
    Attend,
    /// The actor, or the actor's point, has left.
    Leave,
    /// The actor, or the actor's point, wants to speak.
    RequestToSpeak,
    /// The actor, or the actor's point, does not want to speak any more.
    WithdrawRequest,
    /// Gives the floor: this speaker's microphone is on, everybody else's but the chair's is off.
    GiveFloor {
        /// To whom.
        speaker: Speaker,
    },
    /// Takes the floor back.
    WithdrawFloor,
    /// Turns the microphone of somebody who may speak off.
    Mute {
        /// Whose.
        speaker: Speaker,
    },
    /// Turns it on again, for somebody who may speak.
    Unmute {
        /// Whose.
        speaker: Speaker,
    },
    /// Turns every microphone off, the chair's excepted.
    MuteAll,
    /// Turns loudspeakers off (tắt loa): the room hears nothing.
    Silence {
        /// Whose.
        scope: Scope,
    },
    /// Turns them on again.
    Unsilence {
        /// Whose.
        scope: Scope,
    },
    /// Begins a discussion (thảo luận): every attending point may turn its own microphone on.
    BeginDiscussion,
    /// Ends it: their microphones are off again.
    EndDiscussion,
    /// Calls the roll of the points (điểm danh điểm cầu): the server asks each for evidence.
    CallRoll,
    /// What the server found out; it comes from the server alone.
    RecordRoll {
        /// Of which roll call, counted from 1.
        number: u32,
        /// The fresh reports by point.
        reports: BTreeMap<PointId, Evidence>,
    },
    /// Marks a point by hand in the last roll call.
    MarkPoint {
        /// Which.
        point: PointId,
        /// Whether it is present.
        present: bool,
    },
    /// Chooses what is where on the screens.
    SetLayout {
        /// On whose; for all it replaces what single points had.
        scope: Scope,
        /// What.
        layout: Layout,
    },
    /// Lets nobody come late any more, unless he is admitted.
    Lock,
    /// Lets everybody invited come again.
    Unlock,
    /// Lets somebody come though the meeting is locked.
    Admit {
        /// Whom.
        speaker: Speaker,
    },
    /// Calls a point that is not there: its room joins now (gọi lại điểm cầu).
    CallPoint {
        /// Which.
        point: PointId,
    },
    /// Gives the meeting more time.
    Extend {
        /// How much more.
        minutes: u16,
    },
    /// Records what everybody sees and hears (ghi hình), and tells everybody so.
    StartRecording,
    /// Records no longer.
    StopRecording,
    /// The server cannot record any further, for this reason. Given by the server alone.
    InterruptRecording {
        /// Why, as a stable code.
        code: String,
    },
    /// In a discussion without a floor, the main picture follows who speaks (chuyển hình theo
    /// tiếng nói).
    FollowVoices {
        /// For how many seconds a picture holds at least.
        hold_seconds: u8,
    },
    /// It is the chair's again.
    StopFollowingVoices,
    /// Shows the actor's own screen to everybody (chia sẻ màn hình), in the item that is current
    /// to him. His browser sends the picture; a page never goes this way.
    StartSharing,
    /// Ends whoever's shared screen the actor sees.
    StopSharing,
}

/// Who may know that an item exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ItemAudience {
    /// Everybody invited.
    Everyone,
    /// Only these people and points, besides the chair and the secretaries. To everybody else the
    /// item with its papers is absent, number and count included.
    Only {
        /// The people.
        people: BTreeSet<PersonId>,
        /// The points.
        points: BTreeSet<PointId>,
    },
}

/// What somebody is in one meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Runs the meeting (chủ trì).
    Chair,
    /// Prepares it and keeps its record (thư ký).
    Secretary,
    /// Reports on an item (người báo cáo).
    Presenter,
    /// Takes part (đại biểu).
    Delegate,
    /// Listens, and speaks when asked (khách mời).
    Guest,
}

/// Who can have the floor: a point with everybody in its room, or one person at a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Speaker {
    /// A connection point.
    Point(PointId),
    /// A person.
    Person(PersonId),
}

/// What the paper store knows about a file, found out from its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PaperFile {
    /// Its name in the store.
    pub sha256: Digest,
    /// Its size in bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// How many pages it has.
    pub pages: u32,
    /// Who vouches for it.
    pub origin: PaperOrigin,
}

/// Who vouches for a paper's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PaperOrigin {
    /// Its issuer signed it before it came; it is left as it is.
    Signed,
    /// It came without a signature and the server sealed it (xác thực toàn vẹn).
    Sealed,
}

/// How far a point got with a paper.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PaperStep {
    /// All bytes are there.
    Received,
    /// Hash, signature, ledger proof and manifest agree.
    Verified,
    /// Something is wrong and the paper is not drawn.
    Refused {
        /// The code of `seal`'s verdict, or `LEDGER` or `HASH`.
        code: String,
    },
}
