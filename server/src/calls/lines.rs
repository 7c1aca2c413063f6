//! What the lines of the points do: the counters of the forwarding unit become figures.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use media::limits::{TICK, TICKS_PER_STATS};
use media::{PeerId, PeerStats};
use meeting::{MeetingId, PointId, Speaker};
use protocol::line::LineFigures;
use tokio::sync::watch;

use super::service::Calls;
use crate::limits::MEASURED_PACKETS_MIN;

/// What the line of a point in a call did since the last measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measured {
    /// In which meeting.
    pub(crate) meeting: MeetingId,
    /// Which point.
    pub(crate) point: PointId,
    /// From the room.
    pub(crate) up: LineFigures,
    /// To the room.
    pub(crate) down: LineFigures,
    /// There and back.
    pub(crate) round_trip_ms: Option<u32>,
}

/// Keeps the counters of the last report.
#[derive(Debug, Default)]
pub(super) struct Meter {
    last: BTreeMap<u64, PeerStats>,
}

impl Meter {
    /// A report of every peer there is; `place_of` says which of them are points.
    pub(super) fn measure(
        &mut self,
        stats: &[PeerStats],
        place_of: impl Fn(PeerId) -> Option<(MeetingId, PointId)>,
    ) -> Vec<Measured> {
        // Of two peers of one point the later one is its call, the other is about to go.
        let mut found = BTreeMap::new();
        for now in stats {
            let before = self.last.get(&now.peer);
            let Some((before, place)) = before.zip(place_of(PeerId(now.peer))) else { continue };
            found.insert(place, measured(place, before, now));
        }
        self.last = stats.iter().map(|stats| (stats.peer, *stats)).collect();
        found.into_values().collect()
    }
}

impl Calls {
    /// What the lines of all points in calls do, anew with every report.
    pub(crate) fn lines(&self) -> watch::Receiver<Arc<[Measured]>> {
        self.0.lines.subscribe()
    }

    /// The forwarding unit reported.
    pub(super) fn measure(&self, stats: &[PeerStats]) {
        self.0.figures.report(stats);
        let measured = {
            let desk = self.desk();
            let place = |peer| match desk.speaker(peer)? {
                Speaker::Point(point) => Some((desk.meeting_of(peer)?, point)),
                Speaker::Person(_) => None,
            };
            self.meter().measure(stats, place)
        };
        self.0.lines.send_replace(measured.into());
    }
}

fn measured(
    (meeting, point): (MeetingId, PointId),
    before: &PeerStats,
    now: &PeerStats,
) -> Measured {
    let since = |now: u64, before: u64| now.saturating_sub(before);
    let up = LineFigures {
        loss_percent: share(
            since(now.lost_in, before.lost_in),
            since(now.expected_in, before.expected_in),
        ),
        jitter_ms: millis(now.jitter_in),
        kilobits_per_second: rate(since(now.bytes_in, before.bytes_in)),
        freezes: now.freezes_in,
        ..LineFigures::default()
    };
    let down = LineFigures {
        loss_percent: share(
            since(now.lost_out, before.lost_out),
            since(now.reported_out, before.reported_out),
        ),
        jitter_ms: millis(now.jitter_out),
        kilobits_per_second: rate(since(now.bytes_out, before.bytes_out)),
        ..LineFigures::default()
    };
    Measured { meeting, point, up, down, round_trip_ms: now.round_trip.map(millis) }
}

/// A share in percent, to a tenth; none of too few.
fn share(lost: u64, of: u64) -> Option<f32> {
    if of < MEASURED_PACKETS_MIN {
        return None;
    }
    let permille = u16::try_from(lost.min(of) * 1000 / of).unwrap_or(1000);
    Some(f32::from(permille) / 10.0)
}

fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// Thousands of bits a second of what came between two reports.
fn rate(bytes: u64) -> u32 {
    let millis = u64::from(TICKS_PER_STATS) * u64::try_from(TICK.as_millis()).unwrap_or(1);
    u32::try_from(bytes.saturating_mul(8) / millis.max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const PLACE: (MeetingId, PointId) =
        (MeetingId::new(Uuid::from_u128(1)), PointId::new(Uuid::from_u128(2)));

    fn stats(peer: u64, expected: u64, lost: u64) -> PeerStats {
        PeerStats {
            peer,
            expected_in: expected,
            lost_in: lost,
            bytes_in: expected * 1_000,
            jitter_in: Duration::from_millis(9),
            round_trip: Some(Duration::from_millis(48)),
            ..PeerStats::default()
        }
    }

    #[test]
    fn v15_counters_become_figures_of_the_last_seconds() {
        let mut meter = Meter::default();
        let place = |peer: PeerId| (peer == PeerId(1)).then_some(PLACE);
        assert_eq!(meter.measure(&[stats(1, 5_000, 900), stats(2, 0, 0)], place), []);
        let measured = meter.measure(&[stats(1, 6_000, 970), stats(2, 1_000, 500)], place);
        let [line] = measured.as_slice() else { panic!("one point: {measured:?}") };
        assert_eq!(line.up.loss_percent, Some(7.0), "not what was lost before");
        assert_eq!((line.up.jitter_ms, line.round_trip_ms), (9, Some(48)));
        assert_eq!(line.up.kilobits_per_second, 1_600, "a megabyte in five seconds");
        assert_eq!(line.down.loss_percent, None, "nothing was sent that way");
    }

    #[test]
    fn v15_a_handful_of_packets_says_nothing_and_the_later_call_counts() {
        let mut meter = Meter::default();
        let everybody = |_| Some(PLACE);
        meter.measure(&[stats(1, 0, 0), stats(2, 0, 0)], everybody);
        let few = MEASURED_PACKETS_MIN - 1;
        let measured = meter.measure(&[stats(1, 100, 50), stats(2, few, 5)], everybody);
        assert_eq!(measured.iter().map(|line| line.up.loss_percent).collect::<Vec<_>>(), [None]);
    }
}
