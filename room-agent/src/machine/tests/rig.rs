//! A room under test: its clock, its server, its disk.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fleet::{Picture, Plan, PlanNumber, PlannedMeeting};
use ledger::{Hash, HeadSigner, InclusionProof, SignedHead};
use protocol::enrol::EnrolmentCode;
use protocol::live::{Changes, ClientFrame, Cursor, ServerFrame, Topic, TopicSection};
use protocol::meeting::{
    Command, CommandId, Controls, Deed, DeviceId, Digest, Floor, Head, Holder, Layout, Me,
    MeetingId, Microphone, Own, PaperFile, PaperId, PaperOrigin, PaperStep, PersonId, Phase,
    PointId, RecordingNotice, RecordingState, Section, Shown, ShownPage, Speaker, Timestamp,
};
use protocol::room::{Enrolled, Manifest, ManifestPaper, PLAN_CONTEXT, RoomPlan, Signed};
use ring::rand::SystemRandom;
use uuid::Uuid;

use super::super::{
    Effect, Entropy, Facts, FetchOutcome, Input, Key, LineInput, MediaInput, Memory, Room, Verdict,
};

/// When the test begins, and when the planned meeting is entered.
pub(super) const START: i64 = 1_700_000_000_000;
pub(super) const JOIN_AT: i64 = START + 100_000;

pub(super) struct Rig {
    pub(super) room: Room,
    pub(super) now: Timestamp,
    pub(super) enrolled: Enrolled,
    /// The generation of the line that was opened last.
    pub(super) generation: u64,
    pub(super) drew_a_page: bool,
    /// Papers whose last verdict was good.
    pub(super) verified: BTreeSet<Digest>,
    signer: HeadSigner,
    counter: Counter,
    seen: Seen,
    queue: Vec<Effect>,
    kept: Memory,
    connecting: bool,
    judged: Option<u64>,
    fetched: Option<u64>,
    called: Option<u32>,
}

/// What the server shows of the meeting.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) phase: Phase,
    pub(super) shown: Option<u32>,
    pub(super) recording: Option<RecordingState>,
    pub(super) holder: Option<(Speaker, String)>,
    pub(super) me: SeenMe,
}

#[derive(Clone)]
pub(super) struct SeenMe {
    pub(super) can_attend: bool,
    pub(super) microphone: Microphone,
    pub(super) own: Own,
    pub(super) layout: Layout,
}

/// One random happening.
#[derive(Clone, Copy, Debug)]
pub(super) enum Chance {
    Wait(i64),
    LineUp,
    LineDown,
    Plan(u64),
    Ticket,
    Fetched(u8),
    Judged(u8),
    Show(u32),
    EndMeeting,
    MediaFailed,
    MediaConnected,
    Key,
}

struct Counter(u128);

impl Entropy for Counter {
    fn next(&mut self) -> u128 {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        self.0
    }
}

pub(super) const fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(super) const fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(super) fn code(code: &str) -> EnrolmentCode {
    let expires_at = at(START + 600_000);
    EnrolmentCode { code: code.to_owned(), secret: "secret".to_owned(), expires_at }
}

impl Rig {
    pub(super) fn unknown() -> Self {
        Self::new(false)
    }

    /// Enrolled, with a line that is about to be opened.
    pub(super) fn known() -> Self {
        Self::new(true)
    }

    pub(super) fn online() -> Self {
        let mut rig = Self::known();
        let generation = rig.until_connect();
        rig.line(generation, LineInput::Up { instance: "a".into() });
        rig
    }

    /// In a running meeting, with a plan of one paper that nobody has looked at yet.
    pub(super) fn in_meeting() -> Self {
        let mut rig = Self::online();
        rig.plan(1);
        rig.advance_hearing(JOIN_AT - rig.now.millis());
        rig.view(|_| ());
        rig
    }

