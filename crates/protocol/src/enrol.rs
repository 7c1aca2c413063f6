//! How a device becomes a room: it makes a key, shows a code, an admin types the code.

use meeting::Timestamp;
use serde::{Deserialize, Serialize};

use crate::room::Enrolled;

/// `POST /api/enrolments`: a device asks for a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentRequest {
    /// [`crate::VERSION`] of the agent.
    pub protocol: u16,
    /// The device's Ed25519 key, base64. The private half never leaves the device.
    pub public_key: String,
}

/// The answer: a code to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentCode {
    /// Eight characters out of an alphabet without look-alikes, shown as `ABCD-EFGH`.
    pub code: String,
    /// To ask again with, known to this device only.
    pub secret: String,
    /// After this a new code has to be asked for.
    pub expires_at: Timestamp,
}

/// `GET /api/enrolments/{secret}`: has somebody typed the code?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EnrolmentState {
    /// Not yet.
    Waiting,
    /// Yes.
    Enrolled(Box<Enrolled>),
    /// The code is too old.
    Expired,
}
