//! The one live channel (`GET /live`, WebSocket, JSON text frames).
//!
//! The server greets, the client says who it is and what it wants to follow, each topic with the
//! cursor it has. From then on the server sends the sections that changed; a client that falls
//! behind is cut and comes back with its cursor. Commands carry an id of their own: after a cut
//! the client repeats those without an answer, and the server answers instead of repeating them.

use std::collections::BTreeMap;

use meeting::{Command, CommandId, MeetingId, PointId, Section, Speaker, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::board::BoardSection;
use crate::call::{CallOffer, CallSlots, Relay};
use crate::home::HomeSection;
use crate::room::{DeviceProof, RoomReport, Signed};

/// From browser or agent to server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame. A browser is known by its session cookie, an agent by its proof.
    Hello {
        /// [`crate::VERSION`] of the client.
        protocol: u16,
        /// Only from an agent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        device: Option<DeviceProof>,
    },
    /// Follow a topic from now on; again with another cursor to get everything anew.
    Follow {
        /// What.
        topic: Topic,
        /// What the client has; absent when it has nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        cursor: Option<Cursor>,
    },
    /// Stop following.
    Unfollow {
        /// What.
        topic: Topic,
    },
    /// Do something in a meeting.
    Command {
        /// Chosen by the sender; the same id is the same command.
        id: CommandId,
        /// Where.
        meeting: MeetingId,
        /// What.
        command: Command<String>,
    },
    /// Enter the call of a meeting, or enter it again (a new generation replaces the old one).
    Call(CallOffer),
    /// Leave the call.
    HangUp {
        /// Which.
        meeting: MeetingId,
    },
    /// Look at the picture of somebody without others seeing it; for chair, secretaries and
    /// technicians. It is a route of this client's call alone: nothing is logged.
    View {
        /// In the call of which meeting.
        meeting: MeetingId,
        /// At whom; absent for what everybody sees.
        speaker: Option<Speaker>,
    },
    /// Look at a point without others seeing it: its picture goes into the preview slot of this
    /// client's call, until another is named or none. Never a part of the log.
    Preview {
        /// Which call.
        meeting: MeetingId,
        /// Which point; absent to look at none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        point: Option<PointId>,
    },
    /// From an agent: what the room is now.
    Report(Box<RoomReport>),
    /// Answered by `pong` with the same number; measures the line.
    Ping {
        /// Chosen by the sender.
        number: u32,
    },
    /// Restart ICE of the call this client is in (RFC 8445 §9): its path is lost, everything else
    /// of it goes on. Answered like a `call`; by `call_ended` when it has to be entered anew.
    Restart {
        /// In the call of which meeting.
        meeting: MeetingId,
        /// Counts on from the call's.
        generation: u32,
        /// The offer, with other ICE credentials and otherwise as it was.
        sdp: String,
    },
}

/// From server to browser or agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The first frame.
    Greeting {
        /// [`crate::VERSION`] of the server.
        protocol: u16,
        /// To be signed by an agent, base64.
        nonce: String,
        /// The server's clock.
        now: Timestamp,
    },
    /// The client is known.
    Welcome {
        /// The server's clock.
        now: Timestamp,
        /// Changes when the server was started anew: calls must be entered again.
        instance: String,
    },
    /// Sections of a topic that changed, or all of them after the first `follow`.
    Changes(Box<Changes>),
    /// The topic is not there for this reader: it does not exist or he may not know it.
    Absent {
        /// Which.
        topic: Topic,
    },
    /// The command was carried out; answered the same when it is repeated.
    Done {
        /// Which.
        id: CommandId,
        /// The sequence number of the last event it made; 0 for somebody from whom something of
        /// the meeting may be kept, because a number that jumps would betray it.
        seq: i64,
    },
    /// The command was refused, and nothing happened.
    Refused {
        /// Which.
        id: CommandId,
        /// The stable code of `meeting::Refusal`.
        code: String,
    },
    /// The server's half of a call.
    Answer {
        /// Which.
        meeting: MeetingId,
        /// The generation of the offer.
        generation: u32,
        /// The SDP answer.
        sdp: String,
    },
    /// The call is over or could not be entered; enter again unless the meeting ended.
    CallEnded {
        /// Which.
        meeting: MeetingId,
        /// The generation that ended.
        generation: u32,
        /// `REFUSED`, `GONE` or `REPLACED`.
        code: String,
    },
    /// So many layers of the picture that this client sends are wanted by anybody, the smallest
    /// first; 0 while nobody looks at it. A client that was told nothing sends all.
    Layers {
        /// In the call of which meeting.
        meeting: MeetingId,
        /// How many.
        layers: u8,
    },
    /// Who is in which slot of the call now.
    Slots {
        /// Which call.
        meeting: MeetingId,
        /// The slots.
        slots: CallSlots,
    },
    /// Who is looked at alone now: the answer to a `view`, and when it ends by itself.
    Viewing {
        /// In the call of which meeting.
        meeting: MeetingId,
        /// At whom; absent for what everybody sees.
        speaker: Option<Speaker>,
        /// Why it is not who was asked for: `NOT_ALLOWED` or `NOT_IN_CALL`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        code: Option<String>,
    },
    /// To an agent: say at once what the room is, as evidence for a roll call.
    ReportNow,
    /// To an agent: its numbered, signed plan ([`crate::room::RoomPlan`]).
    Plan {
        /// The plan's bytes with the signature of the server's head key.
        plan: Signed,
    },
    /// To an agent: whether somebody looks at small stills of its camera. While the room sits in
    /// one of these meetings it sends one so often, as a binary frame ([`crate::stills`]); no
    /// meetings, no stills.
    Stills {
        /// The meetings in which the room is looked at.
        meetings: Vec<MeetingId>,
        /// Milliseconds from one to the next: more on a thin line.
        every_ms: u32,
    },
    /// A token for `GET /api/papers/{sha256}` and for WHIP and WHEP, until it expires.
    Ticket {
        /// To be sent as bearer token.
        token: String,
        /// Renewed before this moment.
        expires_at: Timestamp,
    },
    /// Answer to a `ping`.
    Pong {
        /// The number of the ping.
        number: u32,
        /// The server's clock.
        now: Timestamp,
    },
    /// The last frame before the server closes.
    Bye {
        /// `VERSION`, `SIGN_IN`, `SLOW`, `MALFORMED`, `RESTART`.
        code: String,
    },
    /// How to reach a call through a TURN server: before `welcome`, and again well before it
    /// expires. Never, where no such server is set.
    Relay(Relay),
}

/// What can be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Topic {
    /// A meeting, as far as the reader may see it.
    Meeting(MeetingId),
    /// The reader's meetings.
    Home,
    /// The state of the points; for technicians and admins.
    Board,
}

/// What a reader has of a topic: opaque to him, made by the server from his own sections alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// Sections that changed since a cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Changes {
    /// Of what.
    pub topic: Topic,
    /// To be kept, and sent after a cut.
    pub cursor: Cursor,
    /// New or changed sections by key.
    pub changed: BTreeMap<String, TopicSection>,
    /// Keys that are not there any more.
    pub removed: Vec<String>,
}

/// A section of any topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum TopicSection {
    /// Of [`Topic::Meeting`].
    Meeting(Section),
    /// Of [`Topic::Home`].
    Home(HomeSection),
    /// Of [`Topic::Board`].
    Board(Box<BoardSection>),
}
