//! Papers through the whole server: uploads, judgement, ledger, downloads.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt as _;
use ledger::{Entry, HeadVerifier, InclusionProof, SignedHead, verify_inclusion};
use meeting::{Command, Digest, Event, IssuedPaper, PaperFile, PaperId, PaperOrigin};
use seal::authority::{Authority, Subject, Usage};
use seal::{FileKey, RsaPadding, SealRequest};

use super::digest;
use super::tickets::Holder;
use crate::store::{devices, meeting_log, papers as papers_table};
use crate::testing::House;

/// The issued papers as the chair sees them: the signed one first, then the sealed one.
async fn issued(house: &House) -> Vec<IssuedPaper> {
    let chair = house.seat("chair").await;
    let loaded = house.app.meetings.load(house.made.meeting).await.expect("it loads");
    let papers = loaded.expect("a meeting").state.papers_for(&chair.actor);
    assert_eq!(papers.len(), 2, "two papers were issued");
    papers
}

fn bytes_of(house: &House, sha256: &Digest) -> Vec<u8> {
    std::fs::read(house.app.papers.blobs.path(sha256)).expect("the bytes")
}

#[tokio::test]
async fn an_upload_goes_on_where_the_kill_left_it() {
    let house = House::start().await;
    let seat = house.seat("secretary").await;
    let papers = issued(&house).await;
    let mut file = bytes_of(&house, &papers[0].file.sha256);
    // Long enough for one promise before the kill, and for bytes after it that get lost.
    file.resize(file.len() + 9 * 1024 * 1024, b'\n');
    let id = house.app.edge.uuid();
    let now = house.app.edge.now();
    let uploads = &house.app.papers.uploads;
    let upload = uploads.begin(id, seat.person, file.len() as u64, now).await.expect("it begins");
    let pieces: Vec<_> = file[..5 * 1024 * 1024]
        .chunks(64 * 1024)
        .map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece)))
        .collect();
    // The sender is cut without a word: the stream never ends, and then the process is gone.
    let stream = futures_util::stream::iter(pieces).chain(futures_util::stream::pending());
    let promised = async {
        while uploads.find(id, seat.person, now).await.expect("it is there").durable == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = uploads.append(&upload, 0, stream) => panic!("the stream does not end"),
        () = promised => {}
    }

    let house = house.killed_and_started().await;
    let path = format!("/api/uploads/{id}");
    let head = |method: Method| seat.request(method, &path).header("tus-resumable", "1.0.0");
    let answer = house.send(head(Method::HEAD).body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let offset: usize = answer.headers["upload-offset"].to_str().expect("text").parse().expect("n");
    assert!((4 * 1024 * 1024..=5 * 1024 * 1024).contains(&offset), "promised {offset}");

    let send_from = |offset: usize, bytes: &[u8]| {
        let request = head(Method::PATCH)
            .header("upload-offset", offset)
            .header("content-type", "application/offset+octet-stream");
        request.body(Body::from(bytes.to_vec())).expect("a request")
    };
    let answer = house.send(send_from(offset - 1, &file[offset - 1..])).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::CONFLICT, "OTHER_OFFSET"));
    let answer = house.send(send_from(offset, &file[offset..])).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let now = house.app.edge.now();
    let upload = house.app.papers.uploads.find(id, seat.person, now).await.expect("it is there");
    assert_eq!(upload.sha256, Some(digest(&file)), "the hash of what came before and after");
}

#[tokio::test]
async fn what_is_no_good_paper_is_refused_and_leaves_nothing() {
    let house = House::start().await;
    let secretary = house.seat("secretary").await;
    let papers = issued(&house).await;
    let signed = bytes_of(&house, &papers[0].file.sha256);
    let mut changed = signed.clone();
    let place = changed.len() / 3;
    changed[place] ^= 1;
    let cases: [(&str, Vec<u8>, StatusCode, &[&str]); 6] = [
        ("a picture", b"\x89PNG\r\n".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE, &["NOT_PDF"]),
        ("two letters", b"%P".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE, &["NOT_PDF"]),
        ("nothing", Vec::new(), StatusCode::BAD_REQUEST, &["EMPTY"]),
        ("a torn PDF", signed[..2000].to_vec(), StatusCode::UNPROCESSABLE_ENTITY, &["MALFORMED"]),
        ("a changed byte", changed, StatusCode::UNPROCESSABLE_ENTITY, &["DIGEST", "MALFORMED"]),
        ("a stranger's", stranger(&house), StatusCode::UNPROCESSABLE_ENTITY, &["UNTRUSTED"]),
    ];
    for (what, bytes, status, codes) in cases {
        let answer = house.add_paper(&secretary, &bytes).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.code());
        assert!(codes.contains(&answer.code().as_str()), "{what}: {}", answer.code());
        let incoming = std::fs::read_dir(house.app.papers.blobs.incoming()).expect("a folder");
        assert_eq!(incoming.count(), 0, "{what} left something behind");
    }
    let too_large = house.app.papers.uploads.bytes_max() + 1;
    let request = secretary
        .request(Method::POST, "/api/uploads")
        .header("tus-resumable", "1.0.0")
        .header("upload-length", too_large);
    let answer = house.send(request.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.code(), "TOO_LARGE");
    let delegate = house.seat("delegate").await;
    assert_eq!(house.add_paper(&delegate, &signed).await.code(), "NOT_ALLOWED");
}

