//! Believing a plan: the server's head key signed it, it is for this device, and it is not old.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fleet::PlanRefusal;
use ledger::HeadVerifier;
use protocol::room::{PLAN_CONTEXT, RoomPlan, Signed};

/// Why a plan is not carried out. Nobody in the room can act on it: it is logged and the room
/// goes on with what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PlanFault {
    /// The signature is not the head key's.
    #[error("the plan is not signed by the server's head key")]
    Signature,
    /// The signed bytes are not a plan.
    #[error("the signed bytes are not a plan")]
    Meaningless,
    /// It is signed, but not to be carried out.
    #[error(transparent)]
    Refused(#[from] PlanRefusal),
}

/// The plan in a signed body.
pub(super) fn read(signed: &Signed, head_key: &HeadVerifier) -> Result<RoomPlan, PlanFault> {
    let body = STANDARD.decode(&signed.body).map_err(|_| PlanFault::Meaningless)?;
    let signature = STANDARD.decode(&signed.signature).map_err(|_| PlanFault::Signature)?;
    head_key.verify(PLAN_CONTEXT, &body, &signature).map_err(|_| PlanFault::Signature)?;
    serde_json::from_slice(&body).map_err(|_| PlanFault::Meaningless)
}
