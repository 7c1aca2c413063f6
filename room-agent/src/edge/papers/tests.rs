//! Real papers with real signatures and proofs, and a server that breaks off.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::{HeadSigner, Tree};
use protocol::meeting::{DeviceId, Digest, MeetingId, PaperId, PaperOrigin, PointId, Timestamp};
use protocol::room::{Enrolled, ManifestPaper};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use seal::authority::{Authority, Subject, Usage};
use seal::{FileKey, RsaPadding, SealRequest};
use tempfile::TempDir;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::super::tls::Clients;
use super::{FetchOrder, Judge, Shelf, fetch};
use crate::machine::{FetchOutcome, Input, Judgement, Verdict};
use crate::worker::Event;

const NOW: u64 = 1_795_500_000;

fn plain() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/two-pages.pdf")).unwrap()
}

/// Everything a paper rests on.
struct Office {
    dir: TempDir,
    shelf: Arc<Shelf>,
    authority: Authority,
    signer: HeadSigner,
}

impl Office {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Arc::new(Shelf::open(dir.path()).unwrap());
        let pkcs8 = HeadSigner::generate_pkcs8(&SystemRandom::new()).unwrap();
        let signer = HeadSigner::from_pkcs8(&pkcs8, &SystemRandom::new()).unwrap();
        Self { dir, shelf, authority: Authority::new(NOW).unwrap(), signer }
    }

    fn judge(&self) -> Judge {
        let enrolled = Enrolled {
            device: DeviceId::new(Uuid::from_u128(1)),
            point: PointId::new(Uuid::from_u128(2)),
            point_name: "Huyện Kim Bảng".into(),
            head_key: STANDARD.encode(self.signer.verifier().public_key()),
            anchors: vec![STANDARD.encode(self.authority.root_der())],
        };
        Judge::new(Arc::clone(&self.shelf), &enrolled).unwrap()
    }

    /// What the server would say about these bytes, with a good proof.
    fn issue(&self, bytes: &[u8]) -> Judgement {
        let meeting = MeetingId::new(Uuid::from_u128(10));
        let mut paper = ManifestPaper {
            paper: PaperId::new(Uuid::from_u128(20)),
            version: 1,
            title: "Báo cáo".into(),
            sha256: hash(bytes),
            bytes: bytes.len() as u64,
            pages: 2,
            origin: PaperOrigin::Sealed,
            issued_at: Timestamp::from_millis(1),
            proof: ledger::InclusionProof { index: 0, path: Vec::new() },
        };
        let tree = Tree::from_leaves([protocol::paper_entry(meeting, &paper).leaf_hash()]);
        let head = self.signer.sign_head(&tree, 1, &SystemRandom::new()).unwrap();
        paper.proof = tree.inclusion_proof(0).unwrap();
        Judgement { meeting, paper, head }
    }

    fn lay(&self, sha256: Digest, bytes: &[u8]) {
        std::fs::write(self.shelf.path(sha256), bytes).unwrap();
    }
}

fn hash(bytes: &[u8]) -> Digest {
    Digest::new(digest(&SHA256, bytes).as_ref().try_into().unwrap())
}

fn sealed_by(authority: &mut Authority, name: &str) -> Vec<u8> {
    let subject = Subject { common_name: name, organisation: "UBND tỉnh Hà Nam" };
    let identity = authority.issue(subject, Usage::Signing).unwrap();
    let entropy = Box::new(SystemRandom::new());
    let store = identity.pkcs12("x").unwrap();
    let key = FileKey::from_pkcs12(&store, "x", RsaPadding::Pss, entropy).unwrap();
    let request = SealRequest { field: "Seal".into(), signed_at: NOW, reason: None };
    seal::sign(&plain(), &request, &key).unwrap()
}

/// What is done to a good judgement.
type Change = fn(&mut Judgement);

fn code_of(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Verified { .. } => "good",
        Verdict::Missing => "missing",
        Verdict::Refused { code, .. } => code,
    }
}

