//! Papers: attached, issued, received and verified, shown.

use super::scene::Scene;
use super::values;
use crate::actor::Actor;
use crate::command::{PaperFile, PaperStep};
use crate::event::Event;
use crate::ids::{ItemId, PaperId};
use crate::limits::PAPERS_MAX;
use crate::refusal::Refusal;
use crate::rights::{may_show, some};
use crate::state::Paper;
use crate::text::{Digest, Written};

impl Scene<'_> {
    pub(super) fn add_paper(
        &self,
        paper: PaperId,
        item: ItemId,
        title: &Written,
        file: &PaperFile,
    ) -> Result<Vec<Event>, Refusal> {
        self.seen_item(item)?;
        some(self.record.paper(paper).is_none(), Refusal::IdTaken)?;
        some(self.record.papers.len() < PAPERS_MAX, Refusal::TooMany)?;
        values::file(file)?;
        let title = values::title(title)?;
        Ok(vec![Event::PaperAdded { paper, item, title, file: file.clone() }])
    }

    pub(super) fn remove_paper(&self, paper: PaperId) -> Result<Vec<Event>, Refusal> {
        let known = self.seen_paper(paper)?;
        some(known.issued.is_none(), Refusal::PaperIssued)?;
        Ok(vec![Event::PaperRemoved { paper }])
    }

    pub(super) fn issue_papers(&self) -> Vec<Event> {
        let waiting = self.record.papers.iter().filter(|paper| paper.issued.is_none());
        let issue = |paper: &Paper| Event::PaperIssued {
            paper: paper.id,
            version: 1,
            sha256: paper.file.sha256,
        };
        waiting.map(issue).collect()
    }

    /// A room repeats its reports after a cut line; what is known already is not news.
    pub(super) fn report_paper(
        &self,
        paper: PaperId,
        sha256: Digest,
        step: &PaperStep,
    ) -> Result<Vec<Event>, Refusal> {
        let Actor::Point(point) = self.actor else { return Err(Refusal::NotAllowed) };
        let known = self.seen_paper(paper)?;
        let issued = known.issued.as_ref().ok_or(Refusal::NoSuchPaper)?;
        some(known.file.sha256 == sha256, Refusal::OtherBytes)?;
        values::step(step)?;
        let last = issued.reports.get(point).map(|reported| &reported.step);
        if !is_news(last, step) {
            return Ok(Vec::new());
        }
        Ok(vec![Event::PaperReported { paper, point: *point, step: step.clone() }])
    }

    pub(super) fn show_page(&self, paper: PaperId, page: u32) -> Result<Vec<Event>, Refusal> {
        let known = self.seen_paper(paper)?;
        some(known.issued.is_some(), Refusal::NotIssued)?;
        some(may_show(self.record, self.actor, self.sight, paper), Refusal::NotAllowed)?;
        some((1..=known.file.pages).contains(&page), Refusal::NoSuchPage)?;
        let shown = self.sight.shown(self.record);
        let is_shown = shown.is_some_and(|(last, shown)| last.id == paper && shown.page == page);
        some(!is_shown, Refusal::NothingToChange)?;
        Ok(vec![Event::PageShown { paper, page }])
    }

    fn seen_paper(&self, paper: PaperId) -> Result<&Paper, Refusal> {
        let known = self.record.paper(paper);
        let seen = known.filter(|paper| self.sight.sees_paper(self.record, paper));
        seen.ok_or(Refusal::NoSuchPaper)
    }
}

/// Whether a report says more than the last one. A verified paper was received, so a late
/// "received" is old news; after a refusal it means that the bytes were fetched again.
fn is_news(last: Option<&PaperStep>, step: &PaperStep) -> bool {
    match (last, step) {
        (None, _) => true,
        (Some(PaperStep::Verified), PaperStep::Received) => false,
        (Some(last), step) => last != step,
    }
}
