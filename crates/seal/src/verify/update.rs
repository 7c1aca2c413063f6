//! Whether an update leaves a signed revision as it was.
//!
//! Objects are compared by number: an update replaces objects, so a document is unchanged when
//! every object of the signed revision is still the same, apart from a few whose part in the
//! document ([`roles`]) lets a later signature or proof touch them, each in its own narrow way.
//! Defining an object that the revision names but does not have counts as a change, too.

mod pages;
mod roles;
mod same;

use std::collections::BTreeSet;

use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::code::{Check, Code, refuse};
use crate::document::{dictionary_of, is_type, resolve, signature_fields};

use roles::{Role, Roles};
use same::{references, same};

/// Refuses an update that changes anything but what later signatures and proofs have to.
pub(crate) fn check(
    signed: &Document,
    present: &Document,
    signatures: &BTreeSet<ObjectId>,
) -> Check<()> {
    check_trailer(signed, present)?;
    let update = Update::new(signed, present, signatures)?;
    let named = references(signed);
    for (id, before) in &signed.objects {
        match present.objects.get(id) {
            Some(after) if same(before, after) => {}
            // Cross-reference streams are objects that nothing names; some writers reuse them.
            Some(after) if is_cross_reference(before, after) && !named.contains_key(id) => {}
            Some(after) => update.check_change(*id, before, after)?,
            None => return modified(format!("object {} {} was removed", id.0, id.1)),
        }
    }
    let defined = present.objects.keys().filter(|id| !signed.objects.contains_key(id));
    for id in defined {
        if named.contains_key(id) {
            return modified(format!("object {} {} was empty and is not now", id.0, id.1));
        }
    }
    Ok(())
}

fn check_trailer(signed: &Document, present: &Document) -> Check<()> {
    if signed.trailer.get(b"Root").ok() != present.trailer.get(b"Root").ok() {
        return modified("the trailer names another catalog");
    }
    Ok(())
}

fn modified<T>(detail: impl Into<String>) -> Check<T> {
    refuse(Code::Modified, detail)
}

/// How a key of a dictionary may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Not at all.
    Same,
    /// It may appear, and then it is as [`Rule::Same`].
    MayAppear,
    /// In any way: nothing that is seen or done depends on it.
    Free,
    /// As another check says.
    Apart,
}

/// A signed revision beside the file as it is.
struct Update<'a> {
    signed: &'a Document,
    present: &'a Document,
    roles: Roles,
    /// Fields that were empty or not there, and are signed now.
    newly_signed: BTreeSet<ObjectId>,
    /// The widgets of such fields that were not there.
    new_widgets: BTreeSet<ObjectId>,
}

impl<'a> Update<'a> {
    fn new(
        signed: &'a Document,
        present: &'a Document,
        signatures: &BTreeSet<ObjectId>,
    ) -> Check<Self> {
        let mut newly_signed = BTreeSet::new();
        let mut new_widgets = BTreeSet::new();
        for field in signature_fields(present)? {
            let by_verified = match &field.signature {
                Some(Object::Reference(id)) => {
                    signatures.contains(id) && !signed.objects.contains_key(id)
                }
                _ => false,
            };
            if by_verified {
                newly_signed.extend(field.id);
                new_widgets.extend(field.id.iter().chain(&field.widgets));
            }
        }
        new_widgets.retain(|id| !signed.objects.contains_key(id));
        Ok(Self { signed, present, roles: Roles::of(signed)?, newly_signed, new_widgets })
    }

    /// Judges one object that is not what it was.
    fn check_change(&self, id: ObjectId, before: &Object, after: &Object) -> Check<()> {
        let what = format!("object {} {}", id.0, id.1);
        let role = self.roles.get(id);
        if let (Some(Role::Metadata), Object::Stream(_), Object::Stream(_)) = (role, before, after)
        {
            return Ok(());
        }
        match (role, before, after) {
            (Some(Role::FieldList), Object::Array(before), Object::Array(after)) => {
                self.check_field_list(before, after)
            }
            (Some(Role::AnnotationList), Object::Array(before), Object::Array(after)) => {
                self.check_annotations(before, after)
            }
            (Some(Role::ValidationData), Object::Array(_), Object::Array(_)) => Ok(()),
            (Some(role), Object::Dictionary(before), Object::Dictionary(after)) => {
                self.check_dictionary(&what, role, before, after)
            }
            _ => modified(format!("{what} was changed")),
        }
    }

    fn check_dictionary(
        &self,
        what: &str,
        role: Role,
        before: &Dictionary,
        after: &Dictionary,
    ) -> Check<()> {
        match role {
            Role::Catalog => self.check_catalog(before, after),
            Role::Form => self.check_form(Some(before), after),
            Role::Page => self.check_page(what, before, after),
            Role::Information | Role::ValidationData => Ok(()),
            Role::Resources => self.check_grown(what, before, after, 0),
            Role::EmptyField(field) if self.newly_signed.contains(&field) => {
                compare(what, before, after, |key| match key {
                    b"V" | b"AP" | b"F" | b"MK" => Rule::Free,
                    b"DA" | b"Type" | b"Subtype" => Rule::MayAppear,
                    _ => Rule::Same,
                })
            }
            _ => modified(format!("{what} was changed")),
        }
    }

