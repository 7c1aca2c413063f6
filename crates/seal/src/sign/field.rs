//! The signature field: a dictionary with a placeholder, an invisible widget, the form and the
//! page that list it.
//!
//! A visible mark is an appearance stream beside the widget and a rectangle in it; nothing else
//! here depends on that.

use std::collections::BTreeSet;

use lopdf::{Dictionary, Document, Object, ObjectId};
use ring::digest::{Context, SHA256};

use crate::certificate::utf16_be;
use crate::code::{Code, Refused};
use crate::document::{array, catalog, resolve, value};
use crate::sign::date::pdf_date;
use crate::sign::syntax::{name, text, write_object};
use crate::sign::update::Update;
use crate::sign::{SealRequest, SignError};

/// Print, and locked: what a widget of a signature carries.
const WIDGET_FLAGS: i64 = 4 + 128;
/// The form has signatures, and only appending keeps them.
const SIGNATURE_FLAGS: i64 = 1 + 2;

const RANGE_PLACEHOLDER: &[u8] = b"/ByteRange[0 0000000000 0000000000 0000000000]";
const CONTENTS_KEY: &[u8] = b"/Contents<";

/// A signature whose value is still a row of zeros.
pub(crate) struct Unsigned {
    /// The marked beginning of the signature's object, to find it in the written file.
    head: Vec<u8>,
    /// How many bytes the container may have.
    container_bytes: usize,
}

/// Adds an invisible signature field to the form and to the first page; the signature has these
/// entries beside the byte range and the container.
pub(crate) fn add(
    update: &mut Update<'_>,
    field: &str,
    entries: &[u8],
    container_bytes: usize,
) -> Result<Unsigned, SignError> {
    let document = update.document();
    let page = document
        .page_iter()
        .next()
        .ok_or_else(|| Refused::new(Code::Malformed, "the file has no page"))?;
    let (signature, widget) = (update.new_id(), update.new_id());

    let body = signature_body(entries, container_bytes);
    let head = format!("{} {} obj\n", signature.0, signature.1).into_bytes();
    update.put_written(signature, body);

    let field = unique_name(document, field)?;
    update.put(widget, &Object::Dictionary(widget_dictionary(&field, page, signature)));
    list_on_page(update, page, widget)?;
    list_in_form(update, widget)?;
    Ok(Unsigned { head, container_bytes })
}

/// Puts the byte range and the container into the written file.
pub(crate) fn fill(
    mut file: Vec<u8>,
    unsigned: &Unsigned,
    container: impl FnOnce(&[u8]) -> Result<Vec<u8>, SignError>,
) -> Result<Vec<u8>, SignError> {
    let lost = || SignError::Container("the placeholder is not where it was written".to_owned());
    // The update stands at the end, so the last such object is ours.
    let object = rfind(&file, &unsigned.head).ok_or_else(lost)?;
    let range = object + find(&file[object..], RANGE_PLACEHOLDER).ok_or_else(lost)?;
    let gap =
        object + find(&file[object..], CONTENTS_KEY).ok_or_else(lost)? + CONTENTS_KEY.len() - 1;
    let gap_end = gap + unsigned.container_bytes * 2 + 2;
    if file.get(gap_end - 1) != Some(&b'>') {
        return Err(lost());
    }
    let after = file.len() - gap_end;
    let written = format!("/ByteRange[0 {gap:010} {gap_end:010} {after:010}]");
    file[range..range + RANGE_PLACEHOLDER.len()].copy_from_slice(written.as_bytes());

    let mut digest = Context::new(&SHA256);
    digest.update(&file[..gap]);
    digest.update(&file[gap_end..]);
    let container = hex::encode(container(digest.finish().as_ref())?);
    let place = file
        .get_mut(gap + 1..gap_end - 1)
        .and_then(|gap| gap.get_mut(..container.len()))
        .ok_or_else(|| {
        SignError::Container(format!("{} digits do not fit", container.len()))
    })?;
    place.copy_from_slice(container.as_bytes());
    Ok(file)
}

/// The entries of a signer's signature dictionary.
pub(crate) fn signature_entries(request: &SealRequest) -> Result<Vec<u8>, SignError> {
    let date = pdf_date(request.signed_at).ok_or(SignError::Time(request.signed_at))?;
    let mut entries = b"/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(".to_vec();
    entries.extend(date.bytes());
    entries.push(b')');
    if let Some(reason) = &request.reason {
        entries.extend(b"/Reason");
        write_object(&text(reason), &mut entries);
    }
    Ok(entries)
}

