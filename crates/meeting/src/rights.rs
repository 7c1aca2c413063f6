//! Who may do what, and when: the only place where a right is decided (rule 21).
//!
//! [`permit`] asks everything that does not depend on a command's details. `decide` asks it before
//! it looks at the details, and [`can`] asks it for the buttons, so the two cannot disagree.

use std::collections::BTreeSet;

use crate::actor::{Actor, Role};
use crate::audience::{Sight, is_office, is_technician, part_of, sight_of, speaker_of};
use crate::command::{Command, Part, Speaker};
use crate::ids::{PaperId, PointId};
use crate::limits::MINUTES_MAX;
use crate::refusal::Refusal;
use crate::sharing;
use crate::state::{Meeting, Record, Stage};
use crate::view::Deed;

/// Every deed, in the order of [`Deed`].
pub(crate) const DEEDS: [Deed; 39] = [
    Deed::Amend,
    Deed::EditAgenda,
    Deed::Invite,
    Deed::Announce,
    Deed::AddPaper,
    Deed::IssuePapers,
    Deed::Start,
    Deed::End,
    Deed::OpenItem,
    Deed::ShowPage,
    Deed::StopShowing,
    Deed::Attend,
    Deed::Leave,
    Deed::RequestToSpeak,
    Deed::WithdrawRequest,
    Deed::GiveFloor,
    Deed::WithdrawFloor,
    Deed::Mute,
    Deed::Unmute,
    Deed::MuteAll,
    Deed::Silence,
    Deed::Unsilence,
    Deed::BeginDiscussion,
    Deed::EndDiscussion,
    Deed::CallRoll,
    Deed::MarkPoint,
    Deed::SetLayout,
    Deed::Lock,
    Deed::Unlock,
    Deed::Admit,
    Deed::CallPoint,
    Deed::Extend,
    Deed::View,
    Deed::StartRecording,
    Deed::StopRecording,
    Deed::FollowVoices,
    Deed::StopFollowingVoices,
    Deed::StartSharing,
    Deed::StopSharing,
];

/// What the actor may do in the meeting as it stands: for each of these deeds there is a command
/// that would be carried out, and for every other deed there is none. [`Deed::View`] has no
/// command: it stands for [`may_view`].
#[must_use]
pub fn can(state: &Meeting, actor: &Actor) -> BTreeSet<Deed> {
    let Some(record) = state.record.as_deref() else { return BTreeSet::new() };
    let Some(sight) = sight_of(record, actor) else { return BTreeSet::new() };
    DEEDS.into_iter().filter(|deed| permit(record, actor, &sight, *deed).is_ok()).collect()
}

/// Whether the actor may begin a meeting.
#[must_use]
pub fn may_create(actor: &Actor) -> bool {
    match actor {
        Actor::Person { roles, .. } => {
            roles.contains(&Role::Secretary) || roles.contains(&Role::Admin)
        }
        Actor::Point(_) => false,
    }
}

/// Whether the actor may look at the picture of somebody without others seeing it: chair,
/// secretaries and technicians, while the meeting runs, and never at an item that he may not know.
#[must_use]
pub fn may_view(state: &Meeting, actor: &Actor, speaker: Speaker) -> bool {
    let Some(record) = state.record.as_deref() else { return false };
    let Some(sight) = sight_of(record, actor) else { return false };
    permit(record, actor, &sight, Deed::View).is_ok()
        && state.points_watched_by(actor).is_some()
        && record.is_invited(speaker)
}

