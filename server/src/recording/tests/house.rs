//! Recordings of a whole server: who may begin, watch and keep them, and what a full disk does.

use std::sync::mpsc::sync_channel;
use std::time::Duration;

use axum::http::StatusCode;
use ledger::Entry;
use meeting::{Command, MeetingId};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::config;
use crate::edge::Edge;
use crate::recording::thread::{Following, Key, Recorder, Report, Work};
use crate::sfu::Sfu;
use crate::store::{ledger as ledger_table, recordings};
use crate::testing::{House, Seat};

async fn seen(house: &House, seat: &Seat) -> Value {
    let path = format!("/api/meetings/{}/recordings", house.made.meeting);
    house.send(seat.get(&path)).await.json(StatusCode::OK)
}

async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..200 {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never happens");
}

#[tokio::test]
async fn v11_recording_is_kept_closed_and_entered_into_the_ledger() {
    let house = House::start().await;
    let chair = house.seat("chair").await;
    house.command(&chair.actor, Command::Start).await.expect("it starts");
    house.command(&chair.actor, Command::StartRecording).await.expect("it is recorded");
    let now = seen(&house, &chair).await;
    assert_eq!(now["recordings"].as_array().expect("a list").len(), 1);
    assert_eq!(
        (&now["recordings"][0]["stopped_at"], &now["may_keep"]),
        (&Value::Null, &json!(true))
    );

    // A killed server goes on with it.
    let house = house.killed_and_started().await;
    let chair = house.seat("chair").await;
    house.command(&chair.actor, Command::StopRecording).await.expect("it is stopped");
    let closed = until(async || {
        let mut reader = house.app.db.read().await.expect("a connection");
        let kept = recordings::of_meeting(&mut reader, house.made.meeting).await.expect("rows");
        kept.into_iter().find(|kept| kept.closed_at.is_some())
    });
    let closed = closed.await;
    let mut reader = house.app.db.read().await.expect("a connection");
    assert!(recordings::unclosed(&mut reader).await.expect("rows").is_empty());
    let found = ledger_table::find_recording(&mut reader, closed.meeting, closed.seq).await;
    let entry = found.expect("it reads").expect("an entry").entry;
    assert!(matches!(entry, Entry::RecordingKept { .. }), "{entry:?}");
}

#[tokio::test]
async fn v11_recording_is_not_for_everybody() {
    let house = House::start().await;
    let technician = house.seat("technician").await;
    let path = format!("/api/meetings/{}/recordings", house.made.meeting);
    assert_eq!(house.send(technician.get(&path)).await.status, StatusCode::NOT_FOUND);
    let part = format!("/api/recordings/{}", Uuid::from_u128(9));
    let chair = house.seat("chair").await;
    assert_eq!(house.send(chair.get(&part)).await.status, StatusCode::NOT_FOUND);
    // No client says that the server cannot go on.
    let path = format!("/api/meetings/{}/commands", house.made.meeting);
    let command = json!({"do": "interrupt_recording", "code": "DISK_FULL"});
    let body = json!({"id": house.app.edge.uuid(), "command": command});
    let answer = house.send(chair.json(axum::http::Method::POST, &path, &body)).await;
    assert_eq!(answer.code(), "NOT_ALLOWED");
}

#[tokio::test]
async fn v11_recording_ends_when_the_disk_is_full_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sfu, _events) = Sfu::start(&config::Media::default(), &Edge::real()).expect("started");
    let (orders, order_queue) = sync_channel(4);
    let (reports, mut told) = mpsc::channel(4);
    let recorder = Recorder {
        root: folder.path().to_owned(),
        free_bytes_min: u64::MAX,
        orders: order_queue,
        packets: sfu.take_recorded().expect("nobody else has them"),
        reports,
        sfu: sfu.clone(),
        edge: Edge::real(),
        work: Work::default(),
    };
    let thread = std::thread::spawn(move || recorder.run());
    let key = Key { meeting: MeetingId::new(Uuid::from_u128(1)), seq: 7 };
    let following = Following { recordings: [key].into(), ..Following::default() };
    orders.send(following.clone()).expect("taken");
    assert!(matches!(told.recv().await, Some(Report::Failed(of, "DISK_FULL")) if of == key));
    assert!(matches!(told.recv().await, Some(Report::Closed { key: of, .. }) if of == key));
    // The same wish again does not begin it anew.
    orders.send(following).expect("taken");
    drop(orders);
    tokio::task::spawn_blocking(|| thread.join()).await.expect("joined").expect("no panic");
    assert!(told.recv().await.is_none());
    sfu.stop().await;
}
