//! The machine against a server and a disk made of tables, on virtual time.

mod rig;

use proptest::prelude::*;
use protocol::enrol::EnrolmentState;
use protocol::live::ClientFrame;
use protocol::meeting::{
    Command, Layout, Microphone, PaperStep, Phase, RecordingState, Speaker, Timestamp,
};

use super::model::{Content, LineState, PaperArea, SeenAs};
use super::{Effect, FetchOutcome, Input, Key, LineInput, MediaInput, Verdict};
use rig::{JOIN_AT, Rig, at};

#[test]
fn an_unknown_room_shows_a_code_until_somebody_typed_it() {
    let mut rig = Rig::unknown();
    assert!(matches!(rig.effects()[..], [Effect::AskForCode { generation: 1 }]));
    rig.input(Input::Code { generation: 1, code: None });
    rig.advance(3_000);
    assert!(matches!(rig.effects()[..], [Effect::AskForCode { generation: 2 }]));
    // The answer to the first question comes late and counts for nothing.
    rig.input(Input::Code { generation: 1, code: Some(rig::code("OLDX-OLDX")) });
    assert_eq!(rig.room.code(), None);
    rig.input(Input::Code { generation: 2, code: Some(rig::code("ABCD-EFGH")) });
    assert_eq!(rig.room.code(), Some("ABCD-EFGH"));
    rig.advance(1_000);
    assert!(matches!(&rig.effects()[..], [Effect::AskWhetherEnrolled { generation: 3, .. }]));
    rig.input(Input::Enrolment { generation: 3, state: Some(EnrolmentState::Waiting) });
    rig.advance(1_000);
    let enrolled = EnrolmentState::Enrolled(Box::new(rig.enrolled.clone()));
    rig.input(Input::Enrolment { generation: 4, state: Some(enrolled) });
    // The identity is kept before the room calls itself by it.
    let effects = rig.effects();
    let kept = effects.iter().position(|effect| matches!(effect, Effect::KeepIdentity(_)));
    let connected = effects.iter().position(|effect| matches!(effect, Effect::Connect { .. }));
    assert!(kept.is_some() && kept < connected, "{effects:?}");
}

#[test]
fn an_expired_code_is_replaced() {
    let mut rig = Rig::unknown();
    rig.effects();
    rig.input(Input::Code { generation: 1, code: Some(rig::code("ABCD-EFGH")) });
    rig.advance(1_000);
    rig.input(Input::Enrolment { generation: 2, state: Some(EnrolmentState::Expired) });
    assert_eq!(rig.room.code(), None);
    assert!(rig.effects().iter().any(|effect| matches!(effect, Effect::AskForCode { .. })));
}

#[test]
fn a_cut_line_is_tried_again_at_least_every_two_and_a_half_seconds() {
    let mut rig = Rig::known();
    let mut tries = Vec::new();
    for _ in 0..20 {
        let generation = rig.until_connect();
        tries.push(rig.now);
        rig.line(generation, LineInput::Down);
    }
    for pair in tries.windows(2) {
        let wait = pair[1].millis_since(pair[0]);
        assert!((200..=2_500).contains(&wait), "{wait}");
        let away = pair[0].millis_since(tries[0]);
        assert!(wait <= 250.max(away / 3), "{wait} after {away}: a server just back is met soon");
    }
    let last = tries[19].millis_since(tries[18]);
    assert!(last >= 2_000, "{last}: a server that is down is not hammered");
}

#[test]
fn a_silent_line_counts_as_cut() {
    let mut rig = Rig::online();
    rig.effects();
    rig.advance(9_900);
    assert!(rig.room.is_online());
    rig.advance(200);
    assert!(!rig.room.is_online());
    assert!(rig.effects().iter().any(|effect| matches!(effect, Effect::Disconnect { .. })));
}

#[test]
fn frames_of_an_older_line_count_for_nothing() {
    let mut rig = Rig::online();
    let old = rig.generation;
    rig.line(old, LineInput::Down);
    rig.until_connect();
    rig.line(old, LineInput::Up { instance: "ghost".into() });
    assert!(!rig.room.is_online());
}

