//! The hash chain of a recording: a line for every piece of a file that was written, in the order
//! of writing, each hash over the one before. The file `chain` lies beside the recorded files and
//! its last hash goes into the ledger, so that whoever has the folder can check it by himself.
//!
//! A line is `part offset length sha256 link`. The head of a file is written twice, at its
//! beginning and at its end: the later line at offset 0 takes the place of the earlier one.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use ledger::{Hash, RecordingLink};
use ring::digest::{SHA256, digest};
use uuid::Uuid;

const NAME: &str = "chain";

/// The chain of a recording that is being written.
#[derive(Debug)]
pub(super) struct Chain {
    file: File,
    pub(super) head: Hash,
    pub(super) links: u64,
}

/// The folder is not what its chain says.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The disk failed, or a file is missing.
    #[error("recording: the disk failed")]
    Disk(#[from] io::Error),
    /// A line is not the successor of the one before.
    #[error("recording: line {0} of the chain does not follow")]
    Line(usize),
    /// A piece of a file was changed.
    #[error("recording: {part} was changed at {offset}")]
    Changed {
        /// Which file.
        part: Uuid,
        /// Where the changed piece begins.
        offset: u64,
    },
    /// Something in a file is not in the chain.
    #[error("recording: {part} has bytes at {offset} that are not in the chain")]
    Uncovered {
        /// Which file.
        part: Uuid,
        /// Where.
        offset: u64,
    },
}

/// The pieces of every file by their offset, as the last line about each says.
pub(super) type Pieces = BTreeMap<Uuid, BTreeMap<u64, RecordingLink>>;

impl Chain {
    /// Goes on behind the last line that follows; what comes after it is cut off.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let (links, head) = read(folder)?;
        let mut chain = Self::rewind(folder, &links, head)?;
        chain.file.seek(SeekFrom::End(0))?;
        Ok(chain)
    }

    /// Keeps these first lines and nothing else.
    pub(super) fn rewind(folder: &Path, links: &[RecordingLink], head: Hash) -> io::Result<Self> {
        let path = folder.join(NAME);
        let options =
            OpenOptions::new().create(true).truncate(false).write(true).read(true).clone();
        let mut file = options.open(path)?;
        let length: usize = lines(links).map(|line| line.len()).sum();
        file.set_len(length as u64)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file, head, links: links.len() as u64 })
    }

    /// Adds a piece that was written.
    pub(super) fn append(&mut self, part: Uuid, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let link = RecordingLink {
            part: *part.as_bytes(),
            offset,
            length: bytes.len() as u64,
            sha256: sha256(bytes),
        };
        self.head = link.hash(&self.head);
        self.links += 1;
        self.file.write_all(line(&link, &self.head).as_bytes())
    }

    /// Makes all of it durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn line(link: &RecordingLink, head: &Hash) -> String {
    let part = Uuid::from_bytes(link.part);
    let sha256 = hex::encode(link.sha256);
    format!("{part} {} {} {sha256} {}\n", link.offset, link.length, hex::encode(head.0))
}

fn lines(links: &[RecordingLink]) -> impl Iterator<Item = String> {
    links.iter().scan(Hash([0; 32]), |head, link| {
        *head = link.hash(head);
        Some(line(link, head))
    })
}

/// The lines from the first on that follow one another, and the last hash.
pub(super) fn read(folder: &Path) -> io::Result<(Vec<RecordingLink>, Hash)> {
    let text = match fs::read(folder.join(NAME)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let mut head = Hash([0; 32]);
    let mut links = Vec::new();
    for written in text.split_inclusive('\n') {
        let Some(link) = parse(written) else { break };
        let next = link.hash(&head);
        if line(&link, &next) != written {
            break;
        }
        head = next;
        links.push(link);
    }
    Ok((links, head))
}

fn parse(line: &str) -> Option<RecordingLink> {
    let mut fields = line.strip_suffix('\n')?.split(' ');
    let part = Uuid::parse_str(fields.next()?).ok()?;
    let (offset, length) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let mut sha256 = [0; 32];
    hex::decode_to_slice(fields.next()?, &mut sha256).ok()?;
    Some(RecordingLink { part: *part.as_bytes(), offset, length, sha256 })
}

/// What the lines say about each file.
pub(super) fn pieces(links: &[RecordingLink]) -> Pieces {
    let mut pieces = Pieces::new();
    for link in links {
        pieces.entry(Uuid::from_bytes(link.part)).or_default().insert(link.offset, *link);
    }
    pieces
}

/// The file of a part.
pub(super) fn path_of(folder: &Path, part: Uuid) -> PathBuf {
    folder.join(format!("{part}.webm"))
}

/// Whether a piece of a file is as its line says.
pub(super) fn holds(file: &mut File, link: &RecordingLink) -> io::Result<bool> {
    if file.metadata()?.len() < link.offset.saturating_add(link.length) {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(link.offset))?;
    let mut bytes = Vec::new();
    file.take(link.length).read_to_end(&mut bytes)?;
    Ok(sha256(&bytes) == link.sha256)
}

/// Checks a whole folder: the lines, and every byte of every file that they name.
pub fn verify(folder: &Path) -> Result<(u64, Hash), Broken> {
    let (links, head) = read(folder)?;
    let written = fs::read_to_string(folder.join(NAME))?.lines().count();
    if written != links.len() {
        return Err(Broken::Line(links.len() + 1));
    }
    for (part, pieces) in pieces(&links) {
        let mut file = File::open(path_of(folder, part))?;
        let mut end = 0;
        for (offset, link) in pieces {
            if offset != end {
                return Err(Broken::Uncovered { part, offset: end });
            }
            if !holds(&mut file, &link)? {
                return Err(Broken::Changed { part, offset });
            }
            end = offset + link.length;
        }
        if file.metadata()?.len() != end {
            return Err(Broken::Uncovered { part, offset: end });
        }
    }
    Ok((links.len() as u64, head))
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sha256
}