/// The deed that a command does; `None` for those that no button stands for.
pub(crate) fn deed_of<T>(command: &Command<T>) -> Option<Deed> {
    Some(match command {
        Command::Create { .. }
        | Command::ReportPaper { .. }
        | Command::RecordRoll { .. }
        | Command::InterruptRecording { .. } => return None,
        Command::Amend { .. } => Deed::Amend,
        Command::AddItem { .. }
        | Command::ChangeItem { .. }
        | Command::MoveItem { .. }
        | Command::RemoveItem { .. } => Deed::EditAgenda,
        Command::InvitePeople { .. }
        | Command::UninvitePeople { .. }
        | Command::InvitePoints { .. }
        | Command::UninvitePoints { .. } => Deed::Invite,
        Command::Announce => Deed::Announce,
        Command::AddPaper { .. } | Command::RemovePaper { .. } => Deed::AddPaper,
        Command::IssuePapers => Deed::IssuePapers,
        Command::Start => Deed::Start,
        Command::End => Deed::End,
        Command::OpenItem { .. } => Deed::OpenItem,
        Command::ShowPage { .. } => Deed::ShowPage,
        Command::StopShowing => Deed::StopShowing,
        Command::Attend => Deed::Attend,
        Command::Leave => Deed::Leave,
        Command::RequestToSpeak => Deed::RequestToSpeak,
        Command::WithdrawRequest => Deed::WithdrawRequest,
        Command::GiveFloor { .. } => Deed::GiveFloor,
        Command::WithdrawFloor => Deed::WithdrawFloor,
        Command::Mute { .. } => Deed::Mute,
        Command::Unmute { .. } => Deed::Unmute,
        Command::MuteAll => Deed::MuteAll,
        Command::Silence { .. } => Deed::Silence,
        Command::Unsilence { .. } => Deed::Unsilence,
        Command::BeginDiscussion => Deed::BeginDiscussion,
        Command::EndDiscussion => Deed::EndDiscussion,
        Command::FollowVoices { .. } => Deed::FollowVoices,
        Command::StopFollowingVoices => Deed::StopFollowingVoices,
        Command::StartSharing => Deed::StartSharing,
        Command::StopSharing => Deed::StopSharing,
        Command::CallRoll => Deed::CallRoll,
        Command::MarkPoint { .. } => Deed::MarkPoint,
        Command::SetLayout { .. } => Deed::SetLayout,
        Command::Lock => Deed::Lock,
        Command::Unlock => Deed::Unlock,
        Command::Admit { .. } => Deed::Admit,
        Command::CallPoint { .. } => Deed::CallPoint,
        Command::Extend { .. } => Deed::Extend,
        Command::StartRecording => Deed::StartRecording,
        Command::StopRecording => Deed::StopRecording,
    })
}

/// Whether the actor has the right to a deed, in this phase, with something to do it to.
pub(crate) fn permit(
    record: &Record,
    actor: &Actor,
    sight: &Sight,
    deed: Deed,
) -> Result<(), Refusal> {
    entitled(record, actor, deed)?;
    in_phase(record, deed)?;
    let speaker = speaker_of(actor);
    match deed {
        Deed::Amend
        | Deed::EditAgenda
        | Deed::Invite
        | Deed::Announce
        | Deed::Start
        | Deed::End => Ok(()),
        Deed::AddPaper => some(!record.items.is_empty(), Refusal::NoSuchItem),
        Deed::IssuePapers => {
            let waits = record.papers.iter().any(|paper| paper.issued.is_none());
            some(waits, Refusal::NothingToIssue)
        }
        Deed::OpenItem => openable(record, sight),
        Deed::ShowPage => {
            some(sharing::leaves_screen(record, actor, sight), Refusal::ScreenShared)?;
            some(showable(record, actor, sight).next().is_some(), Refusal::NoSuchPaper)
        }
        Deed::StopShowing => some(sight.shown(record).is_some(), Refusal::NothingToChange),
        Deed::Attend | Deed::Leave | Deed::RequestToSpeak | Deed::WithdrawRequest => {
            own_wish(record, speaker, deed)
        }
        Deed::GiveFloor | Deed::WithdrawFloor => floor(record, deed),
        Deed::Mute | Deed::Unmute if matches!(actor, Actor::Point(_)) => {
            own_microphone(record, speaker, deed)
        }
        Deed::Mute | Deed::Unmute | Deed::MuteAll => microphones(record, deed),
        Deed::Silence
        | Deed::Unsilence
        | Deed::BeginDiscussion
        | Deed::EndDiscussion
        | Deed::CallRoll
        | Deed::MarkPoint
        | Deed::SetLayout
        | Deed::Lock
        | Deed::Unlock
        | Deed::Admit
        | Deed::CallPoint
        | Deed::Extend
        | Deed::FollowVoices
        | Deed::StopFollowingVoices
        | Deed::View => controls(record, deed),
        Deed::StartRecording => {
            some(!record.is_recording(), Refusal::NothingToChange)?;
            some(!record.is_at_closed_item(), Refusal::ItemClosed)
        }
        Deed::StopRecording => some(record.is_recording(), Refusal::NothingToChange),
        Deed::StartSharing | Deed::StopSharing => sharing::fits(record, actor, sight, deed),
    }
}

