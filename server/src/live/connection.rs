//! One reader's channel: one loop that waits in one place (rule 12).

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt as _;
use futures_util::stream::SplitStream;
use meeting::{Actor, Command, CommandId, MeetingId, speaker_of};
use protocol::call::{CallOffer, Relay};
use protocol::live::{ClientFrame, Cursor, ServerFrame, Topic};
use protocol::room::{RoomReport, Signed};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::frames;
use super::hub::Bell;
use super::outbox::{Outbox, Slow};
use super::reader::{Ending, Reader};
use super::topics::Marks;
use super::views::{Known, Sheet};
use crate::app::App;
use crate::calls::{CallNotice, EnterError};
use crate::http::code_of;
use crate::limits::{LAST_WORDS_TIMEOUT, NOTICES_MAX, TOPICS_MAX};
use crate::meetings::{CommandError, Order};
use crate::papers::{Holder, Ticket};
use crate::stills::StillOrder;

/// One reader with everything that belongs to his channel.
pub(super) struct Connection<'a> {
    app: &'a App,
    id: u64,
    reader: Reader,
    actor: Actor,
    outbox: Outbox,
    bell: Arc<Bell>,
    follows: BTreeMap<Topic, Option<Known>>,
    notices: mpsc::Sender<CallNotice>,
    ticket: Option<Ticket>,
    /// The way into a call through a relay that the reader was told last.
    relay: Option<Relay>,
    /// What a room was told about stills last.
    stills: StillOrder,
}

/// What the loop waits for.
struct Sources {
    stream: SplitStream<WebSocket>,
    notices: mpsc::Receiver<CallNotice>,
    plans: Option<watch::Receiver<Option<Signed>>>,
    rolls: Option<watch::Receiver<u64>>,
    stills: Option<watch::Receiver<u64>>,
    /// When the reader is cut unless he says something.
    idle_at: Instant,
    /// When what changed is looked at: a little after the last look.
    look_at: Option<Instant>,
    looked_at: Option<Instant>,
    beat: tokio::time::Interval,
}

/// Everything that can happen on a channel.
enum Happening {
    /// The client said something.
    Frame(ClientFrame),
    /// The client is there: a ping or a pong of the WebSocket itself.
    Sign,
    /// Something that the reader follows changed.
    Rung,
    /// It is time to look at what changed.
    Look,
    /// Something about a call.
    Notice(CallNotice),
    /// The room has a new plan.
    Plan,
    /// The roll is called: the room should say what it is.
    Roll,
    /// Somebody began or ceased to look at stills.
    Stills,
    /// A still of the room's camera.
    Still(bytes::Bytes),
    /// It is time for what is done now and then.
    Beat,
    /// The channel ends.
    End(Ending),
}

impl<'a> Connection<'a> {
    /// Serves a channel that was greeted, to its end, and leaves nothing behind.
    pub(super) async fn run(
        app: &'a App,
        (id, reader, relay): (u64, Reader, Option<Relay>),
        (stream, outbox): (SplitStream<WebSocket>, Outbox),
    ) {
        let (notices, receiver) = mpsc::channel(NOTICES_MAX);
        let (actor, bell, follows) = (reader.actor(), Arc::default(), BTreeMap::new());
        let (ticket, stills) = (None, StillOrder::default());
        let mut connection =
            Self { app, id, reader, actor, outbox, bell, follows, notices, ticket, relay, stills };
        let mut sources = connection.enter(stream, receiver);
        let ending = connection.serve(&mut sources).await;
        connection.leave(ending, sources.stream).await;
    }

    fn enter(
        &self,
        stream: SplitStream<WebSocket>,
        notices: mpsc::Receiver<CallNotice>,
    ) -> Sources {
        self.app.calls.attach(&self.actor, &self.notices);
        let plans = match &self.reader {
            Reader::Room(device) => {
                self.app.rooms.online(device, self.id);
                let mut plans = self.app.rooms.plan_watch(device.id);
                plans.mark_changed();
                Some(plans)
            }
            Reader::Person { .. } => None,
        };
        let rolls = plans.is_some().then(|| self.app.rooms.roll_calls());
        let stills = plans.as_ref().map(|_| self.app.stills.orders_changed());
        let idle = self.app.config.live.idle();
        let (idle_at, beat) = (self.now() + idle, tokio::time::interval(idle / 2));
        let (look_at, looked_at) = (None, None);
        Sources { stream, notices, plans, rolls, stills, idle_at, look_at, looked_at, beat }
    }

