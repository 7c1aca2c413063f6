//! Believing a plan: the server's head key signed it, it is for this device, and it is not old.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fleet::{Plan, PlanNumber};
use ledger::HeadVerifier;
use protocol::room::{PLAN_CONTEXT, RoomPlan, Signed};
use uuid::Uuid;

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
    /// It is for another device.
    #[error("the plan is for another device")]
    OtherDevice,
    /// It is older than the one that is carried out.
    #[error("the plan is older than the one that is carried out")]
    Older,
    /// Its time is over.
    #[error("the plan has expired")]
    Expired,
}

/// The plan in a signed body.
pub(super) fn read(signed: &Signed, head_key: &HeadVerifier) -> Result<RoomPlan, PlanFault> {
    let body = STANDARD.decode(&signed.body).map_err(|_| PlanFault::Meaningless)?;
    let signature = STANDARD.decode(&signed.signature).map_err(|_| PlanFault::Signature)?;
    head_key.verify(PLAN_CONTEXT, &body, &signature).map_err(|_| PlanFault::Signature)?;
    serde_json::from_slice(&body).map_err(|_| PlanFault::Meaningless)
}

/// Whether a plan may replace the one that is held. The same number again is the same plan.
pub(super) fn accept(
    plan: &Plan,
    device: Uuid,
    held: Option<PlanNumber>,
    now_ms: i64,
) -> Result<(), PlanFault> {
    if plan.device != device {
        return Err(PlanFault::OtherDevice);
    }
    if held.is_some_and(|held| plan.number < held) {
        return Err(PlanFault::Older);
    }
    if plan.expires_at <= now_ms {
        return Err(PlanFault::Expired);
    }
    Ok(())
}
