//! Who looks at which points, and the last still of each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use meeting::{MeetingId, PointId, Timestamp};
use protocol::stills::{from_room, record_head};
use tokio::sync::watch;

use super::picture::{StillRefusal, check};
use crate::limits::{STILL_BATCH_BYTES, STILL_CONSOLES_MAX, STILL_MILLIS_MIN};

/// The last still of each point somebody looks at.
#[derive(Debug, Default)]
pub(crate) struct Stills {
    desk: Mutex<Desk>,
    orders: watch::Sender<u64>,
    arrivals: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Desk {
    watched: BTreeMap<MeetingId, Watched>,
    consoles: usize,
    /// Counts up with every still.
    number: u64,
}

#[derive(Debug, Default)]
struct Watched {
    consoles: usize,
    points: BTreeSet<PointId>,
    last: BTreeMap<PointId, Still>,
}

#[derive(Clone, Debug)]
struct Still {
    number: u64,
    at: Timestamp,
    picture: Bytes,
}

/// The number of the still of each point that a console has.
#[derive(Debug, Default)]
pub(super) struct Sent(BTreeMap<PointId, u64>);

/// Somebody looks, as long as this is kept.
pub(super) struct Watch<'a> {
    stills: &'a Stills,
    meeting: MeetingId,
}

impl Stills {
    /// Changes whenever somebody begins or ceases to look.
    pub(crate) fn orders_changed(&self) -> watch::Receiver<u64> {
        let mut orders = self.orders.subscribe();
        orders.mark_changed();
        orders
    }

    /// The meetings in which somebody looks at a point.
    pub(crate) fn meetings_at(&self, point: PointId) -> Vec<MeetingId> {
        let desk = self.desk();
        let looked_at = desk.watched.iter().filter(|(_, watched)| watched.points.contains(&point));
        looked_at.map(|(meeting, _)| *meeting).collect()
    }

    /// Takes a frame of a room. What nobody looks at, and what comes too quickly, is dropped.
    pub(crate) fn put(
        &self,
        point: PointId,
        frame: &[u8],
        at: Timestamp,
    ) -> Result<(), StillRefusal> {
        let (meeting, picture) = from_room(frame).ok_or(StillRefusal::Length)?;
        if !self.is_wanted(meeting, point, at) {
            return Ok(());
        }
        check(picture)?;
        let mut desk = self.desk();
        desk.number += 1;
        let number = desk.number;
        if let Some(watched) = desk.watched.get_mut(&meeting) {
            let picture = Bytes::copy_from_slice(picture);
            watched.last.insert(point, Still { number, at, picture });
        }
        drop(desk);
        self.arrivals.send_modify(|count| *count += 1);
        Ok(())
    }

    /// Somebody looks from now on; `None` when too many do.
    pub(super) fn watch(&self, meeting: MeetingId) -> Option<Watch<'_>> {
        let mut desk = self.desk();
        if desk.consoles >= STILL_CONSOLES_MAX {
            return None;
        }
        desk.consoles += 1;
        desk.watched.entry(meeting).or_default().consoles += 1;
        Some(Watch { stills: self, meeting })
    }

    fn is_wanted(&self, meeting: MeetingId, point: PointId, at: Timestamp) -> bool {
        let desk = self.desk();
        let Some(watched) = desk.watched.get(&meeting) else { return false };
        let last = watched.last.get(&point);
        watched.points.contains(&point)
            && last.is_none_or(|still| at.millis_since(still.at) >= STILL_MILLIS_MIN)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch<'_> {
    /// These are the points to look at, from now on.
    pub(super) fn renew(&self, points: &BTreeSet<PointId>) {
        let mut desk = self.stills.desk();
        let Some(watched) = desk.watched.get_mut(&self.meeting) else { return };
        if watched.points == *points {
            return;
        }
        watched.points.clone_from(points);
        watched.last.retain(|point, _| points.contains(point));
        drop(desk);
        self.stills.orders.send_modify(|count| *count += 1);
    }

    /// Changes with every still that comes.
    pub(super) fn arrivals(&self) -> watch::Receiver<u64> {
        self.stills.arrivals.subscribe()
    }

    /// The stills that a console lacks, as records, until a message is full: those points first
    /// that it was given longest ago. What came meanwhile and was not taken is simply gone.
    pub(super) fn batch(&self, sent: &mut Sent) -> Vec<u8> {
        let desk = self.stills.desk();
        let mut batch = Vec::new();
        let Some(watched) = desk.watched.get(&self.meeting) else { return batch };
        let given = |point: &PointId| sent.0.get(point).copied().unwrap_or(0);
        let mut fresh: Vec<(u64, PointId, Still)> = watched
            .last
            .iter()
            .filter(|(point, still)| still.number > given(point))
            .map(|(point, still)| (given(point), *point, still.clone()))
            .collect();
        drop(desk);
        fresh.sort_by_key(|(given, point, _)| (*given, *point));
        for (_, point, still) in fresh {
            let length = u32::try_from(still.picture.len()).unwrap_or(u32::MAX);
            let head = record_head(point, still.at, length);
            if !batch.is_empty()
                && batch.len() + head.len() + still.picture.len() > STILL_BATCH_BYTES
            {
                break;
            }
            batch.extend_from_slice(&head);
            batch.extend_from_slice(&still.picture);
            sent.0.insert(point, still.number);
        }
        batch
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut desk = self.stills.desk();
        desk.consoles = desk.consoles.saturating_sub(1);
        if let Some(watched) = desk.watched.get_mut(&self.meeting) {
            watched.consoles = watched.consoles.saturating_sub(1);
            if watched.consoles == 0 {
                desk.watched.remove(&self.meeting);
            }
        }
        drop(desk);
        self.stills.orders.send_modify(|count| *count += 1);
    }
}