/// The papers of which the actor may show a page that is not shown already.
pub(crate) fn showable<'a>(
    record: &'a Record,
    actor: &'a Actor,
    sight: &'a Sight,
) -> impl Iterator<Item = PaperId> + 'a {
    let shown = sight.shown(record);
    let papers = record.papers.iter().filter(move |paper| {
        let is_whole = shown.is_some_and(|(last, _)| last.id == paper.id) && paper.file.pages == 1;
        paper.issued.is_some() && !is_whole && may_show(record, actor, sight, paper.id)
    });
    papers.map(|paper| paper.id)
}

/// Whether the actor may show pages of a paper: chair and secretaries of every one, a presenter
/// of those of the item that is current to him.
pub(crate) fn may_show(record: &Record, actor: &Actor, sight: &Sight, paper: PaperId) -> bool {
    let Some(paper) = record.paper(paper) else { return false };
    let is_of_current = || sight.current(record).is_some_and(|(item, _)| item.id == paper.item);
    sight.sees_paper(record, paper) && (is_office(record, actor) || is_of_current())
}

fn entitled(record: &Record, actor: &Actor, deed: Deed) -> Result<(), Refusal> {
    let office = is_office(record, actor);
    match deed {
        Deed::Attend | Deed::Leave | Deed::RequestToSpeak | Deed::WithdrawRequest => {
            some(record.is_invited(speaker_of(actor)), Refusal::NotInvited)
        }
        Deed::ShowPage => {
            let presents = part_of(record, actor) == Some(Part::Presenter);
            some(office || presents, Refusal::NotAllowed)
        }
        Deed::StartSharing | Deed::StopSharing => sharing::entitled(record, actor, deed),
        Deed::Mute | Deed::Unmute if matches!(actor, Actor::Point(_)) => {
            some(record.discusses(speaker_of(actor)), Refusal::NotAllowed)
        }
        Deed::Mute
        | Deed::MuteAll
        | Deed::Silence
        | Deed::Unsilence
        | Deed::CallRoll
        | Deed::SetLayout
        | Deed::CallPoint
        | Deed::FollowVoices
        | Deed::StopFollowingVoices
        | Deed::View => some(office || is_technician(actor), Refusal::NotAllowed),
        Deed::Amend
        | Deed::EditAgenda
        | Deed::Invite
        | Deed::Announce
        | Deed::AddPaper
        | Deed::IssuePapers
        | Deed::Start
        | Deed::End
        | Deed::OpenItem
        | Deed::StopShowing
        | Deed::GiveFloor
        | Deed::WithdrawFloor
        | Deed::Unmute
        | Deed::BeginDiscussion
        | Deed::EndDiscussion
        | Deed::MarkPoint
        | Deed::Lock
        | Deed::Unlock
        | Deed::Admit
        | Deed::Extend
        | Deed::StartRecording
        | Deed::StopRecording => some(office, Refusal::NotAllowed),
    }
}

fn in_phase(record: &Record, deed: Deed) -> Result<(), Refusal> {
    let stage = &record.stage;
    let fits = match deed {
        Deed::Announce => matches!(stage, Stage::Draft),
        Deed::Amend => matches!(stage, Stage::Draft | Stage::Announced { .. }),
        Deed::Start => matches!(stage, Stage::Announced { .. }),
        Deed::EditAgenda | Deed::Invite | Deed::AddPaper | Deed::IssuePapers => {
            !matches!(stage, Stage::Ended { .. })
        }
        Deed::Attend | Deed::Leave => {
            matches!(stage, Stage::Announced { .. } | Stage::Running { .. })
        }
        Deed::End
        | Deed::OpenItem
        | Deed::ShowPage
        | Deed::StopShowing
        | Deed::RequestToSpeak
        | Deed::WithdrawRequest
        | Deed::GiveFloor
        | Deed::WithdrawFloor
        | Deed::Mute
        | Deed::Unmute
        | Deed::MuteAll
        | Deed::Silence
        | Deed::Unsilence
        | Deed::BeginDiscussion
        | Deed::EndDiscussion
        | Deed::CallRoll
        | Deed::MarkPoint
        | Deed::SetLayout
        | Deed::Lock
        | Deed::Unlock
        | Deed::Admit
        | Deed::CallPoint
        | Deed::Extend
        | Deed::View
        | Deed::StartRecording
        | Deed::StopRecording
        | Deed::FollowVoices
        | Deed::StopFollowingVoices
        | Deed::StartSharing
        | Deed::StopSharing => matches!(stage, Stage::Running { .. }),
    };
    some(fits, Refusal::WrongPhase)
}

