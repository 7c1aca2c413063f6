//! One decision: first the right, then the details.

use super::{course, values};
use crate::actor::Actor;
use crate::audience::{Sight, sight_of};
use crate::command::Command;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::rights::{deed_of, permit};
use crate::state::{Meeting, Record};
use crate::time::Timestamp;

/// Decides what a command does. Nothing happens when it is refused. No events mean that the
/// command says what is known already.
///
/// The order of the questions is: may the actor know the meeting, may he do this, does it fit the
/// details. So a refusal tells nobody more than he may know.
pub fn decide(
    state: &Meeting,
    command: &Command,
    actor: &Actor,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    if let Command::Create { title, starts_at, minutes, chair } = command {
        let time = values::time(*starts_at, *minutes, now);
        return course::create(state, actor, (title, time, *chair));
    }
    let record = state.record.as_deref().ok_or(Refusal::NoSuchMeeting)?;
    let sight = sight_of(record, actor).ok_or(Refusal::NoSuchMeeting)?;
    if let Some(deed) = deed_of(command) {
        permit(record, actor, &sight, deed)?;
    }
    Scene { record, actor, sight: &sight, now }.decide(command)
}

/// All that a decision may depend on.
pub(super) struct Scene<'a> {
    pub(super) record: &'a Record,
    pub(super) actor: &'a Actor,
    pub(super) sight: &'a Sight,
    now: Timestamp,
}

impl Scene<'_> {
    /// Looks at the details of a command that the actor has the right to.
    fn decide(&self, command: &Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Create { .. } => Err(Refusal::MeetingExists),
            Command::Amend { title, starts_at, minutes } => {
                course::amend(title, values::time(*starts_at, *minutes, self.now))
            }
            Command::AddItem { item, title, minutes, audience } => {
                self.add_item(*item, title, *minutes, audience)
            }
            Command::ChangeItem { item, title, minutes, audience } => {
                self.change_item(*item, title, *minutes, audience)
            }
            Command::MoveItem { item, place } => self.move_item(*item, *place),
            Command::RemoveItem { item } => self.remove_item(*item),
            Command::InvitePeople { people, part } => self.invite_people(people, *part),
            Command::UninvitePeople { people } => self.uninvite_people(people),
            Command::InvitePoints { points } => self.invite_points(points),
            Command::UninvitePoints { points } => self.uninvite_points(points),
            Command::AddPaper { paper, item, title, file } => {
                self.add_paper(*paper, *item, title, file)
            }
            Command::RemovePaper { paper } => self.remove_paper(*paper),
            Command::ReportPaper { paper, sha256, step } => {
                self.report_paper(*paper, *sha256, step)
            }
            Command::ShowPage { paper, page } => self.show_page(*paper, *page),
            Command::OpenItem { item } => self.open_item(*item),
            Command::GiveFloor { speaker } => self.give_floor(*speaker),
            Command::Mute { speaker } => self.mute(*speaker),
            Command::Unmute { speaker } => self.unmute(*speaker),
            Command::InterruptRecording { code } => self.interrupt_recording(code),
            Command::Announce
            | Command::IssuePapers
            | Command::Start
            | Command::End
            | Command::StopShowing
            | Command::Attend
            | Command::Leave
            | Command::RequestToSpeak
            | Command::WithdrawRequest
            | Command::WithdrawFloor
            | Command::MuteAll
            | Command::StartRecording
            | Command::StopRecording => Ok(self.carry_out(command)),
            Command::Silence { .. }
            | Command::Unsilence { .. }
            | Command::BeginDiscussion
            | Command::EndDiscussion
            | Command::CallRoll
            | Command::RecordRoll { .. }
            | Command::MarkPoint { .. }
            | Command::SetLayout { .. }
            | Command::Lock
            | Command::Unlock
            | Command::Admit { .. }
            | Command::CallPoint { .. }
            | Command::Extend { .. }
            | Command::FollowVoices { .. }
            | Command::StopFollowingVoices => self.control(command),
            Command::StartSharing => Ok(self.start_sharing()),
            Command::StopSharing => self.stop_sharing(),
        }
    }
}
