//! Makes, signs, numbers and hands out the plans of all rooms whenever meetings change.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fleet::{Plan, PlanNumber};
use ledger::KeyError;
use meeting::{DeviceId, Event, MeetingId, PaperStep, PointId, Timestamp};
use protocol::room::{Manifest, ManifestPaper, PLAN_CONTEXT, RoomPlan, Signed};
use ring::rand::SystemRandom;
use tokio::sync::watch;

use super::board::FromMeetings;
use super::plans::{self, ComingMeeting, Wanted, WantedPaper};
use crate::config;
use crate::edge::Edge;
use crate::meetings::Meetings;
use crate::papers::{Keys, Ledger, LedgerError, Proven};
use crate::store::devices::{self, Device, StoredPlan};
use crate::store::{self, Db, meeting_list};

/// Changes that come together are planned for together.
pub(super) const GATHER: Duration = Duration::from_millis(50);
/// Plans are looked at this often, whatever happens, so that they do not become stale.
pub(super) const RENEW_EVERY: Duration = Duration::from_mins(10);

/// Makes plans.
pub(super) struct Planner {
    db: Db,
    edge: Edge,
    meetings: Meetings,
    ledger: Ledger,
    keys: Arc<Keys>,
    settings: config::Rooms,
    rooms: Mutex<BTreeMap<DeviceId, Planned>>,
    /// Held by whoever plans.
    planning: tokio::sync::Mutex<()>,
}

/// The plan of one device.
struct Planned {
    /// The last one, once it was made or found in the table.
    last: Option<RoomPlan>,
    told: watch::Sender<Option<Signed>>,
}

/// A device that stands somewhere.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// Which.
    pub(super) device: Device,
    /// The name of its point.
    pub(super) point_name: String,
    /// The most that may go over its line, in thousands of bits a second.
    pub(super) ceiling_kbps: Option<u32>,
}