    fn new(is_known: bool) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = HeadSigner::generate_pkcs8(&random).unwrap();
        let signer = HeadSigner::from_pkcs8(&pkcs8, &random).unwrap();
        let enrolled = Enrolled {
            device: DeviceId::new(id(1)),
            point: PointId::new(id(2)),
            point_name: "Huyện Kim Bảng".into(),
            head_key: STANDARD.encode(signer.verifier().public_key()),
            anchors: Vec::new(),
        };
        let mut counter = Counter(7);
        let identity = is_known.then(|| enrolled.clone());
        let room =
            Room::new(Facts::default(), identity, Memory::default(), at(START), &mut counter);
        let seen = Seen {
            phase: Phase::Running { since: at(JOIN_AT) },
            shown: None,
            recording: None,
            holder: None,
            me: SeenMe {
                can_attend: false,
                microphone: Microphone::Off,
                own: Own::default(),
                layout: Layout::default(),
            },
        };
        let mut rig = Self {
            room,
            now: at(START),
            enrolled,
            generation: 0,
            drew_a_page: false,
            verified: BTreeSet::new(),
            signer,
            counter,
            seen,
            queue: Vec::new(),
            kept: Memory::default(),
            connecting: false,
            judged: None,
            fetched: None,
            called: None,
        };
        rig.input(Input::Tick);
        rig
    }

    /// The same room after its power came back.
    pub(super) fn reboot(mut self) -> Self {
        let identity = Some(self.enrolled.clone());
        let memory = std::mem::take(&mut self.kept);
        self.room = Room::new(Facts::default(), identity, memory, self.now, &mut self.counter);
        self.queue.clear();
        self.judged = None;
        self.input(Input::Tick);
        self
    }

    pub(super) fn input(&mut self, input: Input) {
        self.room.handle(self.now, input, &mut self.counter);
        while let Some(effect) = self.room.poll_effect() {
            self.note(&effect);
            self.queue.push(effect);
        }
    }

    /// Every effect since this was asked last.
    pub(super) fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.queue)
    }

    /// Lets time pass, from timer to timer.
    pub(super) fn advance(&mut self, millis: i64) {
        let end = self.now.plus_millis(millis);
        while let Some(timeout) = self.room.poll_timeout().filter(|timeout| *timeout <= end) {
            self.now = timeout.max(self.now);
            self.input(Input::Tick);
        }
        self.now = end;
        self.input(Input::Tick);
    }

    /// Lets time pass while the server answers pings.
    pub(super) fn advance_hearing(&mut self, millis: i64) {
        let end = self.now.plus_millis(millis);
        while self.now < end {
            let step = end.millis_since(self.now).min(1_000);
            self.advance(step);
            self.frame(ServerFrame::Pong { number: 0, now: self.now });
        }
    }

    pub(super) fn until_connect(&mut self) -> u64 {
        let before = self.generation;
        for _ in 0..100 {
            if self.generation != before || self.connecting {
                return self.generation;
            }
            let timeout = self.room.poll_timeout().expect("a room always waits for something");
            self.now = self.now.max(timeout);
            self.input(Input::Tick);
        }
        panic!("the room gave up the line");
    }

    pub(super) const fn is_connecting(&self) -> bool {
        self.connecting
    }

    pub(super) fn line(&mut self, generation: u64, event: LineInput) {
        self.connecting = false;
        self.input(Input::Line { generation, event });
    }

    pub(super) fn frame(&mut self, frame: ServerFrame) {
        let generation = self.generation;
        self.input(Input::Line { generation, event: LineInput::Frame(Box::new(frame)) });
    }

    pub(super) fn plan(&mut self, number: u64) {
        let plan = self.signed_plan(number, |_| ());
        self.plan_frame(plan);
    }

    pub(super) fn plan_frame(&mut self, plan: Signed) {
        self.frame(ServerFrame::Plan { plan });
    }

    pub(super) fn signed_plan(&self, number: u64, change: impl FnOnce(&mut RoomPlan)) -> Signed {
        let mut plan = self.room_plan(number);
        change(&mut plan);
        let body = serde_json::to_vec(&plan).unwrap();
        let signature = self.signer.sign(PLAN_CONTEXT, &body, &SystemRandom::new()).unwrap();
        Signed { body: STANDARD.encode(body), signature: STANDARD.encode(signature) }
    }

    pub(super) fn forged_plan(&self, number: u64) -> Signed {
        let good = self.signed_plan(number, |_| ());
        let body = serde_json::to_vec(&self.room_plan(number + 1)).unwrap();
        Signed { body: STANDARD.encode(body), ..good }
    }

    fn room_plan(&self, number: u64) -> RoomPlan {
        let planned = PlannedMeeting {
            meeting: id(10),
            title: "Họp".into(),
            starts_at: JOIN_AT + 60_000,
            ends_at: JOIN_AT + 7_200_000,
            join_at: JOIN_AT,
        };
        let paper = ManifestPaper {
            paper: PaperId::new(id(20)),
            version: 1,
            title: "Báo cáo".into(),
            sha256: digest(),
            bytes: 1_000,
            pages: 3,
            origin: PaperOrigin::Sealed,
            issued_at: at(START),
            proof: InclusionProof { index: 0, path: Vec::new() },
        };
        let head =
            SignedHead { size: 1, root: Hash([0; 32]), signed_at: START, signature: String::new() };
        RoomPlan {
            plan: Plan {
                number: PlanNumber(number),
                device: self.enrolled.device.uuid(),
                point: self.enrolled.point.uuid(),
                point_name: "Huyện Kim Bảng".into(),
                made_at: START,
                expires_at: START + 86_400_000,
                picture: Picture {
                    width: 320,
                    height: 180,
                    frames_per_second: 15,
                    bitrate_bps_max: 500_000,
                },
                meetings: vec![planned],
            },
            manifests: vec![Manifest { meeting: meeting(), head, papers: vec![paper] }],
        }
    }

    pub(super) fn ticket(&mut self) {
        let expires_at = self.now.plus_millis(3_600_000);
        self.frame(ServerFrame::Ticket { token: "token".into(), expires_at });
    }

    /// The generation of the last wish to judge, which must be there.
    pub(super) fn judging(&self) -> u64 {
        self.judged.expect("a paper is judged")
    }

    pub(super) fn fetching(&mut self) -> Option<u64> {
        self.fetched.take()
    }

    pub(super) fn call_opened(&mut self) -> Option<u32> {
        self.called.take()
    }

    /// The paper is on the disk and good.
    pub(super) fn verify(&mut self) {
        let generation = self.judging();
        self.verified.insert(digest());
        let verdict = Verdict::Verified { signers: vec!["UBND tỉnh".into()] };
        self.input(Input::Judged { generation, verdict });
    }

    /// Commands that were sent since effects were asked last.
    pub(super) fn commands(&mut self) -> Vec<(CommandId, Command<String>)> {
        let sent = self.effects().into_iter().filter_map(|effect| match effect {
            Effect::Send { frame, .. } => match *frame {
                ClientFrame::Command { id, command, .. } => Some((id, command)),
                _ => None,
            },
            _ => None,
        });
        sent.collect()
    }

    /// Steps of papers that were told since effects were asked last.
    pub(super) fn told(&mut self) -> Vec<PaperStep> {
        let steps = self.commands().into_iter().filter_map(|(_, command)| match command {
            Command::ReportPaper { step, .. } => Some(step),
            _ => None,
        });
        steps.collect()
    }

    pub(super) fn reports(&mut self) -> usize {
        let is_report = |effect: &Effect| matches!(effect, Effect::Send { frame, .. } if matches!(**frame, ClientFrame::Report(_)));
        self.effects().iter().filter(|effect| is_report(effect)).count()
    }

    pub(super) fn done(&mut self, id: CommandId) {
        self.frame(ServerFrame::Done { id, seq: 1 });
    }

    pub(super) fn call_ended(&mut self, generation: u32) {
        let code = "GONE".to_owned();
        self.frame(ServerFrame::CallEnded { meeting: meeting(), generation, code });
    }

    pub(super) fn show_page(&mut self, page: u32) {
        self.view(|view| view.shown = Some(page));
    }

    /// Changes what the server shows of the meeting, and shows it.
    pub(super) fn view(&mut self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen);
        let changes = Changes {
            topic: Topic::Meeting(meeting()),
            cursor: Cursor("c".into()),
            changed: sections(&self.seen, self.enrolled.point),
            removed: self
                .seen
                .recording
                .is_none()
                .then(|| "recording".to_owned())
                .into_iter()
                .collect(),
        };
        self.frame(ServerFrame::Changes(Box::new(changes)));
    }

    pub(super) fn chance(&mut self, chance: Chance) {
        match chance {
            Chance::Wait(millis) => self.advance(millis),
            Chance::LineUp => self.line(self.generation, LineInput::Up { instance: "a".into() }),
            Chance::LineDown => self.line(self.generation, LineInput::Down),
            Chance::Plan(number) => self.plan(number),
            Chance::Ticket => self.ticket(),
            Chance::Fetched(how) => {
                if let Some(generation) = self.fetched.take() {
                    let outcome = match how {
                        0 => FetchOutcome::Received,
                        1 => FetchOutcome::OtherHash,
                        _ => FetchOutcome::Interrupted,
                    };
                    self.input(Input::Fetched { generation, outcome });
                }
            }
            Chance::Judged(how) => {
                if let Some(generation) = self.judged.take() {
                    self.judge(generation, how);
                }
            }
            Chance::Show(page) => self.show_page(page),
            Chance::EndMeeting => self.view(|view| view.phase = Phase::Ended { at: at(JOIN_AT) }),
            Chance::MediaFailed => {
                let generation = self.called.unwrap_or(0);
                self.input(Input::Media(MediaInput::Failed { generation }));
            }
            Chance::MediaConnected => {
                let generation = self.called.unwrap_or(0);
                self.input(Input::Media(MediaInput::Connected { generation }));
            }
            Chance::Key => self.input(Input::Key(Key::NextPage)),
        }
    }

    fn judge(&mut self, generation: u64, how: u8) {
        let verdict = match how {
            0 => Verdict::Verified { signers: Vec::new() },
            1 => Verdict::Missing,
            _ => Verdict::Refused {
                code: "DIGEST".into(),
                reason: "vì sao".into(),
                signers: Vec::new(),
            },
        };
        if how == 0 {
            self.verified.insert(digest());
        } else {
            self.verified.remove(&digest());
        }
        self.input(Input::Judged { generation, verdict });
    }

    fn note(&mut self, effect: &Effect) {
        match effect {
            Effect::Connect { generation, .. } => {
                self.generation = *generation;
                self.connecting = true;
            }
            Effect::Judge { generation, .. } => self.judged = Some(*generation),
            Effect::Fetch { generation, .. } => self.fetched = Some(*generation),
            Effect::OpenCall { generation, .. } => self.called = Some(*generation),
            Effect::ShowPage(Some(_)) => self.drew_a_page = true,
            Effect::KeepPlan(plan) => self.kept.plan = Some(*plan.clone()),
            Effect::KeepView(view) => self.kept.view = view.as_deref().cloned(),
            _ => {}
        }
    }
}

