//! One speaker from his packets to files, on a clock that is moved by hand.

mod house;

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use media::{PeerId, Recorded, StreamId};
use meeting::Timestamp;
use uuid::Uuid;

use super::chain::{self, Broken, Chain, path_of, verify};
use super::ebml;
use super::repair::repair;
use super::tape::{Desk, Filed, Tape};
use super::webm::{self, Shape};
use crate::edge::Edge;

const PEER: PeerId = PeerId(1);
const BOTH: Shape = Shape { video: Some((0, 0)), audio: true };
const POLL: u64 = 20;
/// Frames and sounds of one second.
const FRAMES: u64 = 25;
const SOUNDS: u64 = 50;

/// A recorder with one speaker in a folder of its own.
struct Studio {
    folder: tempfile::TempDir,
    edge: Edge,
    begin: Instant,
    chain: Chain,
    tape: Tape,
    sequence: [u16; 2],
    millis: u64,
    filed: Vec<Filed>,
    wanted: Vec<StreamId>,
    /// Bytes of a picture behind its first.
    picture_bytes: usize,
}

impl Studio {
    fn new(kinds: Shape) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let edge = Edge::real();
        let begin = edge.instant();
        let times = (begin, Timestamp::from_millis(1_000_000));
        let tape = Tape::new((PEER, kinds), folder.path().to_owned(), times);
        let chain = Chain::open(folder.path()).unwrap();
        let (filed, wanted) = (Vec::new(), Vec::new());
        let (sequence, millis, picture_bytes) = ([65_500, 9], 0, 3_000);
        Self { folder, edge, begin, chain, tape, sequence, millis, filed, wanted, picture_bytes }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn now(&self) -> Instant {
        self.begin + Duration::from_millis(self.millis)
    }