    async fn leave(self, ending: Ending, mut stream: SplitStream<WebSocket>) {
        for topic in self.follows.keys() {
            self.app.live.hub.unfollow(*topic, self.id);
        }
        if let Reader::Room(device) = &self.reader {
            self.app.rooms.offline(device, self.id);
        }
        tracing::debug!(live.channel = self.id, live.ending = ?ending, "a channel ended");
        let code = match ending {
            Ending::Gone => return,
            Ending::Bye(code) => code,
            Ending::Slow => "SLOW",
        };
        if let Ok(text) = frames::text(&ServerFrame::Bye { code: code.to_owned() }) {
            // What the client still says is read and dropped: a connection that is closed over
            // unread bytes is reset, and the last frame lost with it.
            let closing = self.outbox.close(text, ending == Ending::Slow);
            let drained = async { while let Some(Ok(_)) = stream.next().await {} };
            let _ = tokio::join!(closing, tokio::time::timeout(LAST_WORDS_TIMEOUT, drained));
        }
    }

    async fn serve(&mut self, sources: &mut Sources) -> Ending {
        loop {
            let happening = self.wait(sources).await;
            if matches!(happening, Happening::Frame(_) | Happening::Sign | Happening::Still(_)) {
                sources.idle_at = self.now() + self.app.config.live.idle();
            }
            let done = match happening {
                Happening::Frame(frame) => self.answer(frame).await,
                Happening::Sign => Ok(()),
                Happening::Rung => {
                    let next = sources.looked_at.map(|at| at + self.app.config.live.coalesce());
                    sources.look_at = Some(next.unwrap_or_else(|| self.now()));
                    Ok(())
                }
                Happening::Look => {
                    sources.look_at = None;
                    sources.looked_at = Some(self.now());
                    self.look().await
                }
                Happening::Notice(notice) => self.send(&frame_of(notice)),
                Happening::Roll => self.send(&ServerFrame::ReportNow),
                Happening::Plan => self.send_plan(sources.plans.as_mut()),
                Happening::Stills => self.order_stills(),
                Happening::Still(frame) => self.still(&frame),
                Happening::Beat => self.beat().await,
                Happening::End(ending) => Err(ending),
            };
            if let Err(ending) = done {
                return ending;
            }
        }
    }

    async fn wait(&mut self, sources: &mut Sources) -> Happening {
        let Sources { stream, notices, plans, rolls, stills, idle_at, look_at, beat, .. } = sources;
        tokio::select! {
            message = stream.next() => heard(message),
            () = self.bell.rung(), if look_at.is_none() => Happening::Rung,
            () = reached(*look_at) => Happening::Look,
            Some(notice) = notices.recv() => Happening::Notice(notice),
            changed = changed(plans) => changed,
            () = called(rolls) => Happening::Roll,
            () = ordered(stills) => Happening::Stills,
            _ = beat.tick() => Happening::Beat,
            () = tokio::time::sleep_until(*idle_at) => Happening::End(Ending::Gone),
            () = self.outbox.ended() => Happening::End(Ending::Gone),
            () = self.app.stop.cancelled() => Happening::End(Ending::Bye("RESTART")),
        }
    }

