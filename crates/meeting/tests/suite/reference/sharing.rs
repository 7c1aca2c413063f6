//! The shared screen, beside the rules.

use meeting::{Actor, Event, ItemAudience, ItemId, Part, Speaker};

use super::{Phase, Reference, has, speaker};

impl Reference {
    /// Whose screen a reader sees.
    pub(super) fn shared(&self, actor: &Actor) -> Option<Speaker> {
        let item = self.current(actor);
        self.shared_in(item, |event| match event {
            Event::PageShown { paper, .. } => self.sees_paper(actor, *paper),
            _ => false,
        })
    }

    /// Whose screen a technician sees, who knows no closed item.
    pub(super) fn shared_with_all(&self) -> Option<Speaker> {
        let items = self.items();
        let is_open = |wanted: ItemId| {
            items
                .iter()
                .any(|(item, audience)| *item == wanted && *audience == ItemAudience::Everyone)
        };
        let mut opened = self.log.iter().rev().filter_map(|event| match event {
            Event::ItemOpened { item } => Some(*item),
            _ => None,
        });
        let item = opened.find(|item| is_open(*item));
        self.shared_in(item, |event| match event {
            Event::PageShown { paper, .. } => {
                self.issued(*paper) && self.paper(*paper).is_some_and(|(item, _)| is_open(item))
            }
            _ => false,
        })
    }

    /// It lasts from its beginning until something ends it or it is not allowed any more.
    fn shared_in(&self, item: Option<ItemId>, covers: impl Fn(&Event) -> bool) -> Option<Speaker> {
        let begun = self.log.iter().rposition(
            |event| matches!(event, Event::SharingStarted { item: of, .. } if *of == item),
        )?;
        let Event::SharingStarted { speaker, .. } = self.log[begun] else { return None };
        let ends = |event: &Event| match event {
            Event::SharingStopped { item: of, .. } => *of == item,
            Event::ItemOpened { item: of } => Some(*of) == item,
            Event::ShowingStopped => true,
            other => covers(other),
        };
        let lasts = (begun + 1..self.log.len()).all(|place| {
            let so_far = Self { log: self.log[..=place].to_vec() };
            !ends(&self.log[place]) && so_far.may_share(speaker)
        });
        lasts.then_some(speaker)
    }

    fn may_share(&self, who: Speaker) -> bool {
        let Speaker::Person(person) = who else { return false };
        let part = self.people().get(&person).copied();
        let by_part = matches!(part, Some(Part::Chair | Part::Secretary | Part::Presenter));
        self.phase() == Phase::Running
            && self.attending(who)
            && (by_part || self.holder() == Some(who))
    }

    pub(super) fn may_start_sharing(&self, actor: &Actor) -> bool {
        self.may_share(speaker(actor)) && self.shared(actor).is_none()
    }

    pub(super) fn may_stop_sharing(&self, actor: &Actor) -> bool {
        let Some(sharer) = self.shared(actor) else { return false };
        let ends_others = self.is_office(actor) || has(actor, meeting::Role::Technician);
        ends_others || sharer == speaker(actor)
    }

    /// Whether a page of this actor may cover the screen that he sees.
    pub(super) fn leaves_screen(&self, actor: &Actor) -> bool {
        self.shared(actor).is_none() || self.may_stop_sharing(actor)
    }
}