    fn check_catalog(&self, before: &Dictionary, after: &Dictionary) -> Check<()> {
        compare("the catalog", before, after, |key| match key {
            b"AcroForm" => Rule::Apart,
            b"DSS" | b"Extensions" | b"Version" | b"Metadata" => Rule::Free,
            _ => Rule::Same,
        })?;
        let form_of = |document: &'a Document, catalog: &Dictionary| {
            let form = catalog.get(b"AcroForm").ok().cloned()?;
            resolve(document, &form).as_dict().ok().cloned()
        };
        let (form_before, form_after) =
            (form_of(self.signed, before), form_of(self.present, after));
        match (form_before, form_after) {
            (None, None) => Ok(()),
            (before, Some(after)) => self.check_form(before.as_ref(), &after),
            (Some(_), None) => modified("the form was removed"),
        }
    }

    fn check_form(&self, before: Option<&Dictionary>, after: &Dictionary) -> Check<()> {
        let empty = Dictionary::new();
        let before = before.unwrap_or(&empty);
        compare("the form", before, after, |key| match key {
            b"Fields" | b"DR" => Rule::Apart,
            b"SigFlags" => Rule::Free,
            b"DA" => Rule::MayAppear,
            _ => Rule::Same,
        })?;
        self.check_field_list(
            list(self.signed, before, b"Fields"),
            list(self.present, after, b"Fields"),
        )?;
        let resources = |document: &'a Document, form: &Dictionary| {
            let resources = form.get(b"DR").ok().cloned()?;
            resolve(document, &resources).as_dict().ok().cloned()
        };
        match (resources(self.signed, before), resources(self.present, after)) {
            (None, _) => Ok(()),
            (Some(before), Some(after)) => {
                self.check_grown("the form's resources", &before, &after, 0)
            }
            (Some(_), None) => modified("the form's resources were removed"),
        }
    }

    fn check_field_list(&self, before: &[Object], after: &[Object]) -> Check<()> {
        check_list("the form's fields", before, after, |id| {
            self.newly_signed.contains(&id) && self.new_widgets.contains(&id)
        })
    }

    /// Resources may get new names; the old ones mean what they meant.
    fn check_grown(
        &self,
        what: &str,
        before: &Dictionary,
        after: &Dictionary,
        depth: usize,
    ) -> Check<()> {
        for (key, old) in before {
            let Ok(new) = after.get(key) else {
                return modified(format!("{what}: {} was removed", text(key)));
            };
            if same(old, new) {
                continue;
            }
            match (resolve(self.signed, old), resolve(self.present, new)) {
                (Object::Dictionary(old), Object::Dictionary(new)) if depth == 0 => {
                    self.check_grown(what, old, new, depth + 1)?;
                }
                _ => return modified(format!("{what}: {} was changed", text(key))),
            }
        }
        Ok(())
    }
}

/// Compares two dictionaries key by key.
fn compare(
    what: &str,
    before: &Dictionary,
    after: &Dictionary,
    rule: impl Fn(&[u8]) -> Rule,
) -> Check<()> {
    for (key, old) in before {
        let unchanged = after.get(key).is_ok_and(|new| same(old, new));
        if matches!(rule(key), Rule::Same | Rule::MayAppear) && !unchanged {
            return modified(format!("{what}: {} was changed or removed", text(key)));
        }
    }
    for (key, _) in after.iter().filter(|(key, _)| !before.has(key)) {
        if rule(key) == Rule::Same {
            return modified(format!("{what}: {} was added", text(key)));
        }
    }
    Ok(())
}

/// Compares two lists: the old items stay in their order, new ones are allowed references.
fn check_list(
    what: &str,
    before: &[Object],
    after: &[Object],
    allowed: impl Fn(ObjectId) -> bool,
) -> Check<()> {
    let kept: Vec<&Object> =
        after.iter().filter(|item| !item.as_reference().is_ok_and(&allowed)).collect();
    let unchanged =
        kept.len() == before.len() && kept.iter().zip(before).all(|(new, old)| same(old, new));
    if unchanged { Ok(()) } else { modified(format!("{what} were changed")) }
}

fn list<'a>(document: &'a Document, of: &'a Dictionary, key: &[u8]) -> &'a [Object] {
    match of.get(key).map(|list| resolve(document, list)) {
        Ok(Object::Array(items)) => items,
        _ => &[],
    }
}

fn is_cross_reference(before: &Object, after: &Object) -> bool {
    [before, after]
        .into_iter()
        .all(|object| dictionary_of(object).is_some_and(|dictionary| is_type(dictionary, b"XRef")))
}

fn text(key: &[u8]) -> String {
    format!("/{}", String::from_utf8_lossy(key))
}
