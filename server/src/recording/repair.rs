//! What a crash left: every file is cut behind its last whole cluster and ended as if it had been
//! ended cleanly, and the chain says so.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use ledger::{Hash, RecordingLink};
use uuid::Uuid;

use super::chain::{self, Chain, holds, path_of};
use super::ebml;
use super::part::seal;
use super::webm::{self, AUDIO, CLUSTER, Cue, SEGMENT, SIMPLE_BLOCK, TIMESTAMP, VIDEO};
use crate::limits::CLUSTER_BYTES_MAX;

/// The head of a file is no longer than this.
const HEADER_BYTES_MAX: u64 = 4 * 1024;
/// What is added for the last frame of a file, whose end nobody knows.
const LAST_MILLIS: i64 = 20;

/// A file that is whole now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    /// Its bytes.
    pub(super) length: u64,
    /// How long it lasts.
    pub(super) millis: i64,
    /// Bytes that were cut off.
    pub(super) cut: u64,
}

/// What is in a file.
#[derive(Debug, Default)]
struct Contents {
    header: Vec<u8>,
    /// Where each piece begins and how long it is, the head excepted.
    pieces: Vec<(u64, u64)>,
    cues: Vec<Cue>,
    millis: i64,
    /// Behind the last whole piece.
    end: u64,
    /// Whether the file was ended: then all of it is on the disk, and in the chain but for the
    /// head, which is written last.
    is_complete: bool,
}

impl Contents {
    fn is_empty(&self) -> bool {
        self.pieces.is_empty() && !self.is_complete
    }
}

/// Makes every file of a folder whole. A file without a cluster is taken away.
pub(super) fn repair(folder: &Path) -> io::Result<BTreeMap<Uuid, Whole>> {
    let parts = parts(folder)?;
    let mut contents = BTreeMap::new();
    for part in parts {
        let mut file = File::open(path_of(folder, part))?;
        contents.insert(part, scan(&mut file)?);
    }
    let mut chain = mend_chain(folder, &contents)?;
    let mut whole = BTreeMap::new();
    for (part, contents) in contents {
        if contents.is_empty() {
            fs::remove_file(path_of(folder, part))?;
            continue;
        }
        whole.insert(part, mend(folder, part, contents, &mut chain)?);
    }
    chain.sync()?;
    Ok(whole)
}

fn parts(folder: &Path) -> io::Result<Vec<Uuid>> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let part = name.to_str().and_then(|name| name.strip_suffix(".webm"));
        parts.extend(part.and_then(|part| Uuid::parse_str(part).ok()));
    }
    Ok(parts)
}

/// Keeps the lines up to the first that is not so, then adds what no line is about.
fn mend_chain(folder: &Path, contents: &BTreeMap<Uuid, Contents>) -> io::Result<Chain> {
    let (links, _) = chain::read(folder)?;
    let latest = chain::pieces(&links);
    let mut kept = Vec::new();
    let mut head = Hash([0; 32]);
    for link in links {
        let part = Uuid::from_bytes(link.part);
        let is_latest = latest.get(&part).and_then(|of| of.get(&link.offset)) == Some(&link);
        let contents = contents.get(&part).filter(|contents| !contents.is_empty());
        let is_so = match contents {
            None => false,
            Some(contents) if contents.is_complete || !is_latest => true,
            Some(_) => is_there(folder, part, &link)?,
        };
        if !is_so {
            break;
        }
        head = link.hash(&head);
        kept.push(link);
    }
    let mut chain = Chain::rewind(folder, &kept, head)?;
    let known = chain::pieces(&kept);
    for (part, contents) in contents.iter().filter(|(_, contents)| !contents.is_empty()) {
        let of_part = known.get(part);
        let header = [(0, contents.header.len() as u64)];
        for (offset, length) in header.iter().chain(&contents.pieces) {
            let link = of_part.and_then(|known| known.get(offset));
            let is_known = link.is_some_and(|link| link.length == *length)
                && link.is_some_and(|link| is_there(folder, *part, link).unwrap_or(false));
            if !is_known {
                chain.append(*part, *offset, &bytes_at(folder, *part, (*offset, *length))?)?;
            }
        }
    }
    Ok(chain)
}

fn is_there(folder: &Path, part: Uuid, link: &RecordingLink) -> io::Result<bool> {
    holds(&mut File::open(path_of(folder, part))?, link)
}

