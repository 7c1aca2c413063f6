//! The frames as they travel: a committed line for each, so that no form changes unnoticed.
//! `UPDATE=1 cargo test -p protocol` writes `frames.txt` anew; a change of an old line needs a new
//! [`protocol::VERSION`].

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fleet::PlanNumber;
use ledger::{Entry, Hash, InclusionProof};
use meeting::{
    Command, CommandId, Deed, DeviceId, Digest, Head, MeetingId, PaperId, PaperOrigin, PersonId,
    Phase, PointId, Section, Speaker, Timestamp, UnitId,
};
use protocol::board::{BoardSection, Cause, PointStatus, Trouble};
use protocol::call::{CallMids, CallOffer, CallSlots, Relay};
use protocol::home::{HomeSection, MeetingCard};
use protocol::line::{LineFigures, LineReport};
use protocol::live::{Changes, ClientFrame, Cursor, ServerFrame, Topic, TopicSection};
use protocol::paper_entry;
use protocol::room::{
    CallReport, DeviceProof, ManifestPaper, PaperReport, Part, RoomReport, Signed,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

const AT: Timestamp = Timestamp::from_millis(1_753_750_000_000);

fn id(number: u8) -> Uuid {
    Uuid::from_bytes([number; 16])
}

fn meeting_id() -> MeetingId {
    MeetingId::new(id(1))
}

fn point_id() -> PointId {
    PointId::new(id(2))
}

#[test]
fn the_frames_are_those_that_were_promised() {
    let mut lines = Vec::new();
    note("client", &client_frames(), &mut lines);
    note("server", &server_frames(), &mut lines);
    let wanted = format!("{}\n", lines.join("\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frames.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let promised = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, promise) in wanted.lines().zip(promised.lines()) {
        assert_eq!(line, promise, "a frame changed: see the first lines of this test");
    }
    assert_eq!(wanted.lines().count(), promised.lines().count(), "run with UPDATE=1");
}

/// A line for each frame; fails when a kind has no sample or a frame does not come back whole.
fn note<T>(from: &str, frames: &[T], lines: &mut Vec<String>)
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let mut seen = BTreeSet::new();
    for frame in frames {
        let text = serde_json::to_string(frame).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), frame);
        let form: serde_json::Value = serde_json::from_str(&text).unwrap();
        seen.insert(form["type"].as_str().unwrap().to_owned());
        lines.push(format!("{from} {text}"));
    }
    // serde lists the kinds to somebody who names another one.
    let unknown = serde_json::from_str::<T>(r#"{"type":"?"}"#).expect_err("unknown").to_string();
    let list = unknown.split_once("expected").expect("a list").1;
    let kinds: BTreeSet<_> = list.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert_eq!(seen, kinds, "every kind of frame from the {from} has a sample");
}

fn client_frames() -> Vec<ClientFrame> {
    let device =
        DeviceProof { device: DeviceId::new(id(3)), expires_at: AT, signature: "c2ln".to_owned() };
    let title = "Phiên họp tháng 7".to_owned();
    let create = Command::Create { title, starts_at: AT, minutes: 90, chair: PersonId::new(id(4)) };
    let offer = CallOffer {
        meeting: meeting_id(),
        generation: 2,
        sdp: "v=0".to_owned(),
        mids: CallMids {
            camera: Some("0".to_owned()),
            microphone: Some("1".to_owned()),
            main: Some("2".to_owned()),
            voices: vec!["3".to_owned(), "4".to_owned()],
            tiles: Vec::new(),
            preview: None,
            content: None,
            screen: None,
        },
    };
    let meeting = meeting_id();
    let topic = Topic::Meeting(meeting);
    vec![
        ClientFrame::Hello { protocol: protocol::VERSION, device: None },
        ClientFrame::Hello { protocol: protocol::VERSION, device: Some(device) },
        ClientFrame::Follow { topic, cursor: None },
        ClientFrame::Follow { topic: Topic::Board, cursor: Some(Cursor("a1".to_owned())) },
        ClientFrame::Unfollow { topic: Topic::Home },
        ClientFrame::Command { id: CommandId::new(id(5)), meeting, command: create },
        ClientFrame::Call(offer),
        ClientFrame::HangUp { meeting },
        ClientFrame::Preview { meeting, point: Some(point_id()) },
        ClientFrame::Preview { meeting, point: None },
        ClientFrame::Report(Box::new(report())),
        ClientFrame::Ping { number: 7 },
        ClientFrame::View { meeting, speaker: Some(Speaker::Point(point_id())) },
        ClientFrame::Restart { meeting, generation: 3, sdp: "v=0".to_owned() },
    ]
}

fn line() -> LineReport {
    let up = LineFigures {
        loss_percent: Some(7.0),
        jitter_ms: 12,
        kilobits_per_second: 900,
        freezes: 2,
        layer: Some(1),
    };
    let down = LineFigures { loss_percent: None, layer: None, ..up };
    LineReport {
        at: AT,
        up,
        down,
        round_trip_ms: Some(40),
        voice_frames: 1_500,
        voice_frames_concealed: 3,
    }
}

