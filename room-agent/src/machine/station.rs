//! A room that is known: its line, its plan, its papers, and the meeting it sits in.

use std::collections::BTreeSet;

use fleet::PlannedMeeting;
use ledger::HeadVerifier;
use protocol::live::{ClientFrame, ServerFrame, Topic};
use protocol::meeting::{Command, MeetingId, Microphone, Timestamp};
use protocol::room::{CallReport, Enrolled, Part, RoomPlan, RoomReport, Signed};

use super::effect::Effect;
use super::input::{Input, Key, LineInput, MediaInput, Memory, RememberedView};
use super::line::Line;
use super::outbox::Outbox;
use super::papers::{PaperDesk, Told};
use super::plan::{self, PlanFault};
use super::report::Reporter;
use super::sitting::Sitting;
use super::step::{Step, earlier};
use super::stills::StillDesk;

/// A known room.
#[derive(Debug)]
pub(super) struct Station {
    pub(super) identity: Enrolled,
    head_key: Option<HeadVerifier>,
    pub(super) line: Line,
    /// Which start of the server the line leads to.
    instance: Option<String>,
    pub(super) plan: Option<RoomPlan>,
    pub(super) papers: PaperDesk,
    outbox: Outbox,
    pub(super) sitting: Option<Sitting>,
    remembered: Option<RememberedView>,
    /// Meetings that are over.
    ended: BTreeSet<MeetingId>,
    /// Meetings that the server did not let the room see when it asked last.
    absent: BTreeSet<MeetingId>,
    reporter: Reporter,
    stills: StillDesk,
    pub(super) devices: Devices,
    screen: Part,
    disk_free_bytes: u64,
    started_at: Timestamp,
}

/// What the devices do, and when that was said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Devices {
    pub(super) camera: Part,
    pub(super) microphone: Part,
    pub(super) loudspeaker: Part,
    pub(super) at: Option<Timestamp>,
}

impl Station {
    pub(super) fn new(step: &mut Step<'_>, identity: Enrolled, memory: Memory) -> Self {
        let head_key = base64_bytes(&identity.head_key)
            .and_then(|point| HeadVerifier::from_public_key(&point).ok());
        let missing = Part::Missing;
        let mut station = Self {
            line: Line::new(identity.device, step.now),
            identity,
            head_key,
            instance: None,
            plan: None,
            papers: PaperDesk::default(),
            outbox: Outbox::default(),
            sitting: None,
            remembered: memory.view,
            ended: BTreeSet::new(),
            absent: BTreeSet::new(),
            reporter: Reporter::default(),
            stills: StillDesk::default(),
            devices: Devices {
                camera: missing,
                microphone: missing,
                loudspeaker: missing,
                at: None,
            },
            screen: missing,
            disk_free_bytes: 0,
            started_at: step.now,
        };
        // A plan from the disk may be stale: it still says what to read and where to sit.
        if let Some(signed) = memory.plan
            && let Ok(plan) = station.believe(&signed)
        {
            station.papers.plan(step, &plan.manifests);
            station.plan = Some(plan);
        }
        station.settle(step);
        station
    }

    pub(super) fn handle(&mut self, step: &mut Step<'_>, input: Input) {
        match input {
            Input::Line { generation, event } if self.line.is_current(generation) => {
                self.line_event(step, generation, event);
            }
            Input::Fetching { generation, have_bytes } => {
                self.papers.fetching(generation, have_bytes);
            }
            Input::Fetched { generation, outcome } => {
                let told = self.papers.fetched(step.now, generation, outcome);
                self.tell(step, told);
            }
            Input::Judged { generation, verdict } => {
                let told = self.papers.judged(step.now, generation, verdict);
                self.tell(step, told);
            }
            Input::Media(event) => self.media_event(step, event),
            Input::Key(Key::Microphone) => self.turn_microphone(step),
            Input::Key(key) if self.line.open().is_none() => {
                if let Some(sitting) = &mut self.sitting {
                    sitting.turn(key, &self.papers);
                }
            }
            Input::Disk { free_bytes } => self.disk_free_bytes = free_bytes,
            Input::Screen(part) => self.screen = part,
            _ => {}
        }
        self.settle(step);
    }

