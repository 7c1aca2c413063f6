//! What an update may do to pages: hang the widgets of new signatures on them, in a modest size.

use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::code::Check;
use crate::document::resolve;
use crate::limits::{MARK_HEIGHT_PERCENT_MAX, MARK_WIDTH_PERCENT_MAX, REFERENCE_HOPS_MAX};
use crate::verify::update::{Rule, Update, check_list, compare, list, modified};

impl Update<'_> {
    /// A page may list new widgets; everything else about it stays.
    pub(super) fn check_page(
        &self,
        what: &str,
        before: &Dictionary,
        after: &Dictionary,
    ) -> Check<()> {
        compare(what, before, after, |key| match key {
            b"Annots" => Rule::Apart,
            b"Tabs" => Rule::MayAppear,
            _ => Rule::Same,
        })?;
        self.check_annotations(
            list(self.signed, before, b"Annots"),
            list(self.present, after, b"Annots"),
        )
    }

    /// New annotations are widgets of fields that are signed now.
    pub(super) fn check_annotations(&self, before: &[Object], after: &[Object]) -> Check<()> {
        check_list("a page's annotations", before, after, |id| self.new_widgets.contains(&id))?;
        after
            .iter()
            .filter_map(|item| item.as_reference().ok())
            .filter(|id| self.new_widgets.contains(id))
            .try_for_each(|id| self.check_widget(id))
    }

    fn check_widget(&self, id: ObjectId) -> Check<()> {
        let Some(Object::Dictionary(widget)) = self.present.objects.get(&id) else {
            return modified("a new annotation is not a dictionary");
        };
        let subtype = widget.get(b"Subtype").and_then(Object::as_name);
        if !matches!(subtype, Ok(b"Widget")) || widget.has(b"A") || widget.has(b"AA") {
            return modified("a new annotation is not the plain widget of a signature");
        }
        let (width, height) = rectangle(self.present, widget, b"Rect").unwrap_or_default();
        let page = widget.get(b"P").map(|page| resolve(self.present, page));
        let page = page.and_then(Object::as_dict).ok();
        // Without a page that says its size an A4 sheet is meant.
        let (page_width, page_height) =
            page.and_then(|page| media_box(self.present, page)).unwrap_or((595.0, 842.0));
        let modest = width * 100.0 <= page_width * MARK_WIDTH_PERCENT_MAX
            && height * 100.0 <= page_height * MARK_HEIGHT_PERCENT_MAX;
        if modest { Ok(()) } else { modified("a new signature's mark covers too much of its page") }
    }
}

/// The page's size, which it may have from the nodes above it.
fn media_box(document: &Document, page: &Dictionary) -> Option<(f32, f32)> {
    let mut node = page;
    for _ in 0..REFERENCE_HOPS_MAX {
        if let Some(size) = rectangle(document, node, b"MediaBox") {
            return Some(size);
        }
        node = resolve(document, node.get(b"Parent").ok()?).as_dict().ok()?;
    }
    None
}

/// A rectangle's width and height.
fn rectangle(document: &Document, of: &Dictionary, key: &[u8]) -> Option<(f32, f32)> {
    let numbers = resolve(document, of.get(key).ok()?).as_array().ok()?;
    let numbers: Vec<f32> =
        numbers.iter().filter_map(|number| resolve(document, number).as_float().ok()).collect();
    let [left, bottom, right, top] = numbers[..] else { return None };
    Some(((right - left).abs(), (top - bottom).abs()))
}
