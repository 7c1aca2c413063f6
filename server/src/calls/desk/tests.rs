//! Who is in which call, step by step.

use media::Kind;
use meeting::PointId;
use protocol::call::CallSlots;
use uuid::Uuid;

use super::*;
use crate::calls::participant::Publisher;

fn meeting() -> MeetingId {
    MeetingId::new(Uuid::from_u128(1))
}

fn point(number: u128) -> Actor {
    Actor::Point(PointId::new(Uuid::from_u128(number)))
}

fn shown(number: u128) -> Hearing {
    let speaker = meeting::speaker_of(&point(number));
    Hearing { main: Some(speaker), voices: vec![speaker], ..Hearing::default() }
}

fn room(number: u128, notices: &mpsc::Sender<CallNotice>, generation: u32) -> Participant {
    let actor = point(number);
    Participant {
        publishes: Some(Publisher::Speaker(meeting::speaker_of(&actor))),
        kinds: vec![Kind::Video, Kind::Audio],
        wish: Wish::Floor,
        uses: vec![SlotUse::Main, SlotUse::Voice],
        hearing: shown(1),
        views: None,
        slots: CallSlots::default(),
        link: Link::Live { notices: notices.clone(), generation, is_resumed: false },
        actor: Some(actor),
    }
}

fn named(name: &str, wish: Wish, uses: Vec<SlotUse>, session: &str) -> Participant {
    Participant {
        actor: None,
        publishes: Some(Publisher::Named(name.to_owned())),
        kinds: if uses.is_empty() { vec![Kind::Video, Kind::Audio] } else { vec![] },
        wish,
        uses,
        hearing: Hearing::default(),
        views: None,
        slots: CallSlots::default(),
        link: Link::Http {
            session: session.to_owned(),
            offer: "v=0".to_owned(),
            etag: "1".to_owned(),
        },
    }
}

fn both(peer: u64) -> Vec<Option<StreamId>> {
    vec![Some(StreamId::video(PeerId(peer))), Some(StreamId::audio(PeerId(peer)))]
}

#[test]
fn the_floor_moves() {
    let key = CallKey::Meeting(meeting());
    let mut desk = Desk::default();
    let (one, mut heard_by_one) = mpsc::channel(8);
    let (two, mut heard_by_two) = mpsc::channel(8);
    let orders = desk.enter(key, PeerId(11), room(1, &one, 1));
    assert_eq!(orders.routes[&PeerId(11)], [None, None], "nobody hears himself");
    let orders = desk.enter(key, PeerId(12), room(2, &two, 1));
    assert_eq!(orders.routes, RouteTable::from([(PeerId(12), both(11))]));
    assert!(matches!(heard_by_two.try_recv(), Ok(CallNotice::Slots { .. })));

    let orders = desk.hearing_changed(meeting(), |_| Some(shown(2)));
    let expected = [(PeerId(11), both(12)), (PeerId(12), vec![None, None])];
    assert_eq!(orders.routes, RouteTable::from(expected));
    assert!(matches!(heard_by_one.try_recv(), Ok(CallNotice::Slots { .. })), "by now");
    let orders = desk.hearing_changed(meeting(), |_| Some(shown(2)));
    assert_eq!(orders, Orders::default(), "twice changes nothing");

    // Who is not invited any more is out.
    let orders = desk.hearing_changed(meeting(), |actor| (*actor != point(2)).then(|| shown(2)));
    assert_eq!(orders.leave, [PeerId(12)]);
    assert_eq!(orders.routes, RouteTable::from([(PeerId(11), vec![None, None])]));
    desk.gone(PeerId(11));
    assert!(desk.meetings().is_empty() && desk.places.is_empty());
}