    async fn answer(&mut self, frame: ClientFrame) -> Result<(), Ending> {
        match frame {
            ClientFrame::Hello { .. } => Err(Ending::Bye("MALFORMED")),
            ClientFrame::Follow { topic, cursor } => self.follow(topic, cursor.as_ref()).await,
            ClientFrame::Unfollow { topic } => {
                self.app.live.hub.unfollow(topic, self.id);
                self.follows.remove(&topic);
                Ok(())
            }
            ClientFrame::Command { id, meeting, command } => {
                self.command(id, meeting, command).await
            }
            ClientFrame::Call(offer) => self.enter_call(offer).await,
            ClientFrame::Restart { meeting, generation, sdp } => {
                self.restart_call(meeting, generation, sdp).await
            }
            ClientFrame::HangUp { meeting } => {
                self.app.calls.hang_up(meeting, &self.notices);
                Ok(())
            }
            ClientFrame::View { meeting, speaker } => {
                let (calls, notices) = (&self.app.calls, &self.notices);
                let viewed = calls.view(&self.actor, meeting, speaker, notices).await;
                viewed.map_err(|error| failed(&error))
            }
            ClientFrame::Preview { meeting, point } => {
                let calls = &self.app.calls;
                let done = calls.preview(&self.actor, (meeting, point), &self.notices).await;
                done.map_err(|error| failed(&error))
            }
            ClientFrame::Report(report) => self.report(*report),
            ClientFrame::Ping { number } => {
                self.send(&ServerFrame::Pong { number, now: self.app.edge.now() })
            }
        }
    }

    async fn follow(&mut self, topic: Topic, cursor: Option<&Cursor>) -> Result<(), Ending> {
        if self.follows.len() >= TOPICS_MAX && !self.follows.contains_key(&topic) {
            return Err(Ending::Bye("MALFORMED"));
        }
        // Followed before it is looked at, so that nothing falls between the two.
        self.app.live.hub.follow(topic, self.id, &self.bell);
        let has = cursor.and_then(super::cursor::read);
        let (shared, own) = has.unwrap_or_else(|| (Marks::new(), Marks::new()));
        self.follows.insert(topic, Some(Known::Marks { shared, own }));
        self.show(topic).await
    }

    /// Looks at everything that changed.
    async fn look(&mut self) -> Result<(), Ending> {
        for topic in self.bell.take() {
            if self.follows.contains_key(&topic) {
                self.show(topic).await?;
            }
        }
        Ok(())
    }

    /// Sends what the reader lacks of a topic. The first time he gets an answer even when he
    /// lacks nothing.
    async fn show(&mut self, topic: Topic) -> Result<(), Ending> {
        let known = self.follows.get(&topic).and_then(Option::as_ref);
        let before = match known {
            Some(Known::Sheet(sheet)) => Some(sheet.clone()),
            _ => None,
        };
        let views = &self.app.live.views;
        let sheet = views.sheet(self.app, (topic, &self.actor), before.as_ref()).await;
        let sheet = sheet.map_err(|error| failed(&error))?;
        let Some(sheet) = sheet else { return self.show_absent(topic) };
        if let Some(text) = changes_text(topic, &sheet, known)? {
            self.send_text(text)?;
        }
        self.follows.insert(topic, Some(Known::Sheet(sheet)));
        Ok(())
    }

    /// Says that a topic is not there, unless it was said already.
    fn show_absent(&mut self, topic: Topic) -> Result<(), Ending> {
        match self.follows.insert(topic, None) {
            Some(None) => Ok(()),
            _ => self.send(&ServerFrame::Absent { topic }),
        }
    }

    async fn command(
        &mut self,
        id: CommandId,
        meeting: MeetingId,
        command: Command<String>,
    ) -> Result<(), Ending> {
        let carried_out = match Order::by_client(self.actor.clone(), meeting, id, command) {
            Ok(order) => self.app.meetings.command(order).await,
            Err(refusal) => Err(refusal.into()),
        };
        self.app.metrics.command(&carried_out);
        match carried_out {
            Ok(done) => self.send(&ServerFrame::Done { id, seq: done.seq }),
            Err(CommandError::Refused(refusal)) => {
                self.send(&ServerFrame::Refused { id, code: code_of(refusal) })
            }
            Err(CommandError::Contended) => {
                self.send(&ServerFrame::Refused { id, code: "CONTENDED".to_owned() })
            }
            // Whether it is on the disk is not known: the client asks again with the same id.
            Err(CommandError::Store(error)) => Err(failed(&error)),
        }
    }