/// A good file, signed by somebody whom nobody here vouches for.
fn stranger(house: &House) -> Vec<u8> {
    let day = jiff::civil::date(2026, 11, 24);
    let pdf = crate::demo::print_clearance(day).expect("a paper");
    let now = u64::try_from(house.app.edge.now().millis() / 1000).expect("after 1970");
    let mut authority = Authority::new(now).expect("an authority");
    let subject = Subject { common_name: "Kẻ Lạ", organisation: "Không rõ" };
    let identity = authority.issue(subject, Usage::Signing).expect("a certificate");
    let entropy = Box::new(ring::rand::SystemRandom::new());
    let key = FileKey::from_pkcs8(&identity.pkcs8, identity.chain, RsaPadding::Pss, entropy);
    let request = SealRequest { field: "X".into(), signed_at: now, reason: None };
    seal::sign(&pdf, &request, &key.expect("a key")).expect("it signs")
}

#[tokio::test]
async fn a_part_of_a_paper_is_sent_as_asked_for() {
    let house = House::start().await;
    let papers = issued(&house).await;
    let sha256 = papers[0].file.sha256;
    let whole = bytes_of(&house, &sha256);
    let length = whole.len();
    let mut reader = house.app.db.read().await.expect("a connection");
    let devices = devices::all(&mut reader).await.expect("devices");
    let token = house.app.papers.ticket(Holder::Device(devices[0].id)).token;
    let path = format!("/api/papers/{sha256}");
    let get = |token: &str, range: Option<String>| {
        let request = Request::builder().uri(&path);
        let request = request.header("authorization", format!("Bearer {token}"));
        let request = match range {
            Some(range) => request.header("range", range),
            None => request,
        };
        request.body(Body::empty()).expect("a request")
    };
    let cases = [
        (None, StatusCode::OK, 0..length),
        (Some("bytes=0-99".to_owned()), StatusCode::PARTIAL_CONTENT, 0..100),
        (Some("bytes=100-".to_owned()), StatusCode::PARTIAL_CONTENT, 100..length),
        (Some("bytes=-7".to_owned()), StatusCode::PARTIAL_CONTENT, length - 7..length),
        (Some("bytes=0-1,3-4".to_owned()), StatusCode::OK, 0..length),
        (Some(format!("bytes={length}-")), StatusCode::RANGE_NOT_SATISFIABLE, 0..0),
    ];
    for (range, status, expected) in cases {
        let answer = house.send(get(&token, range.clone())).await;
        assert_eq!(answer.status, status, "{range:?}");
        assert_eq!(answer.body, whole[expected], "{range:?}");
    }
    let chair = house.seat("chair").await;
    assert_eq!(house.send(chair.get(&path)).await.body, whole, "by cookie");
    let technician = house.seat("technician").await;
    let answer = house.send(technician.get(&path)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "who helps reads nothing");
    let nobody = Request::builder().uri(&path).body(Body::empty()).expect("a request");
    assert_eq!(house.send(nobody).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.send(get("AAAA", None)).await.status, StatusCode::UNAUTHORIZED, "forged");
}

#[tokio::test]
async fn a_proof_holds_for_whoever_checks_it() {
    let house = House::start().await;
    let chair = house.seat("chair").await;
    for paper in issued(&house).await {
        let sha256 = paper.file.sha256;
        let answer = house.send(chair.get(&format!("/api/papers/{sha256}/proof"))).await;
        let mut body = answer.json(StatusCode::OK);
        let entry: Entry = serde_json::from_value(body["entry"].take()).expect("an entry");
        let head: SignedHead = serde_json::from_value(body["head"].take()).expect("a head");
        let proof = InclusionProof {
            index: serde_json::from_value(body["index"].take()).expect("an index"),
            path: serde_json::from_value(body["path"].take()).expect("a path"),
        };
        let key = STANDARD.decode(body["head_key"].as_str().expect("text")).expect("base64");
        let verifier = HeadVerifier::from_public_key(&key).expect("a key");
        let head = verifier.verify_head(&head).expect("the head holds");
        verify_inclusion(&entry, &proof, &head).expect("the proof holds");
        let Entry::PaperIssued { sha256: entered, bytes, issued_at, .. } = entry else {
            panic!("{entry:?}")
        };
        assert_eq!(Digest::new(entered), sha256);
        assert_eq!(bytes, paper.file.bytes);
        assert_eq!(issued_at, paper.issued_at.millis());
        assert_eq!(body["verdict"]["verdict"], "accept");
        let signer = match paper.file.origin {
            PaperOrigin::Signed => "Nguyễn Đức Thịnh",
            PaperOrigin::Sealed => "Văn phòng UBND tỉnh Hà Nam",
        };
        assert_eq!(body["verdict"]["signers"][0]["common_name"], signer);
    }
}

