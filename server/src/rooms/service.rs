//! The rooms of this server, for everybody who speaks with them or about them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use meeting::{Actor, DeviceId, PointId, Timestamp};
use prometheus_client::registry::Registry;
use protocol::board::BoardSection;
use protocol::room::{DeviceProof, RoomReport, Signed};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::board::{Board, Place};
use super::enrolment::{Confirmed, EnrolmentError, Enrolments};
use super::lines::Lines;
use super::planner::{GATHER, PlanError, Planner, RENEW_EVERY, Standing, matters};
use super::proof::{self, Expected};
use crate::calls::Measured;
use crate::config;
use crate::edge::Edge;
use crate::meetings::{Changed, Meetings};
use crate::papers::Papers;
use crate::store::devices::{self, Device};
use crate::store::{self, Db, lines, points, reports, units};

/// What was heard of points is written down this often.
const SAVE_EVERY: Duration = Duration::from_secs(30);

/// Devices, plans and the board.
pub(crate) struct Rooms {
    /// Makes devices rooms.
    pub(crate) enrolments: Enrolments,
    planner: Planner,
    board: Mutex<Board>,
    changes: watch::Sender<u64>,
    rolls: watch::Sender<u64>,
    nudge: Notify,
    lines: Lines,
    meetings: Meetings,
    pub(super) db: Db,
    pub(super) edge: Edge,
}

impl Rooms {
    /// Reads what was heard last. [`Rooms::run`] must run for plans to be made.
    pub(crate) async fn open(
        settings: config::Rooms,
        (db, edge): (Db, Edge),
        meetings: Meetings,
        papers: &Papers,
    ) -> Result<Self, store::Error> {
        let keys = Arc::clone(&papers.keys);
        let mut board = Board::default();
        let mut reader = db.read().await?;
        board.recall(reports::all(&mut reader).await?);
        board.set_ceilings(lines::ceilings(&mut reader).await?);
        drop(reader);
        let rooms = Self {
            enrolments: Enrolments::new(db.clone(), edge.clone(), Arc::clone(&keys)),
            planner: Planner::new(
                (db.clone(), edge.clone()),
                meetings.clone(),
                (papers.ledger.clone(), keys),
                settings,
            ),
            board: Mutex::new(board),
            changes: watch::Sender::new(0),
            rolls: watch::Sender::new(0),
            nudge: Notify::new(),
            lines: Lines::default(),
            meetings,
            db,
            edge,
        };
        rooms.standing().await?;
        Ok(rooms)
    }

    /// The device of a proof; `None` when it is unknown, was replaced, or is not who it says.
    pub(crate) async fn prove(
        &self,
        given: &DeviceProof,
        expected: &Expected<'_>,
    ) -> Result<Option<Device>, store::Error> {
        let device = devices::find(&mut *self.db.read().await?, given.device).await?;
        Ok(device.filter(|device| proof::holds(given, &device.public_key, expected)))
    }

    /// Binds the device that shows `code` to a point.
    pub(crate) async fn confirm(
        &self,
        actor: &Actor,
        code: &str,
        point: PointId,
        address: IpAddr,
    ) -> Result<Confirmed, EnrolmentError> {
        let confirmed = self.enrolments.confirm(actor, code, point, address).await?;
        self.nudge.notify_one();
        Ok(confirmed)
    }

    /// The plans of a device: the present one, then each new one. The watch ends when the device
    /// was replaced, and then its channel must be closed.
    pub(crate) fn plan_watch(&self, device: DeviceId) -> watch::Receiver<Option<Signed>> {
        let watch = self.planner.watch(device);
        self.nudge.notify_one();
        watch
    }

    /// A channel of a device was opened; `channel` tells it from earlier ones.
    pub(crate) fn online(&self, device: &Device, channel: u64) {
        self.board().online(device.point, channel, self.edge.now());
        self.changed();
    }

    /// A channel of a device was closed.
    pub(crate) fn offline(&self, device: &Device, channel: u64) {
        self.board().offline(device.point, channel, self.edge.now());
        self.changed();
    }

    /// A device says what its room is.
    pub(crate) fn report(&self, device: &Device, report: RoomReport) {
        self.board().report(device.point, report, self.edge.now());
        self.changed();
    }

    /// Changes whenever the roll is called: every room then says what it is.
    pub(crate) fn roll_calls(&self) -> watch::Receiver<u64> {
        self.rolls.subscribe()
    }

    /// Asks every room for a fresh report.
    pub(super) fn ask_for_reports(&self) {
        self.rolls.send_modify(|count| *count += 1);
    }

    /// What these points reported since a moment, and whether every point that is connected did.
    pub(super) fn reports_since(
        &self,
        points: &BTreeSet<PointId>,
        since: Timestamp,
    ) -> (BTreeMap<PointId, (RoomReport, Timestamp)>, bool) {
        let board = self.board();
        let mut fresh = BTreeMap::new();
        let mut all = true;
        for point in points {
            match board.last_report(*point) {
                Some((report, at)) if *at >= since => {
                    fresh.insert(*point, (report.clone(), *at));
                }
                _ => all &= !board.is_online(*point),
            }
        }
        (fresh, all)
    }