    pub(super) fn timeout(&self) -> Option<Timestamp> {
        let has_line = self.line.open().is_some();
        let mut first = earlier(self.line.timeout(), self.papers.timeout());
        if has_line {
            first = earlier(first, self.reporter.timeout());
        }
        match &self.sitting {
            Some(sitting) => earlier(first, sitting.call.timeout(has_line)),
            None => earlier(first, self.next_meeting().map(due_at)),
        }
    }

    /// The meeting the room sits in next.
    pub(super) fn next_meeting(&self) -> Option<&PlannedMeeting> {
        let plan = self.plan.as_ref()?;
        plan.plan
            .meetings
            .iter()
            .filter(|planned| {
                let meeting = MeetingId::new(planned.meeting);
                !self.ended.contains(&meeting) && !self.absent.contains(&meeting)
            })
            .min_by_key(|planned| planned.join_at)
    }

    fn line_event(&mut self, step: &mut Step<'_>, generation: u64, event: LineInput) {
        match event {
            LineInput::Up { instance } => self.line_up(step, generation, instance),
            LineInput::Frame(frame) => {
                self.line.heard(step.now);
                self.frame(step, generation, *frame);
            }
            LineInput::Down => {
                self.stills.forget();
                self.line.down(step);
            }
        }
    }

    fn line_up(&mut self, step: &mut Step<'_>, generation: u64, instance: String) {
        self.line.up(step.now);
        self.stills.forget();
        self.reporter.forget();
        self.absent.clear();
        let is_same_server = self.instance.replace(instance.clone()) == Some(instance);
        if let Some(sitting) = &mut self.sitting {
            sitting.follow();
            if !is_same_server {
                sitting.call.restart(step.now);
            }
            follow(step, generation, sitting);
        }
        self.outbox.repeat(step, generation);
    }

    fn frame(&mut self, step: &mut Step<'_>, generation: u64, frame: ServerFrame) {
        match frame {
            ServerFrame::Changes(changes) => {
                if let Some(sitting) = self.sitting_at(changes.topic) {
                    sitting.change(*changes);
                    let remembered = Some(Box::new(sitting.remembered()));
                    step.effect(Effect::KeepView(remembered));
                }
            }
            ServerFrame::Absent { topic } => {
                if let Some(meeting) = self.sitting_at(topic).map(|sitting| sitting.meeting) {
                    self.absent.insert(meeting);
                }
            }
            ServerFrame::Done { id, .. } | ServerFrame::Refused { id, .. } => {
                self.outbox.answered(id);
            }
            ServerFrame::Plan { plan } => self.new_plan(step, plan),
            ServerFrame::Stills { meetings, every_ms } => self.stills.ordered(meetings, every_ms),
            ServerFrame::Ticket { token, .. } => self.papers.set_ticket(token),
            ServerFrame::Pong { number, .. } => self.line.pong(step.now, number),
            ServerFrame::Answer { meeting, generation, sdp } => {
                if let Some(sitting) = self.sitting_at(Topic::Meeting(meeting)) {
                    sitting.call.answered(step, generation, sdp);
                }
            }
            ServerFrame::CallEnded { meeting, generation, .. } => {
                if let Some(sitting) = self.sitting_at(Topic::Meeting(meeting)) {
                    sitting.call.ended(step.now, generation);
                }
            }
            ServerFrame::Slots { meeting, slots } => {
                if let Some(sitting) = self.sitting_at(Topic::Meeting(meeting)) {
                    sitting.call.slots = slots;
                }
            }
            ServerFrame::Layers { meeting, layers } => {
                if self.sitting_at(Topic::Meeting(meeting)).is_some() {
                    step.effect(Effect::Layers(layers));
                }
            }
            ServerFrame::Bye { .. } => {
                step.effect(Effect::Disconnect { generation });
                self.line.down(step);
            }
            ServerFrame::Relay(relay) => step.effect(Effect::Relay(relay)),
            ServerFrame::ReportNow => self.reporter.forget(),
            ServerFrame::Greeting { .. }
            | ServerFrame::Welcome { .. }
            | ServerFrame::Viewing { .. } => {}
        }
    }

