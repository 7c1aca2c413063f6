//! What chair and secretaries may do, beside the rules.

use meeting::{Actor, Command, ItemAudience, ItemId, PaperId, Part};

use super::{Phase, Reference};

impl Reference {
    pub(super) fn office_may(&self, actor: &Actor, command: &Command) -> bool {
        let phase = self.phase();
        let (running, over) = (phase == Phase::Running, phase == Phase::Ended);
        let before = matches!(phase, Phase::Draft | Phase::Announced);
        let is_item = |wanted: &ItemId| self.items().iter().any(|(item, _)| item == wanted);
        match command {
            Command::Amend { .. } => before,
            Command::AddItem { item, .. } => !over && !is_item(item),
            Command::ChangeItem { item, .. } => !over && is_item(item),
            Command::MoveItem { item, place } => {
                let items = self.items();
                let place = usize::from(*place).min(items.len().saturating_sub(1));
                !over && is_item(item) && items[place].0 != *item
            }
            Command::RemoveItem { item } => {
                let of_item = |paper: &PaperId| self.paper(*paper).is_some_and(|p| p.0 == *item);
                before
                    && is_item(item)
                    && !self.papers().iter().filter(|p| of_item(p)).any(|p| self.issued(*p))
            }
            Command::InvitePeople { people, part } => {
                let known = self.people();
                let changed: Vec<_> =
                    people.iter().filter(|p| known.get(p) != Some(part)).collect();
                !over
                    && !changed.is_empty()
                    && changed.iter().all(|person| Some(**person) != self.chair())
                    && (*part != Part::Chair || (before && changed.len() == 1))
            }
            Command::UninvitePeople { people } => {
                let known = self.people();
                !over
                    && people.iter().any(|person| known.contains_key(person))
                    && people.iter().all(|person| Some(*person) != self.chair())
            }
            Command::InvitePoints { points } => !over && !points.is_subset(&self.points()),
            Command::UninvitePoints { points } => !over && !points.is_disjoint(&self.points()),
            Command::Announce => phase == Phase::Draft,
            Command::AddPaper { paper, item, .. } => {
                !over && is_item(item) && self.paper(*paper).is_none()
            }
            Command::RemovePaper { paper } => {
                !over && self.paper(*paper).is_some() && !self.issued(*paper)
            }
            Command::IssuePapers => !over && self.papers().iter().any(|p| !self.issued(*p)),
            Command::Start => phase == Phase::Announced,
            Command::End => running,
            Command::OpenItem { item } => {
                running && is_item(item) && self.current(actor) != Some(*item)
            }
            Command::StopShowing => running && self.shown(actor).is_some(),
            Command::GiveFloor { speaker } => {
                running && self.attending(*speaker) && self.holder() != Some(*speaker)
            }
            Command::WithdrawFloor => running && self.holder().is_some(),
            Command::BeginDiscussion
            | Command::EndDiscussion
            | Command::MarkPoint { .. }
            | Command::Lock
            | Command::Unlock
            | Command::Admit { .. }
            | Command::Extend { .. } => running && self.controls(command),
            Command::StartRecording => running && !self.recording() && !self.is_closed(actor),
            Command::StopRecording | Command::InterruptRecording { .. } => {
                running && self.recording()
            }
            _ => false,
        }
    }

    /// Whether the current item is kept from some of those invited.
    fn is_closed(&self, actor: &Actor) -> bool {
        let current = self.current(actor);
        let items = self.items();
        let mut current = items.iter().filter(|(item, _)| current == Some(*item));
        current.any(|(_, audience)| *audience != ItemAudience::Everyone)
    }
}
