//! Signing and forging by hand, byte by byte.

use std::fmt::Write as _;

use lopdf::Document;
use seal::authority::Identity;
use seal::{SealRequest, sign};

use crate::bases::{Base, CATALOG, PAGE};
use crate::container::{Shape, build};
use crate::people::{NOW, key, people};
use crate::stamps::Stamper;

/// A base sealed by the product with the office's key.
pub(crate) fn sealed(base: &Base) -> Vec<u8> {
    sealed_by(base, &people().office)
}

/// A base sealed by the product.
pub(crate) fn sealed_by(base: &Base, identity: &Identity) -> Vec<u8> {
    sign(&base.build(), &request(), &key(identity)).unwrap()
}

pub(crate) fn request() -> SealRequest {
    SealRequest { field: "Xác thực".to_owned(), signed_at: NOW, reason: None }
}

/// An incremental update with a classic table, as any editor could append it.
pub(crate) fn update(file: &[u8], objects: &[(u32, String)], trailer: &str) -> Vec<u8> {
    let document = Document::load_mem(file).unwrap();
    let highest = objects.iter().map(|(number, _)| *number).max().unwrap_or(0);
    let size = document.max_id.max(highest) + 1;
    let mut out = file.to_vec();
    let mut table = String::from("xref\n");
    for (number, body) in objects {
        writeln!(table, "{number} 1\n{:010} 00000 n ", out.len()).unwrap();
        out.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }
    let start = out.len();
    out.extend(table.bytes());
    out.extend(
        format!(
            "trailer\n<</Size {size}/Root 1 0 R/Prev {}{trailer}>>\nstartxref\n{start}\n%%EOF\n",
            document.xref_start
        )
        .bytes(),
    );
    out
}

/// The highest object number of a file.
pub(crate) fn highest(file: &[u8]) -> u32 {
    Document::load_mem(file).unwrap().max_id
}

/// What is special about a signature made by hand.
#[derive(Clone, Debug)]
pub(crate) struct Signature<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) shape: Shape,
    pub(crate) format: &'a str,
    /// The widget's rectangle.
    pub(crate) rect: &'a str,
    /// Entries for the signature dictionary.
    pub(crate) entries: &'a str,
    /// Objects that the same update replaces.
    pub(crate) replaced: Vec<(u32, String)>,
    /// Who stamps the signature's value.
    pub(crate) stamper: Option<Stamper<'a>>,
}

impl Default for Signature<'_> {
    fn default() -> Self {
        Self {
            identity: &people().chair,
            shape: Shape::Usual,
            format: "ETSI.CAdES.detached",
            rect: "0 0 0 0",
            entries: "",
            replaced: Vec::new(),
            stamper: None,
        }
    }
}

const PLACEHOLDER_DIGITS: usize = 16384;

/// Signs a file, signed before or not, whose catalog and page are those of a [`Base`].
pub(crate) fn signed(file: &[u8], signature: &Signature<'_>) -> Vec<u8> {
    let document = Document::load_mem(file).unwrap();
    let (value, widget) = (document.max_id + 1, document.max_id + 2);
    let listed = listed(&document);
    let body = format!(
        "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/{}{}/ByteRange[0 0000000000 0000000000 \
         0000000000]/Contents<{}>>>",
        signature.format,
        signature.entries,
        "0".repeat(PLACEHOLDER_DIGITS)
    );
    let mut objects = vec![
        (value, body),
        (
            widget,
            format!(
                "<</Type/Annot/Subtype/Widget/FT/Sig/T(sig{value})/F 132/Rect[{}]/P {PAGE} 0 R\
                 /V {value} 0 R>>",
                signature.rect
            ),
        ),
        (
            CATALOG,
            format!(
                "<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields[{listed}{widget} 0 R]>>>>"
            ),
        ),
        (
            PAGE,
            format!(
                "<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<</Font<</F1 3 0 R>>>>\
                 /Annots[{listed}{widget} 0 R]>>"
            ),
        ),
    ];
    for (number, body) in &signature.replaced {
        objects.retain(|(present, _)| present != number);
        objects.push((*number, body.clone()));
    }
    fill(update(file, &objects, ""), signature)
}

/// The fields that the form has already, each followed by a space.
fn listed(document: &Document) -> String {
    let catalog = document.catalog().unwrap();
    let form = catalog.get(b"AcroForm").and_then(lopdf::Object::as_dict);
    let Ok(fields) = form.and_then(|form| form.get(b"Fields")?.as_array()) else {
        return String::new();
    };
    fields.iter().fold(String::new(), |mut listed, field| {
        write!(listed, "{} 0 R ", field.as_reference().unwrap().0).unwrap();
        listed
    })
}

/// Fills the last placeholder of a file: byte range and container.
fn fill(mut file: Vec<u8>, signature: &Signature<'_>) -> Vec<u8> {
    let zeros = format!("/Contents<{}", "0".repeat(64));
    let gap = rfind(&file, zeros.as_bytes()) + "/Contents".len();
    let gap_end = gap + file[gap..].iter().position(|byte| *byte == b'>').unwrap() + 1;
    let range = rfind(&file, b"/ByteRange[0 0000000000");
    let written = format!("/ByteRange[0 {gap:010} {gap_end:010} {:010}]", file.len() - gap_end);
    file[range..range + written.len()].copy_from_slice(written.as_bytes());
    let signed = [&file[..gap], &file[gap_end..]].concat();
    let Signature { identity, shape, stamper, .. } = signature;
    let container = hex::encode(build(&signed, identity, *shape, *stamper));
    file[gap + 1..=gap + container.len()].copy_from_slice(container.as_bytes());
    file
}

/// Where the gap of the last signature begins and ends.
pub(crate) fn gap(file: &[u8]) -> (usize, usize) {
    let gap = rfind(file, b"/Contents<") + "/Contents".len();
    let length = file[gap..].iter().position(|byte| *byte == b'>').unwrap();
    (gap, gap + length + 1)
}

pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|window| window == wanted).unwrap()
}

pub(crate) fn rfind(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).rposition(|window| window == wanted).unwrap()
}

/// The file with one text replaced by another, at its first place.
pub(crate) fn replaced(file: &[u8], old: &str, new: &str) -> Vec<u8> {
    let at = find(file, old.as_bytes());
    [&file[..at], new.as_bytes(), &file[at + old.len()..]].concat()
}