    fn media_event(&mut self, step: &mut Step<'_>, event: MediaInput) {
        if let MediaInput::Devices { camera, microphone, loudspeaker } = event {
            self.devices = Devices { camera, microphone, loudspeaker, at: Some(step.now) };
            return;
        }
        let line = self.line.open();
        let Some(sitting) = &mut self.sitting else { return };
        match event {
            MediaInput::Offer { generation, sdp, mids } => {
                if let Some(line) = line {
                    sitting.call.offered(step, line, sitting.meeting, (generation, sdp, mids));
                }
            }
            MediaInput::Connected { generation } => sitting.call.connected(generation),
            MediaInput::Failed { generation } => sitting.call.ended(step.now, generation),
            MediaInput::Stats(quality) => {
                sitting.call.goes(quality);
            }
            MediaInput::Devices { .. } => {}
        }
    }

    /// Does everything that follows from how things are; twice changes nothing.
    fn settle(&mut self, step: &mut Step<'_>) {
        self.line.tick(step);
        let line = self.line.open();
        let is_fresh =
            self.plan.as_ref().is_some_and(|plan| plan.plan.expires_at > step.now.millis());
        self.papers.tick(step, line.is_some() && is_fresh);
        self.sit_or_leave(step);
        self.attend(step);
        if let (Some(sitting), Some(plan)) = (&mut self.sitting, &self.plan) {
            sitting.heed_call(step.now);
            sitting.call.tick(step, line.is_some(), plan.plan.picture);
            let on = sitting.microphone() == Microphone::On;
            sitting.call.set_microphone(step, on);
            sitting.call.set_loudspeaker(step, sitting.hears());
            let wanted = sitting.drawable(&self.papers);
            if sitting.drawn != wanted {
                sitting.drawn = wanted;
                step.effect(Effect::ShowPage(wanted));
            }
        }
        self.stills.tick(step, self.sitting.as_ref().map(|sitting| sitting.meeting));
        if let Some(line) = line {
            let report = self.report(step.now);
            if self.reporter.is_due(&report) {
                step.send(line, ClientFrame::Report(Box::new(report)));
            }
        }
    }

    fn sit_or_leave(&mut self, step: &mut Step<'_>) {
        if let Some(sitting) = &self.sitting {
            let meeting = sitting.meeting;
            let is_planned = self.plan.as_ref().is_some_and(|plan| {
                plan.plan.meetings.iter().any(|planned| planned.meeting == meeting.uuid())
            });
            if sitting.has_ended() {
                self.ended.insert(meeting);
            } else if is_planned && !self.absent.contains(&meeting) {
                return;
            }
            self.leave(step, meeting);
        }
        let next = self.next_meeting().filter(|planned| due_at(planned) <= step.now);
        let Some(planned) = next.cloned() else { return };
        let sitting = Sitting::new(&planned, self.remembered.take(), step.now);
        if let Some(line) = self.line.open() {
            follow(step, line, &sitting);
        }
        self.sitting = Some(sitting);
    }

    fn leave(&mut self, step: &mut Step<'_>, meeting: MeetingId) {
        self.sitting = None;
        step.effect(Effect::Microphone(false));
        step.effect(Effect::Loudspeaker(true));
        step.effect(Effect::CloseCall);
        step.effect(Effect::ShowPage(None));
        step.effect(Effect::KeepView(None));
        if let Some(line) = self.line.open() {
            step.send(line, ClientFrame::HangUp { meeting });
            step.send(line, ClientFrame::Unfollow { topic: Topic::Meeting(meeting) });
        }
    }

