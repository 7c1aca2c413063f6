//! A room in a meeting: what it sees of it, and what follows from that.

use fleet::PlannedMeeting;
use protocol::live::{Changes, Cursor, TopicSection};
use protocol::meeting::{
    Agenda, Command, Controls, Deed, Floor, Head, Layout, Me, MeetingId, Microphone, Phase,
    RecordingState, Section, SharedScreen, ShownPage, Speaker, Timestamp, View,
};

use super::call::Call;
use super::input::{Key, PaperKey, RememberedView};
use super::model::PageKey;
use super::papers::PaperDesk;

/// The meeting the room sits in.
#[derive(Debug)]
pub(super) struct Sitting {
    pub(super) meeting: MeetingId,
    pub(super) planned: PlannedMeeting,
    pub(super) cursor: Option<Cursor>,
    pub(super) call: Call,
    /// The page the edge was asked to draw.
    pub(super) drawn: Option<PageKey>,
    /// The page chosen in the room while the line is cut.
    turned: Option<PageKey>,
    /// The call of the chair that was answered.
    called_at: Option<Timestamp>,
    view: View,
}

impl Sitting {
    pub(super) fn new(
        planned: &PlannedMeeting,
        remembered: Option<RememberedView>,
        now: Timestamp,
    ) -> Self {
        let meeting = MeetingId::new(planned.meeting);
        let (cursor, view) = remembered
            .filter(|remembered| remembered.meeting == meeting)
            .map(|remembered| (remembered.cursor, remembered.view))
            .unwrap_or_default();
        Self {
            meeting,
            planned: planned.clone(),
            cursor,
            call: Call::new(now),
            drawn: None,
            turned: None,
            called_at: None,
            view,
        }
    }

    /// Takes what changed; the sections of another topic are left alone.
    pub(super) fn change(&mut self, changes: Changes) {
        for (key, section) in changes.changed {
            if let TopicSection::Meeting(section) = section {
                self.view.insert(key, section);
            }
        }
        for key in &changes.removed {
            self.view.remove(key);
        }
        self.cursor = Some(changes.cursor);
    }

    /// The chair called this point because it is not there: it enters the call anew, and says
    /// once more that it has come.
    pub(super) fn heed_call(&mut self, now: Timestamp) {
        let called_at = self.me().and_then(|me| me.own.called_at);
        if called_at.is_some() && called_at != self.called_at {
            self.call.restart(now);
        }
        self.called_at = called_at;
    }

