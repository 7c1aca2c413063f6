//! Rooms through the whole server: enrolment, plans, manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::http::{Method, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::{Entry, HeadVerifier, verify_inclusion};
use meeting::{Actor, Command, ItemAudience, MarkedBy, PointId};
use protocol::enrol::{EnrolmentCode, EnrolmentState};
use protocol::room::{
    CallReport, DeviceProof, Manifest, PLAN_CONTEXT, Part, RoomPlan, RoomReport, Signed,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use super::Expected;
use crate::store::devices::{self, Device};
use crate::testing::{House, json_request};

/// Longer than a roll call takes.
const PATIENCE: Duration = Duration::from_secs(20);

async fn all_devices(house: &House) -> Vec<Device> {
    let mut reader = house.app.db.read().await.expect("a connection");
    devices::all(&mut reader).await.expect("devices")
}

/// Makes the plans that have to change and reads those of a device as its agent would.
async fn plan_of(house: &House, device: &Device) -> RoomPlan {
    house.app.rooms.plan().await.expect("it plans");
    let signed = house.app.rooms.plan_watch(device.id).borrow().clone().expect("a plan");
    let plan = believed(house, &signed);
    assert_eq!(plan.plan.device, device.id.uuid());
    assert_eq!(plan.plan.point, device.point.uuid());
    plan
}

fn verifier(house: &House) -> HeadVerifier {
    let key = STANDARD.decode(house.app.papers.keys.head_key()).expect("base64");
    HeadVerifier::from_public_key(&key).expect("a key")
}

fn believed(house: &House, signed: &Signed) -> RoomPlan {
    let body = STANDARD.decode(&signed.body).expect("base64");
    let signature = STANDARD.decode(&signed.signature).expect("base64");
    verifier(house).verify(PLAN_CONTEXT, &body, &signature).expect("the plan is signed");
    serde_json::from_slice(&body).expect("a plan")
}

/// Every paper of a manifest leads to its head.
fn check_manifest(house: &House, manifest: &Manifest) {
    let head = verifier(house).verify_head(&manifest.head).expect("the head holds");
    for paper in &manifest.papers {
        let entry = Entry::PaperIssued {
            meeting: manifest.meeting.uuid().into_bytes(),
            paper: paper.paper.uuid().into_bytes(),
            version: paper.version,
            sha256: *paper.sha256.as_bytes(),
            bytes: paper.bytes,
            issued_at: paper.issued_at.millis(),
        };
        verify_inclusion(&entry, &paper.proof, &head).expect("the paper is in the ledger");
        assert!(!paper.title.is_empty() && paper.pages >= 6, "{paper:?}");
    }
}

#[tokio::test]
async fn plan_numbers_only_rise_and_only_when_something_changed() {
    let house = House::start().await;
    let secretary = house.seat("secretary").await;
    let device = all_devices(&house).await.remove(0);
    let first = plan_of(&house, &device).await;
    assert_eq!(first.plan.meetings.len(), 1, "one meeting is announced");
    assert_eq!(first.manifests.len(), 1);
    assert_eq!(first.manifests[0].papers.len(), 2);
    check_manifest(&house, &first.manifests[0]);
    assert_eq!(plan_of(&house, &device).await, first, "nothing changed");

    let rooms = [device.point].into();
    let others: BTreeSet<PointId> = house.point_ids().await.into_iter().skip(3).take(1).collect();
    let changes = [
        ("another room is invited", Command::InvitePoints { points: others.clone() }, false),
        ("nobody's business", Command::UninvitePoints { points: others }, false),
        ("this room is not invited", Command::UninvitePoints { points: rooms }, true),
    ];
    let mut last = first;
    for (what, command, concerns) in changes {
        // A point that is invited already, or is not, changes nothing.
        let _ = house.command(&secretary.actor, command).await;
        let next = plan_of(&house, &device).await;
        assert_eq!(next.plan.number > last.plan.number, concerns, "{what}");
        assert!(next.plan.number >= last.plan.number, "{what}");
        last = next;
    }
    assert!(last.plan.meetings.is_empty() && last.manifests.is_empty());

    let house = house.killed_and_started().await;
    assert_eq!(plan_of(&house, &device).await, last, "a start changes nothing");
    let rooms = [device.point].into();
    house
        .command(&secretary.actor, Command::InvitePoints { points: rooms })
        .await
        .expect("it is invited again");
    let next = plan_of(&house, &device).await;
    assert!(next.plan.number > last.plan.number, "after a start the numbers go on");
    check_manifest(&house, &next.manifests[0]);
}

#[tokio::test]
async fn a_room_never_hears_of_a_paper_it_may_not_see() {
    let house = House::start().await;
    let secretary = house.seat("secretary").await;
    let devices = all_devices(&house).await;
    let loaded = house.app.meetings.load(house.made.meeting).await.expect("it loads");
    let state = &loaded.expect("a meeting").state;
    let papers = state.papers_for(&secretary.actor);
    let close = Command::ChangeItem {
        item: papers[0].item,
        title: "Nội dung kín".into(),
        minutes: 20,
        audience: ItemAudience::Only {
            people: BTreeSet::new(),
            points: BTreeSet::from([devices[0].point]),
        },
    };
    house.command(&secretary.actor, close).await.expect("it is closed");
    let admitted = plan_of(&house, &devices[0]).await;
    let other = plan_of(&house, &devices[1]).await;
    assert_eq!(admitted.manifests[0].papers.len(), 2);
    assert_eq!(other.manifests[0].papers.len(), 1);
    assert_eq!(other.manifests[0].papers[0].sha256, papers[1].file.sha256);
    let text = serde_json::to_string(&other).expect("JSON");
    assert!(!text.contains(&papers[0].file.sha256.to_string()), "not even its hash");
    check_manifest(&house, &other.manifests[0]);
    let reader = Actor::Point(devices[1].point);
    let library = &house.app.papers.library;
    let hidden = library.readable_in(&reader, &papers[0].file.sha256).await.expect("an answer");
    assert!(hidden.is_empty(), "nor its bytes");
}

#[tokio::test]
async fn a_code_makes_a_device_a_room_once() {
    let house = House::start().await;
    let (admin, delegate) = (house.seat("admin").await, house.seat("delegate").await);
    let before = all_devices(&house).await.remove(0);
    let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).expect("a key");
    let key = STANDARD.encode(pair.public_key().as_ref());

    let ask = |protocol: u16, key: &str| {
        let body = json!({"protocol": protocol, "public_key": key});
        json_request(Method::POST, "/api/enrolments", &body)
    };
    let answer = house.send(ask(protocol::VERSION + 1, &key)).await;
    assert_eq!(answer.code(), "VERSION");
    assert_eq!(house.send(ask(protocol::VERSION, "AAAA")).await.code(), "BAD_KEY");
    let code = house.send(ask(protocol::VERSION, &key)).await.json(StatusCode::CREATED);
    let code: EnrolmentCode = serde_json::from_value(code).expect("a code");
    let state = async || {
        let request = Request::builder().uri(format!("/api/enrolments/{}", code.secret));
        let answer = house.send(request.body(axum::body::Body::empty()).expect("a request")).await;
        serde_json::from_value::<EnrolmentState>(answer.json(StatusCode::OK)).expect("a state")
    };
    assert_eq!(state().await, EnrolmentState::Waiting);

    let confirm = |code: &str, point: PointId| json!({"code": code, "point": point});
    let path = "/api/enrolments/confirm";
    let nowhere = PointId::new(house.app.edge.uuid());
    let cases = [
        (&delegate, confirm(&code.code, before.point), "NOT_ALLOWED"),
        (&admin, confirm("AAAA-AAAA", before.point), "BAD_CODE"),
        (&admin, confirm("0", before.point), "BAD_CODE"),
        (&admin, confirm(&code.code, nowhere), "NO_SUCH_POINT"),
    ];
    for (seat, body, refused) in cases {
        assert_eq!(house.send(seat.json(Method::POST, path, &body)).await.code(), refused);
    }
    let mut old_plans = house.app.rooms.plan_watch(before.id);
    let typed = confirm(&code.code.to_lowercase(), before.point);
    let answer = house.send(admin.json(Method::POST, path, &typed)).await.json(StatusCode::OK);
    assert_eq!(answer["replaced"], json!([before.id]));
    let again = house.send(admin.json(Method::POST, path, &typed)).await;
    assert_eq!(again.code(), "BAD_CODE", "a code is typed once");
    let EnrolmentState::Enrolled(enrolled) = state().await else { panic!("not enrolled") };
    assert_eq!(enrolled.point, before.point);
    assert_eq!(enrolled.anchors.len(), 1);
    assert_eq!(enrolled.head_key, house.app.papers.keys.head_key());

    house.app.rooms.plan().await.expect("it plans");
    while old_plans.changed().await.is_ok() {}
    let expires_at = house.app.edge.now().plus_millis(30_000);
    let expected = Expected { host: "h:1", nonce: "n", now: house.app.edge.now() };
    let proof = |device| DeviceProof {
        device,
        expires_at,
        signature: STANDARD.encode(pair.sign(&DeviceProof::message("h:1", "n", expires_at))),
    };
    let known = house.app.rooms.prove(&proof(enrolled.device), &expected).await.expect("it reads");
    assert_eq!(known.map(|device| device.point), Some(before.point));
    let gone = house.app.rooms.prove(&proof(before.id), &expected).await.expect("it reads");
    assert_eq!(gone, None, "the device before is not let in");
    let plan = plan_of(&house, &all_devices(&house).await[0]).await;
    assert_eq!(plan.manifests[0].papers.len(), 2, "the new device has a plan");
}

