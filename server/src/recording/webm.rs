//! A `WebM` file (RFC 9559) as it is written: a head, clusters as they come, and at a clean end
//! cues, with the head told where they are.
//!
//! Written here and not taken from a library, because a file must be whole after every cluster
//! that reached the disk: those to be had seek back while they write, or keep the file in memory.

use super::ebml::{self, binary, float, size8, uint, void};

/// The number of the video track.
pub(super) const VIDEO: u8 = 1;
/// The number of the audio track.
pub(super) const AUDIO: u8 = 2;

pub(super) const EBML: u32 = 0x1a45_dfa3;
pub(super) const SEGMENT: u32 = 0x1853_8067;
pub(super) const CLUSTER: u32 = 0x1f43_b675;
pub(super) const TIMESTAMP: u32 = 0xe7;
pub(super) const SIMPLE_BLOCK: u32 = 0xa3;
const SEEK_HEAD: u32 = 0x114d_9b74;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const CUES: u32 = 0x1c53_bb6b;

/// Room for the seek head.
const SEEK_BYTES: usize = 96;
/// Room for the duration: id, size, eight bytes.
const DURATION_BYTES: usize = 11;
/// What the head before the segment takes. Nothing stands between: players look for the segment
/// right behind it.
const EBML_BYTES: usize = 36;
/// Where the segment's size is written.
const SEGMENT_SIZE_AT: usize = EBML_BYTES + 4;
/// Where the segment's content begins: positions are counted from here.
pub(super) const SEGMENT_AT: usize = SEGMENT_SIZE_AT + 8;
const INFO_AT: usize = SEGMENT_AT + SEEK_BYTES;
const DURATION_AT: usize = INFO_AT + 5;
const TRACKS_AT: usize = DURATION_AT + DURATION_BYTES + 29;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Width and height of the picture, if there is one.
    pub(super) video: Option<(u16, u16)>,
    /// Whether there is sound.
    pub(super) audio: bool,
}

/// The head of a file that is being written.
pub(super) fn header(shape: Shape) -> Vec<u8> {
    let mut head = Vec::with_capacity(512);
    uint(&mut head, 0x4286, 1);
    uint(&mut head, 0x42f7, 1);
    uint(&mut head, 0x42f2, 4);
    uint(&mut head, 0x42f3, 8);
    binary(&mut head, 0x4282, b"webm");
    uint(&mut head, 0x4287, 4);
    uint(&mut head, 0x4285, 2);
    let mut out = Vec::with_capacity(1024);
    binary(&mut out, EBML, &head);
    ebml::id(&mut out, SEGMENT);
    out.extend_from_slice(&size8(ebml::UNKNOWN_SIZE));
    void(&mut out, SEEK_BYTES);
    let mut info = Vec::new();
    void(&mut info, DURATION_BYTES);
    // Times are counted in milliseconds.
    uint(&mut info, 0x2a_d7b1, 1_000_000);
    binary(&mut info, 0x4d80, b"Diem Cau");
    binary(&mut info, 0x5741, b"diemcau\0");
    binary(&mut out, INFO, &info);
    binary(&mut out, TRACKS, &tracks(shape));
    out
}

fn tracks(shape: Shape) -> Vec<u8> {
    let mut tracks = Vec::new();
    if let Some((width, height)) = shape.video {
        let mut video = Vec::new();
        uint(&mut video, 0xb0, u64::from(width));
        uint(&mut video, 0xba, u64::from(height));
        let mut entry = track(VIDEO, 1, b"V_VP8");
        binary(&mut entry, 0xe0, &video);
        binary(&mut tracks, 0xae, &entry);
    }
    if shape.audio {
        let mut audio = Vec::new();
        float(&mut audio, 0xb5, 48_000.0);
        uint(&mut audio, 0x9f, 2);
        let mut entry = track(AUDIO, 2, b"A_OPUS");
        // RFC 7845 §5.1: version 1, two channels, nothing to leave out, 48 kHz, no gain, family 0.
        let opus_head = [b"OpusHead\x01\x02\0\0".as_slice(), &48_000_u32.to_le_bytes(), &[0; 3]];
        binary(&mut entry, 0x63a2, &opus_head.concat());
        uint(&mut entry, 0x56aa, 0);
        uint(&mut entry, 0x56bb, 80_000_000);
        binary(&mut entry, 0xe1, &audio);
        binary(&mut tracks, 0xae, &entry);
    }
    tracks
}

