//! The process that is the room: one loop, one event enum.
//!
//! The machine decides; the loop reads the clock once per event, gives the event in, performs
//! the effects that come out, and tells the screen and `status.json` what is so now.

mod crew;
mod effects;
mod page;

use std::time::Duration;

use anyhow::Context;
use protocol::meeting::Timestamp;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::config::Config;
use crate::edge::clock;
use crate::edge::media::MediaEvent;
use crate::edge::pages::Drawn;
use crate::edge::screen::ScreenEvent;
use crate::limits::EVENTS_WAITING_MAX;
use crate::machine::Input;

use crew::Crew;

/// Everything the worker can hear of.
#[derive(Clone, Debug)]
pub enum Event {
    /// Something for the machine, from line, enrolment or papers.
    Room(Input),
    /// Something from the media engine.
    Media(MediaEvent),
    /// A page is ready.
    Page(Drawn),
    /// Something from the screen.
    Screen(ScreenEvent),
    /// A verified buffer that had to go is there again.
    Shelved,
}

/// What wakes the loop.
#[expect(clippy::large_enum_variant, reason = "one at a time, moved and not kept")]
enum Woken {
    Event(Event),
    Second,
    Timeout,
    /// `SIGUSR1`: write the screen to a file.
    Picture,
    Stop,
    /// The media engine ended; it is started again.
    MediaEnded,
}

/// Runs the worker until it is told to stop or loses something it cannot do without.
///
/// # Errors
/// When the data folder, the device key or the screen cannot be used.
pub fn run(config: Config) -> anyhow::Result<()> {
    // A worker without its supervisor would fight with the next one over devices and files.
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
        .context("cannot tie the worker to its supervisor")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(work(config))
}

async fn work(config: Config) -> anyhow::Result<()> {
    let (events, mut inbox) = mpsc::channel(EVENTS_WAITING_MAX);
    let mut crew = Crew::assemble(config, events, clock::now())?;
    let mut waker = Waker::new()?;
    crew.perform_effects(clock::now());
    loop {
        let timeout = crew.timeout();
        match waker.wait(&mut inbox, &mut crew.media_events, timeout).await {
            Woken::Event(event) => crew.event(clock::now(), event)?,
            Woken::Second => crew.second(clock::now()),
            Woken::Timeout => crew.room_input(clock::now(), Input::Tick),
            Woken::Picture => crew.take_picture(),
            Woken::MediaEnded => crew.media_ended(),
            Woken::Stop => return Ok(()),
        }
        crew.show(clock::now());
    }
}

/// Everything the loop waits for.
struct Waker {
    seconds: tokio::time::Interval,
    terminate: Signal,
    interrupt: Signal,
    picture: Signal,
}

impl Waker {
    fn new() -> anyhow::Result<Self> {
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        Ok(Self {
            seconds,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            picture: signal(SignalKind::user_defined1())?,
        })
    }

    async fn wait(
        &mut self,
        inbox: &mut mpsc::Receiver<Event>,
        media: &mut Option<mpsc::Receiver<MediaEvent>>,
        timeout: Option<Timestamp>,
    ) -> Woken {
        let until = timeout.map(|at| {
            let millis = at.millis_since(clock::now()).max(0);
            Instant::now() + Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        });
        let timed_out = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let media_said = async {
            match media {
                Some(media) => media.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = inbox.recv() => event.map_or(Woken::Stop, Woken::Event),
            event = media_said => {
                event.map_or(Woken::MediaEnded, |event| Woken::Event(Event::Media(event)))
            }
            _ = self.seconds.tick() => Woken::Second,
            () = timed_out => Woken::Timeout,
            _ = self.picture.recv() => Woken::Picture,
            _ = self.terminate.recv() => Woken::Stop,
            _ = self.interrupt.recv() => Woken::Stop,
        }
    }
}