#[tokio::test]
async fn v04_roll_call() {
    let house = House::start().await;
    let chair = house.seat("chair").await;
    let devices = all_devices(&house).await;
    let rooms = &house.app.rooms;
    rooms.online(&devices[0], 1);
    rooms.online(&devices[1], 2);
    house.command(&chair.actor, Command::Start).await.expect("it starts");
    let mut calls = rooms.roll_calls();
    house.command(&chair.actor, Command::CallRoll).await.expect("the roll is called");
    tokio::time::timeout(PATIENCE, calls.changed()).await.expect("soon").expect("rooms are asked");
    for (device, connected) in devices.iter().zip([true, false]) {
        rooms.report(device, report(house.made.meeting, connected, house.app.edge.now()));
    }
    let recorded = async {
        loop {
            let loaded = house.app.meetings.load(house.made.meeting).await.expect("it loads");
            let state = &loaded.expect("it is there").state;
            if state.awaited_roll().is_none() {
                break state.clone();
            }
            tokio::task::yield_now().await;
        }
    };
    let state = tokio::time::timeout(PATIENCE, recorded).await.expect("within ten seconds");
    let audience = meeting::audience_of(&state, &chair.actor).expect("the chair");
    let view = meeting::view_for(&state, &audience, &meeting::Names::default());
    let Some(meeting::Section::Roll(roll)) = view.get("roll") else { panic!("no roll") };
    assert_eq!((roll.present, usize::from(roll.total)), (1, roll.points.len()));
    let mark = |point: PointId| {
        let line = roll.points.iter().find(|line| line.point == point);
        line.and_then(|line| line.mark.clone()).expect("every point is marked")
    };
    let MarkedBy::Report(evidence) = mark(devices[0].point).by else { panic!("no report") };
    assert!(evidence.camera && evidence.media && evidence.shown.is_some());
    assert!(!mark(devices[1].point).present, "it reported, and is not in the call");
    let others = roll.points.iter().filter(|line| devices.iter().all(|it| it.point != line.point));
    let silent = others.map(|line| mark(line.point).by).collect::<Vec<_>>();
    assert!(
        !silent.is_empty() && silent.iter().all(|by| *by == MarkedBy::Silence),
        "not connected"
    );

    let forged = Command::RecordRoll { number: 1, reports: BTreeMap::new() };
    let id = meeting::CommandId::new(house.app.edge.uuid());
    let order =
        crate::meetings::Order::by_client(chair.actor.clone(), house.made.meeting, id, forged);
    assert_eq!(order.err(), Some(meeting::Refusal::NotAllowed), "evidence is the server's alone");
}