#[test]
fn v05_view_unseen() {
    let key = CallKey::Meeting(meeting());
    let mut desk = Desk::default();
    let (one, mut heard_by_one) = mpsc::channel(8);
    let (two, mut heard_by_two) = mpsc::channel(8);
    let (three, mut heard_by_three) = mpsc::channel(8);
    for (number, notices) in [(1, &one), (2, &two), (3, &three)] {
        desk.enter(key, PeerId(10 + number), room(u128::from(number), notices, 1));
    }
    for notices in [&mut heard_by_one, &mut heard_by_two, &mut heard_by_three] {
        while notices.try_recv().is_ok() {}
    }
    let speaker = meeting::speaker_of(&point(2));
    let orders = desk.view(meeting(), &three, Some(speaker)).expect("it is in the call");
    let own = vec![Some(StreamId::video(PeerId(12))), Some(StreamId::audio(PeerId(11)))];
    let expected = RouteTable::from([(PeerId(13), own)]);
    assert_eq!(orders.routes, expected, "nobody else's slots change, and no voice");
    let viewing = CallNotice::Viewing { meeting: meeting(), speaker: Some(speaker), code: None };
    assert_eq!(heard_by_three.try_recv(), Ok(viewing));
    assert!(matches!(heard_by_three.try_recv(), Ok(CallNotice::Slots { .. })));
    assert!(heard_by_one.try_recv().is_err() && heard_by_two.try_recv().is_err());

    desk.hearing_changed(meeting(), |_| Some(shown(1)));
    assert!(heard_by_three.try_recv().is_err(), "the view stays");
    desk.end_views(meeting(), |_, _| false);
    let orders = desk.hearing_changed(meeting(), |_| Some(shown(1)));
    assert_eq!(orders.routes, RouteTable::from([(PeerId(13), both(11))]), "the right is gone");
    let (stranger, _notices) = mpsc::channel(8);
    assert_eq!(desk.view(meeting(), &stranger, None), None);
}

#[test]
fn a_preview_is_seen_by_one_alone() {
    let key = CallKey::Meeting(meeting());
    let mut desk = Desk::default();
    let channels: Vec<_> = (1..=3).map(|_| mpsc::channel(8)).collect();
    for (at, (notices, _)) in (1..).zip(&channels) {
        let mut participant = room(u128::from(at), notices, 1);
        participant.uses = vec![SlotUse::Main, SlotUse::Preview];
        desk.enter(key, PeerId(at), participant);
    }
    let two = PointId::new(Uuid::from_u128(2));
    let orders = desk.preview(meeting(), &channels[2].0, Some(two));
    let seen = [PeerId(1), PeerId(2)].map(|peer| Some(StreamId::video(peer)));
    assert_eq!(orders.routes, RouteTable::from([(PeerId(3), seen.to_vec())]));
    let orders = desk.preview(meeting(), &channels[2].0, Some(two));
    assert_eq!(orders, Orders::default(), "twice changes nothing");

    desk.previews_changed(meeting(), |_, _| true);
    let orders = desk.hearing_changed(meeting(), |_| Some(shown(1)));
    assert_eq!(orders, Orders::default(), "he may still look");
    desk.previews_changed(meeting(), |_, _| false);
    let orders = desk.hearing_changed(meeting(), |_| Some(shown(1)));
    let left = vec![Some(StreamId::video(PeerId(1))), None];
    assert_eq!(orders.routes, RouteTable::from([(PeerId(3), left)]));
}

#[test]
fn a_new_offer_replaces_the_old_one() {
    let key = CallKey::Meeting(meeting());
    let mut desk = Desk::default();
    let (one, mut notices) = mpsc::channel(8);
    desk.enter(key, PeerId(1), room(1, &one, 1));
    assert!(desk.is_stale(key, &one, (1, false)));
    assert!(!desk.is_stale(key, &one, (2, false)));
    let orders = desk.enter(key, PeerId(2), room(1, &one, 2));
    assert_eq!(orders.leave, [PeerId(1)]);
    assert!(matches!(notices.try_recv(), Ok(CallNotice::Slots { .. })), "of the first");
    let ended = CallNotice::Ended { meeting: meeting(), generation: 1, code: "REPLACED" };
    assert_eq!(notices.try_recv(), Ok(ended));
    assert_eq!(desk.gone(PeerId(1)), Orders::default(), "it was taken out already");

    let orders = desk.hang_up(meeting(), &one);
    assert_eq!(orders.leave, [PeerId(2)]);
}

#[test]
fn a_call_goes_on_over_a_new_channel() {
    let key = CallKey::Meeting(meeting());
    let mut desk = Desk::default();
    let (one, notices) = mpsc::channel(8);
    desk.enter(key, PeerId(1), room(2, &one, 1));
    drop(notices);
    let (fresh, mut notices) = mpsc::channel(8);
    desk.attach(meeting::speaker_of(&point(2)), &fresh);
    assert!(matches!(notices.try_recv(), Ok(CallNotice::Slots { .. })));
    desk.hearing_changed(meeting(), |_| None);
    assert!(matches!(notices.try_recv(), Ok(CallNotice::Ended { code: "GONE", .. })));
}

