//! What a room wants done.

use fleet::Picture;
use ledger::SignedHead;
use protocol::call::Relay;
use protocol::live::ClientFrame;
use protocol::meeting::{DeviceId, Digest, MeetingId};
use protocol::room::{Enrolled, ManifestPaper, Signed};

use super::input::RememberedView;
use super::model::PageKey;

/// One thing to be done by the edge.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the server for an enrolment code for the device's key.
    AskForCode {
        /// To tell the answer by.
        generation: u64,
    },
    /// Ask whether somebody typed the code.
    AskWhetherEnrolled {
        /// To tell the answer by.
        generation: u64,
        /// Known to this device only.
        secret: String,
    },
    /// Keep who this room is, before anything else is done.
    KeepIdentity(Box<Enrolled>),
    /// Open the live channel; an older one is closed.
    Connect {
        /// To tell its events by.
        generation: u64,
        /// Which device to be.
        device: DeviceId,
    },
    /// Close the live channel.
    Disconnect {
        /// Which.
        generation: u64,
    },
    /// Say something on the live channel.
    Send {
        /// Which channel.
        generation: u64,
        /// What.
        frame: Box<ClientFrame>,
    },
    /// Keep the plan.
    KeepPlan(Box<Signed>),
    /// Keep what is seen of the meeting, or forget it.
    KeepView(Option<Box<RememberedView>>),
    /// Fetch a paper, from where it was broken off.
    Fetch {
        /// To tell the results by.
        generation: u64,
        /// Which bytes.
        sha256: Digest,
        /// How many there should be.
        bytes: u64,
        /// The bearer token.
        token: String,
    },
    /// Check a paper that is on the disk.
    Judge {
        /// To tell the result by.
        generation: u64,
        /// What to check it against.
        judgement: Box<Judgement>,
    },
    /// Delete every paper that is not among these.
    KeepPapers(Vec<Digest>),
    /// Make an offer for the call; an older call is closed.
    OpenCall {
        /// To tell its events by.
        generation: u32,
        /// What the camera should send.
        picture: Picture,
    },
    /// Send another picture in the call that is open.
    SendPicture(Picture),
    /// The server answered the offer.
    AnswerCall {
        /// Of the offer.
        generation: u32,
        /// The answer.
        sdp: String,
    },
    /// Close the call.
    CloseCall,
    /// From the next offer on there is a way through a relay.
    Relay(Relay),
    /// Take a small still of the camera so often, or none.
    Stills(Option<StillWish>),
    /// Tell the technician's log.
    Log(String),
    /// Turn the room's microphone on or off.
    Microphone(bool),
    /// Turn the room's loudspeaker on or off: while it is off no voice is heard.
    Loudspeaker(bool),
    /// Send so many layers of the camera's picture, the smallest first.
    Layers(u8),
    /// Draw this page of a verified paper, or none.
    ShowPage(Option<PageKey>),
}

/// What somebody who looks at the room wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StillWish {
    /// In which meeting the room is looked at.
    pub meeting: MeetingId,
    /// Milliseconds from one still to the next.
    pub every_ms: u32,
}

/// Everything a paper is checked against.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The meeting it belongs to.
    pub meeting: MeetingId,
    /// What the manifest says about it.
    pub paper: ManifestPaper,
    /// The head its ledger proof leads to.
    pub head: SignedHead,
}