#[test]
fn a_plan_is_believed_only_from_the_head_key_for_this_device_and_not_old() {
    for (name, make, accepted) in [
        ("good", (|rig: &Rig| rig.signed_plan(7, |_| ())) as fn(&Rig) -> _, true),
        ("forged", |rig| rig.forged_plan(7), false),
        ("older", |rig| rig.signed_plan(4, |_| ()), false),
        ("the same again", |rig| rig.signed_plan(5, |_| ()), true),
        ("expired", |rig| rig.signed_plan(7, |plan| plan.plan.expires_at = 1), false),
        ("another's", |rig| rig.signed_plan(7, |plan| plan.plan.device = rig::id(99)), false),
    ] {
        let mut rig = Rig::online();
        rig.plan(5);
        rig.effects();
        let plan = make(&rig);
        rig.plan_frame(plan);
        let kept = rig.effects().iter().any(|effect| matches!(effect, Effect::KeepPlan(_)));
        assert_eq!(kept, accepted, "{name}");
    }
}

#[test]
fn a_paper_is_fetched_checked_and_told() {
    let mut rig = Rig::online();
    rig.plan(1);
    let judge = rig.judging();
    rig.input(Input::Judged { generation: judge, verdict: Verdict::Missing });
    assert!(rig.fetching().is_none(), "there is no ticket yet");
    rig.ticket();
    let fetch = rig.fetching().expect("a fetch");
    rig.input(Input::Fetched { generation: fetch, outcome: FetchOutcome::Interrupted });
    assert!(rig.fetching().is_none());
    rig.advance(2_000);
    let fetch = rig.fetching().expect("another fetch");
    rig.input(Input::Fetched { generation: fetch, outcome: FetchOutcome::Received });
    assert_eq!(rig.told(), [PaperStep::Received]);
    let judge = rig.judging();
    let verdict = Verdict::Verified { signers: vec!["UBND".into()] };
    rig.input(Input::Judged { generation: judge, verdict });
    assert_eq!(rig.told(), [PaperStep::Verified]);
    assert_eq!(rig.room.papers_verified(), 1);
}

#[test]
fn what_was_not_answered_is_said_again_with_the_same_id() {
    let mut rig = Rig::online();
    rig.plan(1);
    rig.verify();
    let first = rig.commands();
    rig.line(rig.generation, LineInput::Down);
    let generation = rig.until_connect();
    rig.line(generation, LineInput::Up { instance: "a".into() });
    let again = rig.commands();
    assert!(!first.is_empty());
    assert_eq!(first, again);
    for (id, _) in again {
        rig.done(id);
    }
    rig.line(generation, LineInput::Down);
    let generation = rig.until_connect();
    rig.line(generation, LineInput::Up { instance: "a".into() });
    assert_eq!(rig.commands(), []);
}

#[test]
fn a_refused_paper_is_never_drawn() {
    for (code, outcome, verdict) in [
        ("HASH", FetchOutcome::OtherHash, None),
        ("LEDGER", FetchOutcome::Received, Some("LEDGER")),
        ("DIGEST", FetchOutcome::Received, Some("DIGEST")),
    ] {
        let mut rig = Rig::in_meeting();
        rig.ticket();
        let judge = rig.judging();
        rig.input(Input::Judged { generation: judge, verdict: Verdict::Missing });
        let fetch = rig.fetching().expect("a fetch");
        rig.input(Input::Fetched { generation: fetch, outcome });
        if let Some(code) = verdict {
            let generation = rig.judging();
            let (code, reason) = (code.to_owned(), "vì sao".to_owned());
            let verdict = Verdict::Refused { code, reason, signers: Vec::new() };
            rig.input(Input::Judged { generation, verdict });
        }
        let steps = rig.told();
        assert!(steps.contains(&PaperStep::Refused { code: code.into() }), "{steps:?}");
        rig.show_page(1);
        assert_eq!(rig.room.page(), None, "{code}");
        assert!(!rig.drew_a_page, "{code}");
        let Content::Meeting(screen) = rig.room.screen(rig.now).content else { panic!() };
        assert!(matches!(screen.paper, PaperArea::Refused { .. }), "{:?}", screen.paper);
        assert_eq!(rig.room.papers_refused()[0].code, code);
    }
}

#[test]
fn a_late_verdict_counts_for_nothing() {
    let mut rig = Rig::in_meeting();
    rig.show_page(1);
    let generation = rig.judging();
    let verdict = Verdict::Verified { signers: Vec::new() };
    rig.input(Input::Judged { generation: generation + 40, verdict });
    assert_eq!(rig.room.page(), None);
}

