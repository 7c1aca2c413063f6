//! The sample data is real: everything in it verifies, and a server starts from it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::room::Enrolled;
use ring::signature::Ed25519KeyPair;
use seal::{Revocation, Trust};

use super::*;

fn options(folder: &Path) -> Options {
    Options {
        folder: folder.join("data"),
        host: "127.0.0.1".into(),
        port: 8080,
        lan: None,
        agents: 3,
        points: None,
        starts_in_seconds: 60,
        pdfium: None,
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("it").path());
    let (folders, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| self::files(folder)));
    files.sort();
    files
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[tokio::test]
async fn everything_in_it_verifies() {
    let home = tempfile::tempdir().expect("a folder");
    let made = write(&options(home.path()), Edge::real()).await.expect("it is made");
    let folder = home.path().join("data").canonicalize().expect("it is there");

    let roles: Vec<&str> = made.accounts.iter().map(|account| account.role).collect();
    for role in ["chair", "secretary", "admin", "technician", "presenter", "delegate", "guest"] {
        assert!(roles.contains(&role), "nobody is {role}");
    }
    let anchors: Vec<_> = files(&folder.join("keys/anchors")).iter().map(|at| read(at)).collect();
    let lists: Vec<_> = files(&folder.join("keys/crls")).iter().map(|at| read(at)).collect();
    let trust = Trust::new(&anchors).expect("anchors").with_revocation_lists(&lists);
    let trust = trust.expect("lists").with_revocation(Revocation::MustBeKnown);
    let now = u64::try_from(Edge::real().now().millis() / 1000).expect("after 1970");
    let mut names = Vec::new();
    for paper in files(&folder.join("papers")) {
        let bytes = read(&paper);
        let verified = seal::verify(&bytes, &trust, now).expect("it is signed");
        names.extend(verified.signers.into_iter().map(|signer| signer.common_name));
        assert_eq!(verified.signed_bytes, bytes.len() as u64);
        assert!(seal::inspect(&bytes).expect("it reads").pages >= 6);
    }
    names.sort();
    assert_eq!(names, ["Nguyễn Đức Thịnh", "Văn phòng UBND tỉnh Hà Nam"]);

    for secret in ["keys/head.pem", "keys/seal.p12", "keys/seal.password"] {
        let permissions = fs::metadata(folder.join(secret)).expect(secret).permissions();
        assert_eq!(permissions.mode() & 0o777, 0o600, "{secret}");
    }
    assert_eq!(made.agents.len(), 3);
    assert_eq!(made.agents[0].name, "Xã Liêm Sơn");
    for agent in &made.agents {
        let identity: Enrolled =
            serde_json::from_slice(&read(&agent.folder.join("identity.json"))).expect("JSON");
        assert_eq!((identity.point, &identity.point_name), (agent.point, &agent.name));
        assert_eq!(STANDARD.decode(&identity.anchors[0]).expect("base64"), anchors[0]);
        Ed25519KeyPair::from_pkcs8(&read(&agent.folder.join("device.key"))).expect("a key");
        let config: toml::Table =
            toml::from_str(&fs::read_to_string(agent.folder.join("agent.toml")).expect("text"))
                .expect("TOML");
        assert_eq!(config["server"].as_str(), Some("http://127.0.0.1:8080"));
        assert_eq!(config["data_dir"].as_str().map(Path::new), Some(agent.folder.as_path()));
    }
    assert!(made.agent_by_hand.join("agent.toml").is_file());
    assert!(!made.agent_by_hand.join("device.key").exists(), "it makes its own key");
    let again = write(&options(home.path()), Edge::real()).await;
    assert!(again.is_err(), "nothing is overwritten");
}

#[tokio::test]
async fn the_meeting_waits_for_its_chair() {
    let home = tempfile::tempdir().expect("a folder");
    let made = write(&options(home.path()), Edge::real()).await.expect("it is made");
    let config = Config::load(Some(&made.config)).expect("a configuration");
    let db = Db::open(&config.database).await.expect("it opens");
    let meetings = Meetings::new(db.clone(), Edge::real());
    let loaded = meetings.load(made.meeting).await.expect("it loads").expect("it is there");
    let facts = loaded.state.facts().expect("it was created");
    assert!(matches!(facts.phase, ::meeting::Phase::Announced { .. }));
    assert_eq!(facts.points.len(), 116);
    assert_eq!(facts.people.len(), PEOPLE.iter().filter(|sample| sample.part.is_some()).count());
    let chair = Actor::Person { person: facts.chair, roles: [].into() };
    assert!(::meeting::can(&loaded.state, &chair).contains(&::meeting::Deed::Start));
    assert_eq!(loaded.state.papers_for(&chair).len(), 2);
    let text = loaded.names.words.get(&facts.title.id).expect("a title");
    assert!(text.starts_with("Hội nghị trực tuyến"), "{text}");
    db.close().await;
}

#[tokio::test]
async fn on_several_machines_it_is_https() {
    let home = tempfile::tempdir().expect("a folder");
    let lan = Options { lan: Some("192.0.2.7".into()), agents: 1, ..options(home.path()) };
    let made = write(&lan, Edge::real()).await.expect("it is made");
    assert_eq!(made.url, "https://192.0.2.7:8080");
    let config = Config::load(Some(&made.config)).expect("a configuration");
    let tls = config.http.tls.expect("https");
    assert!(tls.cert.is_file() && tls.key.is_file());
    assert!(config.http.listen.ip().is_unspecified());
    let agent = fs::read_to_string(made.agents[0].folder.join("agent.toml")).expect("text");
    assert!(agent.contains("authority.pem"), "{agent}");
}
