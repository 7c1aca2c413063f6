//! PDF files that nobody signed, in every way that a cross-reference can be written.

use std::fmt::Write as _;

/// How a file lists its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A classic table.
    Table,
    /// A cross-reference stream.
    Stream,
    /// A cross-reference stream, and all but the streams in an object stream.
    ObjectStream,
}

/// The number of the catalog, the page tree, the font, the first page, its content.
pub(crate) const CATALOG: u32 = 1;
pub(crate) const PAGE: u32 = 4;
pub(crate) const CONTENT: u32 = 5;

/// What is special about a base.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) layout: Layout,
    pub(crate) pages: usize,
    /// Entries for the catalog.
    pub(crate) catalog: String,
    /// Entries for the first page.
    pub(crate) page: String,
    /// Entries for the trailer.
    pub(crate) trailer: String,
    /// Objects after those of the pages.
    pub(crate) more: Vec<String>,
}

impl Default for Base {
    fn default() -> Self {
        Self {
            layout: Layout::Table,
            pages: 1,
            catalog: String::new(),
            page: String::new(),
            trailer: String::new(),
            more: Vec::new(),
        }
    }
}

impl Base {
    /// The file.
    pub(crate) fn build(&self) -> Vec<u8> {
        let objects = self.objects();
        match self.layout {
            Layout::Table => self.with_table(&objects),
            Layout::Stream => self.with_stream(&objects, false),
            Layout::ObjectStream => self.with_stream(&objects, true),
        }
    }

    fn objects(&self) -> Vec<String> {
        let kids: String = (0..self.pages).fold(String::new(), |mut kids, page| {
            let _ = write!(kids, "{} 0 R ", 4 + page * 2);
            kids
        });
        let mut objects = vec![
            format!("<</Type/Catalog/Pages 2 0 R{}>>", self.catalog),
            format!("<</Type/Pages/Kids[{kids}]/Count {}/MediaBox[0 0 595 842]>>", self.pages),
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
        ];
        for page in 0..self.pages {
            let extra = if page == 0 { self.page.as_str() } else { "" };
            let content = format!("BT /F1 24 Tf 72 700 Td (To trinh, trang {}) Tj ET", page + 1);
            objects.push(format!(
                "<</Type/Page/Parent 2 0 R/Contents {} 0 R/Resources<</Font<</F1 3 0 R>>>>{extra}>>",
                5 + page * 2
            ));
            objects.push(stream("", &content));
        }
        objects.extend(self.more.iter().cloned());
        objects
    }

    fn with_table(&self, objects: &[String]) -> Vec<u8> {
        let mut file = HEADER.to_vec();
        let offsets = write_objects(&mut file, objects, |_| true);
        let start = file.len();
        let size = objects.len() + 1;
        file.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
        for offset in offsets {
            file.extend(format!("{:010} 00000 n \n", offset.unwrap()).bytes());
        }
        let trailer = format!("trailer\n<</Size {size}/Root 1 0 R{}>>\n", self.trailer);
        file.extend(trailer.bytes());
        file.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        file
    }

    fn with_stream(&self, objects: &[String], packed: bool) -> Vec<u8> {
        let mut objects = objects.to_vec();
        let is_packed = |object: &str| packed && !object.contains("stream");
        let container = objects.len() + 1;
        let packed_numbers: Vec<usize> =
            (1..container).filter(|number| is_packed(&objects[number - 1])).collect();
        if packed {
            objects.push(object_stream(&objects, &packed_numbers));
        }
        let mut file = HEADER.to_vec();
        let offsets =
            write_objects(&mut file, &objects, |number| !packed_numbers.contains(&number));
        let start = file.len();
        let number = objects.len() + 1;
        let mut table = vec![[0, 0, 0, 0, 0, 0xff, 0xff]];
        for (index, offset) in offsets.iter().enumerate() {
            let place = packed_numbers.iter().position(|number| *number == index + 1);
            table.push(match (offset, place) {
                (Some(offset), _) => row(1, *offset, 0),
                (None, place) => row(2, container, place.unwrap()),
            });
        }
        table.push(row(1, start, 0));
        let rows = table.concat().iter().fold(String::new(), |mut rows, byte| {
            let _ = write!(rows, "{byte:02x}");
            rows
        });
        let dictionary = format!(
            "/Type/XRef/W[1 4 2]/Size {}/Root 1 0 R/Filter/ASCIIHexDecode{}",
            number + 1,
            self.trailer
        );
        let body = stream(&dictionary, &format!("{rows}>"));
        file.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
        file.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        file
    }
}

const HEADER: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";

/// A stream object.
pub(crate) fn stream(dictionary: &str, content: &str) -> String {
    format!("<<{dictionary}/Length {}>>\nstream\n{content}\nendstream", content.len())
}

fn object_stream(objects: &[String], numbers: &[usize]) -> String {
    let (mut index, mut bodies) = (String::new(), String::new());
    for number in numbers {
        let _ = write!(index, "{number} {} ", bodies.len());
        bodies.push_str(&objects[number - 1]);
        bodies.push('\n');
    }
    let dictionary = format!("/Type/ObjStm/N {}/First {}", numbers.len(), index.len());
    stream(&dictionary, &format!("{index}{bodies}"))
}

fn row(kind: u8, first: usize, second: usize) -> [u8; 7] {
    let mut row = [0; 7];
    row[0] = kind;
    row[1..5].copy_from_slice(&u32::try_from(first).unwrap().to_be_bytes());
    row[5..].copy_from_slice(&u16::try_from(second).unwrap().to_be_bytes());
    row
}

fn write_objects(
    file: &mut Vec<u8>,
    objects: &[String],
    is_written: impl Fn(usize) -> bool,
) -> Vec<Option<usize>> {
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        let number = index + 1;
        offsets.push(is_written(number).then_some(file.len()));
        if is_written(number) {
            file.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
        }
    }
    offsets
}