#[test]
fn a_page_that_is_loaded_anew_counts_anew() {
    let key = CallKey::Meeting(meeting());
    let mut desk = Desk::default();
    let (one, notices) = mpsc::channel(8);
    desk.enter(key, PeerId(1), room(2, &one, 1));
    drop(notices);
    let (fresh, mut notices) = mpsc::channel(8);
    desk.attach(meeting::speaker_of(&point(2)), &fresh);
    assert!(!desk.is_stale(key, &fresh, (1, false)));
    let orders = desk.enter(key, PeerId(2), room(2, &fresh, 1));
    assert_eq!(orders.leave, [PeerId(1)]);
    let told = std::iter::from_fn(|| notices.try_recv().ok());
    let ends = told.filter(|notice| matches!(notice, CallNotice::Ended { .. })).count();
    assert_eq!(ends, 0, "it would take the end of the old call for that of the new one");
    assert!(desk.is_stale(key, &fresh, (1, false)), "and from here on it counts");
}

#[test]
fn named_streams_go_to_who_asks() {
    let mut desk = Desk::default();
    let uses = vec![SlotUse::Voice, SlotUse::Main];
    let wish = Wish::Stream("p0".to_owned());
    desk.enter(CallKey::Bench, PeerId(2), named("", wish, uses, "s2"));
    let orders = desk.enter(CallKey::Bench, PeerId(1), named("p0", Wish::Floor, vec![], "s1"));
    let [video, audio] = both(1)[..] else { panic!("two streams") };
    assert_eq!(orders.routes[&PeerId(2)], [audio, video]);
    assert_eq!(desk.session("s1").map(|it| (it.key, it.peer)), Some((CallKey::Bench, PeerId(1))));
    desk.restarted("s1", "v=1".to_owned(), "2".to_owned());
    assert_eq!(desk.session("s1").map(|it| (it.offer, it.etag)), Some(("v=1", "2")));
    let orders = desk.end_session("s1").expect("it is there");
    assert_eq!(orders.leave, [PeerId(1)]);
    assert_eq!(orders.routes[&PeerId(2)], [None, None]);
    assert_eq!(desk.end_session("s1"), None);
}

/// A screen in the call of its sharer, over the channel of his other connection.
fn screen(number: u128, notices: &mpsc::Sender<CallNotice>, generation: u32) -> Participant {
    let speaker = meeting::speaker_of(&point(number));
    Participant {
        publishes: Some(Publisher::Screen(speaker)),
        kinds: vec![Kind::Video],
        wish: Wish::Nothing,
        uses: vec![],
        hearing: sharing(number),
        ..room(number, notices, generation)
    }
}

fn sharing(number: u128) -> Hearing {
    Hearing { content: Some(meeting::speaker_of(&point(number))), ..shown(1) }
}

#[test]
fn a_screen_is_content_as_long_as_the_meeting_shows_it() {
    let key = CallKey::Meeting(meeting());
    let mut desk = Desk::default();
    let (sharer, mut told) = mpsc::channel(8);
    let (other, mut seen) = mpsc::channel(8);
    desk.enter(key, PeerId(11), room(1, &sharer, 1));
    let viewer = Participant {
        uses: vec![SlotUse::Main, SlotUse::Content],
        hearing: sharing(1),
        ..room(2, &other, 1)
    };
    desk.enter(key, PeerId(12), viewer);
    assert!(!desk.is_stale(key, &sharer, (1, true)), "each connection counts its own offers");
    let orders = desk.enter(key, PeerId(13), screen(1, &sharer, 2));
    assert_eq!(orders.leave, [], "it stands beside the camera's connection");
    let both = vec![Some(StreamId::video(PeerId(11))), Some(StreamId::video(PeerId(13)))];
    assert_eq!(orders.routes[&PeerId(12)], both);
    assert_eq!(desk.screen(PeerId(13)), Some((meeting(), point(1))));
    assert_eq!(desk.screen(PeerId(11)), None);
    let content = |slots: &CallSlots| slots.content == Some(meeting::speaker_of(&point(1)));
    assert!(matches!(seen.try_recv(), Ok(CallNotice::Slots { slots, .. }) if content(&slots)));
    while told.try_recv().is_ok() {}

    // A layer of the screen is none of the camera, and what one looks at alone neither.
    desk.tell_layers(StreamId::video(PeerId(13)), 0);
    assert!(told.try_recv().is_err());

    let orders = desk.hearing_changed(meeting(), |_| Some(Hearing::default()));
    assert_eq!(orders.leave, [], "a closed item does not tell its sharer that it is one");
    let orders = desk.hearing_changed(meeting(), |_| Some(shown(1)));
    assert_eq!(orders.leave, [PeerId(13)], "the meeting shows it no longer");
    let ended = |notice| matches!(notice, CallNotice::Ended { generation: 2, code: "GONE", .. });
    assert!(std::iter::from_fn(|| told.try_recv().ok()).any(ended));
    assert!(!desk.has_screen(meeting(), &point(1)));
}
