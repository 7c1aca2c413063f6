//! `data_dir/status.json`: what the room is, for technicians and whole-system tests, and the
//! worker's heartbeat for its supervisor.

use std::path::{Path, PathBuf};
use std::time::Duration;

use protocol::call::TILES;
use protocol::meeting::{Digest, MeetingId, PaperId, PointId, Timestamp};
use serde::Serialize;

use super::disk;

/// What is written on every change and every few seconds; in between the file is touched once a
/// second.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// `unenrolled`, `connecting`, `offline`, `standby` or `in_meeting`.
    pub state: &'static str,
    /// The enrolment code on the screen.
    pub code: Option<String>,
    /// The point the room stands at.
    pub point: Option<PointId>,
    /// The number of the plan that is carried out.
    pub plan: Option<u64>,
    /// Whether the live channel is open.
    pub online: bool,
    /// The meeting the room is in.
    pub meeting: Option<MeetingId>,
    /// The page that is on the screen now.
    pub shown: Option<ShownStatus>,
    /// When that page was drawn, by the room's clock.
    pub shown_drawn_at: Option<Timestamp>,
    /// Where the main picture is on the screen: left, top, width, height in pixels.
    pub picture_rect: Option<[u32; 4]>,
    /// The pixels of the screen that somebody shares, once there is a picture of it.
    #[serde(default)]
    pub content_rect: Option<[u32; 4]>,
    /// The pixels of the pictures beside the main one, in the order of the call's tiles.
    pub tile_rects: [Option<[u32; 4]>; TILES],
    /// The point in the mark of the test pictures that are drawn there, in hexadecimal digits: the
    /// first two bytes of the SHA-256 of its id. Only of a screen in memory.
    pub picture_tag: Option<String>,
    /// Since when they are drawn without a pause, by the room's clock.
    pub picture_since: Option<Timestamp>,
    /// Where the page is: exactly its pixels.
    pub page_rect: Option<[u32; 4]>,
    /// The paper's place, whatever is in it: a page, a wait, a refusal.
    pub page_area: Option<[u32; 4]>,
    /// The paper whose refusal is on the screen.
    pub refused_shown: Option<PaperId>,
    /// The screen's size in pixels.
    pub screen: Option<[u32; 2]>,
    /// Pictures of the main slot decoded since the worker began.
    pub frames_decoded: u64,
    /// Papers that were verified.
    pub papers_verified: usize,
    /// Papers that were refused, and why.
    pub refused: Vec<RefusedStatus>,
    /// `on`, `muted` or `off`.
    pub microphone: &'static str,
    /// `on` or `paused` while the meeting is recorded.
    pub recording: Option<&'static str>,
    /// Whether media flows.
    pub call_connected: bool,
    /// The worker's process.
    pub worker_pid: u32,
    /// When this was written, by the room's clock.
    pub written_at: Timestamp,
}

/// The page on the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownStatus {
    /// Of which paper.
    pub paper: PaperId,
    /// Out of which bytes.
    pub sha256: Digest,
    /// Which page, from 1.
    pub page: u32,
}

/// A paper that is not drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedStatus {
    /// Which.
    pub paper: PaperId,
    /// The stable code.
    pub code: String,
    /// The sentence on the screen.
    pub reason: String,
}

/// Writes `status.json` so that a reader never sees half of it.
pub fn write(data_dir: &Path, status: &Status) -> std::io::Result<()> {
    let bytes = serde_json::to_vec(status)?;
    // Not synced: a heartbeat that is lost with the power is of no use afterwards.
    disk::replace_unsynced(&path(data_dir), &bytes)
}

/// Says that the worker moves, when there is nothing else to say: a room writes nothing to its
/// disk for that.
pub fn touch(data_dir: &Path, now: Timestamp) -> std::io::Result<()> {
    let since = Duration::from_millis(u64::try_from(now.millis()).unwrap_or(0));
    let file = std::fs::File::open(path(data_dir))?;
    file.set_modified(std::time::UNIX_EPOCH + since)
}

/// When a worker wrote it last.
#[must_use]
pub fn touched_at(data_dir: &Path) -> Option<Timestamp> {
    let modified = std::fs::metadata(path(data_dir)).ok()?.modified().ok()?;
    let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp::from_millis)
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("status.json")
}
