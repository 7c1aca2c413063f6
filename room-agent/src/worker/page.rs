//! The shown page on its way from the verified buffer to the screen.

use protocol::meeting::Timestamp;

use crate::edge::pages::{Drawn, Pages, Wish};
use crate::edge::papers::Shelf;
use crate::edge::screen::{DrawnReport, Screen};
use crate::machine::PageKey;

/// What is wanted, what was asked for, and what the screen said last.
pub(super) struct PageDesk {
    /// Absent when there is no screen.
    pages: Option<Pages>,
    wanted: Option<PageKey>,
    asked: Option<(PageKey, [u32; 2])>,
    report: Option<DrawnReport>,
    drawn_at: Option<Timestamp>,
    picture_since: Option<Timestamp>,
}

impl PageDesk {
    pub(super) const fn new(pages: Option<Pages>) -> Self {
        Self { pages, wanted: None, asked: None, report: None, drawn_at: None, picture_since: None }
    }

    /// Another page, or none, should be shown.
    pub(super) fn turn(&mut self, screen: &Screen, papers: &Shelf, page: Option<PageKey>) {
        self.wanted = page;
        if page.is_none() {
            self.asked = None;
            screen.show_page(None);
            if let Some(pages) = &self.pages {
                pages.rest();
            }
        }
        self.wish(papers, None);
    }

    /// Asks for the wanted page in the size of the screen's place for it. Gives what has to be
    /// verified again first when its buffer had to go.
    pub(super) fn wish(&mut self, papers: &Shelf, size: Option<[u32; 2]>) {
        let Some(size) = size.or_else(|| self.report.as_ref()?.page_box) else { return };
        let (Some(pages), Some(page)) = (&self.pages, self.wanted) else { return };
        if self.asked == Some((page, size)) {
            return;
        }
        if let Some(buffer) = papers.verified(page.sha256) {
            let [width, height] = size;
            pages.wish(Wish { page, width, height, buffer });
            self.asked = Some((page, size));
        }
    }

    /// The page whose buffer is not in memory any more.
    pub(super) fn missing(&self, papers: &Shelf) -> Option<PageKey> {
        self.wanted.filter(|page| papers.verified(page.sha256).is_none())
    }

    /// A page is ready: the screen gets it, if it is still the one.
    pub(super) fn drawn(&mut self, screen: &Screen, drawn: Drawn) {
        if self.wanted != Some(drawn.page) {
            return;
        }
        if drawn.bitmap.is_none() {
            // Another try with the next thing that happens: the child was started anew.
            self.asked = None;
        }
        screen.show_page(drawn.bitmap.map(|bitmap| (drawn.page, bitmap)));
    }

    /// The screen says what is on it.
    pub(super) fn on_screen(&mut self, papers: &Shelf, report: DrawnReport, now: Timestamp) {
        let page_before = self.report.as_ref().and_then(|report| report.page);
        if report.page != page_before {
            self.drawn_at = report.page.map(|_| now);
        }
        let tag_before = self.report.as_ref().and_then(|report| report.picture_tag);
        if report.picture_tag != tag_before {
            self.picture_since = report.picture_tag.map(|_| now);
        }
        self.report = Some(report);
        self.wish(papers, None);
    }

    pub(super) const fn report(&self) -> Option<&DrawnReport> {
        self.report.as_ref()
    }

    pub(super) const fn drawn_at(&self) -> Option<Timestamp> {
        self.drawn_at
    }

    /// Since when the pictures of one point are drawn, without a pause.
    pub(super) const fn picture_since(&self) -> Option<Timestamp> {
        self.picture_since
    }

    /// Whether anything was ever drawn.
    pub(super) const fn screen_works(&self) -> bool {
        self.report.is_some()
    }
}
