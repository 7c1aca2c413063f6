//! The log of a meeting as the chapters of its recording.

use serde::Serialize;

use crate::actor::Actor;
use crate::audience::{Sight, sight_of};
use crate::command::Speaker;
use crate::event::Event;
use crate::ids::{ItemId, PaperId};
use crate::see::Names;
use crate::state::{Meeting, Record};
use crate::time::Timestamp;

/// A moment that somebody may want to jump to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chapter {
    /// When.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub kind: ChapterKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChapterKind {
    /// The meeting went to an item.
    Item {
        /// Which.
        item: ItemId,
        /// Its title.
        title: Option<String>,
    },
    /// Somebody got the floor.
    Floor {
        /// Who.
        speaker: Speaker,
        /// The name.
        name: Option<String>,
    },
    /// A page was shown to everybody.
    Page {
        /// Of which paper.
        paper: PaperId,
        /// The paper's title.
        title: Option<String>,
        /// Which page.
        page: u32,
    },
}

/// Who is on the recording from a moment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OnAir {
    /// From when.
    pub at: Timestamp,
    /// Whose picture is the main one; nobody while nothing is recorded.
    pub main: Option<Speaker>,
    /// Whose voices are heard.
    pub voices: Vec<Speaker>,
}

/// All that a player has to know of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Playback {
    /// In order.
    pub chapters: Vec<Chapter>,
    /// In order.
    pub on_air: Vec<OnAir>,
}

impl Playback {
    /// Out of the whole log, as far as the reader may know it now.
    #[must_use]
    pub fn of<'a>(
        log: impl IntoIterator<Item = (Timestamp, &'a Event)> + Clone,
        reader: &Actor,
        names: &Names,
    ) -> Self {
        let mut state = Meeting::default();
        for (at, event) in log.clone() {
            state.apply(at, event);
        }
        let Some(now) = state.record.as_deref() else { return Self::default() };
        let Some(sight) = sight_of(now, reader).filter(Sight::reads) else {
            return Self::default();
        };
        let mut playback = Self::default();
        let mut state = Meeting::default();
        for (at, event) in log {
            state.apply(at, event);
            playback.take(at, event, (&state, now), (&sight, names));
        }
        playback
    }

    fn take(
        &mut self,
        at: Timestamp,
        event: &Event,
        (then, now): (&Meeting, &Record),
        (sight, names): (&Sight, &Names),
    ) {
        let hearing = then.recorded();
        let is_recorded = hearing.is_some();
        let hearing = hearing.unwrap_or_default();
        self.put_on_air(OnAir { at, main: hearing.main, voices: hearing.voices });
        let words = |id: &crate::text::TextRef| names.words.get(&id.id).cloned();
        let kind = match event {
            Event::ItemOpened { item } => now
                .item(*item)
                .filter(|item| sight.sees(item))
                .map(|it| ChapterKind::Item { item: it.id, title: words(&it.title) }),
            Event::FloorGiven { speaker } => is_recorded
                .then(|| ChapterKind::Floor { speaker: *speaker, name: names.of(*speaker) }),
            Event::PageShown { paper, page } => now
                .paper(*paper)
                .filter(|paper| sight.sees_paper(now, paper))
                .map(|it| ChapterKind::Page { paper: it.id, title: words(&it.title), page: *page }),
            _ => None,
        };
        self.chapters.extend(kind.map(|kind| Chapter { at, kind }));
    }

    /// Only what changes is kept, and of one moment only what it led to.
    fn put_on_air(&mut self, now: OnAir) {
        self.on_air.pop_if(|last| last.at == now.at);
        let nobody = OnAir { at: now.at, main: None, voices: Vec::new() };
        let last = self.on_air.last().unwrap_or(&nobody);
        if (last.main, &last.voices) != (now.main, &now.voices) {
            self.on_air.push(now);
        }
    }
}
