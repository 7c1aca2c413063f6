//! Every limit of the agent (rule 15). Durations are in milliseconds.

/// Events waiting for the worker's loop.
pub const EVENTS_WAITING_MAX: usize = 256;
/// The longest wait between two tries to reach the server; a jitter of a quarter comes on top.
pub const RECONNECT_MS_MAX: i64 = 2_000;
/// The shortest wait between two tries.
pub const RECONNECT_MS_MIN: i64 = 200;
/// Between the two a wait is this part of the time the line has been down.
pub const RECONNECT_SHARE: i64 = 4;
/// How long opening the live channel may take, from the first packet to the welcome.
pub const CONNECT_MS_MAX: u64 = 5_000;
/// Between two pings.
pub const PING_EVERY_MS: i64 = 4_000;
/// The line counts as cut when nothing was heard for so long.
pub const SILENCE_MS_MAX: i64 = 10_000;
/// A report is sent at least so often.
pub const REPORT_EVERY_MS: i64 = 15_000;
/// Reports are at least so far apart.
pub const REPORT_MS_MIN: i64 = 1_000;
/// Between two questions whether somebody typed the enrolment code.
pub const ENROLMENT_ASK_EVERY_MS: i64 = 1_000;
/// How long a device's proof is good, by the server's clock.
pub const PROOF_MS: i64 = 30_000;
/// Before a paper that could not be fetched is tried again.
pub const PAPER_RETRY_MS: i64 = 2_000;
/// Papers fetched at the same time.
pub const FETCHES_MAX: usize = 2;
/// Before a call that ended is entered again.
pub const CALL_RETRY_MS: i64 = 500;
/// How long a call may take to connect before it is offered anew.
pub const CALL_CONNECT_MS_MAX: i64 = 8_000;
/// Bytes of one paper.
pub const PAPER_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Bytes of verified papers kept in memory; what goes beyond is verified anew when it is shown.
pub const VERIFIED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Bytes of one frame on the live channel.
pub const FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Frames waiting to be sent.
pub const FRAMES_WAITING_MAX: usize = 256;
/// Finished pages kept as bitmaps.
pub const PAGES_KEPT_MAX: usize = 8;
/// How long a page may take to become a bitmap.
pub const RENDER_MS_MAX: u64 = 10_000;
/// Pictures of the main slot drawn a second.
pub const PICTURES_PER_SECOND_MAX: u32 = 25;
/// A worker whose `status.json` is older is killed and started again.
pub const HEARTBEAT_MS_MAX: i64 = 5_000;
/// `status.json` is written anew at least so often.
pub const STATUS_MS_MAX: i64 = 10_000;
/// How long a worker may take to write its first `status.json`.
pub const FIRST_HEARTBEAT_MS_MAX: i64 = 20_000;
/// The shortest wait before a dead worker is started again.
pub const RESTART_MS_MIN: u64 = 200;
/// The longest.
pub const RESTART_MS_MAX: u64 = 5_000;
/// A worker that lived longer has its wait reset.
pub const RESTART_CALM_MS: i64 = 30_000;

/// The shortest time from one still of the camera to the next, whatever is ordered.
pub const STILL_MS_MIN: u32 = 500;
/// The longest.
pub const STILL_MS_MAX: u32 = 60_000;

const _: () = assert!(PROOF_MS <= protocol::room::DeviceProof::MILLIS_MAX);
const _: () = assert!(RECONNECT_MS_MIN < RECONNECT_MS_MAX);
const _: () = assert!(PING_EVERY_MS * 2 < SILENCE_MS_MAX);
const _: () = assert!(STILL_MS_MIN < STILL_MS_MAX);
const _: () = assert!(RESTART_MS_MIN < RESTART_MS_MAX);