#[test]
fn a_paper_is_judged_by_bytes_ledger_and_signature() {
    let mut office = Office::new();
    let sealed = sealed_by(&mut office.authority, "Văn phòng UBND tỉnh");
    let stranger = sealed_by(&mut Authority::new(NOW).unwrap(), "Văn phòng UBND tỉnh");
    let mut changed = sealed.clone();
    changed[60] ^= 1;
    let judge = office.judge();
    let now = Timestamp::from_millis(i64::try_from(NOW).unwrap() * 1000);
    let mut reasons = Vec::new();
    for (name, bytes, code) in [
        ("as it was sealed", &sealed, "good"),
        ("one byte changed", &changed, "DIGEST"),
        ("without a signature", &plain(), "NO_SIGNATURE"),
        ("signed by a stranger", &stranger, "UNTRUSTED"),
    ] {
        let judgement = office.issue(bytes);
        let sha256 = judgement.paper.sha256;
        office.lay(sha256, bytes);
        let verdict = judge.judge(&judgement, now);
        assert_eq!(code_of(&verdict), code, "{name}");
        let kept = office.shelf.verified(sha256);
        assert_eq!(kept.is_some(), code == "good", "{name}: only what is good is kept");
        if let Some(kept) = kept {
            assert_eq!(&kept[..], &bytes[..], "{name}");
        }
        if let Verdict::Refused { reason, .. } = verdict {
            reasons.push(reason);
        }
    }
    reasons.sort();
    reasons.dedup();
    assert_eq!(reasons.len(), 3, "each refusal has a sentence of its own: {reasons:?}");
}

#[test]
fn a_paper_that_the_ledger_does_not_know_is_refused() {
    let mut office = Office::new();
    let sealed = sealed_by(&mut office.authority, "Văn phòng UBND tỉnh");
    let judge = office.judge();
    let now = Timestamp::from_millis(i64::try_from(NOW).unwrap() * 1000);
    let changes: [(&str, Change); 4] = [
        ("another version", |judgement| judgement.paper.version = 2),
        ("another time", |judgement| judgement.paper.issued_at = Timestamp::from_millis(2)),
        ("another place", |judgement| judgement.paper.proof.index = 1),
        ("another head", |judgement| judgement.head.size = 2),
    ];
    for (name, change) in changes {
        let mut judgement = office.issue(&sealed);
        office.lay(judgement.paper.sha256, &sealed);
        change(&mut judgement);
        assert_eq!(code_of(&judge.judge(&judgement, now)), "LEDGER", "{name}");
        assert!(office.shelf.verified(judgement.paper.sha256).is_none(), "{name}");
    }
}

#[test]
fn a_file_that_the_disk_has_changed_is_fetched_again() {
    let office = Office::new();
    let judgement = office.issue(b"%PDF-1.7 as it was");
    office.lay(judgement.paper.sha256, b"%PDF-1.7 as it is");
    let verdict = office.judge().judge(&judgement, Timestamp::from_millis(0));
    assert_eq!(verdict, Verdict::Missing);
    assert!(!office.shelf.path(judgement.paper.sha256).exists());
}

