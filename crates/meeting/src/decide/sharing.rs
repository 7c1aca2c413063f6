//! Sharing a screen: `permit` knows who may.

use super::scene::Scene;
use crate::audience::speaker_of;
use crate::event::Event;
use crate::refusal::Refusal;

impl Scene<'_> {
    pub(super) fn start_sharing(&self) -> Vec<Event> {
        let item = self.sight.current(self.record).map(|(item, _)| item.id);
        vec![Event::SharingStarted { item, speaker: speaker_of(self.actor) }]
    }

    pub(super) fn stop_sharing(&self) -> Result<Vec<Event>, Refusal> {
        let sharing = self.sight.sharing(self.record).ok_or(Refusal::NothingToChange)?;
        let (item, speaker) = (sharing.item, sharing.speaker);
        Ok(vec![Event::SharingStopped { item, speaker }])
    }
}