fn meeting() -> MeetingId {
    MeetingId::new(id(10))
}

fn digest() -> Digest {
    Digest::new([0xAB; 32])
}

fn sections(seen: &Seen, point: PointId) -> BTreeMap<String, TopicSection> {
    let head = Head {
        title: Some("Họp".into()),
        starts_at: at(JOIN_AT),
        minutes: 60,
        phase: seen.phase,
        chair: PersonId::new(id(30)),
        chair_name: Some("Chủ tịch UBND tỉnh".into()),
    };
    let holder = seen.holder.clone().map(|(speaker, name)| Holder {
        speaker,
        name: Some(name),
        since: at(JOIN_AT),
        muted: false,
    });
    let page = seen.shown.map(|page| ShownPage {
        paper: PaperId::new(id(20)),
        title: Some("Báo cáo".into()),
        file: PaperFile { sha256: digest(), bytes: 1_000, pages: 3, origin: PaperOrigin::Sealed },
        page,
        at: at(JOIN_AT),
    });
    let me = Me {
        speaker: Some(Speaker::Point(point)),
        name: None,
        part: None,
        can: match (seen.me.can_attend, seen.me.microphone) {
            (true, _) => vec![Deed::Attend],
            (false, Microphone::Muted) => vec![Deed::Unmute],
            (false, _) => Vec::new(),
        },
        place_in_queue: None,
        microphone: seen.me.microphone,
        attending_since: (!seen.me.can_attend).then(|| at(JOIN_AT)),
        own: seen.me.own,
    };
    let controls =
        Controls { layout: seen.me.layout, discussion: true, locked: false, follows: None };
    let notice = seen
        .recording
        .clone()
        .map(|state| ("recording", Section::Recording(RecordingNotice { state })));
    [
        ("head", Section::Head(head)),
        ("floor", Section::Floor(Floor { holder, queue: Vec::new() })),
        ("shown", Section::Shown(Shown { page })),
        ("me", Section::Me(me)),
        ("controls", Section::Controls(controls)),
    ]
    .into_iter()
    .chain(notice)
    .map(|(key, section)| (key.to_owned(), TopicSection::Meeting(section)))
    .collect()
}