    /// The board as it stands, by key.
    pub(crate) fn board_sections(&self) -> BTreeMap<String, BoardSection> {
        self.board().sections(self.edge.now())
    }

    /// Changes whenever the board does.
    pub(crate) fn board_changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Plans and writes down until the server stops.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        let mut meetings = self.meetings.changes();
        let mut renew = tokio::time::interval(RENEW_EVERY);
        let mut save = tokio::time::interval(SAVE_EVERY);
        loop {
            let plan = tokio::select! {
                () = stop.cancelled() => break,
                change = meetings.recv() => match change {
                    Ok(change) => concerns_rooms(&change),
                    Err(RecvError::Lagged(_)) => true,
                    Err(RecvError::Closed) => break,
                },
                () = self.nudge.notified() => true,
                _ = renew.tick() => true,
                _ = save.tick() => {
                    self.save().await;
                    false
                }
            };
            if plan {
                // Everything that came while gathering is planned for now.
                tokio::time::sleep(GATHER).await;
                while let Ok(_) | Err(tokio::sync::broadcast::error::TryRecvError::Lagged(_)) =
                    meetings.try_recv()
                {}
                if let Err(error) = self.plan().await {
                    tracing::error!(error = %error, "the rooms could not be planned for");
                }
            }
        }
        self.save().await;
    }

    /// Makes every plan that has to change.
    pub(crate) async fn plan(&self) -> Result<(), PlanError> {
        let standing = self.standing().await?;
        let (numbers, facts) = self.planner.plan(&standing).await?;
        let mut board = self.board();
        let mut changed = board.set_meetings(facts);
        for (point, number) in numbers {
            changed |= board.set_plan(point, number);
        }
        drop(board);
        if changed {
            self.changed();
        }
        Ok(())
    }

    /// The devices that stand somewhere; tells the board of them.
    async fn standing(&self) -> Result<Vec<Standing>, store::Error> {
        let now = self.edge.now();
        let mut reader = self.db.read().await?;
        let units = units::at(&mut reader, now).await?;
        let points = points::at(&mut reader, now).await?;
        let found = devices::all(&mut reader).await?;
        drop(reader);
        let units: BTreeMap<_, _> = units.into_iter().map(|unit| (unit.id, unit)).collect();
        let place = |point: points::Point| {
            let above = units.get(&point.unit).and_then(|unit| unit.parent);
            let parent_name =
                above.and_then(|above| units.get(&above)).map(|unit| unit.name.clone());
            (point.id, Place { name: point.name, unit: point.unit, parent_name })
        };
        let places: BTreeMap<PointId, Place> = points.into_iter().map(place).collect();
        let ceilings = self.ceilings();
        let standing = found
            .iter()
            .filter_map(|device| {
                let point_name = places.get(&device.point)?.name.clone();
                let ceiling_kbps = ceilings.get(&device.point).copied();
                Some(Standing { device: device.clone(), point_name, ceiling_kbps })
            })
            .collect();
        let devices = found.iter().map(|device| (device.point, device.id)).collect();
        if self.board().set_places(places, devices) {
            self.changed();
        }
        Ok(standing)
    }

    /// Adds the numbers about lines.
    pub(crate) fn register(&self, registry: &mut Registry) {
        self.lines.register(registry);
    }

    /// The ceilings that stand, in thousands of bits a second.
    pub(crate) fn ceilings(&self) -> BTreeMap<PointId, u32> {
        self.board().ceilings().clone()
    }

    /// The calls measured the lines of all points that are in one.
    pub(super) fn measured(&self, measured: &[Measured]) {
        let reports = self.board().set_lines(measured, self.edge.now());
        self.lines.note(&reports);
        self.changed();
    }

    /// Writes down what the lines did.
    pub(super) async fn save_lines(&self) {
        if let Err(error) = self.lines.save(&self.db, self.edge.now()).await {
            tracing::error!(error = %error, "what lines did could not be written down");
        }
    }

    /// What plans are made of has changed.
    pub(super) fn plan_soon(&self) {
        self.nudge.notify_one();
    }

    async fn save(&self) {
        let unsaved = self.board().take_unsaved();
        if unsaved.is_empty() {
            return;
        }
        let write = async {
            let mut tx = self.db.begin().await?;
            for last in &unsaved {
                reports::set(&mut tx, last).await?;
            }
            tx.commit().await
        };
        if let Err(error) = write.await {
            tracing::error!(error = %error, "what points reported could not be written down");
        }
    }

    pub(super) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn concerns_rooms(change: &Changed) -> bool {
    change.records.iter().any(|record| matters(&record.event))
}