    async fn enter_call(&mut self, offer: CallOffer) -> Result<(), Ending> {
        let (meeting, generation) = (offer.meeting, offer.generation);
        let entered = self.app.calls.enter(self.actor.clone(), offer, self.notices.clone()).await;
        let code = match entered {
            Ok(sdp) => return self.send(&ServerFrame::Answer { meeting, generation, sdp }),
            // A newer offer is on its way and will be answered.
            Err(EnterError::Stale) => return Ok(()),
            Err(EnterError::Store(error)) => return Err(failed(&error)),
            Err(EnterError::Busy) => "GONE",
            Err(refused) => {
                tracing::info!(call.meeting = %meeting, error = %refused, "a call was refused");
                "REFUSED"
            }
        };
        self.send(&ServerFrame::CallEnded { meeting, generation, code: code.to_owned() })
    }

    /// Restarts ICE of the call the reader is in. Whatever stands against it, he enters anew.
    async fn restart_call(
        &mut self,
        meeting: MeetingId,
        generation: u32,
        sdp: String,
    ) -> Result<(), Ending> {
        let restarted = self.app.calls.restart(meeting, (generation, sdp), &self.notices).await;
        match restarted {
            Ok(sdp) => self.send(&ServerFrame::Answer { meeting, generation, sdp }),
            Err(EnterError::Stale) => Ok(()),
            Err(error) => {
                tracing::info!(call.meeting = %meeting, error = %error, "a call is entered anew");
                let code = "GONE".to_owned();
                self.send(&ServerFrame::CallEnded { meeting, generation, code })
            }
        }
    }

    fn report(&mut self, report: RoomReport) -> Result<(), Ending> {
        match &self.reader {
            Reader::Room(device) => {
                self.stills.line(&report);
                self.app.rooms.report(device, report);
                self.order_stills()
            }
            Reader::Person { .. } => Err(Ending::Bye("MALFORMED")),
        }
    }

    /// Tells a room whether and how often stills of its camera are wanted, when that changed.
    fn order_stills(&mut self) -> Result<(), Ending> {
        let Reader::Room(device) = &self.reader else { return Ok(()) };
        let meetings = self.app.stills.meetings_at(device.point);
        self.stills.renew(meetings).map_or(Ok(()), |frame| self.send(&frame))
    }

    /// Takes a still of the room's camera. One that is no picture is left out: a fault of a
    /// camera must not cut the room off.
    fn still(&self, frame: &[u8]) -> Result<(), Ending> {
        let Reader::Room(device) = &self.reader else { return Err(Ending::Bye("MALFORMED")) };
        let put = self.app.stills.put(device.point, frame, self.app.edge.now());
        if let Err(refusal) = put {
            tracing::warn!(point.id = %device.point, still.refusal = %refusal, "a still is refused");
        }
        Ok(())
    }

    fn send_plan(&self, plans: Option<&mut watch::Receiver<Option<Signed>>>) -> Result<(), Ending> {
        let plan = plans.and_then(|plans| plans.borrow_and_update().clone());
        plan.map_or(Ok(()), |plan| self.send(&ServerFrame::Plan { plan }))
    }

    /// Now and then: the reader is asked for a sign, and whether he is still known; he gets a
    /// fresh ticket, if he is a room, and a fresh way through a relay before the old one ends.
    async fn beat(&mut self) -> Result<(), Ending> {
        if !self.reader.is_known(self.app).await {
            return Err(Ending::Bye("SIGN_IN"));
        }
        self.renew_ticket()?;
        self.renew_relay()?;
        self.send_message(Message::Ping(bytes::Bytes::new()))
    }

    fn renew_ticket(&mut self) -> Result<(), Ending> {
        let Reader::Room(device) = &self.reader else { return Ok(()) };
        let soon = self.app.edge.now().plus_millis(
            i64::try_from(self.app.config.live.idle().as_millis()).unwrap_or(i64::MAX) * 4,
        );
        if self.ticket.as_ref().is_some_and(|ticket| ticket.expires_at > soon) {
            return Ok(());
        }
        let ticket = self.app.papers.ticket(Holder::Device(device.id));
        let frame =
            ServerFrame::Ticket { token: ticket.token.clone(), expires_at: ticket.expires_at };
        self.ticket = Some(ticket);
        self.send(&frame)
    }

