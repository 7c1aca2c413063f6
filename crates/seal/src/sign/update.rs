//! An incremental update: new objects and a cross-reference section after the file's own bytes.

use std::collections::BTreeMap;

use lopdf::xref::XrefType;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

use crate::code::{Code, Refused};
use crate::limits::{NEW_OBJECTS_MAX, OBJECT_NUMBER_MAX, PDF_BYTES_MAX};
use crate::sign::syntax::{name, write_dictionary, write_object};
use crate::sign::{SignError, SignRefusal};

/// An update of a file that is not written yet.
pub(crate) struct Update<'a> {
    previous: &'a [u8],
    document: &'a Document,
    next_number: u32,
    objects: BTreeMap<ObjectId, Vec<u8>>,
}

impl<'a> Update<'a> {
    /// An empty update of the file that was loaded from these bytes.
    pub(crate) fn new(previous: &'a [u8], document: &'a Document) -> Result<Self, SignRefusal> {
        let size = document.trailer.get(b"Size").and_then(Object::as_i64).unwrap_or(0);
        let highest = u32::try_from(size.saturating_sub(1)).unwrap_or(0).max(document.max_id);
        if highest > OBJECT_NUMBER_MAX - NEW_OBJECTS_MAX {
            let detail = format!("object number {highest} leaves no room for a seal");
            return Err(Refused::new(Code::Malformed, detail).into());
        }
        Ok(Self { previous, document, next_number: highest + 1, objects: BTreeMap::new() })
    }

    /// The document as it is before the update.
    pub(crate) const fn document(&self) -> &'a Document {
        self.document
    }

    /// A new object's id.
    pub(crate) const fn new_id(&mut self) -> ObjectId {
        self.next_number += 1;
        (self.next_number - 1, 0)
    }

    /// Adds an object, or replaces one of the document.
    pub(crate) fn put(&mut self, id: ObjectId, object: &Object) {
        let mut body = Vec::new();
        write_object(object, &mut body);
        self.put_written(id, body);
    }

    /// Adds an object whose bytes are laid out by the caller.
    pub(crate) fn put_written(&mut self, id: ObjectId, body: Vec<u8>) {
        self.objects.insert(id, body);
    }

    /// The file with the update: a table after a table, a stream after a stream, as the standard
    /// asks.
    pub(crate) fn write(self) -> Result<Vec<u8>, SignError> {
        let mut out = self.previous.to_vec();
        if !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        let mut offsets = BTreeMap::new();
        for (id, body) in &self.objects {
            offsets.insert(*id, out.len());
            write_indirect(*id, body, &mut out);
        }
        if out.len() > PDF_BYTES_MAX {
            let detail = format!("{} bytes are too many", out.len());
            return Err(Refused::new(Code::Malformed, detail).into());
        }
        let start = out.len();
        match self.document.reference_table.cross_reference_type {
            XrefType::CrossReferenceStream => self.write_stream(offsets, &mut out),
            XrefType::CrossReferenceTable => self.write_table(&offsets, &mut out),
        }
        out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        Ok(out)
    }

    fn write_table(&self, offsets: &BTreeMap<ObjectId, usize>, out: &mut Vec<u8>) {
        out.extend(b"xref\n");
        for ((number, generation), offset) in offsets {
            out.extend(format!("{number} 1\n{offset:010} {generation:05} n \n").bytes());
        }
        out.extend(b"trailer\n");
        write_dictionary(&self.trailer(self.next_number), out);
        out.push(b'\n');
    }

    fn write_stream(&self, mut offsets: BTreeMap<ObjectId, usize>, out: &mut Vec<u8>) {
        let id = (self.next_number, 0);
        // A cross-reference stream lists itself.
        offsets.insert(id, out.len());
        let mut dictionary = self.trailer(self.next_number + 1);
        dictionary.set("Type", name("XRef"));
        dictionary.set("W", Object::Array(vec![1.into(), 4.into(), 2.into()]));
        let index = offsets.keys().flat_map(|(number, _)| [i64::from(*number).into(), 1.into()]);
        dictionary.set("Index", Object::Array(index.collect()));
        let mut content = Vec::with_capacity(offsets.len() * 7);
        for ((_, generation), offset) in &offsets {
            content.push(1);
            // `write` keeps offsets under 2³⁰.
            content.extend(u32::try_from(*offset).unwrap_or(u32::MAX).to_be_bytes());
            content.extend(generation.to_be_bytes());
        }
        let mut body = Vec::new();
        write_object(&Object::Stream(Stream::new(dictionary, content)), &mut body);
        write_indirect(id, &body, out);
    }

    fn trailer(&self, size: u32) -> Dictionary {
        let mut trailer = Dictionary::new();
        for key in [&b"Root"[..], b"Info", b"ID"] {
            if let Ok(value) = self.document.trailer.get(key) {
                trailer.set(key, value.clone());
            }
        }
        trailer.set("Size", i64::from(size));
        trailer.set("Prev", i64::try_from(self.document.xref_start).unwrap_or(i64::MAX));
        trailer
    }
}

fn write_indirect((number, generation): ObjectId, body: &[u8], out: &mut Vec<u8>) {
    out.extend(format!("{number} {generation} obj\n").bytes());
    out.extend(body);
    out.extend(b"\nendobj\n");
}