/// The entries of a document time stamp's dictionary.
pub(crate) const DOCUMENT_STAMP_ENTRIES: &[u8] =
    b"/Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161";

/// The signature dictionary, laid out by hand: the byte range has a fixed width, the container is
/// a row of zeros.
fn signature_body(entries: &[u8], container_bytes: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(container_bytes * 2 + 512);
    body.extend(b"<<");
    body.extend(entries);
    body.extend(RANGE_PLACEHOLDER);
    body.extend(CONTENTS_KEY);
    body.resize(body.len() + container_bytes * 2, b'0');
    body.extend(b">>>");
    body
}

fn widget_dictionary(field: &str, page: ObjectId, signature: ObjectId) -> Dictionary {
    let mut widget = Dictionary::new();
    widget.set("Type", name("Annot"));
    widget.set("Subtype", name("Widget"));
    widget.set("FT", name("Sig"));
    widget.set("T", text(field));
    widget.set("F", WIDGET_FLAGS);
    widget.set("Rect", Object::Array(vec![0.into(); 4]));
    widget.set("P", Object::Reference(page));
    widget.set("V", Object::Reference(signature));
    widget
}

/// A name that no field of the form has yet.
fn unique_name(document: &Document, wanted: &str) -> Result<String, Refused> {
    let (_, catalog) = catalog(document)?;
    let form = value(document, catalog, b"AcroForm").and_then(|form| form.as_dict().ok());
    let fields = form.and_then(|form| array(document, form, b"Fields")).unwrap_or_default();
    let taken: BTreeSet<String> = fields
        .iter()
        .filter_map(|field| value(document, resolve(document, field).as_dict().ok()?, b"T"))
        .filter_map(|title| title.as_str().ok())
        .map(decoded)
        .collect();
    if !taken.contains(wanted) {
        return Ok(wanted.to_owned());
    }
    // One more number than there are fields is always free.
    let numbered = (2..=taken.len() + 2).map(|number| format!("{wanted} {number}"));
    Ok(numbered.into_iter().find(|name| !taken.contains(name)).unwrap_or_default())
}

fn decoded(title: &[u8]) -> String {
    title
        .strip_prefix(&[0xfe, 0xff])
        .and_then(utf16_be)
        .unwrap_or_else(|| title.iter().copied().map(char::from).collect())
}

/// The page's annotations, which are an array in it, an array beside it, or not there.
fn list_on_page(update: &mut Update<'_>, page: ObjectId, widget: ObjectId) -> Result<(), Refused> {
    let mut dictionary = update
        .document()
        .get_dictionary(page)
        .map_err(|error| Refused::new(Code::Malformed, format!("the first page: {error}")))?
        .clone();
    if append(update, &mut dictionary, "Annots", widget)? {
        update.put(page, &Object::Dictionary(dictionary));
    }
    Ok(())
}

/// The form, which is in the catalog, beside it, or not there; and so are its fields.
fn list_in_form(update: &mut Update<'_>, widget: ObjectId) -> Result<(), Refused> {
    let document = update.document();
    let (root, catalog) = catalog(document)?;
    let place = catalog.get(b"AcroForm").ok();
    let mut form = place
        .and_then(|place| resolve(document, place).as_dict().ok())
        .cloned()
        .unwrap_or_default();
    form.set("SigFlags", SIGNATURE_FLAGS);
    append(update, &mut form, "Fields", widget)?;
    if let Some(Object::Reference(id)) = place {
        update.put(*id, &Object::Dictionary(form));
    } else {
        let mut catalog = catalog.clone();
        catalog.set("AcroForm", form);
        update.put(root, &Object::Dictionary(catalog));
    }
    Ok(())
}

/// Appends a reference to a dictionary's array; says whether the dictionary itself changed.
fn append(
    update: &mut Update<'_>,
    dictionary: &mut Dictionary,
    key: &str,
    item: ObjectId,
) -> Result<bool, Refused> {
    let place = dictionary.get(key.as_bytes()).ok().cloned();
    let mut items = match place.as_ref().map(|place| resolve(update.document(), place)) {
        None | Some(Object::Null) => Vec::new(),
        Some(Object::Array(items)) => items.clone(),
        Some(_) => return Err(Refused::new(Code::Malformed, format!("/{key} is not an array"))),
    };
    items.push(Object::Reference(item));
    match place {
        Some(Object::Reference(id)) if update.document().objects.contains_key(&id) => {
            update.put(id, &Object::Array(items));
            Ok(false)
        }
        _ => {
            dictionary.set(key, Object::Array(items));
            Ok(true)
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn rfind(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|window| window == wanted)
}
