//! The course of a meeting: its beginning and end, who is there, who speaks.

use super::scene::Scene;
use super::values;
use crate::actor::Actor;
use crate::audience::speaker_of;
use crate::command::{Command, Speaker};
use crate::event::Event;
use crate::ids::PersonId;
use crate::refusal::Refusal;
use crate::rights::{may_create, some};
use crate::state::Meeting;
use crate::text::Written;
use crate::time::Timestamp;

/// A beginning and a length, or why they are none.
type Time = Result<(Timestamp, u16), Refusal>;

/// Begins a meeting. Who may not is told so whether or not the id is taken.
pub(super) fn create(
    state: &Meeting,
    actor: &Actor,
    (title, time, chair): (&Written, Time, PersonId),
) -> Result<Vec<Event>, Refusal> {
    some(may_create(actor), Refusal::NotAllowed)?;
    let Actor::Person { person: secretary, .. } = *actor else { return Err(Refusal::NotAllowed) };
    some(state.record.is_none(), Refusal::MeetingExists)?;
    let title = values::title(title)?;
    let (starts_at, minutes) = time?;
    Ok(vec![Event::Created { title, starts_at, minutes, chair, secretary }])
}

pub(super) fn amend(title: &Written, time: Time) -> Result<Vec<Event>, Refusal> {
    let title = values::title(title)?;
    let (starts_at, minutes) = time?;
    Ok(vec![Event::Amended { title, starts_at, minutes }])
}

impl Scene<'_> {
    /// Commands without details: what `permit` let through happens.
    pub(super) fn carry_out(&self, command: &Command) -> Vec<Event> {
        let speaker = speaker_of(self.actor);
        match command {
            Command::Announce => vec![Event::Announced],
            Command::IssuePapers => self.issue_papers(),
            Command::Start => vec![Event::Started],
            Command::End => {
                self.floor_withdrawn().chain(self.recording_ended()).chain([Event::Ended]).collect()
            }
            Command::StopShowing => vec![Event::ShowingStopped],
            Command::Attend => vec![Event::Attended { speaker }],
            Command::Leave => self.leaving(speaker),
            Command::RequestToSpeak => vec![Event::SpeechRequested { speaker }],
            Command::WithdrawRequest => vec![Event::RequestWithdrawn { speaker }],
            Command::WithdrawFloor => self.floor_withdrawn().collect(),
            Command::MuteAll => self.all_muted(),
            Command::StartRecording => vec![Event::RecordingStarted],
            Command::StopRecording => vec![Event::RecordingStopped],
            _ => Vec::new(),
        }
    }

    /// The floor goes from its holder to the new one; the wish of the new one is fulfilled.
    pub(super) fn give_floor(&self, speaker: Speaker) -> Result<Vec<Event>, Refusal> {
        some(self.record.is_invited(speaker), Refusal::NotInvited)?;
        some(self.record.attending_since(speaker).is_some(), Refusal::NotAttending)?;
        let holder = self.record.holder().map(|held| held.speaker);
        some(holder != Some(speaker), Refusal::NothingToChange)?;
        Ok(self.floor_withdrawn().chain([Event::FloorGiven { speaker }]).collect())
    }

    pub(super) fn mute(&self, speaker: Speaker) -> Result<Vec<Event>, Refusal> {
        self.own_or_office(speaker)?;
        some(self.record.may_speak(speaker), Refusal::MayNotSpeak)?;
        some(!self.record.is_muted(speaker), Refusal::NothingToChange)?;
        Ok(vec![Event::Muted { speaker }])
    }

    pub(super) fn unmute(&self, speaker: Speaker) -> Result<Vec<Event>, Refusal> {
        self.own_or_office(speaker)?;
        some(self.record.may_speak(speaker), Refusal::MayNotSpeak)?;
        some(self.record.is_muted(speaker), Refusal::NothingToChange)?;
        Ok(vec![Event::Unmuted { speaker }])
    }

    /// A point that discusses turns its own microphone on and off, and nobody else's.
    fn own_or_office(&self, speaker: Speaker) -> Result<(), Refusal> {
        match self.actor {
            Actor::Point(_) => some(speaker_of(self.actor) == speaker, Refusal::NotAllowed),
            Actor::Person { .. } => Ok(()),
        }
    }

    /// All that ends when somebody leaves: his floor, his wish, his presence.
    pub(super) fn leaving(&self, speaker: Speaker) -> Vec<Event> {
        let holds = self.record.holder().is_some_and(|held| held.speaker == speaker);
        let is_there = self.record.attending_since(speaker).is_some();
        [
            holds.then_some(Event::FloorWithdrawn { speaker }),
            self.record.wants_to_speak(speaker).then_some(Event::RequestWithdrawn { speaker }),
            is_there.then_some(Event::Left { speaker }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Everybody who is heard, but the chair.
    fn all_muted(&self) -> Vec<Event> {
        let chair = Speaker::Person(self.record.chair);
        let others = self.record.heard().into_iter().filter(|speaker| *speaker != chair);
        others.map(|speaker| Event::Muted { speaker }).collect()
    }

    fn floor_withdrawn(&self) -> impl Iterator<Item = Event> {
        let holder = self.record.holder();
        holder.map(|held| Event::FloorWithdrawn { speaker: held.speaker }).into_iter()
    }
}