/// Plans could not be made: the operator must act.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The plan could not be signed.
    #[error("plans: a plan cannot be signed")]
    Key(#[from] KeyError),
    /// The plan could not be written.
    #[error("plans: a plan cannot be written")]
    Json(#[from] serde_json::Error),
    /// A paper was issued but is not in the ledger.
    #[error("plans: paper {0} was issued and is not in the ledger")]
    NotInLedger(meeting::PaperId),
}

impl Planner {
    /// Plans for the meetings in `meetings`.
    pub(super) fn new(
        (db, edge): (Db, Edge),
        meetings: Meetings,
        (ledger, keys): (Ledger, Arc<Keys>),
        settings: config::Rooms,
    ) -> Self {
        let rooms = Mutex::default();
        let planning = tokio::sync::Mutex::default();
        Self { db, edge, meetings, ledger, keys, settings, rooms, planning }
    }

    /// The plans of a device: the present one, then each new one. The watch ends when the device
    /// was replaced.
    pub(super) fn watch(&self, device: DeviceId) -> watch::Receiver<Option<Signed>> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.entry(device).or_insert_with(Planned::unknown).told.subscribe()
    }

    /// Makes the plans that have to change, for all these devices; which numbers they have now,
    /// and what the meetings say about points.
    pub(super) async fn plan(
        &self,
        standing: &[Standing],
    ) -> Result<(Vec<(PointId, u64)>, FromMeetings), PlanError> {
        // Two at a time would each see the same last plan and follow it with another number.
        let _planning = self.planning.lock().await;
        self.forget_others(standing);
        let now = self.edge.now();
        let (coming, facts) = self.coming(now).await?;
        let mut numbers = Vec::with_capacity(standing.len());
        for standing in standing {
            let device = &standing.device;
            let wanted = plans::wanted(standing, &coming, &self.settings);
            let last = match self.last(device.id) {
                Some(last) => Some(last),
                None => self.recall(device.id).await?,
            };
            let number = match (wanted.next(last.as_ref(), now), last) {
                (None, Some(last)) => last.plan.number,
                (Some(plan), _) => self.renew(device.id, plan, &wanted).await?,
                // Without a last plan there is always a next one.
                (None, None) => continue,
            };
            numbers.push((device.point, number.0));
        }
        Ok((numbers, facts))
    }

    async fn coming(
        &self,
        now: Timestamp,
    ) -> Result<(Vec<ComingMeeting>, FromMeetings), PlanError> {
        let from = plans::earliest(now);
        let ids = meeting_list::all(&mut *self.db.read().await?, from).await?;
        let mut coming = Vec::new();
        let mut facts = FromMeetings::default();
        for meeting in ids {
            let Some(loaded) = self.meetings.load(meeting).await? else { continue };
            if let Some(known) = plans::coming(meeting, &loaded, &self.settings, now) {
                coming.push(known);
                plans::from_meeting(meeting, &loaded, &mut facts);
            }
        }
        Ok((coming, facts))
    }

    fn last(&self, device: DeviceId) -> Option<RoomPlan> {
        let rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.get(&device)?.last.clone()
    }

    /// Takes the last plan up again after a start. One that the head key did not sign, or that
    /// cannot be read, is not handed out; its number is never used again all the same.
    async fn recall(&self, device: DeviceId) -> Result<Option<RoomPlan>, PlanError> {
        let stored = devices::plan(&mut *self.db.read().await?, device).await?;
        let Some(stored) = stored else { return Ok(None) };
        let signed = Signed { body: stored.body, signature: stored.signature };
        let Some(plan) = self.believe(&signed) else {
            tracing::warn!(device.id = %device, "the last plan of a room is not believed");
            return Ok(None);
        };
        self.tell(device, plan.clone(), signed);
        Ok(Some(plan))
    }

    fn believe(&self, signed: &Signed) -> Option<RoomPlan> {
        let body = STANDARD.decode(&signed.body).ok()?;
        let signature = STANDARD.decode(&signed.signature).ok()?;
        self.keys.head.verifier().verify(PLAN_CONTEXT, &body, &signature).ok()?;
        serde_json::from_slice(&body).ok()
    }

    /// Keeps the next plan of a device, then hands it out.
    async fn renew(
        &self,
        device: DeviceId,
        mut plan: Plan,
        wanted: &Wanted,
    ) -> Result<PlanNumber, PlanError> {
        let made_at = Timestamp::from_millis(plan.made_at);
        let manifests = self.manifests(&plan, wanted, made_at).await?;
        let mut tx = self.db.begin().await?;
        let stored = devices::plan(&mut tx, device).await?;
        let used = stored.map_or(0, |stored| stored.number);
        plan.number = plan.number.max(PlanNumber(used.saturating_add(1)));
        let plan = RoomPlan { plan, manifests };
        let signed = self.sign(&serde_json::to_vec(&plan)?)?;
        let number = plan.plan.number;
        let stored = StoredPlan {
            number: number.0,
            made_at,
            expires_at: Timestamp::from_millis(plan.plan.expires_at),
            body: signed.body.clone(),
            signature: signed.signature.clone(),
        };
        devices::set_plan(&mut tx, device, &stored).await?;
        tx.commit().await?;
        tracing::debug!(device.id = %device, plan.number = number.0, "a room has a new plan");
        self.tell(device, plan, signed);
        Ok(number)
    }

    fn tell(&self, device: DeviceId, plan: RoomPlan, signed: Signed) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let planned = rooms.entry(device).or_insert_with(Planned::unknown);
        planned.last = Some(plan);
        planned.told.send_replace(Some(signed));
    }

    /// A manifest for every meeting of the plan, its papers with their proofs under one head.
    async fn manifests(
        &self,
        plan: &Plan,
        wanted: &Wanted,
        now: Timestamp,
    ) -> Result<Vec<Manifest>, PlanError> {
        let meetings = plan.meetings.iter().map(|planned| MeetingId::new(planned.meeting));
        let papers: Vec<(MeetingId, &[WantedPaper])> =
            meetings.map(|meeting| (meeting, wanted.papers_of(meeting))).collect();
        let named = papers.iter().flat_map(|(meeting, papers)| {
            papers.iter().map(|paper| (*meeting, paper.issued.paper, paper.issued.version))
        });
        let (head, proven) = self.ledger.prove(&named.collect::<Vec<_>>(), now).await?;
        let mut proven = proven.into_iter();
        let mut manifests = Vec::with_capacity(papers.len());
        for (meeting, papers) in papers {
            let proven = papers.iter().zip(proven.by_ref());
            let papers = proven.map(|(paper, proven)| manifest_paper(paper, proven));
            let papers = papers.collect::<Result<_, _>>()?;
            manifests.push(Manifest { meeting, head: head.clone(), papers });
        }
        Ok(manifests)
    }

    fn sign(&self, body: &[u8]) -> Result<Signed, KeyError> {
        let signature = self.keys.head.sign(PLAN_CONTEXT, body, &SystemRandom::new())?;
        Ok(Signed { body: STANDARD.encode(body), signature: STANDARD.encode(signature) })
    }

    /// Ends the watches of devices that stand nowhere any more.
    fn forget_others(&self, standing: &[Standing]) {
        let known: std::collections::BTreeSet<DeviceId> =
            standing.iter().map(|standing| standing.device.id).collect();
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.retain(|device, _| known.contains(device));
    }
}

impl Planned {
    fn unknown() -> Self {
        Self { last: None, told: watch::Sender::new(None) }
    }
}

fn manifest_paper(
    WantedPaper { issued, title }: &WantedPaper,
    proven: Option<Proven>,
) -> Result<ManifestPaper, PlanError> {
    let proven = proven.ok_or(PlanError::NotInLedger(issued.paper))?;
    Ok(ManifestPaper {
        paper: issued.paper,
        version: issued.version,
        title: title.clone(),
        sha256: issued.file.sha256,
        bytes: issued.file.bytes,
        pages: issued.file.pages,
        origin: issued.file.origin,
        issued_at: issued.issued_at,
        proof: proven.proof,
    })
}

/// Whether an event can change a plan or what the board says.
pub(super) fn matters(event: &Event) -> bool {
    match event {
        Event::Amended { .. }
        | Event::ItemAdded { .. }
        | Event::ItemChanged { .. }
        | Event::ItemMoved { .. }
        | Event::ItemRemoved { .. }
        | Event::PointsInvited { .. }
        | Event::PointsUninvited { .. }
        | Event::Announced
        | Event::PaperRemoved { .. }
        | Event::PaperIssued { .. }
        | Event::Started
        | Event::PointCalled { .. }
        | Event::Extended { .. }
        | Event::Ended => true,
        // A verified paper takes back what was refused before.
        Event::PaperReported { step, .. } => *step != PaperStep::Received,
        _ => false,
    }
}
