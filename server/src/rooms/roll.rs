//! Roll calls: when the roll of a meeting is called, every room is asked what it is, and what they
//! answer within ten seconds is recorded as evidence, in one event.

use std::collections::{BTreeMap, BTreeSet};

use meeting::{
    Actor, Command, CommandId, Event, Evidence, MeetingId, PersonId, PointId, Timestamp,
};
use protocol::room::{Part, RoomReport};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::limits::{ROLL_LOOK_EVERY, ROLL_WAIT};
use crate::meetings::{Changed, CommandError, Order};

/// Collects the evidence of every roll call until the server stops.
pub(crate) async fn follow(app: &App, stop: &CancellationToken) {
    let mut changes = app.meetings.changes();
    loop {
        let change = tokio::select! {
            () = stop.cancelled() => return,
            change = changes.recv() => change,
        };
        match change {
            Ok(change) => begin(app, &change, stop),
            // The chair sees that nothing was recorded and calls the roll again.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

fn begin(app: &App, change: &Changed, stop: &CancellationToken) {
    for record in change.records.iter() {
        if let Event::RollCalled { number } = record.event {
            let call = RollCall { meeting: change.meeting, number, at: record.at };
            let (app, stop) = (app.clone(), stop.clone());
            app.tasks.clone().spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = call.collect(&app) => {}
                }
            });
        }
    }
}

struct RollCall {
    meeting: MeetingId,
    number: u32,
    at: Timestamp,
}

impl RollCall {
    async fn collect(self, app: &App) {
        let Some((chair, points)) = self.who(app).await else { return };
        app.rooms.ask_for_reports();
        let until = self.at.plus_millis(i64::try_from(ROLL_WAIT.as_millis()).unwrap_or(0));
        let mut changes = app.rooms.board_changes();
        let reports = loop {
            let (fresh, all) = app.rooms.reports_since(&points, self.at);
            if all || app.edge.now() >= until {
                break fresh;
            }
            // The board changes with every report; without any the time is looked at.
            let _ = tokio::time::timeout(ROLL_LOOK_EVERY, changes.changed()).await;
        };
        let reports = reports
            .into_iter()
            .map(|(point, (report, at))| (point, evidence(self.meeting, &report, at)))
            .collect();
        self.record(app, chair, reports).await;
    }

    async fn who(&self, app: &App) -> Option<(PersonId, BTreeSet<PointId>)> {
        match app.meetings.load(self.meeting).await {
            Ok(loaded) => {
                let loaded = loaded?;
                let facts = loaded.state.facts()?;
                Some((facts.chair, facts.points.clone()))
            }
            Err(error) => {
                tracing::error!(meeting.id = %self.meeting, error = %error, "a roll call failed");
                None
            }
        }
    }

    /// In the name of the chair, whose meeting it is.
    async fn record(&self, app: &App, chair: PersonId, reports: BTreeMap<PointId, Evidence>) {
        let order = Order {
            actor: Actor::Person { person: chair, roles: BTreeSet::new() },
            meeting: self.meeting,
            id: CommandId::new(app.edge.uuid()),
            command: Command::RecordRoll { number: self.number, reports },
        };
        match app.meetings.command(order).await {
            Ok(_) => {}
            // The meeting ended or the roll was called again in between.
            Err(CommandError::Refused(refusal)) => {
                tracing::info!(meeting.id = %self.meeting, refusal = %refusal, "no roll recorded");
            }
            Err(error) => {
                tracing::error!(meeting.id = %self.meeting, error = %error, "a roll call failed");
            }
        }
    }
}

/// What a report proves, for the meeting whose roll is called.
fn evidence(meeting: MeetingId, report: &RoomReport, at: Timestamp) -> Evidence {
    let works = |part: Part| part == Part::Works;
    Evidence {
        reported_at: at,
        camera: works(report.camera),
        microphone: works(report.microphone),
        loudspeaker: works(report.loudspeaker),
        screen: works(report.screen),
        clock_ahead_ms: report.now.millis_since(at),
        media: report.call.as_ref().is_some_and(|call| call.meeting == meeting && call.connected),
        shown: report.shown,
    }
}
