//! Makes, signs, numbers and hands out the plans of all rooms whenever meetings change.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::KeyError;
use meeting::{DeviceId, Event, MeetingId, PaperStep, PointId, Timestamp};
use protocol::room::{Manifest, ManifestPaper, PLAN_CONTEXT, Signed};
use ring::rand::SystemRandom;
use tokio::sync::watch;

use super::board::FromMeetings;
use super::plans::{self, ComingMeeting, Wanted, WantedPaper};
use crate::config;
use crate::edge::Edge;
use crate::meetings::Meetings;
use crate::papers::{Keys, Ledger, LedgerError};
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
}

/// The plan of one device.
struct Planned {
    /// What it was made for; absent after a start, and then a new one is made.
    wanted: Option<Wanted>,
    number: u64,
    expires_at: Timestamp,
    told: watch::Sender<Option<Signed>>,
}

/// A device that stands somewhere.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// Which.
    pub(super) device: Device,
    /// The name of its point.
    pub(super) point_name: String,
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
        Self { db, edge, meetings, ledger, keys, settings, rooms: Mutex::default() }
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
        self.forget_others(standing);
        let now = self.edge.now();
        let (coming, facts) = self.coming(now).await?;
        let mut numbers = Vec::with_capacity(standing.len());
        for Standing { device, point_name } in standing {
            let wanted = plans::wanted(device.point, point_name, &coming, &self.settings);
            let number = match self.unchanged(device.id, &wanted, now) {
                Some(number) => number,
                None => self.renew(device, wanted, now).await?,
            };
            numbers.push((device.point, number));
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

    /// The number of the present plan, if it wants the same and still holds for long.
    fn unchanged(&self, device: DeviceId, wanted: &Wanted, now: Timestamp) -> Option<u64> {
        let rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let planned = rooms.get(&device)?;
        let same = planned.wanted.as_ref() == Some(wanted) && plans::holds(planned.expires_at, now);
        same.then_some(planned.number)
    }

    /// Makes the next plan of a device, keeps it, then hands it out.
    async fn renew(
        &self,
        device: &Device,
        wanted: Wanted,
        now: Timestamp,
    ) -> Result<u64, PlanError> {
        let manifests = self.manifests(&wanted, now).await?;
        let mut tx = self.db.begin().await?;
        let last = devices::plan(&mut tx, device.id).await?;
        let number = last.map_or(0, |last| last.number) + 1;
        let plan = wanted.plan(device, number, now, manifests);
        let expires_at = Timestamp::from_millis(plan.plan.expires_at);
        let signed = self.sign(&serde_json::to_vec(&plan)?)?;
        let stored = StoredPlan {
            number,
            made_at: now,
            expires_at,
            body: signed.body.clone(),
            signature: signed.signature.clone(),
        };
        devices::set_plan(&mut tx, device.id, &stored).await?;
        tx.commit().await?;
        tracing::debug!(device.id = %device.id, plan.number = number, "a room has a new plan");
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let planned = rooms.entry(device.id).or_insert_with(Planned::unknown);
        planned.wanted = Some(wanted);
        planned.number = number;
        planned.expires_at = expires_at;
        planned.told.send_replace(Some(signed));
        Ok(number)
    }

    async fn manifests(&self, wanted: &Wanted, now: Timestamp) -> Result<Vec<Manifest>, PlanError> {
        let papers: Vec<(MeetingId, &WantedPaper)> = wanted.papers().collect();
        let named: Vec<_> = papers
            .iter()
            .map(|(meeting, paper)| (*meeting, paper.issued.paper, paper.issued.version))
            .collect();
        let (head, proven) = self.ledger.prove(&named, now).await?;
        let mut manifests: Vec<Manifest> = Vec::new();
        for ((meeting, WantedPaper { issued, title }), proven) in papers.into_iter().zip(proven) {
            let proven = proven.ok_or(PlanError::NotInLedger(issued.paper))?;
            let paper = ManifestPaper {
                paper: issued.paper,
                version: issued.version,
                title: title.clone(),
                sha256: issued.file.sha256,
                bytes: issued.file.bytes,
                pages: issued.file.pages,
                origin: issued.file.origin,
                issued_at: issued.issued_at,
                proof: proven.proof,
            };
            match manifests.last_mut().filter(|manifest| manifest.meeting == meeting) {
                Some(manifest) => manifest.papers.push(paper),
                None => {
                    manifests.push(Manifest { meeting, head: head.clone(), papers: vec![paper] });
                }
            }
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
        let expires_at = Timestamp::from_millis(0);
        Self { wanted: None, number: 0, expires_at, told: watch::Sender::new(None) }
    }
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
        | Event::Ended => true,
        // A verified paper takes back what was refused before.
        Event::PaperReported { step, .. } => *step != PaperStep::Received,
        _ => false,
    }
}