fn openable(record: &Record, sight: &Sight) -> Result<(), Refusal> {
    some(!record.items.is_empty(), Refusal::NoSuchItem)?;
    let current = sight.current(record).map(|(item, _)| item.id);
    some(record.items.iter().any(|item| Some(item.id) != current), Refusal::NothingToChange)
}

fn own_wish(record: &Record, speaker: Speaker, deed: Deed) -> Result<(), Refusal> {
    let is_there = record.attending_since(speaker).is_some();
    match deed {
        Deed::Attend => {
            some(!record.is_locked_out(speaker), Refusal::Locked)?;
            some(!is_there, Refusal::NothingToChange)
        }
        Deed::RequestToSpeak => {
            some(is_there, Refusal::NotAttending)?;
            let asks = record.wants_to_speak(speaker) || record.is_asked(speaker);
            some(!asks, Refusal::NothingToChange)
        }
        Deed::WithdrawRequest => some(record.wants_to_speak(speaker), Refusal::NothingToChange),
        _ => some(is_there, Refusal::NotAttending),
    }
}

fn floor(record: &Record, deed: Deed) -> Result<(), Refusal> {
    let holder = record.holder().map(|held| held.speaker);
    if deed == Deed::WithdrawFloor {
        return some(holder.is_some(), Refusal::NoFloor);
    }
    let mut there = record.attendance().into_iter().flat_map(|there| there.keys());
    some(there.any(|speaker| Some(*speaker) != holder), Refusal::NotAttending)
}

fn microphones(record: &Record, deed: Deed) -> Result<(), Refusal> {
    let chair = Speaker::Person(record.chair);
    let heard = record.heard();
    let mut there = record.attendance().into_iter().flat_map(|there| there.keys());
    let fits = match deed {
        Deed::Mute => !heard.is_empty(),
        Deed::MuteAll => heard.iter().any(|speaker| *speaker != chair),
        _ => {
            record.course().is_some_and(|course| !course.muted.is_empty())
                || there.any(|speaker| record.is_muted(*speaker))
        }
    };
    some(fits, Refusal::NothingToChange)
}

fn own_microphone(record: &Record, speaker: Speaker, deed: Deed) -> Result<(), Refusal> {
    some((deed == Deed::Unmute) == record.is_muted(speaker), Refusal::NothingToChange)
}

fn controls(record: &Record, deed: Deed) -> Result<(), Refusal> {
    let Some(course) = record.course() else { return Err(Refusal::WrongPhase) };
    let points = &record.points;
    let fits = match deed {
        Deed::Silence => points.iter().any(|point| !course.silenced.contains(point)),
        Deed::Unsilence => !course.silenced.is_empty(),
        Deed::BeginDiscussion => course.discussion.is_none(),
        Deed::EndDiscussion => course.discussion.is_some(),
        Deed::StopFollowingVoices => course.follows.is_some(),
        Deed::MarkPoint => {
            some(record.roll.is_some(), Refusal::NoRoll)?;
            !points.is_empty()
        }
        Deed::Lock => course.locked.is_none(),
        Deed::Unlock => course.locked.is_some(),
        Deed::Admit => {
            let points = points.iter().map(|point| Speaker::Point(*point));
            let mut all = points.chain(record.people.keys().map(|who| Speaker::Person(*who)));
            all.any(|speaker| record.is_locked_out(speaker))
        }
        Deed::CallPoint => {
            let is_away = |p: &PointId| record.attending_since(Speaker::Point(*p)).is_none();
            points.iter().any(is_away)
        }
        Deed::Extend => record.minutes < MINUTES_MAX,
        _ => true,
    };
    some(fits, Refusal::NothingToChange)
}

/// A refusal, unless something holds.
pub(crate) fn some(holds: bool, otherwise: Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(otherwise) }
}
