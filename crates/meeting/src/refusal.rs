//! Why a command was refused. A refusal is not a failure: the person can act on it.

use serde::{Deserialize, Serialize};

/// A stable code per reason; the words for people are in the web application's messages, under
/// `refusal.{code}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Refusal {
    /// There is no such meeting, or the actor may not know it.
    #[error("no such meeting")]
    NoSuchMeeting,
    /// The meeting is there already.
    #[error("the meeting exists already")]
    MeetingExists,
    /// The actor has no right to this.
    #[error("not allowed")]
    NotAllowed,
    /// There is no such item, or the actor may not know it.
    #[error("no such item")]
    NoSuchItem,
    /// There is no such paper, or the actor may not know it.
    #[error("no such paper")]
    NoSuchPaper,
    /// The paper has no such page.
    #[error("no such page")]
    NoSuchPage,
    /// The id is taken.
    #[error("the id is taken")]
    IdTaken,
    /// Not in this phase of the meeting.
    #[error("not in this phase")]
    WrongPhase,
    /// The speaker is not invited.
    #[error("not invited")]
    NotInvited,
    /// The speaker is not there.
    #[error("not attending")]
    NotAttending,
    /// Nobody has the floor.
    #[error("nobody has the floor")]
    NoFloor,
    /// The speaker may not speak now, so there is nothing to mute or unmute.
    #[error("may not speak now")]
    MayNotSpeak,
    /// It is so already, or there is nothing to undo.
    #[error("nothing to change")]
    NothingToChange,
    /// The paper was issued and cannot be removed any more.
    #[error("the paper was issued")]
    PaperIssued,
    /// The paper has not been issued yet, so nobody has its bytes.
    #[error("the paper was not issued")]
    NotIssued,
    /// There is no paper to issue.
    #[error("nothing to issue")]
    NothingToIssue,
    /// The report is about other bytes than those issued.
    #[error("other bytes than those issued")]
    OtherBytes,
    /// The reason in a point's report is not a code.
    #[error("the reason is not a code")]
    BadCode,
    /// A title is empty or too long.
    #[error("the title is empty or too long")]
    BadTitle,
    /// A number of minutes is zero or too large.
    #[error("bad length")]
    BadLength,
    /// A meeting would begin too far ahead to be meant.
    #[error("too far ahead")]
    BadTime,
    /// The meeting is locked: only the chair or a secretary lets somebody in.
    #[error("the meeting is locked")]
    Locked,
    /// The point is there already.
    #[error("attending already")]
    Attending,
    /// The roll was not called, or this is not the last roll call.
    #[error("no such roll call")]
    NoRoll,
    /// Some limit of the meeting is reached.
    #[error("too many")]
    TooMany,
    /// The meeting is at an item that is kept from some of those invited: it is not recorded.
    #[error("the item is closed")]
    ItemClosed,
    /// Somebody else shares his screen: it has to end first.
    #[error("somebody else shares his screen")]
    ScreenShared,
}
