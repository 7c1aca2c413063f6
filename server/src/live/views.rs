//! What readers see, computed once for all who see the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use meeting::{Actor, Audience, MeetingId, Names};
use protocol::home::{HomeSection, MeetingCard};
use protocol::live::Topic;
use ring::hmac;

use super::topics::{Diff, Marks, Snapshot};
use crate::app::App;
use crate::limits::{HOME_DAYS, MEETINGS_CACHED_MAX};
use crate::meetings::Loaded;
use crate::store::{self, Member, meeting_list};

/// A topic as one reader sees it now.
#[derive(Clone)]
pub(super) struct Sheet {
    /// What he shares with others.
    pub(super) shared: Arc<Snapshot>,
    /// What is his alone.
    pub(super) own: Arc<Snapshot>,
}

impl Sheet {
    /// What somebody lacks who has these.
    pub(super) fn since<'a>(&'a self, known: &'a Known) -> Diff<'a> {
        match known {
            Known::Sheet(sheet) if Arc::ptr_eq(&sheet.shared, &self.shared) => {
                self.own.since(sheet.own.marks())
            }
            Known::Sheet(sheet) => {
                self.shared.since(sheet.shared.marks()).and(self.own.since(sheet.own.marks()))
            }
            Known::Marks { shared, own } => self.shared.since(shared).and(self.own.since(own)),
        }
    }

    /// What the reader keeps of it.
    pub(super) fn cursor(&self) -> String {
        super::cursor::join(&self.shared.cursor, &self.own.cursor)
    }
}

/// What a reader has.
pub(super) enum Known {
    /// What his cursor says.
    Marks {
        /// Of what he shares with others.
        shared: Marks,
        /// Of what is his alone.
        own: Marks,
    },
    /// What was sent to him last.
    Sheet(Sheet),
}

/// Snapshots by meeting and audience. A cache: what is not there is computed.
pub(super) struct Views {
    secret: hmac::Key,
    meetings: Mutex<BTreeMap<MeetingId, Arc<Mutex<OneMeeting>>>>,
    board: Mutex<(u64, Arc<Snapshot>)>,
}

#[derive(Default)]
struct OneMeeting {
    seq: i64,
    names: Arc<Names>,
    by_audience: BTreeMap<Audience, Arc<Snapshot>>,
    before: BTreeMap<Audience, Arc<Snapshot>>,
}

impl Views {
    /// With the secret of the cursors.
    pub(super) fn new(secret: hmac::Key) -> Self {
        let board = Mutex::new((u64::MAX, Arc::default()));
        Self { secret, meetings: Mutex::default(), board }
    }

    /// A topic as a reader sees it now; `None` when it is not there for him. `before` is what he
    /// saw last.
    pub(super) async fn sheet(
        &self,
        app: &App,
        (topic, actor): (Topic, &Actor),
        before: Option<&Sheet>,
    ) -> Result<Option<Sheet>, store::Error> {
        match topic {
            Topic::Meeting(meeting) => {
                let Some(loaded) = app.meetings.load(meeting).await? else { return Ok(None) };
                Ok(self.meeting(meeting, &loaded, (actor, before)))
            }
            Topic::Home => self.home(app, (actor, before)).await.map(Some),
            Topic::Board => Ok(self.board(app, actor)),
        }
    }

    fn meeting(
        &self,
        meeting: MeetingId,
        loaded: &Loaded,
        (actor, before): (&Actor, Option<&Sheet>),
    ) -> Option<Sheet> {
        let audience = meeting::audience_of(&loaded.state, actor)?;
        let shared = self.shared(meeting, loaded, &audience);
        let me = json(&meeting::me_for(&loaded.state, actor, &loaded.names));
        let before = before.map(|before| &*before.own);
        let own = Snapshot::new(&self.secret, [("me".to_owned(), me)], before);
        Some(Sheet { shared, own: Arc::new(own) })
    }