    fn renew_relay(&mut self) -> Result<(), Ending> {
        let (Some(relays), Some(relay)) = (&self.app.relays, &mut self.relay) else {
            return Ok(());
        };
        let now = self.app.edge.now();
        if !relays.is_due(now, relay) {
            return Ok(());
        }
        *relay = relays.way(now, Some(speaker_of(&self.actor)));
        let frame = ServerFrame::Relay(relay.clone());
        self.send(&frame)
    }

    fn send(&self, frame: &ServerFrame) -> Result<(), Ending> {
        let text = frames::text(frame).map_err(|error| failed(&error))?;
        self.send_text(text)
    }

    fn send_text(&self, text: String) -> Result<(), Ending> {
        self.send_message(Message::Text(text.into()))
    }

    fn send_message(&self, message: Message) -> Result<(), Ending> {
        self.outbox.send(message).map_err(|Slow| Ending::Slow)
    }

    fn now(&self) -> Instant {
        Instant::from_std(self.app.edge.instant())
    }
}

fn changes_text(
    topic: Topic,
    sheet: &Sheet,
    known: Option<&Known>,
) -> Result<Option<String>, Ending> {
    let nothing = Known::Marks { shared: Marks::new(), own: Marks::new() };
    let diff = sheet.since(known.unwrap_or(&nothing));
    if diff.is_empty() && matches!(known, Some(Known::Sheet(_))) {
        return Ok(None);
    }
    let text = frames::changes(topic, &sheet.cursor(), &diff);
    text.map(Some).map_err(|error| failed(&error))
}

/// The server cannot go on with this channel: the client comes back and asks again.
fn failed(error: &(dyn std::error::Error + 'static)) -> Ending {
    let source = error.source().map(ToString::to_string);
    tracing::error!(error = %error, error.source = source, "a live channel failed");
    Ending::Bye("RESTART")
}

fn heard(message: Option<Result<Message, axum::Error>>) -> Happening {
    match message {
        Some(Ok(Message::Text(text))) => match serde_json::from_str(text.as_str()) {
            Ok(frame) => Happening::Frame(frame),
            Err(_) => Happening::End(Ending::Bye("MALFORMED")),
        },
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Happening::Sign,
        Some(Ok(Message::Binary(bytes))) => Happening::Still(bytes),
        Some(Ok(Message::Close(_)) | Err(_)) | None => Happening::End(Ending::Gone),
    }
}

fn frame_of(notice: CallNotice) -> ServerFrame {
    match notice {
        CallNotice::Slots { meeting, slots } => ServerFrame::Slots { meeting, slots },
        CallNotice::Layers { meeting, layers } => ServerFrame::Layers { meeting, layers },
        CallNotice::Viewing { meeting, speaker, code } => {
            ServerFrame::Viewing { meeting, speaker, code: code.map(str::to_owned) }
        }
        CallNotice::Ended { meeting, generation, code } => {
            ServerFrame::CallEnded { meeting, generation, code: code.to_owned() }
        }
    }
}

async fn reached(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn called(rolls: &mut Option<watch::Receiver<u64>>) {
    if let Some(rolls) = rolls
        && rolls.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

async fn ordered(stills: &mut Option<watch::Receiver<u64>>) {
    let changed = match stills {
        Some(stills) => stills.changed().await,
        None => std::future::pending().await,
    };
    if changed.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn changed(plans: &mut Option<watch::Receiver<Option<Signed>>>) -> Happening {
    let Some(plans) = plans else { return std::future::pending().await };
    match pin!(plans.changed()).await {
        Ok(()) => Happening::Plan,
        // Another device stands at the point now.
        Err(_) => Happening::End(Ending::Bye("SIGN_IN")),
    }
}