#[tokio::test]
async fn a_paper_is_in_the_ledger_if_and_only_if_it_was_issued() {
    let house = House::start().await;
    let secretary = house.seat("secretary").await;
    let papers = issued(&house).await;
    let count = async || {
        let mut reader = house.app.db.read().await.expect("a connection");
        let records = meeting_log::since(&mut reader, house.made.meeting, 0).await.expect("a log");
        let issued =
            |record: &&meeting_log::Record| matches!(record.event, Event::PaperIssued { .. });
        let entries = crate::store::ledger::size(&mut reader).await.expect("a size");
        (records.iter().filter(issued).count() as u64, entries)
    };
    assert_eq!(count().await, (2, 2));

    // A file that was never kept, or kept with other facts, is not added.
    let kept = papers[1].file.clone();
    let unknown = PaperFile { sha256: Digest::new([7; 32]), ..kept.clone() };
    let boasted = PaperFile { origin: PaperOrigin::Signed, ..kept };
    for file in [unknown, boasted] {
        let paper = PaperId::new(house.app.edge.uuid());
        let (item, title) = (papers[0].item, "Giả".to_owned());
        let add = Command::AddPaper { paper, item, title, file };
        assert!(house.command(&secretary.actor, add).await.is_err());
    }

    // The file's facts vanish before it is issued: the event does not happen either.
    let other = crate::demo::print_clearance(jiff::civil::date(2026, 1, 1)).expect("a paper");
    let answer = house.add_paper(&secretary, &other).await.json(StatusCode::OK);
    let sha256: Digest = serde_json::from_value(answer["file"]["sha256"].clone()).expect("a hash");
    let mut reader = house.app.db.read().await.expect("a connection");
    let facts = papers_table::find_file(&mut reader, &sha256).await.expect("it reads");
    let facts = facts.expect("it is kept");
    drop(reader);
    let paper = paper_of(&house, &sha256).await;
    let mut tx = house.app.db.begin().await.expect("a transaction");
    papers_table::remove_use(&mut tx, house.made.meeting, paper).await.expect("no use");
    assert!(papers_table::remove_unused_file(&mut tx, &sha256).await.expect("it goes"));
    tx.commit().await.expect("a commit");
    assert!(house.command(&secretary.actor, Command::IssuePapers).await.is_err());
    assert_eq!(count().await, (2, 2), "neither event nor entry");

    let mut tx = house.app.db.begin().await.expect("a transaction");
    papers_table::insert_file(&mut tx, &facts, house.app.edge.now()).await.expect("it is back");
    tx.commit().await.expect("a commit");
    house.command(&secretary.actor, Command::IssuePapers).await.expect("it is issued");
    assert_eq!(count().await, (3, 3), "both");
}

async fn paper_of(house: &House, sha256: &Digest) -> PaperId {
    let mut reader = house.app.db.read().await.expect("a connection");
    let records = meeting_log::since(&mut reader, house.made.meeting, 0).await.expect("a log");
    let added = records.iter().find_map(|record| match &record.event {
        Event::PaperAdded { paper, file, .. } if file.sha256 == *sha256 => Some(*paper),
        _ => None,
    });
    added.expect("it was added")
}

#[tokio::test]
async fn a_repeated_request_is_answered_alike() {
    let house = House::start().await;
    let seat = house.seat("secretary").await;
    let item = issued(&house).await[0].item;
    let pdf = crate::demo::print_clearance(jiff::civil::date(2026, 2, 3)).expect("a paper");
    let Ok(upload) = house.upload(&seat, &pdf).await else { panic!("the upload was refused") };
    let body = serde_json::json!({
        "id": house.app.edge.uuid(), "paper": house.app.edge.uuid(), "item": item,
        "title": "Một lần", "upload": upload,
    });
    let path = format!("/api/meetings/{}/papers", house.made.meeting);
    let first = house.send(seat.json(Method::POST, &path, &body)).await.json(StatusCode::OK);
    let again = house.send(seat.json(Method::POST, &path, &body)).await.json(StatusCode::OK);
    assert_eq!(first, again);
    let stranger = house.seat("delegate").await;
    let answer = house.send(stranger.json(Method::POST, &path, &body)).await;
    assert_eq!(answer.code(), "NOT_ALLOWED");
}
