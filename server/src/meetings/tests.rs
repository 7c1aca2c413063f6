//! Commands through the whole service and a real database.

use std::collections::BTreeSet;

use meeting::{
    Actor, Command, CommandId, Event, ItemAudience, ItemId, MeetingId, Part, PersonId, Refusal,
    Role, Timestamp,
};
use uuid::Uuid;

use super::{CommandError, Meetings, Order};
use crate::config::Database;
use crate::edge::Edge;
use crate::store::{self, Db, Member, meeting_list, meeting_log, texts};

/// A meeting service over a database in a folder of its own.
struct Bench {
    db: Db,
    edge: Edge,
    meetings: Meetings,
    meeting: MeetingId,
    secretary: Actor,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// With a meeting that was created.
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("a b.db").display());
        let edge = Edge::real();
        let db = Db::open(&Database { url, readers: 2 }).await.expect("it opens");
        let meetings = Meetings::new(db.clone(), edge.clone());
        let secretary = Actor::Person {
            person: PersonId::new(edge.uuid()),
            roles: BTreeSet::from([Role::Secretary]),
        };
        let meeting = MeetingId::new(edge.uuid());
        let bench = Self { db, edge, meetings, meeting, secretary, _folder: folder };
        let create = Command::Create {
            title: "Họp giao ban".into(),
            starts_at: bench.edge.now().plus_millis(3_600_000),
            minutes: 60,
            chair: PersonId::new(bench.edge.uuid()),
        };
        assert_eq!(bench.give(bench.new_id(), create).await.expect("it is created"), 1);
        bench
    }

    fn new_id(&self) -> CommandId {
        CommandId::new(self.edge.uuid())
    }

    async fn give(&self, id: CommandId, command: Command<String>) -> Result<i64, CommandError> {
        give(&self.meetings, self.order(id, command)).await
    }

    fn order(&self, id: CommandId, command: Command<String>) -> Order {
        Order { actor: self.secretary.clone(), meeting: self.meeting, id, command }
    }

    fn item(&self, title: &str) -> Command<String> {
        Command::AddItem {
            item: ItemId::new(self.edge.uuid()),
            title: title.into(),
            minutes: 10,
            audience: ItemAudience::Everyone,
        }
    }

    async fn log(&self) -> Vec<meeting_log::Record> {
        let mut reader = self.db.read().await.expect("a reader");
        meeting_log::since(&mut reader, self.meeting, 0).await.expect("the log")
    }
}

async fn give(meetings: &Meetings, order: Order) -> Result<i64, CommandError> {
    meetings.command(order).await.map(|done| done.seq)
}