#[test]
fn a_room_joins_by_itself_and_comes_home_at_the_end() {
    let mut rig = Rig::online();
    rig.plan(1);
    rig.advance_hearing(JOIN_AT - rig.now.millis() - 1);
    assert_eq!(rig.room.state_word(), "standby");
    rig.effects();
    rig.advance(1);
    assert_eq!(rig.room.state_word(), "in_meeting");
    let effects = rig.effects();
    let follows = |effect: &Effect| matches!(effect, Effect::Send { frame, .. } if matches!(**frame, ClientFrame::Follow { .. }));
    assert!(effects.iter().any(follows), "{effects:?}");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::OpenCall { .. })));
    rig.view(|view| view.me.can_attend = true);
    let attends = |rig: &mut Rig| {
        rig.commands().into_iter().filter(|(_, command)| *command == Command::Attend).count()
    };
    assert_eq!(attends(&mut rig), 1);
    rig.view(|_| ());
    assert_eq!(attends(&mut rig), 0, "it says so once");
    rig.view(|view| view.phase = Phase::Ended { at: at(JOIN_AT) });
    assert_eq!(rig.room.state_word(), "standby");
    let effects = rig.effects();
    assert!(effects.contains(&Effect::CloseCall));
    assert!(effects.contains(&Effect::Microphone(false)));
    rig.advance_hearing(60_000);
    assert_eq!(rig.room.state_word(), "standby", "a meeting that ended is not entered again");
}

#[test]
fn the_room_follows_the_shown_page_of_a_verified_paper() {
    let mut rig = Rig::in_meeting();
    rig.verify();
    for page in [1, 2, 3, 2] {
        rig.show_page(page);
        assert_eq!(rig.room.page().map(|key| key.page), Some(page));
        assert!(
            rig.effects().iter().any(|effect| {
                matches!(effect, Effect::ShowPage(Some(key)) if key.page == page)
            })
        );
    }
    rig.view(|view| view.shown = None);
    assert_eq!(rig.effects().last(), Some(&Effect::ShowPage(None)));
}

#[test]
fn papers_stay_readable_while_the_line_is_cut() {
    let mut rig = Rig::in_meeting();
    rig.verify();
    rig.show_page(2);
    rig.input(Input::Key(Key::NextPage));
    assert_eq!(rig.room.page().map(|key| key.page), Some(2), "online the room follows");
    rig.line(rig.generation, LineInput::Down);
    assert_eq!(rig.room.page().map(|key| key.page), Some(2));
    assert!(matches!(rig.room.screen(rig.now).line, LineState::Cut { papers: 1, .. }));
    for (key, page) in [
        (Key::NextPage, 3),
        (Key::NextPage, 3),
        (Key::PreviousPage, 2),
        (Key::PreviousPage, 1),
        (Key::PreviousPage, 1),
        (Key::NextPaper, 1),
    ] {
        rig.input(Input::Key(key));
        assert_eq!(rig.room.page().map(|key| key.page), Some(page), "{key:?}");
    }
    let generation = rig.until_connect();
    rig.line(generation, LineInput::Up { instance: "a".into() });
    assert_eq!(rig.room.page().map(|key| key.page), Some(2), "the room follows again");
}

#[test]
fn after_a_reboot_without_a_line_the_room_reads_on() {
    let mut rig = Rig::in_meeting();
    rig.verify();
    rig.show_page(2);
    let mut rig = rig.reboot();
    let judge = rig.judging();
    let verdict = Verdict::Verified { signers: Vec::new() };
    rig.input(Input::Judged { generation: judge, verdict });
    assert_eq!(rig.room.state_word(), "in_meeting");
    assert_eq!(rig.room.page().map(|key| key.page), Some(2));
}

#[test]
fn a_call_is_entered_again_whatever_ended_it() {
    type Ending = fn(&mut Rig, u32);
    let endings: [(&str, Ending); 4] = [
        ("the engine", |rig, generation| {
            rig.input(Input::Media(MediaInput::Failed { generation }));
        }),
        ("the server", |rig, generation| rig.call_ended(generation)),
        ("nobody answered", |rig, _| rig.advance_hearing(8_000)),
        ("the server was started anew", |rig, _| {
            rig.line(rig.generation, LineInput::Down);
            let generation = rig.until_connect();
            rig.line(generation, LineInput::Up { instance: "b".into() });
        }),
    ];
    for (name, end) in endings {
        let mut rig = Rig::in_meeting();
        let first = rig.call_opened().expect("a call");
        if name != "nobody answered" {
            rig.input(Input::Media(MediaInput::Connected { generation: first }));
            assert!(rig.room.is_call_connected());
        }
        end(&mut rig, first);
        rig.advance_hearing(600);
        let second = rig.call_opened().unwrap_or_else(|| panic!("{name}: no second call"));
        assert!(second > first, "{name}");
        rig.input(Input::Media(MediaInput::Connected { generation: first }));
        assert!(!rig.room.is_call_connected(), "{name}: a late word of the first call");
    }
}

