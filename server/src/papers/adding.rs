//! The use case "this upload is a paper of that item".

use meeting::{
    Actor, Command, CommandId, Deed, ItemId, MeetingId, PaperFile, PaperId, PersonId, Refusal,
    Timestamp,
};
use uuid::Uuid;

use super::Papers;
use super::intake::IntakeError;
use super::uploads::{Finished, UploadError};
use crate::meetings::{CommandError, Done, Order};
use crate::store::papers::KeptFile;
use crate::store::{self, papers, uploads};

/// A finished upload that should become a paper.
pub(crate) struct NewPaper {
    /// Who adds it.
    pub(crate) actor: Actor,
    /// The same, as the owner of the upload.
    pub(crate) person: PersonId,
    /// To which meeting.
    pub(crate) meeting: MeetingId,
    /// Chosen by the sender: the same id is the same request.
    pub(crate) command: CommandId,
    /// The paper's id, chosen by the sender.
    pub(crate) paper: PaperId,
    /// The item it belongs to.
    pub(crate) item: ItemId,
    /// What it is called.
    pub(crate) title: String,
    /// The upload.
    pub(crate) upload: Uuid,
}

/// A paper was added, now or when the request came first.
pub(crate) struct Added {
    /// The event's place in the log.
    pub(crate) done: Done,
    /// What its bytes are.
    pub(crate) file: PaperFile,
    /// The verification report, JSON.
    pub(crate) report: String,
}

/// A paper is not added.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddError {
    /// The meeting refused it.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The upload is not there or not finished.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The file was refused.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Papers {
    /// Judges or seals a finished upload, keeps it, and adds it to an item. A repetition is
    /// answered as the first time.
    pub(crate) async fn add(&self, new: NewPaper) -> Result<Added, AddError> {
        self.may_add(&new).await?;
        let now = self.edge.now();
        let finished = self.uploads.take_finished(new.upload, new.person, now).await?;
        let known = match finished.upload.kept {
            None => None,
            Some(kept) => papers::find_file(&mut *self.db.read().await?, &kept).await?,
        };
        let kept = if let Some(kept) = known { kept } else { self.keep(&finished, now).await? };
        let command = Command::AddPaper {
            paper: new.paper,
            item: new.item,
            title: new.title,
            file: kept.file.clone(),
        };
        let order = Order { actor: new.actor, meeting: new.meeting, id: new.command, command };
        let done = self.meetings.command(order).await?;
        Ok(Added { done, file: kept.file, report: kept.report })
    }

    /// Judges or seals an upload and keeps the file instead of it. What is refused leaves nothing.
    async fn keep(&self, finished: &Finished, now: Timestamp) -> Result<KeptFile, AddError> {
        let id = finished.upload.id;
        let kept = match self.intake.keep(finished.path.clone(), finished.sha256, now).await {
            Ok(kept) => kept,
            Err(error) => {
                if error.code().is_some() {
                    let mut tx = self.db.begin().await?;
                    uploads::remove(&mut tx, id).await?;
                    tx.commit().await?;
                    finished.remove_bytes().await?;
                }
                return Err(error.into());
            }
        };
        let mut tx = self.db.begin().await?;
        papers::insert_file(&mut tx, &kept, now).await?;
        uploads::set_kept(&mut tx, id, &kept.file.sha256).await?;
        tx.commit().await?;
        finished.remove_bytes().await?;
        Ok(kept)
    }

    /// Asks before the work is done whether it would be in vain; the command decides.
    async fn may_add(&self, new: &NewPaper) -> Result<(), AddError> {
        let loaded = self.meetings.load(new.meeting).await?;
        let loaded = loaded
            .filter(|loaded| meeting::audience_of(&loaded.state, &new.actor).is_some())
            .ok_or(CommandError::Refused(Refusal::NoSuchMeeting))?;
        if meeting::can(&loaded.state, &new.actor).contains(&Deed::AddPaper) {
            Ok(())
        } else {
            Err(CommandError::Refused(Refusal::NotAllowed).into())
        }
    }
}