fn refusal(result: Result<i64, CommandError>) -> Refusal {
    match result {
        Err(CommandError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_repeated_command_is_answered_and_not_repeated() {
    let bench = Bench::start().await;
    let (id, command) = (bench.new_id(), bench.item("Nội dung một"));
    let first = bench.give(id, command.clone()).await.expect("it is done");
    for _ in 0..3 {
        assert_eq!(bench.give(id, command.clone()).await.expect("it is answered"), first);
    }
    assert_eq!(bench.log().await.len(), 2);
}

#[tokio::test]
async fn a_command_of_somebody_else_is_not_answered() {
    let bench = Bench::start().await;
    let id = bench.new_id();
    bench.give(id, bench.item("Nội dung một")).await.expect("it is done");
    let stranger =
        Actor::Person { person: PersonId::new(bench.edge.uuid()), roles: BTreeSet::new() };
    let order = Order { actor: stranger, ..bench.order(id, Command::Start) };
    assert_eq!(refusal(give(&bench.meetings, order).await), Refusal::IdTaken);
}

#[tokio::test]
async fn only_who_sees_everything_learns_how_long_the_log_is() {
    let bench = Bench::start().await;
    let person = PersonId::new(bench.edge.uuid());
    let delegate = Actor::Person { person, roles: BTreeSet::new() };
    let invite = Command::InvitePeople { people: BTreeSet::from([person]), part: Part::Delegate };
    assert_eq!(bench.give(bench.new_id(), invite).await.expect("invited"), 2);
    assert_eq!(bench.give(bench.new_id(), Command::Announce).await.expect("announced"), 3);
    let attend = Order { actor: delegate, ..bench.order(bench.new_id(), Command::Attend) };
    // The first answer, and the one to a repetition.
    for _ in 0..2 {
        let order =
            Order { actor: attend.actor.clone(), ..bench.order(attend.id, Command::Attend) };
        assert_eq!(give(&bench.meetings, order).await.expect("he attends"), 0);
    }
    assert_eq!(bench.log().await.len(), 4);
}

#[tokio::test]
async fn a_refused_command_leaves_nothing() {
    let bench = Bench::start().await;
    let told = bench.meetings.changes();
    let id = bench.new_id();
    assert_eq!(refusal(bench.give(id, bench.item(" ")).await), Refusal::BadTitle);
    assert_eq!(bench.log().await.len(), 1);
    assert!(told.is_empty(), "nobody is told");
    bench.give(id, bench.item("Nội dung")).await.expect("the id is free still");
}

#[tokio::test]
async fn a_client_cannot_say_what_a_file_is() {
    let bench = Bench::start().await;
    let file = meeting::PaperFile {
        sha256: meeting::Digest::new([0; 32]),
        bytes: 1,
        pages: 1,
        origin: meeting::PaperOrigin::Signed,
    };
    let add = Command::AddPaper {
        paper: meeting::PaperId::new(bench.edge.uuid()),
        item: ItemId::new(bench.edge.uuid()),
        title: "Tài liệu".into(),
        file,
    };
    let order = Order::by_client(bench.secretary.clone(), bench.meeting, bench.new_id(), add);
    assert_eq!(order.err(), Some(Refusal::NotAllowed));
}

#[tokio::test]
async fn two_servers_on_one_database_keep_one_log() {
    let bench = Bench::start().await;
    let other = Meetings::new(bench.db.clone(), bench.edge.clone());
    for turn in 0..10 {
        let meetings = if turn % 2 == 0 { &bench.meetings } else { &other };
        let order = bench.order(bench.new_id(), bench.item("Nội dung"));
        assert_eq!(give(meetings, order).await.expect("it is done"), turn + 2);
    }
    let both = [&bench.meetings, &other]
        .map(|meetings| give(meetings, bench.order(bench.new_id(), bench.item("Nội dung"))));
    let mut seqs: Vec<i64> = futures_util::future::try_join_all(both).await.expect("both are done");
    seqs.sort_unstable();
    assert_eq!(seqs, [12, 13]);
    let seqs: Vec<i64> = bench.log().await.iter().map(|record| record.seq).collect();
    assert_eq!(seqs, (1..=13).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_state_in_memory_is_what_the_log_says() {
    let bench = Bench::start().await;
    for title in ["Một", "Hai", "Ba"] {
        bench.give(bench.new_id(), bench.item(title)).await.expect("it is done");
    }
    let kept = bench.meetings.load(bench.meeting).await.expect("it loads").expect("it is there");
    let fresh = Meetings::new(bench.db.clone(), bench.edge.clone());
    let read = fresh.load(bench.meeting).await.expect("it loads").expect("it is there");
    assert_eq!((kept.seq, &kept.state, &kept.names), (read.seq, &read.state, &read.names));
    assert_eq!(kept.names.words.len(), 4, "the words are beside the log");
}

#[tokio::test]
async fn erased_words_leave_the_log_as_it_is() {
    let bench = Bench::start().await;
    let before = bench.log().await;
    let Event::Created { title, .. } = &before[0].event else { panic!("{before:?}") };
    let mut tx = bench.db.begin().await.expect("a transaction");
    assert!(texts::erase(&mut tx, title.id).await.expect("it is erased"));
    assert!(!texts::erase(&mut tx, title.id).await.expect("nothing is left"));
    tx.commit().await.expect("it commits");
    assert_eq!(bench.log().await, before);
    let fresh = Meetings::new(bench.db.clone(), bench.edge.clone());
    let loaded = fresh.load(bench.meeting).await.expect("it loads").expect("it is there");
    assert!(loaded.names.words.is_empty());
    assert_eq!(loaded.state.facts().expect("facts").title, *title);
}

#[tokio::test]
async fn lists_follow_the_log() {
    let bench = Bench::start().await;
    let guest = PersonId::new(bench.edge.uuid());
    let invite = Command::InvitePeople { people: BTreeSet::from([guest]), part: Part::Guest };
    bench.give(bench.new_id(), invite).await.expect("it is done");
    let listed = async |member: Member, from: i64| {
        let mut reader = bench.db.read().await.expect("a reader");
        let from = Timestamp::from_millis(from);
        meeting_list::of_member(&mut reader, member, from).await.expect("a list")
    };
    let later = bench.edge.now().plus_millis(7_200_000).millis();
    assert_eq!(listed(Member::Person(guest), 0).await, [bench.meeting]);
    assert_eq!(listed(Member::Person(guest), later).await, []);
    assert_eq!(listed(Member::of(&bench.secretary), 0).await, [bench.meeting]);
    let uninvite = Command::UninvitePeople { people: BTreeSet::from([guest]) };
    bench.give(bench.new_id(), uninvite).await.expect("it is done");
    assert_eq!(listed(Member::Person(guest), 0).await, []);
    let mut reader = bench.db.read().await.expect("a reader");
    let all = meeting_list::all(&mut reader, Timestamp::from_millis(0)).await.expect("a list");
    assert_eq!(all, [bench.meeting]);
}

#[tokio::test]
async fn a_broken_log_is_not_read_on() {
    let bench = Bench::start().await;
    let append = meeting_log::Append {
        meeting: bench.meeting,
        after: 5,
        at: bench.edge.now(),
        actor: Member::of(&bench.secretary),
        command: bench.new_id(),
        events: &[Event::Announced],
    };
    let mut tx = bench.db.begin().await.expect("a transaction");
    meeting_log::append(&mut tx, &append).await.expect("the database takes it");
    let read = meeting_log::since(&mut tx, bench.meeting, 0).await;
    assert!(matches!(read, Err(store::Error::Corrupt { .. })), "{read:?}");
}

#[tokio::test]
async fn an_append_behind_a_taken_number_is_a_conflict() {
    let bench = Bench::start().await;
    let append = meeting_log::Append {
        meeting: bench.meeting,
        after: 0,
        at: bench.edge.now(),
        actor: Member::of(&bench.secretary),
        command: bench.new_id(),
        events: &[Event::Announced],
    };
    let mut tx = bench.db.begin().await.expect("a transaction");
    let appended = meeting_log::append(&mut tx, &append).await.expect("it answers");
    assert_eq!(appended, meeting_log::Appended::Conflict);
}

#[tokio::test]
async fn a_meeting_that_is_not_there_is_not_there() {
    let bench = Bench::start().await;
    let nowhere = MeetingId::new(Uuid::nil());
    assert!(bench.meetings.load(nowhere).await.expect("it looks").is_none());
    let order = Order { meeting: nowhere, ..bench.order(bench.new_id(), Command::Start) };
    assert_eq!(refusal(give(&bench.meetings, order).await), Refusal::NoSuchMeeting);
}