#[test]
fn a_short_cut_of_the_channel_leaves_the_call_alone() {
    let mut rig = Rig::in_meeting();
    let generation = rig.call_opened().expect("a call");
    rig.input(Input::Media(MediaInput::Connected { generation }));
    rig.line(rig.generation, LineInput::Down);
    let line = rig.until_connect();
    rig.line(line, LineInput::Up { instance: "a".into() });
    rig.advance_hearing(2_000);
    assert_eq!(rig.call_opened(), None);
    assert!(rig.room.is_call_connected());
}

#[test]
fn the_microphone_is_the_chairs() {
    let mut rig = Rig::in_meeting();
    rig.effects();
    for (microphone, effect) in [
        (Microphone::On, Some(true)),
        (Microphone::On, None),
        (Microphone::Muted, Some(false)),
        (Microphone::Off, None),
    ] {
        rig.view(|view| view.me.microphone = microphone);
        let told = rig.effects().into_iter().find_map(|effect| match effect {
            Effect::Microphone(on) => Some(on),
            _ => None,
        });
        assert_eq!(told, effect, "{microphone:?}");
        assert_eq!(rig.room.microphone(), microphone);
    }
}

#[test]
fn v03_the_loudspeaker_is_the_chairs() {
    let mut rig = Rig::in_meeting();
    rig.effects();
    for (silenced, effect) in [(None, None), (Some(true), Some(false)), (None, Some(true))] {
        rig.view(|view| view.me.own.silenced_loudspeaker = silenced);
        let told = rig.effects().into_iter().find_map(|effect| match effect {
            Effect::Loudspeaker(on) => Some(on),
            _ => None,
        });
        assert_eq!(told, effect, "{silenced:?}");
        let Content::Meeting(screen) = rig.room.screen(rig.now).content else { panic!() };
        assert_eq!(screen.loudspeaker_off, silenced.is_some(), "the screen says so");
    }
}

#[test]
fn v11_recording_is_told_on_the_screen_as_long_as_it_lasts() {
    let mut rig = Rig::in_meeting();
    let on = RecordingState::On { since: Timestamp::from_millis(7) };
    let paused = RecordingState::Paused { since: Timestamp::from_millis(7) };
    for state in [None, Some(on.clone()), Some(paused), Some(on), None] {
        rig.view(|view| view.recording = state.clone());
        let Content::Meeting(screen) = rig.room.screen(rig.now).content else { panic!() };
        assert_eq!(screen.recording, state);
        assert_eq!(rig.room.recording(), state.as_ref());
    }
}

#[test]
fn v03_in_a_discussion_the_room_turns_its_microphone_on() {
    let mut rig = Rig::in_meeting();
    rig.effects();
    let commands = |rig: &mut Rig| {
        let effects = rig.effects().into_iter();
        let sent = effects.filter_map(|effect| match effect {
            Effect::Send { frame, .. } => Some(*frame),
            _ => None,
        });
        sent.filter(|frame| matches!(frame, ClientFrame::Command { .. })).collect::<Vec<_>>()
    };
    rig.input(Input::Key(Key::Microphone));
    assert_eq!(commands(&mut rig), [], "nobody asked it");
    rig.view(|view| view.me.microphone = Microphone::Muted);
    commands(&mut rig);
    rig.input(Input::Key(Key::Microphone));
    let sent = commands(&mut rig);
    let speaker = Speaker::Point(rig.enrolled.point);
    let wanted = Command::Unmute { speaker };
    assert!(
        matches!(&sent[..], [ClientFrame::Command { command, .. }] if *command == wanted),
        "{sent:?}"
    );
}

#[test]
fn v06_the_screen_has_the_layout_of_all_or_its_own() {
    let mut rig = Rig::in_meeting();
    for (all, own) in [(Layout::Grid, None), (Layout::Grid, Some(Layout::One))] {
        rig.view(|view| (view.me.layout, view.me.own.layout) = (all, own));
        let Content::Meeting(screen) = rig.room.screen(rig.now).content else { panic!() };
        assert_eq!(screen.layout, own.unwrap_or(all));
    }
}