    fn attend(&mut self, step: &mut Step<'_>) {
        let Some(sitting) = &self.sitting else { return };
        let (meeting, line) = (sitting.meeting, self.line.open());
        if line.is_some() && sitting.should_attend() && !self.outbox.has(meeting, &Command::Attend)
        {
            self.outbox.put(step, line, meeting, Command::Attend);
        }
    }

    fn turn_microphone(&mut self, step: &mut Step<'_>) {
        let Some(sitting) = &self.sitting else { return };
        let (meeting, line) = (sitting.meeting, self.line.open());
        if let Some(command) = sitting.microphone_key().filter(|_| line.is_some())
            && !self.outbox.has(meeting, &command)
        {
            self.outbox.put(step, line, meeting, command);
        }
    }

    fn new_plan(&mut self, step: &mut Step<'_>, signed: Signed) {
        let plan = match self.accept(&signed, step.now) {
            Ok(plan) => plan,
            Err(fault) => {
                step.effect(Effect::Log(format!("a plan is not carried out: {fault}")));
                return;
            }
        };
        self.absent.clear();
        self.papers.plan(step, &plan.manifests);
        self.plan = Some(plan);
        step.effect(Effect::KeepPlan(Box::new(signed)));
    }

    fn accept(&self, signed: &Signed, now: Timestamp) -> Result<RoomPlan, PlanFault> {
        let plan = self.believe(signed)?;
        let held = self.plan.as_ref().map(|held| held.plan.number);
        fleet::accept(self.identity.device.uuid(), held, &plan.plan, now.millis())?;
        Ok(plan)
    }

    fn believe(&self, signed: &Signed) -> Result<RoomPlan, PlanFault> {
        plan::read(signed, self.head_key.as_ref().ok_or(PlanFault::Signature)?)
    }

    fn tell(&mut self, step: &mut Step<'_>, told: Option<Told>) {
        if let Some((meeting, command)) = told {
            self.outbox.put(step, self.line.open(), meeting, command);
        }
    }

    fn sitting_at(&mut self, topic: Topic) -> Option<&mut Sitting> {
        self.sitting.as_mut().filter(|sitting| Topic::Meeting(sitting.meeting) == topic)
    }

    fn report(&self, now: Timestamp) -> RoomReport {
        let call = self.sitting.as_ref().map(|sitting| {
            let quality = sitting.call.quality.unwrap_or_default();
            CallReport {
                meeting: sitting.meeting,
                connected: sitting.call.is_connected(),
                frames_per_second: quality.frames_per_second,
                loss_percent: quality.loss_percent,
                voice_frames: quality.voice_frames.0,
                voice_frames_concealed: quality.voice_frames.1,
                freezes: sitting.call.freezes,
            }
        });
        RoomReport {
            plan: self.plan.as_ref().map(|plan| plan.plan.number),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: self.started_at,
            now,
            camera: self.devices.camera,
            microphone: self.devices.microphone,
            loudspeaker: self.devices.loudspeaker,
            screen: self.screen,
            call,
            papers: self.papers.report(),
            shown: self.sitting.as_ref().and_then(|sitting| sitting.drawn).map(|page| page.sha256),
            disk_free_bytes: self.disk_free_bytes,
            round_trip_ms: self.line.round_trip_ms,
        }
    }
}

fn follow(step: &mut Step<'_>, line: u64, sitting: &Sitting) {
    let topic = Topic::Meeting(sitting.meeting);
    step.send(line, ClientFrame::Follow { topic, cursor: sitting.cursor.clone() });
}

fn due_at(planned: &PlannedMeeting) -> Timestamp {
    Timestamp::from_millis(planned.join_at)
}

fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
