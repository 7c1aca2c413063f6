//! Which part an object has in a signed revision: what a later signature or proof may touch.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::code::Check;
use crate::document::{catalog, dictionary, resolve, signature_fields};
use crate::verify::update::same::references;

/// A part that lets an object change, each in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The catalog.
    Catalog,
    /// The interactive form.
    Form,
    /// The form's list of fields.
    FieldList,
    /// The form's default resources, and the dictionaries in them.
    Resources,
    /// A page.
    Page,
    /// A page's list of annotations.
    AnnotationList,
    /// A signature field that is not signed yet, or a widget of it; with the field's id.
    EmptyField(ObjectId),
    /// The document's XMP metadata, which is never displayed.
    Metadata,
    /// The document's information dictionary, which is never displayed.
    Information,
    /// Dictionaries and arrays of the validation data (DSS).
    ValidationData,
}

impl Role {
    /// Roles in which an object may change freely must be its only ones: a list of annotations
    /// that is also a page's content, metadata that is also a picture, are somebody's preparation
    /// for a forgery.
    const fn must_be_alone(self) -> bool {
        !matches!(self, Self::Catalog | Self::Page | Self::Form | Self::EmptyField(_))
    }
}

/// The roles of a document's objects.
#[derive(Debug)]
pub(super) struct Roles(BTreeMap<ObjectId, Role>);

impl Roles {
    pub(super) fn of(document: &Document) -> Check<Self> {
        let (root, catalog) = catalog(document)?;
        let mut roles = Self(BTreeMap::new());
        for page in document.page_iter() {
            roles.give(page, Role::Page);
            if let Ok(page) = document.get_dictionary(page) {
                roles.give_value(page, b"Annots", Role::AnnotationList);
            }
        }
        roles.give_value(catalog, b"Metadata", Role::Metadata);
        roles.give_value(&document.trailer, b"Info", Role::Information);
        if let Some(form) = dictionary(document, catalog, b"AcroForm") {
            roles.give_value(catalog, b"AcroForm", Role::Form);
            roles.give_value(form, b"Fields", Role::FieldList);
            roles.give_deep(document, form.get(b"DR").ok(), Role::Resources, 1);
        }
        roles.give_deep(document, catalog.get(b"DSS").ok(), Role::ValidationData, 4);
        for field in signature_fields(document)? {
            if let (Some(id), None) = (field.id, &field.signature) {
                roles.give(id, Role::EmptyField(id));
                for widget in field.widgets {
                    roles.give(widget, Role::EmptyField(id));
                }
            }
        }
        roles.give(root, Role::Catalog);
        let counts = references(document);
        roles.0.retain(|id, role| !role.must_be_alone() || counts.get(id) == Some(&1));
        Ok(roles)
    }

    pub(super) fn get(&self, id: ObjectId) -> Option<Role> {
        self.0.get(&id).copied()
    }

    fn give(&mut self, id: ObjectId, role: Role) {
        self.0.insert(id, role);
    }

    fn give_value(&mut self, dictionary: &Dictionary, key: &[u8], role: Role) {
        if let Ok(Object::Reference(id)) = dictionary.get(key) {
            self.give(*id, role);
        }
    }

    /// Gives a role to a value and to the dictionaries and arrays below it; never to streams.
    fn give_deep(
        &mut self,
        document: &Document,
        value: Option<&Object>,
        role: Role,
        levels: usize,
    ) {
        let Some(value) = value else { return };
        let resolved = resolve(document, value);
        if let (Object::Reference(id), Object::Dictionary(_) | Object::Array(_)) = (value, resolved)
        {
            self.give(*id, role);
        }
        if let (Object::Dictionary(below), 1..) = (resolved, levels) {
            for (_, value) in below {
                self.give_deep(document, Some(value), role, levels - 1);
            }
        }
    }
}