#[test]
fn v14_a_plan_under_a_ceiling_changes_the_picture_in_the_call() {
    let mut rig = Rig::in_meeting();
    rig.effects();
    let generation = rig.call_opened().unwrap();
    rig.input(Input::Media(MediaInput::Connected { generation }));
    for (number, bits, sent) in [(8, 0, vec![0]), (9, 0, vec![]), (10, 1_000_000, vec![1_000_000])]
    {
        let plan = rig.signed_plan(number, |plan| plan.plan.picture.bitrate_bps_max = bits);
        rig.plan_frame(plan);
        let effects = rig.effects();
        let pictures = effects.iter().filter_map(|effect| match effect {
            Effect::SendPicture(picture) => Some(picture.bitrate_bps_max),
            _ => None,
        });
        assert_eq!(pictures.collect::<Vec<_>>(), sent, "plan {number}");
        let calls = |effect: &Effect| matches!(effect, Effect::OpenCall { .. } | Effect::CloseCall);
        assert!(!effects.iter().any(calls), "the call goes on");
    }
}

#[test]
fn v08_a_point_that_is_called_enters_anew() {
    let mut rig = Rig::in_meeting();
    rig.effects();
    rig.view(|view| view.me.own.called_at = Some(at(JOIN_AT + 1)));
    let opens = |rig: &mut Rig| {
        rig.effects().into_iter().any(|effect| matches!(effect, Effect::OpenCall { .. }))
    };
    assert!(opens(&mut rig));
    rig.view(|view| view.me.microphone = Microphone::On);
    assert!(!opens(&mut rig), "once for one call");
}

#[test]
fn the_screen_names_who_is_seen() {
    let mut rig = Rig::in_meeting();
    let own = Speaker::Point(rig.enrolled.point);
    rig.view(|view| view.holder = Some((own, "Huyện Kim Bảng".into())));
    let Content::Meeting(screen) = rig.room.screen(rig.now).content else { panic!() };
    assert_eq!(screen.picture.seen_as, SeenAs::Here);
    assert!(screen.here_has_floor);
    assert_eq!(screen.picture.name.as_deref(), Some("Huyện Kim Bảng"));
    rig.view(|view| view.holder = None);
    let Content::Meeting(screen) = rig.room.screen(rig.now).content else { panic!() };
    assert_eq!(screen.picture.seen_as, SeenAs::Chair);
    assert!(!screen.here_has_floor);
    assert_eq!(screen.picture.name.as_deref(), Some("Chủ tịch UBND tỉnh"));
}

#[test]
fn reports_come_on_change_and_every_fifteen_seconds() {
    let mut rig = Rig::online();
    rig.effects();
    let mut reports = 0;
    for _ in 0..60 {
        rig.advance_hearing(1_000);
        reports += rig.reports();
    }
    assert_eq!(reports, 4, "nothing changed in a minute");
    rig.input(Input::Screen(protocol::room::Part::Works));
    rig.advance_hearing(1_000);
    assert_eq!(rig.reports(), 1);
}

/// One thing that may happen, at random.
fn any_input() -> impl Strategy<Value = rig::Chance> {
    prop_oneof![
        (0_i64..20_000).prop_map(rig::Chance::Wait),
        Just(rig::Chance::LineUp),
        Just(rig::Chance::LineDown),
        (0_u64..9).prop_map(rig::Chance::Plan),
        Just(rig::Chance::Ticket),
        (0_u8..3).prop_map(rig::Chance::Fetched),
        (0_u8..3).prop_map(rig::Chance::Judged),
        (1_u32..5).prop_map(rig::Chance::Show),
        Just(rig::Chance::EndMeeting),
        Just(rig::Chance::MediaFailed),
        Just(rig::Chance::MediaConnected),
        Just(rig::Chance::Key),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: only pages of verified papers are drawn, the room
    /// never stops asking for the line, and time does not make it spin.
    #[test]
    fn a_room_keeps_its_promises(chances in proptest::collection::vec(any_input(), 1..60)) {
        let mut rig = Rig::known();
        for chance in chances {
            rig.chance(chance);
            if let Some(key) = rig.room.page() {
                prop_assert!(rig.verified.contains(&key.sha256), "an unverified page is drawn");
            }
            // A timer in the past would be served, and then be gone.
            rig.input(Input::Tick);
            if let Some(timeout) = rig.room.poll_timeout() {
                prop_assert!(timeout > rig.now, "spins at {timeout:?}");
            }
            prop_assert!(rig.room.is_online() || rig.is_connecting() ||
                rig.room.poll_timeout().is_some_and(|at| at.millis_since(rig.now) <= 2_500));
        }
    }
}

#[test]
fn the_moment_on_the_screen_is_a_whole_second() {
    let rig = Rig::known();
    let model = rig.room.screen(Timestamp::from_millis(1_999));
    assert_eq!(model.now, Timestamp::from_millis(1_000));
}