fn report(meeting: meeting::MeetingId, connected: bool, now: meeting::Timestamp) -> RoomReport {
    RoomReport {
        plan: None,
        version: "0.1.0".into(),
        started_at: now,
        now,
        camera: Part::Works,
        microphone: Part::Works,
        loudspeaker: Part::Works,
        screen: Part::Works,
        call: Some(CallReport {
            meeting,
            connected,
            frames_per_second: 25.0,
            loss_percent: 0.0,
            voice_frames: 0,
            voice_frames_concealed: 0,
            freezes: 0,
        }),
        papers: Vec::new(),
        shown: Some(meeting::Digest::new([7; 32])),
        disk_free_bytes: 1 << 40,
        round_trip_ms: Some(12),
    }
}

#[tokio::test]
async fn v08_a_called_point_joins_now() {
    let house = House::start().await;
    let chair = house.seat("chair").await;
    let device = all_devices(&house).await.remove(0);
    house.command(&chair.actor, Command::Start).await.expect("it starts");
    house.command(&chair.actor, Command::Extend { minutes: 15 }).await.expect("it is extended");
    house
        .command(&chair.actor, Command::CallPoint { point: device.point })
        .await
        .expect("it is called");
    let plan = plan_of(&house, &device).await;
    assert!(plan.plan.meetings[0].join_at <= house.app.edge.now().millis(), "at once");
}
