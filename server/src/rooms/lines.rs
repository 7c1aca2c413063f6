//! The lines of the points: on the board, in the numbers of the server, beside the meeting's log.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use meeting::{MeetingId, PointId, Timestamp};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use protocol::line::{LineFigures, LineReport};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::limits::LINES_SAVE_EVERY;
use crate::store::{self, Db, lines};

type Number = Gauge<f64, AtomicU64>;

/// What is kept of lines between two moments of writing down.
#[derive(Default)]
pub(super) struct Lines {
    gauges: Gauges,
    minutes: Mutex<BTreeMap<(MeetingId, PointId), Minute>>,
}

#[derive(Default)]
struct Gauges {
    loss: Family<Direction, Number>,
    heard: Family<Point, Gauge>,
    concealed: Family<Point, Gauge>,
    jitter: Family<Direction, Number>,
    bits: Family<Direction, Number>,
    freezes: Family<Direction, Gauge>,
    round_trip: Family<Point, Number>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Direction {
    point: String,
    direction: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Point {
    point: String,
}

/// One line over the last minute.
#[derive(Clone, Copy, Debug, Default)]
struct Minute {
    up: Sum,
    down: Sum,
    round_trip_ms: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    loss: f32,
    losses: u16,
    kilobits: u64,
    measurements: u32,
    worst: LineFigures,
}

/// Takes what the calls measure until the server stops.
pub(crate) async fn follow(app: &App, stop: &CancellationToken) {
    let mut measured = app.calls.lines();
    let mut save = tokio::time::interval(LINES_SAVE_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            changed = measured.changed() => {
                if changed.is_err() {
                    break;
                }
                let list = measured.borrow_and_update().clone();
                app.rooms.measured(&list);
            }
            _ = save.tick() => app.rooms.save_lines().await,
        }
    }
    app.rooms.save_lines().await;
}

impl Lines {
    pub(super) fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("line");
        let Gauges { loss, heard, concealed, jitter, bits, freezes, round_trip } = &self.gauges;
        registry.register("loss_ratio", "Packets lost on a point's line", loss.clone());
        let help = "Frames of voices that a room has played since its agent started";
        registry.register("voice_frames", help, heard.clone());
        let help = "Of these, those that did not come in time and were made up";
        registry.register("voice_frames_concealed", help, concealed.clone());
        registry.register("jitter_seconds", "Jitter on a point's line", jitter.clone());
        registry.register("bits_per_second", "What a point's line carries", bits.clone());
        registry.register("freezes", "Pictures that stood still, in this call", freezes.clone());
        let help = "Round trip over a point's line";
        registry.register("round_trip_seconds", help, round_trip.clone());
    }

    /// All lines that were measured now; others have left their calls.
    pub(super) fn note(&self, reports: &[(MeetingId, PointId, LineReport)]) {
        self.gauges.show(reports);
        let mut minutes = self.minutes();
        for (meeting, point, report) in reports {
            minutes.entry((*meeting, *point)).or_default().add(report);
        }
    }

    /// Writes the last minute down.
    pub(super) async fn save(&self, db: &Db, now: Timestamp) -> Result<(), store::Error> {
        let minutes = std::mem::take(&mut *self.minutes());
        if minutes.is_empty() {
            return Ok(());
        }
        let mut tx = db.begin().await?;
        for ((meeting, point), minute) in minutes {
            for (is_up, sum) in [(true, minute.up), (false, minute.down)] {
                let figures = sum.figures();
                let round_trip_ms = minute.round_trip_ms;
                let record = lines::LineRecord { point, at: now, is_up, figures, round_trip_ms };
                lines::add(&mut tx, meeting, &record).await?;
            }
        }
        tx.commit().await
    }

    fn minutes(&self) -> MutexGuard<'_, BTreeMap<(MeetingId, PointId), Minute>> {
        self.minutes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gauges {
    fn show(&self, reports: &[(MeetingId, PointId, LineReport)]) {
        self.loss.clear();
        self.heard.clear();
        self.concealed.clear();
        self.jitter.clear();
        self.bits.clear();
        self.freezes.clear();
        self.round_trip.clear();
        for (_, point, report) in reports {
            let point = point.to_string();
            for (direction, figures) in [("up", &report.up), ("down", &report.down)] {
                let labels = Direction { point: point.clone(), direction };
                if let Some(percent) = figures.loss_percent {
                    self.loss.get_or_create(&labels).set(f64::from(percent) / 100.0);
                }
                let jitter = f64::from(figures.jitter_ms) / 1000.0;
                self.jitter.get_or_create(&labels).set(jitter);
                let bits = f64::from(figures.kilobits_per_second) * 1000.0;
                self.bits.get_or_create(&labels).set(bits);
                self.freezes.get_or_create(&labels).set(i64::from(figures.freezes));
            }
            let room = Point { point: point.clone() };
            self.heard.get_or_create(&room).set(report.voice_frames.into());
            self.concealed.get_or_create(&room).set(report.voice_frames_concealed.into());
            if let Some(millis) = report.round_trip_ms {
                self.round_trip.get_or_create(&room).set(f64::from(millis) / 1000.0);
            }
        }
    }
}

impl Minute {
    fn add(&mut self, report: &LineReport) {
        self.up.add(&report.up);
        self.down.add(&report.down);
        self.round_trip_ms = self.round_trip_ms.max(report.round_trip_ms);
    }
}

impl Sum {
    fn add(&mut self, figures: &LineFigures) {
        if let Some(loss) = figures.loss_percent {
            self.loss += loss;
            self.losses = self.losses.saturating_add(1);
        }
        self.kilobits += u64::from(figures.kilobits_per_second);
        self.measurements += 1;
        self.worst.jitter_ms = self.worst.jitter_ms.max(figures.jitter_ms);
        self.worst.freezes = self.worst.freezes.max(figures.freezes);
        self.worst.layer = figures.layer;
    }

    /// Loss and rate on average, the worst of the rest.
    fn figures(&self) -> LineFigures {
        let kilobits = self.kilobits / u64::from(self.measurements.max(1));
        LineFigures {
            loss_percent: (self.losses > 0).then(|| self.loss / f32::from(self.losses)),
            kilobits_per_second: u32::try_from(kilobits).unwrap_or(u32::MAX),
            ..self.worst
        }
    }
}
