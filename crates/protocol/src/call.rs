//! Entering the call of a meeting.
//!
//! One peer connection per participant, with a *fixed* set of transceivers: a change of floor
//! re-points a slot in the server and renegotiates nothing. Transceivers are named by mid, never
//! by track id. The server is ICE-lite and answers every offer whole; there is no trickle.

use std::fmt;

use meeting::{MeetingId, PointId, Speaker, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How many voices can be heard at once.
pub const VOICES: usize = 3;
/// How many pictures there can be beside the main one.
pub const TILES: usize = meeting::limits::TILES_MAX;

/// The client's half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallOffer {
    /// Which meeting.
    pub meeting: MeetingId,
    /// Counts up with every offer of this client.
    pub generation: u32,
    /// The SDP offer.
    pub sdp: String,
    /// What each transceiver of the offer is for.
    pub mids: CallMids,
}

/// The mids of an offer's transceivers by purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallMids {
    /// `sendonly` video: camera. Absent from somebody who only watches.
    pub camera: Option<String>,
    /// `sendonly` audio: microphone.
    pub microphone: Option<String>,
    /// `recvonly` video: the main picture.
    pub main: Option<String>,
    /// `recvonly` audio, up to [`VOICES`].
    pub voices: Vec<String>,
    /// `recvonly` video beside the main picture, up to [`TILES`]; from a client that shows any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub tiles: Vec<String>,
    /// `recvonly` video: a point that this client alone looks at, chosen by
    /// [`crate::live::ClientFrame::Preview`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub preview: Option<String>,
    /// `recvonly` video: the screen that somebody shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub content: Option<String>,
    /// `sendonly` video: this client's own screen. It has a connection of its own beside that of
    /// camera and microphone, and the offer nothing else; it is answered only while the meeting
    /// shows this client's screen, and ends with that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub screen: Option<String>,
}

/// Who is in which slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallSlots {
    /// The main picture.
    pub main: Option<Speaker>,
    /// The voices, in the order of [`CallMids::voices`].
    pub voices: Vec<Option<Speaker>>,
    /// The pictures beside the main one, in the order of [`CallMids::tiles`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Option<Speaker>>>")]
    pub tiles: Vec<Option<Speaker>>,
    /// The point that this client alone looks at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub preview: Option<PointId>,
    /// Whose screen is the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub content: Option<Speaker>,
}

/// A way through TURN servers (RFC 8656) for who reaches the server itself neither by UDP nor by
/// TCP.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Relay {
    /// Of the servers, as RFC 7065 writes them.
    pub urls: Vec<String>,
    /// The user name for all of them.
    pub username: String,
    /// The password for all of them.
    pub credential: String,
    /// From this moment on nothing can be allocated with them; what was allocated goes on.
    pub expires_at: Timestamp,
}

/// Without the password, because frames that were not expected are written to logs.
impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { urls, username, credential: _, expires_at } = self;
        let mut relay = f.debug_struct("Relay");
        relay.field("urls", urls).field("username", username).field("expires_at", expires_at);
        relay.finish_non_exhaustive()
    }
}