    fn shared(&self, meeting: MeetingId, loaded: &Loaded, audience: &Audience) -> Arc<Snapshot> {
        let one = self.one(meeting);
        let mut one = one.lock().unwrap_or_else(PoisonError::into_inner);
        one.move_to(loaded);
        if one.seq == loaded.seq
            && let Some(snapshot) = one.by_audience.get(audience)
        {
            return Arc::clone(snapshot);
        }
        let view = meeting::view_for(&loaded.state, audience, &loaded.names);
        let sections = view.into_iter().map(|(key, section)| (key, json(&section)));
        let before = one.before.get(audience).map(|before| &**before);
        let snapshot = Arc::new(Snapshot::new(&self.secret, sections, before));
        if one.seq == loaded.seq {
            one.by_audience.insert(audience.clone(), Arc::clone(&snapshot));
        }
        snapshot
    }

    fn one(&self, meeting: MeetingId) -> Arc<Mutex<OneMeeting>> {
        let mut meetings = self.meetings.lock().unwrap_or_else(PoisonError::into_inner);
        if meetings.len() >= MEETINGS_CACHED_MAX && !meetings.contains_key(&meeting) {
            meetings.pop_first();
        }
        Arc::clone(meetings.entry(meeting).or_default())
    }

    async fn home(
        &self,
        app: &App,
        (actor, before): (&Actor, Option<&Sheet>),
    ) -> Result<Sheet, store::Error> {
        let from = app.edge.now().plus_millis(-HOME_DAYS * 24 * 60 * 60 * 1000);
        let meetings = {
            let mut reader = app.db.read().await?;
            if meeting::looks_after_points(actor) {
                meeting_list::all(&mut reader, from).await?
            } else {
                meeting_list::of_member(&mut reader, Member::of(actor), from).await?
            }
        };
        let mut sections = BTreeMap::new();
        for meeting in meetings {
            let Some(loaded) = app.meetings.load(meeting).await? else { continue };
            if let Some(card) = card(meeting, &loaded, actor) {
                sections.insert(format!("meeting/{meeting}"), json(&HomeSection::Meeting(card)));
            }
        }
        let before = before.map(|before| &*before.own);
        let own = Arc::new(Snapshot::new(&self.secret, sections, before));
        Ok(Sheet { shared: Arc::default(), own })
    }

    fn board(&self, app: &App, actor: &Actor) -> Option<Sheet> {
        if !meeting::looks_after_points(actor) {
            return None;
        }
        let version = *app.rooms.board_changes().borrow();
        let mut kept = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != version {
            let sections = app.rooms.board_sections().into_iter();
            let sections = sections.map(|(key, section)| (key, json(&section)));
            let snapshot = Snapshot::new(&self.secret, sections, Some(&kept.1));
            *kept = (version, Arc::new(snapshot));
        }
        Some(Sheet { shared: Arc::clone(&kept.1), own: Arc::default() })
    }
}

impl OneMeeting {
    /// Makes room for a later state; the earlier snapshots tell what did not change.
    fn move_to(&mut self, loaded: &Loaded) {
        let is_later = loaded.seq > self.seq;
        let is_renamed = loaded.seq == self.seq && !Arc::ptr_eq(&loaded.names, &self.names);
        if is_later || is_renamed {
            self.seq = loaded.seq;
            self.names = Arc::clone(&loaded.names);
            // An audience without a reader at the last event is not kept any longer.
            self.before = std::mem::take(&mut self.by_audience);
        }
    }
}

fn card(meeting: MeetingId, loaded: &Loaded, actor: &Actor) -> Option<MeetingCard> {
    let (head, me) = meeting::card_for(&loaded.state, actor, &loaded.names)?;
    Some(MeetingCard {
        meeting,
        title: head.title,
        starts_at: head.starts_at,
        minutes: head.minutes,
        phase: head.phase,
        chair_name: head.chair_name,
        part: me.part,
        can: me.can,
    })
}

/// Sections are plain data: they always become JSON.
fn json(section: &impl serde::Serialize) -> String {
    serde_json::to_string(section).unwrap_or_else(|_| "null".to_owned())
}