#[test]
fn only_wanted_papers_stay_on_the_disk() {
    let office = Office::new();
    let (wanted, unwanted) = (hash(b"wanted"), hash(b"unwanted"));
    office.lay(wanted, b"wanted");
    office.lay(unwanted, b"unwanted");
    std::fs::write(office.shelf.part_path(wanted), b"w").unwrap();
    std::fs::write(office.dir.path().join("papers/note.txt"), b"x").unwrap();
    office.shelf.keep_only(&[wanted]);
    let mut left: Vec<_> = std::fs::read_dir(office.dir.path().join("papers"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    left.sort();
    let mut expected = vec![office.shelf.path(wanted), office.shelf.part_path(wanted)];
    expected.sort();
    assert_eq!(left, expected);
}

/// A server that sends at most so many bytes of a paper before it hangs up. Gives its address,
/// and the ranges that were asked for.
fn server(
    paper: Vec<u8>,
    at_once: usize,
    answers: usize,
    knows_ranges: bool,
) -> (String, std::thread::JoinHandle<Vec<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for stream in listener.incoming().take(answers) {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap().to_lowercase();
            assert!(head.contains("authorization: bearer token"), "{head}");
            let from = head.split("range: bytes=").nth(1).unwrap();
            let from: usize = from.split('-').next().unwrap().parse().unwrap();
            asked.push(from);
            let (status, from) = if knows_ranges { (206, from) } else { (200, 0) };
            let rest = &paper[from..];
            let header = format!("HTTP/1.1 {status} OK\r\nContent-Length: {}\r\n\r\n", rest.len());
            stream.write_all(header.as_bytes()).unwrap();
            stream.write_all(&rest[..at_once.min(rest.len())]).unwrap();
        }
        asked
    });
    (address, thread)
}

/// Fetches once, and says how it ended.
async fn fetch_once(
    address: &str,
    shelf: &Arc<Shelf>,
    paper: &[u8],
    sha256: Digest,
) -> FetchOutcome {
    let clients = Clients::new(None).unwrap();
    let (events, mut inbox) = mpsc::channel(64);
    let bytes = paper.len() as u64;
    let order = FetchOrder { generation: 1, sha256, bytes, token: "token".into() };
    fetch(clients.http, address.to_owned(), Arc::clone(shelf), order, events).await;
    while let Some(event) = inbox.recv().await {
        if let Event::Room(Input::Fetched { outcome, .. }) = event {
            return outcome;
        }
    }
    panic!("the fetch said nothing");
}

fn long_paper() -> Vec<u8> {
    (0..=255).cycle().take(1_000_000).collect()
}

#[tokio::test]
async fn a_fetch_goes_on_where_it_was_broken_off() {
    let office = Office::new();
    let paper = long_paper();
    let (address, thread) = server(paper.clone(), 400_000, 3, true);
    let mut outcomes = Vec::new();
    for _ in 0..3 {
        outcomes.push(fetch_once(&address, &office.shelf, &paper, hash(&paper)).await);
    }
    assert_eq!(
        outcomes,
        [FetchOutcome::Interrupted, FetchOutcome::Interrupted, FetchOutcome::Received]
    );
    assert_eq!(thread.join().unwrap(), [0, 400_000, 800_000]);
    assert_eq!(std::fs::read(office.shelf.path(hash(&paper))).unwrap(), paper);
    assert!(!office.shelf.part_path(hash(&paper)).exists());
}

#[tokio::test]
async fn a_server_without_ranges_serves_too() {
    let office = Office::new();
    let paper = long_paper();
    std::fs::write(office.shelf.part_path(hash(&paper)), &paper[..1_000]).unwrap();
    let (address, thread) = server(paper.clone(), usize::MAX, 1, false);
    let outcome = fetch_once(&address, &office.shelf, &paper, hash(&paper)).await;
    assert_eq!(outcome, FetchOutcome::Received);
    assert_eq!(thread.join().unwrap(), [1_000]);
}

#[tokio::test]
async fn other_bytes_than_those_of_the_name_are_thrown_away() {
    let office = Office::new();
    let paper = long_paper();
    let sha256 = hash(b"something else");
    let (address, thread) = server(paper.clone(), usize::MAX, 1, true);
    let outcome = fetch_once(&address, &office.shelf, &paper, sha256).await;
    assert_eq!(outcome, FetchOutcome::OtherHash);
    thread.join().unwrap();
    assert!(!office.shelf.path(sha256).exists() && !office.shelf.part_path(sha256).exists());
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_interrupts() {
    let office = Office::new();
    let outcome = fetch_once("http://127.0.0.1:9", &office.shelf, b"x", hash(b"x")).await;
    assert_eq!(outcome, FetchOutcome::Interrupted);
}