    fn act(&mut self, act: impl FnOnce(&mut Tape, &mut Desk<'_>) -> std::io::Result<()>) {
        let mint = || self.edge.uuid();
        let (chain, filed, wanted) = (&mut self.chain, &mut self.filed, &mut self.wanted);
        let mut desk = Desk { chain, mint: &mint, filed, wanted };
        act(&mut self.tape, &mut desk).unwrap();
    }

    /// A packet; `false` when it is lost on the way.
    fn packet(
        &mut self,
        stream: StreamId,
        timestamp: u64,
        (marker, arrives): (bool, bool),
        payload: Vec<u8>,
    ) {
        let number = &mut self.sequence[usize::from(stream == StreamId::audio(PEER))];
        let sequence = *number;
        *number = number.wrapping_add(1);
        let timestamp = u32::try_from(timestamp & 0xffff_ffff).unwrap();
        let (payload, at) = (payload.into(), self.now());
        if arrives {
            self.tape.take(Recorded { stream, sequence, timestamp, marker, payload, at });
        }
    }

    fn picture(&mut self, key: Option<(u16, u16)>, arrives: bool) {
        let stream = StreamId::video(PEER);
        let timestamp = self.millis * 90;
        let mut first = vec![0x10];
        match key {
            Some((width, height)) => {
                first.extend_from_slice(&[0x10, 0, 0, 0x9d, 0x01, 0x2a]);
                first.extend_from_slice(&width.to_le_bytes());
                first.extend_from_slice(&height.to_le_bytes());
            }
            None => first.push(0x11),
        }
        first.resize(1_000, 7);
        self.packet(stream, timestamp, (false, arrives), first);
        let mut rest = self.picture_bytes;
        while rest > 0 {
            let size = rest.min(1_000);
            rest -= size;
            let mut payload = vec![0x00];
            payload.resize(size + 1, 9);
            self.packet(stream, timestamp, (rest == 0, true), payload);
        }
    }

    fn sound(&mut self) {
        let mut payload = vec![0x78];
        payload.resize(80, 5);
        let timestamp = self.millis * 48;
        self.packet(StreamId::audio(PEER), timestamp, (true, true), payload);
    }

    /// Lets time pass with picture and sound; `key` says the size of a keyframe at a moment.
    fn run(&mut self, seconds: u64, key: impl Fn(u64) -> Option<(u16, u16)>, sounds: bool) {
        let end = self.millis + seconds * 1000;
        while self.millis < end {
            if self.millis.is_multiple_of(1000 / FRAMES) {
                self.picture(key(self.millis), true);
            }
            if sounds && self.millis.is_multiple_of(1000 / SOUNDS) {
                self.sound();
            }
            let now = self.now();
            self.act(|tape, desk| tape.run(now, desk));
            self.millis += POLL;
        }
    }

    fn finish(&mut self) {
        self.act(Tape::finish);
    }

    fn parts(&self) -> Vec<(Uuid, Shape)> {
        let begun = self.filed.iter().filter_map(|filed| match filed {
            Filed::Begun { part, shape, .. } => Some((*part, *shape)),
            Filed::Ended { .. } => None,
        });
        begun.collect()
    }
}

fn small_at_0(millis: u64) -> Option<(u16, u16)> {
    millis.is_multiple_of(10_000).then_some((640, 360))
}

/// The elements of a file behind the EBML head, by id, with the segment entered.
fn elements(path: &Path) -> Vec<(u32, u64)> {
    let mut bytes = Vec::new();
    File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    let (mut at, mut found) = (0, Vec::new());
    while at < bytes.len() {
        let head = ebml::head(&bytes[at..]).unwrap();
        at += head.length;
        let size = head.size.expect("a known size");
        found.push((head.id, size));
        if head.id == webm::SEGMENT {
            assert_eq!(at as u64 + size, bytes.len() as u64, "the segment is the rest");
        } else {
            at += usize::try_from(size).unwrap();
        }
    }
    found
}

#[test]
fn v11_recording_file_has_this_structure() {
    let mut studio = Studio::new(BOTH);
    studio.run(3, small_at_0, true);
    studio.finish();
    let (part, shape) = studio.parts()[0];
    assert_eq!(shape, Shape { video: Some((640, 360)), audio: true });
    let ids: Vec<String> =
        elements(&path_of(studio.path(), part)).iter().map(|(id, _)| format!("{id:x}")).collect();
    let cluster = "1f43b675";
    let clusters = ids.iter().filter(|id| *id == cluster).count();
    assert!((7..=9).contains(&clusters), "{clusters} clusters in 3 s");
    let others: Vec<&str> = ids.iter().map(String::as_str).filter(|id| *id != cluster).collect();
    let head = ["1a45dfa3", "18538067", "114d9b74", "ec", "1549a966", "1654ae6b"];
    assert_eq!(others, [&head[..], &["1c53bb6b"]].concat());
    let Some(Filed::Ended { at, bytes, .. }) = studio.filed.last() else { panic!() };
    assert_eq!(fs::metadata(path_of(studio.path(), part)).unwrap().len(), *bytes);
    assert!((2_900..3_100).contains(&(at.millis() - 1_000_000)), "{at:?}");
}

#[test]
fn v11_recording_chain_finds_a_changed_byte() {
    let mut studio = Studio::new(BOTH);
    studio.run(3, small_at_0, true);
    studio.finish();
    let folder = studio.path();
    let (links, head) = verify(folder).unwrap();
    assert_eq!((links, head), (studio.chain.links, studio.chain.head));
    let path = path_of(folder, studio.parts()[0].0);
    let good = fs::read(&path).unwrap();
    for place in [0, 20, 400, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[place] ^= 1;
        fs::write(&path, bad).unwrap();
        assert!(matches!(verify(folder), Err(Broken::Changed { .. })), "{place}");
    }
    fs::write(&path, [&good[..], b"x"].concat()).unwrap();
    assert!(matches!(verify(folder), Err(Broken::Uncovered { .. })));
    fs::write(&path, &good).unwrap();
    verify(folder).unwrap();
    let chain = folder.join("chain");
    let text = fs::read_to_string(&chain).unwrap();
    fs::write(&chain, text.replacen('7', "8", 1)).unwrap();
    assert!(matches!(verify(folder), Err(Broken::Line(_))));
}

#[test]
fn v11_recording_killed_loses_less_than_a_second() {
    let mut studio = Studio::new(BOTH);
    studio.run(5, small_at_0, true);
    // Nothing is finished: the process is gone, with half a cluster on the disk.
    let part = studio.parts()[0].0;
    let path = path_of(studio.path(), part);
    fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap()
        .write_all(b"\x1f\x43\xb6\x75\x01")
        .unwrap();
    let whole = repair(studio.path()).unwrap();
    let lost = 5_000 - whole[&part].millis;
    assert!(lost < 1_000, "{lost} ms are lost");
    assert_eq!(whole[&part].cut, 5);
    assert_eq!(elements(&path).last().unwrap().0, 0x1c53_bb6b, "with cues");
    verify(studio.path()).unwrap();
    assert_eq!(repair(studio.path()).unwrap()[&part].millis, whole[&part].millis, "twice");
    let (links, _) = verify(studio.path()).unwrap();
    // The next process goes on in the same chain.
    let chain = Chain::open(studio.path()).unwrap();
    assert_eq!(chain.links, links);
}

#[test]
fn v11_recording_is_repaired_wherever_it_was_cut() {
    let mut studio = Studio::new(BOTH);
    studio.picture_bytes = 100;
    studio.run(2, small_at_0, true);
    let part = studio.parts()[0].0;
    let file = fs::read(path_of(studio.path(), part)).unwrap();
    let chain = fs::read(studio.path().join("chain")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (file_cut, chain_cut) in (0..file.len()).step_by(211).zip((0..=chain.len()).rev().cycle()) {
        fs::write(path_of(folder.path(), part), &file[..file_cut]).unwrap();
        fs::write(folder.path().join("chain"), &chain[..chain_cut]).unwrap();
        let whole = repair(folder.path()).unwrap();
        if whole.is_empty() {
            assert!(!path_of(folder.path(), part).exists(), "nothing to keep at {file_cut}");
        } else {
            elements(&path_of(folder.path(), part));
        }
        if let Err(error) = verify(folder.path()) {
            panic!("{error:?} at {file_cut}, {chain_cut}");
        }
    }
}

#[test]
fn v11_recording_repair_survives_garbage() {
    let mut state = 1_u64;
    let mut random = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let head = webm::header(Shape { video: Some((640, 360)), audio: true });
    for round in 0..300 {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = if round % 2 == 0 { head.clone() } else { Vec::new() };
        let extra = random() % 400;
        if round % 3 == 0 {
            bytes.extend_from_slice(&[0x1f, 0x43, 0xb6, 0x75, 0x01, 0, 0, 0, 0, 0, 0, 40]);
        }
        bytes.extend((0..extra).map(|_| u8::try_from(random() & 0xff).unwrap()));
        for _ in 0..random() % 4 {
            let place = usize::try_from(random()).unwrap() % bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1 << (random() % 8);
            }
        }
        fs::write(path_of(folder.path(), Uuid::from_u128(7)), &bytes).unwrap();
        fs::write(folder.path().join("chain"), &bytes).unwrap();
        repair(folder.path()).unwrap();
    }
}

#[test]
fn v11_recording_loses_a_picture_and_goes_on_at_the_next_keyframe() {
    let mut studio = Studio::new(BOTH);
    studio.run(1, small_at_0, true);
    assert_eq!(studio.wanted, []);
    studio.picture(None, false);
    studio.millis += 40;
    studio.run(1, |_| None, true);
    assert_eq!(studio.wanted, [StreamId::video(PEER)], "asked for once");
    let before = studio.parts().len();
    let now = studio.millis;
    studio.run(
        1,
        |millis| (millis >= now + 400).then_some((640, 360)).filter(|_| millis < now + 440),
        true,
    );
    studio.finish();
    assert_eq!(studio.parts().len(), before, "the same file goes on");
    verify(studio.path()).unwrap();
}

#[test]
fn v11_recording_begins_a_file_for_another_size() {
    let mut studio = Studio::new(BOTH);
    studio.run(1, small_at_0, true);
    let turn = studio.millis;
    studio.run(2, |millis| (millis == turn).then_some((1280, 720)), true);
    studio.finish();
    let sizes: Vec<_> = studio.parts().iter().map(|(_, shape)| shape.video).collect();
    assert_eq!(sizes, [Some((640, 360)), Some((1280, 720))]);
    verify(studio.path()).unwrap();
}

#[test]
fn v11_recording_of_a_sound_alone_has_no_gaps() {
    let mut studio = Studio::new(Shape { video: None, audio: true });
    for second in 0..6 {
        // Two seconds of silence, as a sender that sends nothing makes it.
        let speaks = !(2..4).contains(&second);
        for _ in 0..SOUNDS {
            if speaks {
                studio.sound();
            }
            let now = studio.now();
            studio.act(|tape, desk| tape.run(now, desk));
            studio.millis += POLL;
        }
    }
    studio.finish();
    let (part, shape) = studio.parts()[0];
    assert_eq!(shape, Shape { video: None, audio: true });
    let bytes = fs::read(path_of(studio.path(), part)).unwrap();
    let silences = bytes.windows(3).filter(|it| *it == super::frames::OPUS_SILENCE).count();
    assert!((95..=101).contains(&silences), "{silences} packets of silence");
    let blocks: usize = bytes.windows(2).filter(|it| *it == [0x82, 0]).count();
    assert!(blocks > 100, "{blocks}");
    let (links, _) = chain::read(studio.path()).unwrap();
    assert!(!links.is_empty());
}

/// CPU time of this thread, in nanoseconds.
fn cpu_nanos() -> u64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    told.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn v11_recording_costs_at_most_half_a_percent_of_a_core_per_megabit() {
    const SECONDS: u64 = 60;
    let mut studio = Studio::new(BOTH);
    // 25 pictures of 4,840 bytes and 50 sounds of 80 are a megabit a second.
    studio.picture_bytes = 3_840;
    studio.run(1, small_at_0, true);
    let before = cpu_nanos();
    for _ in 0..SECONDS {
        studio.run(1, small_at_0, true);
        studio.tape.sync().unwrap();
        studio.chain.sync().unwrap();
    }
    let spent = cpu_nanos() - before;
    studio.finish();
    let Some(Filed::Ended { bytes, .. }) = studio.filed.last() else { panic!() };
    let megabits = *bytes * 8 / (SECONDS + 1);
    let share = spent / SECONDS / 1000;
    eprintln!("{megabits} bit/s cost {share} µs of CPU a second");
    assert!((950_000..1_100_000).contains(&megabits), "{megabits} bit/s");
    assert!(share <= 5_000, "{share} µs of CPU for a second at 1 Mbit/s");
}