fn track(number: u8, kind: u64, codec: &[u8]) -> Vec<u8> {
    let mut entry = Vec::new();
    uint(&mut entry, 0xd7, u64::from(number));
    uint(&mut entry, 0x73c5, u64::from(number));
    uint(&mut entry, 0x83, kind);
    // Blocks are not laced.
    uint(&mut entry, 0x9c, 0);
    binary(&mut entry, 0x86, codec);
    entry
}

/// A cluster that is being filled.
#[derive(Debug)]
pub(super) struct Cluster {
    bytes: Vec<u8>,
    /// The time its blocks are counted from.
    pub(super) base: i64,
    /// The first block with which a decoder can begin, of the track that cues point to.
    pub(super) cue: Option<(i64, u8)>,
}

impl Cluster {
    /// Without blocks.
    pub(super) fn new(base: i64) -> Self {
        let mut bytes = Vec::with_capacity(64 * 1024);
        ebml::id(&mut bytes, CLUSTER);
        bytes.extend_from_slice(&size8(0));
        uint(&mut bytes, TIMESTAMP, u64::try_from(base).unwrap_or(0));
        Self { bytes, base, cue: None }
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a block. Its time must be within half a minute of the cluster's.
    pub(super) fn push(&mut self, track: u8, millis: i64, is_key: bool, data: &[u8]) {
        let relative = i16::try_from(millis - self.base).unwrap_or(i16::MAX);
        self.bytes.push(0xa3);
        self.bytes.extend_from_slice(&size8(data.len() as u64 + 4));
        self.bytes.push(0x80 | track);
        self.bytes.extend_from_slice(&relative.to_be_bytes());
        self.bytes.push(if is_key { 0x80 } else { 0 });
        self.bytes.extend_from_slice(data);
    }

    /// The cluster as it is written.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let content = size8(self.bytes.len().saturating_sub(12) as u64);
        if let Some(size) = self.bytes.get_mut(4..12) {
            size.copy_from_slice(&content);
        }
        self.bytes
    }
}

/// A place to which a player can jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cue {
    /// When.
    pub(super) millis: i64,
    /// Of which track.
    pub(super) track: u8,
    /// Where its cluster begins in the file.
    pub(super) offset: u64,
}

/// The cues of a file.
pub(super) fn cues(cues: &[Cue]) -> Vec<u8> {
    let mut points = Vec::new();
    for cue in cues {
        let mut position = Vec::new();
        uint(&mut position, 0xf7, u64::from(cue.track));
        uint(&mut position, 0xf1, cue.offset.saturating_sub(SEGMENT_AT as u64));
        let mut point = Vec::new();
        uint(&mut point, 0xb3, u64::try_from(cue.millis).unwrap_or(0));
        binary(&mut point, 0xb7, &position);
        binary(&mut points, 0xbb, &point);
    }
    let mut out = Vec::new();
    binary(&mut out, CUES, &points);
    out
}

