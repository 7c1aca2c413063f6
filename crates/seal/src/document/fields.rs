//! The form fields that hold signatures, found by walking the form as readers do.

use std::collections::BTreeSet;

use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::code::{Check, Code, refuse};
use crate::document::{array, catalog, dictionary, name, resolve};
use crate::limits::{FIELD_DEPTH_MAX, FIELDS_MAX};

/// A signature field, signed or empty.
#[derive(Clone, Debug)]
pub(crate) struct SignatureField {
    /// The field's object, when it is one of its own.
    pub(crate) id: Option<ObjectId>,
    /// What its `/V` holds: nothing in an empty field.
    pub(crate) signature: Option<Object>,
    /// Widgets below the field, when they are objects of their own.
    pub(crate) widgets: Vec<ObjectId>,
}

/// Every signature field of the form, in the form's order.
pub(crate) fn signature_fields(document: &Document) -> Check<Vec<SignatureField>> {
    let (_, catalog) = catalog(document)?;
    let mut walk = Walk { document, seen: BTreeSet::new(), fields: 0, found: Vec::new() };
    if let Some(form) = dictionary(document, catalog, b"AcroForm") {
        for field in array(document, form, b"Fields").unwrap_or_default() {
            walk.visit(field, Inherited::default(), 0)?;
        }
    }
    Ok(walk.found)
}

/// What a field gets from the fields above it.
#[derive(Clone, Default)]
struct Inherited {
    signature_type: bool,
    value: Option<Object>,
}

struct Walk<'a> {
    document: &'a Document,
    seen: BTreeSet<ObjectId>,
    fields: usize,
    found: Vec<SignatureField>,
}

impl Walk<'_> {
    fn visit(&mut self, object: &Object, inherited: Inherited, depth: usize) -> Check<()> {
        let id = object.as_reference().ok();
        self.fields += 1;
        if depth > FIELD_DEPTH_MAX || self.fields > FIELDS_MAX {
            return refuse(Code::Malformed, "the form has too many fields or levels");
        }
        if id.is_some_and(|id| !self.seen.insert(id)) {
            return refuse(Code::Malformed, "a form field is listed twice or contains itself");
        }
        let Ok(field) = resolve(self.document, object).as_dict() else { return Ok(()) };
        let own = Inherited {
            signature_type: match name(self.document, field, b"FT") {
                Some(kind) => kind == b"Sig",
                None => inherited.signature_type,
            },
            value: field.get(b"V").ok().cloned().or(inherited.value),
        };
        let kids = array(self.document, field, b"Kids").unwrap_or_default();
        let (widgets, fields): (Vec<_>, Vec<_>) =
            kids.iter().partition(|kid| self.is_widget_only(kid));
        if own.signature_type && fields.is_empty() {
            self.found.push(SignatureField {
                id,
                signature: own.value.filter(|value| !resolve(self.document, value).is_null()),
                widgets: widgets.iter().filter_map(|kid| kid.as_reference().ok()).collect(),
            });
            return Ok(());
        }
        fields.into_iter().try_for_each(|kid| self.visit(kid, own.clone(), depth + 1))
    }

    /// A kid without a name of its own is only the field's appearance on a page.
    fn is_widget_only(&self, kid: &Object) -> bool {
        let is = |field: &Dictionary| !field.has(b"T") && !field.has(b"Kids") && !field.has(b"V");
        resolve(self.document, kid).as_dict().is_ok_and(is)
    }
}
