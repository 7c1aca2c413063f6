//! What can happen to a room.

use protocol::call::CallMids;
use protocol::enrol::{EnrolmentCode, EnrolmentState};
use protocol::live::{Cursor, ServerFrame};
use protocol::meeting::{Digest, MeetingId, PaperId, View};
use protocol::room::{Part, Signed};
use serde::{Deserialize, Serialize};

/// How a call was in the last second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// Pictures of the main slot.
    pub frames_per_second: f32,
    /// Share of packets lost, in percent.
    pub loss_percent: f32,
    /// Frames of voices played since the start, and those of them that were made up.
    pub voice_frames: (u32, u32),
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// Time passed.
    Tick,
    /// The server answered the wish for an enrolment code; `None` when it could not be reached.
    Code {
        /// Of the effect.
        generation: u64,
        /// The code.
        code: Option<EnrolmentCode>,
    },
    /// The server said whether somebody typed the code; `None` when it could not be reached.
    Enrolment {
        /// Of the effect.
        generation: u64,
        /// What it said.
        state: Option<EnrolmentState>,
    },
    /// Something on the live channel.
    Line {
        /// Of the effect that opened it.
        generation: u64,
        /// What.
        event: LineInput,
    },
    /// Bytes of a paper arrived.
    Fetching {
        /// Of the effect.
        generation: u64,
        /// How many are there now.
        have_bytes: u64,
    },
    /// Fetching a paper came to an end.
    Fetched {
        /// Of the effect.
        generation: u64,
        /// How.
        outcome: FetchOutcome,
    },
    /// A paper was judged.
    Judged {
        /// Of the effect.
        generation: u64,
        /// How.
        verdict: Verdict,
    },
    /// Something in the call.
    Media(MediaInput),
    /// Somebody pressed a key of the room's presenter.
    Key(Key),
    /// How much room the disk has.
    Disk {
        /// Free bytes.
        free_bytes: u64,
    },
    /// Whether the screen works.
    Screen(Part),
}

/// Something on the live channel.
#[derive(Clone, Debug)]
pub enum LineInput {
    /// The server knows the device.
    Up {
        /// Changes when the server was started anew.
        instance: String,
    },
    /// The server said something.
    Frame(Box<ServerFrame>),
    /// The channel is closed, or could not be opened.
    Down,
}

/// How fetching a paper ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchOutcome {
    /// All bytes are on the disk and have the paper's hash.
    Received,
    /// All bytes came and have another hash.
    OtherHash,
    /// The line broke or the server did not give it; what came is kept.
    Interrupted,
}

/// What checking a paper found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Hash, ledger and signature agree; the very buffer is kept.
    Verified {
        /// Who signed, by the certificates' names.
        signers: Vec<String>,
    },
    /// Something is wrong.
    Refused {
        /// The stable code.
        code: String,
        /// The sentence for the screen.
        reason: String,
        /// Who signed, as far as it can be said.
        signers: Vec<String>,
    },
    /// The bytes are not on the disk.
    Missing,
}

/// Something in the call.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time, moved and not kept")]
pub enum MediaInput {
    /// The offer can be sent.
    Offer {
        /// Of the effect.
        generation: u32,
        /// The SDP.
        sdp: String,
        /// What its transceivers are for.
        mids: CallMids,
    },
    /// Media can flow.
    Connected {
        /// Of the effect.
        generation: u32,
    },
    /// It cannot, or not any more.
    Failed {
        /// Of the effect.
        generation: u32,
    },
    /// How it goes.
    Stats(Quality),
    /// What the devices do.
    Devices {
        /// The camera.
        camera: Part,
        /// The microphone.
        microphone: Part,
        /// The loudspeaker.
        loudspeaker: Part,
    },
}

/// A key of the room's presenter; it turns pages while the line is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The next page.
    NextPage,
    /// The page before.
    PreviousPage,
    /// The next paper.
    NextPaper,
    /// The paper before.
    PreviousPaper,
    /// The room's microphone, which the room turns on and off itself in a discussion.
    Microphone,
}

/// What a room keeps on its disk besides its papers.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The last plan it accepted.
    pub plan: Option<Signed>,
    /// The last it saw of a meeting it sat in.
    pub view: Option<RememberedView>,
}

/// The last a room saw of a meeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RememberedView {
    /// Which meeting.
    pub meeting: MeetingId,
    /// How far the view is.
    pub cursor: Option<Cursor>,
    /// The sections.
    pub view: View,
}

/// Which bytes of which paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct PaperKey {
    pub(super) paper: PaperId,
    pub(super) sha256: Digest,
}