fn bytes_at(folder: &Path, part: Uuid, (offset, length): (u64, u64)) -> io::Result<Vec<u8>> {
    let mut file = File::open(path_of(folder, part))?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn mend(folder: &Path, part: Uuid, mut contents: Contents, chain: &mut Chain) -> io::Result<Whole> {
    let options = OpenOptions::new().read(true).write(true).clone();
    let mut file = options.open(path_of(folder, part))?;
    let found = file.metadata()?.len();
    let millis = contents.millis + LAST_MILLIS;
    if contents.is_complete {
        return Ok(Whole { length: found, millis: contents.millis, cut: 0 });
    }
    file.set_len(contents.end)?;
    file.seek(SeekFrom::End(0))?;
    let cues = webm::cues(&contents.cues);
    file.write_all(&cues)?;
    chain.append(part, contents.end, &cues)?;
    let length = contents.end + cues.len() as u64;
    let at = (!contents.cues.is_empty()).then_some(contents.end);
    seal(&mut file, part, &mut contents.header, (length, millis, at), chain)?;
    Ok(Whole { length, millis, cut: found.saturating_sub(contents.end) })
}

/// Reads a file up to the last whole piece.
fn scan(file: &mut File) -> io::Result<Contents> {
    let length = file.metadata()?.len();
    let mut start = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    (&mut *file).take(HEADER_BYTES_MAX).read_to_end(&mut start)?;
    let mut contents = Contents::default();
    let Some(header) = header_length(&start) else { return Ok(contents) };
    start.truncate(header);
    contents.end = header as u64;
    contents.header = start;
    if let Some(millis) = webm::duration(&contents.header) {
        (contents.is_complete, contents.millis) = (true, millis);
        return Ok(contents);
    }
    while let Some((head, size)) = piece_at(file, contents.end, length)? {
        // Cues that were written just before the crash are written anew.
        if head.id != CLUSTER {
            break;
        }
        file.seek(SeekFrom::Start(contents.end))?;
        let mut bytes = Vec::new();
        (&mut *file).take(size).read_to_end(&mut bytes)?;
        read_cluster(&mut contents, bytes.get(head.length..).unwrap_or_default());
        contents.pieces.push((contents.end, size));
        contents.end += size;
    }
    Ok(contents)
}

/// The head of the piece at a place and the size of all of it, when it is whole.
fn piece_at(file: &mut File, at: u64, length: u64) -> io::Result<Option<(ebml::Head, u64)>> {
    let mut start = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    (&mut *file).take(12).read_to_end(&mut start)?;
    let Some(head) = ebml::head(&start) else { return Ok(None) };
    let whole = head.size.and_then(|size| size.checked_add(head.length as u64));
    let fits = |whole: &u64| {
        let is_sane = head.id != CLUSTER || *whole <= 2 * CLUSTER_BYTES_MAX as u64;
        is_sane && at.checked_add(*whole).is_some_and(|end| end <= length)
    };
    Ok(whole.filter(fits).map(|whole| (head, whole)))
}

/// How long the head is: all that stands before the first cluster.
fn header_length(start: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = start.get(at..)?;
        let Some(head) = ebml::head(rest) else { return (at > 0 && rest.is_empty()).then_some(at) };
        if head.id == CLUSTER {
            return Some(at);
        }
        at += head.length;
        if head.id != SEGMENT {
            at = at.checked_add(usize::try_from(head.size?).ok()?)?;
        }
    }
}

fn read_cluster(contents: &mut Contents, mut rest: &[u8]) {
    let offset = contents.end;
    let has_video = has_video(&contents.header);
    let cue_track = if has_video { VIDEO } else { AUDIO };
    let mut base = 0;
    let mut has_cue = false;
    while let Some(head) = ebml::head(rest) {
        let size = head.size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX);
        let Some(body) = rest.get(head.length..head.length.saturating_add(size)) else { return };
        rest = rest.get(head.length + size..).unwrap_or_default();
        match (head.id, body) {
            (TIMESTAMP, number) => base = i64::try_from(ebml::number(number)).unwrap_or(0),
            (SIMPLE_BLOCK, [track, high, low, flags, ..]) => {
                let millis = base + i64::from(i16::from_be_bytes([*high, *low]));
                contents.millis = contents.millis.max(millis);
                if !has_cue && flags & 0x80 != 0 && *track == 0x80 | cue_track {
                    has_cue = true;
                    contents.cues.push(Cue { millis, track: cue_track, offset });
                }
            }
            _ => {}
        }
    }
}

fn has_video(header: &[u8]) -> bool {
    header.windows(5).any(|bytes| bytes == b"V_VP8")
}
