//! What is on the screen, before anybody measured a word of it.
//!
//! A value with everything in it, the moment included: the layout is a pure function of it, and a
//! state can be written down in JSON and drawn again (`room-agent/screens`).

use protocol::meeting::{
    Digest, Layout, Microphone, PaperId, PaperOrigin, Phase, RecordingState, Timestamp,
};
use serde::{Deserialize, Serialize};

/// The whole screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScreenModel {
    /// The room's clock.
    pub now: Timestamp,
    /// The point's name; absent until the room is enrolled.
    pub point: Option<String>,
    /// The line to the server.
    pub line: LineState,
    /// What the room does.
    pub content: Content,
}

/// What the room does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "screen", rename_all = "snake_case")]
pub enum Content {
    /// It waits to be enrolled.
    Enrolment(EnrolmentScreen),
    /// It waits for a meeting.
    Standby(StandbyScreen),
    /// It sits in a meeting.
    Meeting(Box<MeetingScreen>),
}

/// The line to the server, in the order of how well it works.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LineState {
    /// It works.
    Good,
    /// It works, but packets are lost.
    Weak,
    /// It was never there since the room began, and is being tried.
    Connecting,
    /// It is cut.
    Cut {
        /// Since when.
        since: Timestamp,
        /// When it was tried last.
        tried_at: Option<Timestamp>,
        /// How many papers can still be read.
        papers: u32,
    },
}

/// A room that nobody knows yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnrolmentScreen {
    /// The code to type, as `ABCD-EFGH`; absent while it is asked for.
    pub code: Option<String>,
    /// The server's address, for the one who types.
    pub server: String,
}

/// A room that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandbyScreen {
    /// The meeting it will join by itself.
    pub next: Option<NextMeeting>,
    /// What must work, in a fixed order.
    pub checks: Vec<Check>,
    /// Whom to call.
    pub helper: Option<String>,
}

/// The meeting a room will join.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NextMeeting {
    /// Its title.
    pub title: String,
    /// When it should begin.
    pub starts_at: Timestamp,
    /// When the room enters.
    pub join_at: Timestamp,
}

/// One thing that must work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Which.
    pub of: CheckOf,
    /// Whether it does.
    pub state: CheckState,
    /// When that was proved.
    pub at: Option<Timestamp>,
    /// How many of how many, where it is counted.
    #[serde(default)]
    pub count: Option<(u32, u32)>,
    /// Percent of the bytes that are there, where something is fetched.
    #[serde(default)]
    pub percent: Option<u8>,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOf {
    /// The camera.
    Camera,
    /// Microphone and loudspeaker.
    Sound,
    /// The line to the server.
    Line,
    /// The signatures on the papers.
    Signatures,
    /// The papers themselves.
    Papers,
}

/// Whether something works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// It does.
    Good,
    /// Not yet, or not surely.
    Care,
    /// It does not.
    Bad,
    /// The room is set up without it.
    Unused,
}

/// A room in a meeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeetingScreen {
    /// The meeting's title.
    pub title: String,
    /// Where the meeting stands; absent until the server said so.
    pub phase: Option<Phase>,
    /// When it should begin.
    pub starts_at: Timestamp,
    /// The current item.
    pub item: Option<ItemBar>,
    /// Every item in proportion to its time.
    pub steps: Vec<StepBar>,
    /// The main picture.
    pub picture: PictureBand,
    /// The pictures beside the main one, where the layout has any.
    #[serde(default)]
    pub tiles: Vec<TilePicture>,
    /// Whether this point has the floor: everybody else sees it.
    pub here_has_floor: bool,
    /// Since when somebody has had the floor.
    pub speaking_since: Option<Timestamp>,
    /// Who speaks next, the first two.
    pub next: Vec<String>,
    /// How many want to speak altogether.
    pub waiting: u32,
    /// This point's place among them, from 1.
    pub own_place: Option<u16>,
    /// The paper.
    pub paper: PaperArea,
    /// This point's microphone.
    pub microphone: Microphone,
    /// Whether this point's loudspeaker was turned off.
    #[serde(default)]
    pub loudspeaker_off: bool,
    /// What is where.
    #[serde(default)]
    pub layout: Layout,
    /// Whether the points discuss.
    #[serde(default)]
    pub discussion: bool,
    /// Whether the meeting is recorded.
    #[serde(default)]
    pub recording: Option<RecordingState>,
}

/// The current item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemBar {
    /// Its number, from 1.
    pub number: u16,
    /// Of how many.
    pub total: u16,
    /// Its title.
    pub title: String,
    /// Minutes that are left, rounded up; negative when it takes too long.
    pub minutes_left: i64,
}

/// One item's part of the bar of steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepBar {
    /// How long the item should take.
    pub minutes: u16,
    /// How much of it is over, from 0 to 1.
    pub done: f32,
    /// Whether it is the current one.
    pub now: bool,
}

/// The main picture and the words on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PictureBand {
    /// Who is seen; absent when nobody is.
    pub name: Option<String>,
    /// As what.
    pub seen_as: SeenAs,
    /// Whether media flows.
    pub connected: bool,
}

/// A picture beside the main one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TilePicture {
    /// Which of the call's tiles it is.
    pub tile: usize,
    /// Who is seen.
    pub name: String,
}

/// As what somebody is seen in the main picture; the first that is true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenAs {
    /// This very point: everybody sees us.
    Here,
    /// The one who has the floor.
    Speaker,
    /// The chair.
    Chair,
    /// Somebody else, or nobody.
    #[default]
    Other,
}

/// The page that should be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PageKey {
    /// Of which paper.
    pub paper: PaperId,
    /// Out of which bytes.
    pub sha256: Digest,
    /// Which page, from 1.
    pub page: u32,
}

/// The paper's place on the screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "paper", rename_all = "snake_case")]
pub enum PaperArea {
    /// Nothing is shown.
    Nothing,
    /// A screen that somebody shares, in the paper's place.
    Screen {
        /// Whose.
        name: String,
    },
    /// It is on its way.
    Coming {
        /// What it is called.
        title: String,
        /// Bytes that are there.
        have_bytes: u64,
        /// Bytes that should be.
        bytes: u64,
    },
    /// It is there and being checked.
    Checking {
        /// What it is called.
        title: String,
    },
    /// Something is wrong with it; it is not drawn.
    Refused {
        /// Which.
        of: PaperId,
        /// What it is called.
        title: String,
        /// What is wrong, a sentence.
        reason: String,
        /// Who signed, as far as it can be said.
        signers: Vec<String>,
        /// Whom to call.
        helper: Option<String>,
    },
    /// A page of a verified paper.
    Page {
        /// Which.
        key: PageKey,
        /// What the paper is called.
        title: String,
        /// How many pages it has.
        pages: u32,
        /// Who vouches for it.
        signature: Signature,
        /// Whether the page is turned here, because the line is cut.
        turned_here: bool,
    },
}

/// Who vouches for a verified paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Its issuer, or the server's seal.
    pub origin: PaperOrigin,
    /// The names of the certificates.
    pub signers: Vec<String>,
}
