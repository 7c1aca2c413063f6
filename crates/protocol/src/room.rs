//! What a room should be (plan, manifest) and what it is (report).

use fleet::{Plan, PlanNumber};
use ledger::{InclusionProof, SignedHead};
use meeting::{DeviceId, Digest, MeetingId, PaperId, PaperOrigin, PointId, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Bytes with a signature of the server's head key (ECDSA P-256, SHA-256). The signature is over
/// a context string and exactly these bytes, so nothing has to be made canonical again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Signed {
    /// The signed JSON, base64.
    pub body: String,
    /// The signature in ASN.1 DER, base64.
    pub signature: String,
}

/// The context of the signature over a [`RoomPlan`] (see `ledger::canonical::signed_bytes`).
pub const PLAN_CONTEXT: &str = "diemcau-plan-1";

/// How an agent says which device it is: an Ed25519 signature over [`DeviceProof::message`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeviceProof {
    /// Which device.
    pub device: DeviceId,
    /// Until when the proof is good.
    pub expires_at: Timestamp,
    /// The signature, base64.
    pub signature: String,
}

impl DeviceProof {
    /// The longest time from the greeting to the expiry of a proof that a server accepts.
    pub const MILLIS_MAX: i64 = 60_000;

    /// What is signed: the context `diemcau-live-1`, host and port as the agent's configuration
    /// writes them, the greeting's nonce and the expiry in UTC milliseconds, a line each. The
    /// host keeps a proof from being carried to another server.
    #[must_use]
    pub fn message(host: &str, nonce: &str, expires_at: Timestamp) -> Vec<u8> {
        format!("diemcau-live-1\n{host}\n{nonce}\n{}", expires_at.millis()).into_bytes()
    }
}

/// What one room should be and hold. Signed as a whole; an older number or an expired plan is
/// refused by the agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomPlan {
    /// What the room should be.
    pub plan: Plan,
    /// What it should hold, a manifest per meeting of the plan.
    pub manifests: Vec<Manifest>,
}

/// The papers a room should hold for one meeting, each with its proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Which meeting.
    pub meeting: MeetingId,
    /// The signed head that every proof leads to.
    pub head: SignedHead,
    /// In the order they should be fetched.
    pub papers: Vec<ManifestPaper>,
}

/// One paper a room should hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManifestPaper {
    /// Which.
    pub paper: PaperId,
    /// Its version, from 1.
    pub version: u32,
    /// Its title, as words: for the screen only, nothing depends on it.
    pub title: String,
    /// The name and hash of its bytes.
    pub sha256: Digest,
    /// Their number.
    pub bytes: u64,
    /// How many pages.
    pub pages: u32,
    /// Who vouches for it.
    pub origin: PaperOrigin,
    /// When it was issued, as its ledger entry says.
    pub issued_at: Timestamp,
    /// That its ledger entry is under the head.
    pub proof: InclusionProof,
}

/// What the room is, sent when something changed and at least every 15 seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RoomReport {
    /// The plan that is carried out.
    pub plan: Option<PlanNumber>,
    /// The agent's version.
    pub version: String,
    /// Since when the worker has been running, by the room's clock.
    pub started_at: Timestamp,
    /// The room's clock when it wrote this.
    pub now: Timestamp,
    /// The camera.
    pub camera: Part,
    /// The microphone.
    pub microphone: Part,
    /// The loudspeaker.
    pub loudspeaker: Part,
    /// The screen.
    pub screen: Part,
    /// The call, when in one.
    pub call: Option<CallReport>,
    /// Papers of the plan, by file.
    pub papers: Vec<PaperReport>,
    /// The bytes of the paper whose page is on the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub shown: Option<Digest>,
    /// Free bytes on the disk of the paper store.
    pub disk_free_bytes: u64,
    /// Round trip on the live channel in milliseconds, measured by the agent.
    pub round_trip_ms: Option<u32>,
}

/// State of one part of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "PartState")]
pub enum Part {
    /// It works: frames or samples moved within the last two seconds.
    Works,
    /// It is there but nothing moves.
    Silent,
    /// It is not there; it is tried again for ever.
    Missing,
    /// The room is set up without it.
    Unused,
}

/// A number that can be written again: JSON has no word for one that is too large.
fn finite<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    let number = f32::deserialize(deserializer)?;
    if number.is_finite() { Ok(number) } else { Err(serde::de::Error::custom("not finite")) }
}

/// The call as the agent sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CallReport {
    /// Which meeting.
    pub meeting: MeetingId,
    /// Whether media can flow.
    pub connected: bool,
    /// Pictures of the main slot drawn in the last second.
    #[serde(deserialize_with = "finite")]
    pub frames_per_second: f32,
    /// Share of packets lost on the way to the room, in percent.
    #[serde(deserialize_with = "finite")]
    pub loss_percent: f32,
    /// Frames of voices, 20 ms each as a rule, that the room has played since its agent started.
    #[serde(default)]
    pub voice_frames: u32,
    /// Of these, those that did not come in time and were made up.
    #[serde(default)]
    pub voice_frames_concealed: u32,
    /// How often the main picture stood still since the room entered the call.
    #[serde(default)]
    pub freezes: u32,
}

/// One file of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PaperReport {
    /// Which paper.
    pub paper: PaperId,
    /// Which bytes.
    pub sha256: Digest,
    /// How many of them are there.
    pub have_bytes: u64,
    /// How many there should be.
    pub bytes: u64,
}

/// What a device learns when it is enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Its id.
    pub device: DeviceId,
    /// The point it stands at.
    pub point: PointId,
    /// The point's name.
    pub point_name: String,
    /// The server's head key: an uncompressed P-256 point, base64.
    pub head_key: String,
    /// The certificates that signatures on papers must lead to, DER, base64.
    pub anchors: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_cannot_be_written_again_is_refused() {
        let report = |rate: &str| {
            let meeting = uuid::Uuid::from_u128(1);
            let text = format!(
                r#"{{"meeting":"{meeting}","connected":true,"frames_per_second":{rate},"loss_percent":0}}"#
            );
            serde_json::from_str::<CallReport>(&text)
        };
        assert!(report("24.5").is_ok());
        assert!(report("1e39").is_err());
    }
}
