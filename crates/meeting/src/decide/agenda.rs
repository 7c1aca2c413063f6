//! Items: what a meeting is about, in which order.

use super::scene::Scene;
use super::values;
use crate::command::ItemAudience;
use crate::event::Event;
use crate::ids::ItemId;
use crate::limits::ITEMS_MAX;
use crate::refusal::Refusal;
use crate::rights::some;
use crate::state::{Item, Stage};
use crate::text::Written;

impl Scene<'_> {
    pub(super) fn add_item(
        &self,
        item: ItemId,
        title: &Written,
        minutes: u16,
        audience: &ItemAudience,
    ) -> Result<Vec<Event>, Refusal> {
        some(self.record.item(item).is_none(), Refusal::IdTaken)?;
        some(self.record.items.len() < ITEMS_MAX, Refusal::TooMany)?;
        values::audience(audience)?;
        let (title, minutes) = (values::title(title)?, values::minutes(minutes)?);
        Ok(vec![Event::ItemAdded { item, title, minutes, audience: audience.clone() }])
    }

    pub(super) fn change_item(
        &self,
        item: ItemId,
        title: &Written,
        minutes: u16,
        audience: &ItemAudience,
    ) -> Result<Vec<Event>, Refusal> {
        self.seen_item(item)?;
        values::audience(audience)?;
        let (title, minutes) = (values::title(title)?, values::minutes(minutes)?);
        Ok(vec![Event::ItemChanged { item, title, minutes, audience: audience.clone() }])
    }

    pub(super) fn move_item(&self, item: ItemId, place: u16) -> Result<Vec<Event>, Refusal> {
        self.seen_item(item)?;
        let last = self.record.items.len() - 1;
        let place = usize::from(place).min(last);
        some(self.record.items[place].id != item, Refusal::NothingToChange)?;
        let place = u16::try_from(place).map_err(|_| Refusal::TooMany)?;
        Ok(vec![Event::ItemMoved { item, place }])
    }

    /// An issued paper is not taken back in silence, so its item stays too.
    pub(super) fn remove_item(&self, item: ItemId) -> Result<Vec<Event>, Refusal> {
        self.seen_item(item)?;
        let before = matches!(self.record.stage, Stage::Draft | Stage::Announced { .. });
        some(before, Refusal::WrongPhase)?;
        let mut papers = self.record.papers.iter().filter(|paper| paper.item == item);
        some(papers.all(|paper| paper.issued.is_none()), Refusal::PaperIssued)?;
        Ok(vec![Event::ItemRemoved { item }])
    }

    pub(super) fn open_item(&self, item: ItemId) -> Result<Vec<Event>, Refusal> {
        self.seen_item(item)?;
        let current = self.sight.current(self.record).map(|(current, _)| current.id);
        some(current != Some(item), Refusal::NothingToChange)?;
        Ok(vec![Event::ItemOpened { item }])
    }

    pub(super) fn seen_item(&self, item: ItemId) -> Result<&Item, Refusal> {
        let known = self.record.item(item).filter(|item| self.sight.sees(item));
        known.ok_or(Refusal::NoSuchItem)
    }
}
