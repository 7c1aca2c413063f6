//! The free text inside a command.

use crate::command::Command;
use crate::text::Written;

impl<T> Command<T> {
    /// Replaces the free text, keeping everything else: the edge gives the words of a person an
    /// id and a salted hash ([`Written`]) or refuses them with an error of its own.
    pub fn try_map_text<U, E>(
        self,
        mut map: impl FnMut(T) -> Result<U, E>,
    ) -> Result<Command<U>, E> {
        Ok(match self {
            Self::Create { title, starts_at, minutes, chair } => {
                Command::Create { title: map(title)?, starts_at, minutes, chair }
            }
            Self::Amend { title, starts_at, minutes } => {
                Command::Amend { title: map(title)?, starts_at, minutes }
            }
            Self::AddItem { item, title, minutes, audience } => {
                Command::AddItem { item, title: map(title)?, minutes, audience }
            }
            Self::ChangeItem { item, title, minutes, audience } => {
                Command::ChangeItem { item, title: map(title)?, minutes, audience }
            }
            Self::AddPaper { paper, item, title, file } => {
                Command::AddPaper { paper, item, title: map(title)?, file }
            }
            Self::MoveItem { item, place } => Command::MoveItem { item, place },
            Self::RemoveItem { item } => Command::RemoveItem { item },
            Self::InvitePeople { people, part } => Command::InvitePeople { people, part },
            Self::UninvitePeople { people } => Command::UninvitePeople { people },
            Self::InvitePoints { points } => Command::InvitePoints { points },
            Self::UninvitePoints { points } => Command::UninvitePoints { points },
            Self::Announce => Command::Announce,
            Self::RemovePaper { paper } => Command::RemovePaper { paper },
            Self::IssuePapers => Command::IssuePapers,
            Self::ReportPaper { paper, sha256, step } => {
                Command::ReportPaper { paper, sha256, step }
            }
            Self::Start => Command::Start,
            Self::End => Command::End,
            Self::OpenItem { item } => Command::OpenItem { item },
            Self::ShowPage { paper, page } => Command::ShowPage { paper, page },
            Self::StopShowing => Command::StopShowing,
            Self::Attend => Command::Attend,
            Self::Leave => Command::Leave,
            Self::RequestToSpeak => Command::RequestToSpeak,
            Self::WithdrawRequest => Command::WithdrawRequest,
            Self::GiveFloor { speaker } => Command::GiveFloor { speaker },
            Self::WithdrawFloor => Command::WithdrawFloor,
            Self::Mute { speaker } => Command::Mute { speaker },
            Self::Unmute { speaker } => Command::Unmute { speaker },
            Self::MuteAll => Command::MuteAll,
            Self::Silence { scope } => Command::Silence { scope },
            Self::Unsilence { scope } => Command::Unsilence { scope },
            Self::BeginDiscussion => Command::BeginDiscussion,
            Self::EndDiscussion => Command::EndDiscussion,
            Self::CallRoll => Command::CallRoll,
            Self::RecordRoll { number, reports } => Command::RecordRoll { number, reports },
            Self::MarkPoint { point, present } => Command::MarkPoint { point, present },
            Self::SetLayout { scope, layout } => Command::SetLayout { scope, layout },
            Self::Lock => Command::Lock,
            Self::Unlock => Command::Unlock,
            Self::Admit { speaker } => Command::Admit { speaker },
            Self::CallPoint { point } => Command::CallPoint { point },
            Self::Extend { minutes } => Command::Extend { minutes },
            Self::StartRecording => Command::StartRecording,
            Self::StopRecording => Command::StopRecording,
            Self::InterruptRecording { code } => Command::InterruptRecording { code },
            Self::FollowVoices { hold_seconds } => Command::FollowVoices { hold_seconds },
            Self::StopFollowingVoices => Command::StopFollowingVoices,
            Self::StartSharing => Command::StartSharing,
            Self::StopSharing => Command::StopSharing,
        })
    }

    fn title(&self) -> Option<&T> {
        match self {
            Self::Create { title, .. }
            | Self::Amend { title, .. }
            | Self::AddItem { title, .. }
            | Self::ChangeItem { title, .. }
            | Self::AddPaper { title, .. } => Some(title),
            _ => None,
        }
    }
}

impl Command {
    /// The free text of the command, to be kept beside the log.
    #[must_use]
    pub fn written(&self) -> Vec<&Written> {
        self.title().into_iter().collect()
    }
}