/// Tells a head that its file is complete: how long it is, in bytes and in time, and where the
/// cues are, unless it has none.
pub(super) fn complete(header: &mut [u8], bytes: u64, millis: i64, cues_at: Option<u64>) {
    let mut put = |at: usize, content: &[u8]| {
        if let Some(place) = header.get_mut(at..at + content.len()) {
            place.copy_from_slice(content);
        }
    };
    put(SEGMENT_SIZE_AT, &size8(bytes.saturating_sub(SEGMENT_AT as u64)));
    let mut entries = Vec::new();
    let known = [(INFO, Some(INFO_AT as u64)), (TRACKS, Some(TRACKS_AT as u64)), (CUES, cues_at)];
    for (element, at) in known {
        let Some(at) = at else { continue };
        let mut entry = Vec::new();
        binary(&mut entry, 0x53ab, &element.to_be_bytes());
        uint(&mut entry, 0x53ac, at.saturating_sub(SEGMENT_AT as u64));
        binary(&mut entries, 0x4dbb, &entry);
    }
    let mut seek = Vec::new();
    binary(&mut seek, SEEK_HEAD, &entries);
    void_rest(&mut seek, SEEK_BYTES);
    put(SEGMENT_AT, &seek);
    let mut duration = Vec::new();
    // Recordings are far shorter than 2⁵² ms.
    #[expect(clippy::cast_precision_loss, reason = "a file is far shorter than 2^52 ms")]
    float(&mut duration, 0x4489, millis as f64);
    put(DURATION_AT, &duration);
}

fn void_rest(out: &mut Vec<u8>, length: usize) {
    let rest = length.saturating_sub(out.len());
    void(out, rest);
}

/// How long a complete file is, in milliseconds.
pub(super) fn duration(header: &[u8]) -> Option<i64> {
    let bytes = header.get(DURATION_AT + 3..)?.first_chunk::<8>()?;
    #[expect(clippy::cast_possible_truncation, reason = "it was a whole number of milliseconds")]
    let millis = f64::from_be_bytes(*bytes) as i64;
    is_complete(header).then_some(millis)
}

/// Whether the head of a file says that it is complete.
pub(super) fn is_complete(header: &[u8]) -> bool {
    header.get(EBML_BYTES..).and_then(ebml::head).is_some_and(|segment| segment.size.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Shape = Shape { video: Some((640, 360)), audio: true };

    #[test]
    fn v11_recording_head_is_where_it_is_said_to_be() {
        for shape in [BOTH, Shape { video: None, audio: true }, Shape { audio: false, ..BOTH }] {
            let mut head = header(shape);
            let at = |at: usize| ebml::head(&head[at..]).map(|head| (head.id, head.length));
            assert_eq!(at(0), Some((EBML, 5)));
            assert_eq!(at(EBML_BYTES), Some((SEGMENT, 12)));
            assert_eq!(at(SEGMENT_AT), Some((0xec, 2)));
            assert_eq!(at(INFO_AT), Some((INFO, 5)));
            assert_eq!(at(DURATION_AT), Some((0xec, 2)));
            assert_eq!(at(TRACKS_AT).unwrap().0, TRACKS);
            assert!(!is_complete(&head));
            let before = head.len();
            complete(&mut head, 1_000_000, 65_432, Some(900_000));
            assert_eq!(head.len(), before);
            assert_eq!(duration(&head), Some(65_432));
            let written = ebml::head(&head[DURATION_AT..]).unwrap();
            assert_eq!((written.id, written.size), (0x4489, Some(8)));
            assert_eq!(ebml::head(&head[SEGMENT_AT..]).unwrap().id, SEEK_HEAD);
            assert_eq!(ebml::head(&head[INFO_AT..]).unwrap().id, INFO);
        }
    }

    #[test]
    fn v11_recording_cluster_has_these_bytes() {
        let mut cluster = Cluster::new(0x1234);
        cluster.push(VIDEO, 0x1235, true, &[1, 2]);
        cluster.push(AUDIO, 0x1230, true, &[3]);
        let golden = concat!(
            "1f43b675",
            "0100000000000021",
            "e7821234",
            "a3",
            "0100000000000006",
            "81000180",
            "0102",
            "a3",
            "0100000000000005",
            "82fffc80",
            "03",
        );
        assert_eq!(hex::encode(cluster.finish()), golden);
    }
}