    pub(super) fn remembered(&self) -> RememberedView {
        RememberedView {
            meeting: self.meeting,
            cursor: self.cursor.clone(),
            view: self.view.clone(),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.head().is_some_and(|head| matches!(head.phase, Phase::Ended { .. }))
    }

    /// Whether the server would let the room say that it has come.
    pub(super) fn should_attend(&self) -> bool {
        self.me().is_some_and(|me| me.attending_since.is_none() && me.can.contains(&Deed::Attend))
    }

    pub(super) fn microphone(&self) -> Microphone {
        self.me().map_or(Microphone::Off, |me| me.microphone)
    }

    /// Whether the room may hear the others.
    pub(super) fn hears(&self) -> bool {
        self.me().is_none_or(|me| me.own.silenced_loudspeaker != Some(true))
    }

    /// What is where on the screen: the room's own layout, or the one for all.
    pub(super) fn layout(&self) -> Layout {
        let own = self.me().and_then(|me| me.own.layout);
        own.or_else(|| Some(self.controls()?.layout)).unwrap_or_default()
    }

    /// How the points are controlled.
    pub(super) fn controls(&self) -> Option<&Controls> {
        match self.view.get("controls") {
            Some(Section::Controls(controls)) => Some(controls),
            _ => None,
        }
    }

    /// The command of the microphone's key: in a discussion the room turns itself on and off.
    pub(super) fn microphone_key(&self) -> Option<Command<String>> {
        let me = self.me()?;
        let speaker = me.speaker?;
        match me.microphone {
            Microphone::Muted if me.can.contains(&Deed::Unmute) => {
                Some(Command::Unmute { speaker })
            }
            Microphone::On if me.can.contains(&Deed::Mute) => Some(Command::Mute { speaker }),
            _ => None,
        }
    }

    pub(super) fn head(&self) -> Option<&Head> {
        match self.view.get("head") {
            Some(Section::Head(head)) => Some(head),
            _ => None,
        }
    }

    pub(super) fn agenda(&self) -> Option<&Agenda> {
        match self.view.get("agenda") {
            Some(Section::Agenda(agenda)) => Some(agenda),
            _ => None,
        }
    }

    pub(super) fn floor(&self) -> Option<&Floor> {
        match self.view.get("floor") {
            Some(Section::Floor(floor)) => Some(floor),
            _ => None,
        }
    }

    pub(super) fn me(&self) -> Option<&Me> {
        match self.view.get("me") {
            Some(Section::Me(me)) => Some(me),
            _ => None,
        }
    }

    pub(super) fn shown(&self) -> Option<&ShownPage> {
        match self.view.get("shown") {
            Some(Section::Shown(shown)) => shown.page.as_ref(),
            _ => None,
        }
    }

    /// The screen that somebody shares.
    pub(super) fn sharing(&self) -> Option<&SharedScreen> {
        match self.view.get("sharing") {
            Some(Section::Sharing(screen)) => Some(screen),
            _ => None,
        }
    }

    pub(super) fn recording(&self) -> Option<&RecordingState> {
        match self.view.get("recording") {
            Some(Section::Recording(notice)) => Some(&notice.state),
            _ => None,
        }
    }

    /// The name to show for somebody in a slot.
    pub(super) fn name_of(&self, speaker: Speaker) -> Option<String> {
        let holder = self.floor().and_then(|floor| floor.holder.as_ref());
        if let Some(holder) = holder.filter(|holder| holder.speaker == speaker) {
            return holder.name.clone();
        }
        match speaker {
            Speaker::Point(point) => match self.view.get(&format!("point/{point}")) {
                Some(Section::Point(line)) => line.name.clone(),
                _ => None,
            },
            Speaker::Person(person) => {
                let head = self.head().filter(|head| head.chair == person);
                head.and_then(|head| head.chair_name.clone()).or_else(|| {
                    let Some(Section::People(people)) = self.view.get("people") else {
                        return None;
                    };
                    let line = people.people.iter().find(|line| line.person == person)?;
                    line.name.clone()
                })
            }
        }
    }

    /// The page that should be on the screen, whether or not it may be drawn.
    pub(super) fn page(&self) -> Option<PageKey> {
        self.turned.or_else(|| {
            let shown = self.shown()?;
            Some(PageKey { paper: shown.paper, sha256: shown.file.sha256, page: shown.page })
        })
    }

    /// Whether the page was chosen in the room.
    pub(super) const fn is_turned_here(&self) -> bool {
        self.turned.is_some()
    }

    /// The line is there again: the room follows what is shown to everybody.
    pub(super) fn follow(&mut self) {
        self.turned = None;
    }

    /// Somebody in the room turns a page of what is on the disk.
    pub(super) fn turn(&mut self, key: Key, papers: &PaperDesk) {
        let readable: Vec<_> =
            papers.verified(self.meeting).map(|case| &case.judgement.paper).collect();
        let now = self.page();
        let at = now.and_then(|now| readable.iter().position(|paper| paper.sha256 == now.sha256));
        let page_of = |index: usize, page: u32| {
            let paper = readable.get(index)?;
            let page = page.clamp(1, paper.pages.max(1));
            Some(PageKey { paper: paper.paper, sha256: paper.sha256, page })
        };
        let turned = match (at, now, key) {
            (Some(at), Some(now), Key::NextPage) => page_of(at, now.page.saturating_add(1)),
            (Some(at), Some(now), Key::PreviousPage) => page_of(at, now.page.saturating_sub(1)),
            (Some(at), _, Key::NextPaper) => page_of((at + 1).min(readable.len() - 1), 1),
            (Some(at), _, Key::PreviousPaper) => page_of(at.saturating_sub(1), 1),
            (_, _, Key::Microphone) => None,
            _ => page_of(0, 1),
        };
        self.turned = turned.or(self.turned);
    }

    /// The page the edge should draw: of a verified paper, or none.
    pub(super) fn drawable(&self, papers: &PaperDesk) -> Option<PageKey> {
        let page = self.page()?;
        let case = papers.case(PaperKey { paper: page.paper, sha256: page.sha256 })?;
        case.is_verified().then_some(page)
    }
}