fn report() -> RoomReport {
    let call = CallReport {
        meeting: meeting_id(),
        connected: true,
        frames_per_second: 24.5,
        loss_percent: 0.5,
        voice_frames: 1_500,
        voice_frames_concealed: 3,
        freezes: 1,
    };
    let paper = PaperReport {
        paper: PaperId::new(id(6)),
        sha256: Digest::new([7; 32]),
        have_bytes: 500,
        bytes: 1000,
    };
    RoomReport {
        plan: Some(PlanNumber(3)),
        version: "0.1.0".to_owned(),
        started_at: AT,
        now: AT,
        camera: Part::Works,
        microphone: Part::Silent,
        loudspeaker: Part::Missing,
        screen: Part::Unused,
        call: Some(call),
        papers: vec![paper],
        shown: None,
        disk_free_bytes: 1 << 40,
        round_trip_ms: Some(12),
    }
}

fn server_frames() -> Vec<ServerFrame> {
    let meeting = meeting_id();
    let id = CommandId::new(id(5));
    let signed = Signed { body: "e30=".to_owned(), signature: "c2ln".to_owned() };
    let slots = CallSlots {
        main: Some(Speaker::Point(point_id())),
        voices: vec![Some(Speaker::Person(PersonId::new(self::id(4)))), None],
        tiles: Vec::new(),
        preview: None,
        content: None,
    };
    let code = || "GONE".to_owned();
    let mut frames = vec![
        ServerFrame::Greeting {
            protocol: protocol::VERSION,
            nonce: "bm9uY2U=".to_owned(),
            now: AT,
        },
        ServerFrame::Welcome { now: AT, instance: "i1".to_owned() },
        ServerFrame::Absent { topic: Topic::Meeting(meeting) },
        ServerFrame::Done { id, seq: 41 },
        ServerFrame::Refused { id, code: "NOT_ALLOWED".to_owned() },
        ServerFrame::Answer { meeting, generation: 2, sdp: "v=0".to_owned() },
        ServerFrame::CallEnded { meeting, generation: 2, code: code() },
        ServerFrame::Slots { meeting, slots },
        ServerFrame::Plan { plan: signed },
        ServerFrame::Stills { meetings: vec![meeting_id()], every_ms: 1_500 },
        ServerFrame::Ticket { token: "t".to_owned(), expires_at: AT },
        ServerFrame::Pong { number: 7, now: AT },
        ServerFrame::Bye { code: "SLOW".to_owned() },
        ServerFrame::Viewing { meeting, speaker: None, code: Some("NOT_ALLOWED".to_owned()) },
        ServerFrame::ReportNow,
        ServerFrame::Layers { meeting, layers: 2 },
    ];
    frames.extend(sections().into_iter().map(|(topic, key, section)| {
        ServerFrame::Changes(Box::new(Changes {
            topic,
            cursor: Cursor("a2".to_owned()),
            changed: BTreeMap::from([(key, section)]),
            removed: vec!["point/x".to_owned()],
        }))
    }));
    frames.push(ServerFrame::Relay(Relay {
        urls: vec!["turn:turn.hanam.gov.vn:3478?transport=udp".to_owned()],
        username: "1753750000:point".to_owned(),
        credential: "cGFzcw==".to_owned(),
        expires_at: AT,
    }));
    frames
}

fn sections() -> Vec<(Topic, String, TopicSection)> {
    let head = Head {
        title: None,
        starts_at: AT,
        minutes: 90,
        phase: Phase::Running { since: AT },
        chair: PersonId::new(id(4)),
        chair_name: Some("Nguyễn Thị Hà".to_owned()),
    };
    let card = MeetingCard {
        meeting: meeting_id(),
        title: Some("Phiên họp".to_owned()),
        starts_at: AT,
        minutes: 90,
        phase: Phase::Draft,
        chair_name: None,
        part: Some(meeting::Part::Secretary),
        can: vec![Deed::Announce, Deed::AddPaper],
    };
    let status = PointStatus {
        point: point_id(),
        name: "Xã Hòa Hậu".to_owned(),
        unit: UnitId::new(id(8)),
        parent_name: Some("Huyện Lý Nhân".to_owned()),
        enrolled: true,
        online_since: Some(AT),
        heard_at: Some(AT),
        meeting: None,
        report: Some(report()),
        reported_at: Some(AT),
        plan_wanted: Some(3),
        line: Some(line()),
        ceiling_kbps: Some(512),
        troubles: vec![Trouble { cause: Cause::NoMedia, since: AT }],
    };
    let point = format!("point/{}", point_id());
    vec![
        (
            Topic::Meeting(meeting_id()),
            "head".to_owned(),
            TopicSection::Meeting(Section::Head(head)),
        ),
        (
            Topic::Home,
            format!("meeting/{}", meeting_id()),
            TopicSection::Home(HomeSection::Meeting(card)),
        ),
        (Topic::Board, point, TopicSection::Board(Box::new(BoardSection::Status(status)))),
    ]
}

#[test]
fn server_and_agent_make_the_same_entry() {
    let paper = ManifestPaper {
        paper: PaperId::new(id(6)),
        version: 2,
        title: "Báo cáo".to_owned(),
        sha256: Digest::new([7; 32]),
        bytes: 1000,
        pages: 12,
        origin: PaperOrigin::Sealed,
        issued_at: AT,
        proof: InclusionProof { index: 0, path: vec![Hash([0; 32])] },
    };
    let expected = Entry::PaperIssued {
        meeting: [1; 16],
        paper: [6; 16],
        version: 2,
        sha256: [7; 32],
        bytes: 1000,
        issued_at: AT.millis(),
    };
    assert_eq!(paper_entry(meeting_id(), &paper), expected);
    let retitled = ManifestPaper { title: String::new(), pages: 1, ..paper };
    assert_eq!(paper_entry(meeting_id(), &retitled), expected, "words are not in the ledger");
}
