//! What every endpoint and every loop shares.

use std::ops::Deref;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bench::{self, ThrowAway};
use crate::calls::Calls;
use crate::config::Config;
use crate::edge::Edge;
use crate::limits::LOOPS_STOP_TIMEOUT;
use crate::live::Live;
use crate::meetings::Meetings;
use crate::metrics::Metrics;
use crate::papers::Papers;
use crate::people::{Gate, Passwords};
use crate::recording::Recordings;
use crate::relays::Relays;
use crate::rooms::{self, Rooms};
use crate::sessions::Sessions;
use crate::sfu::Sfu;
use crate::stills::Stills;
use crate::store::Db;

/// The running server: services by name. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

/// The services. A part of the server adds its own here and makes it in [`App::start`].
pub(crate) struct Parts {
    /// What was set.
    pub(crate) config: Config,
    /// Time and chance.
    pub(crate) edge: Edge,
    /// The database.
    pub(crate) db: Db,
    /// Commands in, events kept, watchers told.
    pub(crate) meetings: Meetings,
    /// Receives, seals, proves and hands out papers.
    pub(crate) papers: Papers,
    /// Devices at points, their plans and the board.
    pub(crate) rooms: Rooms,
    /// Lets people in.
    pub(crate) gate: Gate,
    /// Who is signed in.
    pub(crate) sessions: Sessions,
    /// Who is in which call, and who receives whom.
    pub(crate) calls: Calls,
    /// How those get into a call who do not reach the media address.
    pub(crate) relays: Option<Relays>,
    /// What is recorded.
    pub(crate) recordings: Recordings,
    /// Browsers and agents that follow what happens.
    pub(crate) live: Live,
    /// The last small still of each point somebody looks at.
    pub(crate) stills: Stills,
    /// Numbers about all of it.
    pub(crate) metrics: Metrics,
    /// Changes with every start: calls of an earlier one are gone.
    pub(crate) instance: String,
    /// Loops that live as long as the server; each ends when `stop` is cancelled (rule 18).
    pub(crate) tasks: TaskTracker,
    /// Told once, when the server should stop.
    pub(crate) stop: CancellationToken,
    /// Taken away with the last handle.
    _throw_away: Option<ThrowAway>,
}

impl App {
    /// Opens the database and starts every service.
    pub(crate) async fn start(mut config: Config, edge: Edge) -> anyhow::Result<Self> {
        let throw_away = bench::throw_away(&mut config, &edge)?;
        let db = Db::open(&config.database).await?;
        let passwords = Passwords::new(edge.clone()).await?;
        let limits = config.sessions.clone();
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let meetings = Meetings::new(db.clone(), edge.clone());
        let (sfu, events) = Sfu::start(&config.media, &edge)?;
        let ground = (db.clone(), edge.clone());
        let papers = Papers::open(&config.papers, ground.clone(), meetings.clone()).await?;
        let rooms_ground = ground.clone();
        let rooms = Rooms::open(config.rooms.clone(), rooms_ground, meetings.clone(), &papers);
        let rooms = rooms.await?;
        let live = Live::open(&db, &edge).await?;
        let calls = Calls::start(sfu.clone(), events, meetings.clone(), &tasks, stop.clone());
        calls.set_ceilings(rooms.ceilings());
        let whom = (meetings.clone(), calls.clone(), sfu);
        let recordings = Recordings::start(&config.recordings, ground, whom, &tasks, stop.clone())?;
        let parts = Parts {
            relays: Relays::open(&config.turn)?,
            recordings,
            live,
            metrics: Metrics::new(|registry| {
                meetings.register(registry);
                calls.register(registry);
                rooms.register(registry);
            }),
            stills: Stills::default(),
            papers,
            rooms,
            calls,
            meetings,
            sessions: Sessions::new(db.clone(), edge.clone(), limits.hours_max),
            gate: Gate::new(db.clone(), edge.clone(), passwords, limits),
            instance: edge.uuid().to_string(),
            _throw_away: throw_away,
            tasks,
            stop,
            config,
            db,
            edge,
        };
        let app = Self(Arc::new(parts));
        app.start_loops();
        Ok(app)
    }

    fn start_loops(&self) {
        let (app, stop) = (self.clone(), self.stop.clone());
        self.tasks.spawn(async move { app.live.run(&app, &stop).await });
        let (app, stop) = (self.clone(), self.stop.clone());
        self.tasks.spawn(async move { app.rooms.run(&stop).await });
        let (app, stop) = (self.clone(), self.stop.clone());
        self.tasks.spawn(async move { rooms::follow_roll_calls(&app, &stop).await });
        let (app, stop) = (self.clone(), self.stop.clone());
        self.tasks.spawn(async move { rooms::follow_lines(&app, &stop).await });
        let (app, stop) = (self.clone(), self.stop.clone());
        self.tasks.spawn(async move { app.papers.sweep_until(&stop).await });
    }

    /// Ends every loop, then closes the database.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(LOOPS_STOP_TIMEOUT, self.tasks.wait()).await.is_err() {
            tracing::warn!(tasks.left = self.tasks.len(), "some loops did not end in time");
        }
        self.db.close().await;
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
