//! Every limit of the server that no configuration changes (rule 15).

use std::time::Duration;

/// Threads of the media plane.
pub(crate) const MEDIA_SHARDS_MAX: u16 = 64;
/// Bytes of a JSON request body.
pub(crate) const JSON_BYTES_MAX: usize = 256 * 1024;
/// Characters of a user name.
pub(crate) const USER_CHARS_MAX: usize = 64;
/// Bytes of a password: longer ones only cost hashing time.
pub(crate) const PASSWORD_BYTES_MAX: usize = 512;
/// Passwords that are hashed at the same time.
pub(crate) const PASSWORDS_AT_ONCE: usize = 2;
/// Passwords that wait to be hashed; who comes later is told to try again.
pub(crate) const PASSWORDS_WAITING_MAX: usize = 64;
/// How long requests may still be answered once the server was told to stop.
pub(crate) const CONNECTIONS_STOP_TIMEOUT: Duration = Duration::from_millis(2_200);
/// How long loops may take to end after that.
pub(crate) const LOOPS_STOP_TIMEOUT: Duration = Duration::from_millis(2_200);
/// TLS handshakes at the same time.
pub(crate) const HANDSHAKES_MAX: usize = 256;
/// How long one may take.
pub(crate) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a command is decided anew because somebody else was quicker.
pub(crate) const DECISIONS_MAX: usize = 8;
/// Meetings whose state is kept in memory.
pub(crate) const MEETINGS_CACHED_MAX: usize = 256;
/// Changes that a slow listener inside the server may lag behind before it reads everything anew.
pub(crate) const CHANGES_BEHIND_MAX: usize = 1024;
/// Bytes of free text in a command; the domain's own limit is in characters and lower.
pub(crate) const WORDS_BYTES_MAX: usize = 8 * 1024;
/// Bytes gathered before they are written to an upload's file.
pub(crate) const UPLOAD_WRITE_BYTES: usize = 256 * 1024;
/// Bytes written before they are synced and promised to the sender.
pub(crate) const UPLOAD_SYNC_BYTES: u64 = 4 * 1024 * 1024;
/// How long an upload may take before it is given up.
pub(crate) const UPLOAD_MILLIS_MAX: i64 = 24 * 60 * 60 * 1000;
/// Unfinished uploads of one person.
pub(crate) const UPLOADS_PER_PERSON_MAX: u64 = 32;
/// Rows taken away by one sweep.
pub(crate) const SWEEP_ROWS_MAX: i64 = 1_000;
/// Sections of a topic that a cursor names; a reader of a larger one gets it anew after a cut.
pub(crate) const CURSOR_SECTIONS_MAX: usize = 2_000;
/// Bytes of one frame from a client; an SDP offer is the largest.
pub(crate) const FRAME_BYTES_MAX: usize = 256 * 1024;
/// Topics that one client follows.
pub(crate) const TOPICS_MAX: usize = 16;
/// Frames waiting for one client; a limit in bytes is in the configuration.
pub(crate) const OUTBOX_FRAMES_MAX: usize = 1024;
/// Notices about calls waiting for one client.
pub(crate) const NOTICES_MAX: usize = 64;
/// How long a client may take to say who it is.
pub(crate) const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last frame and the close may take.
pub(crate) const LAST_WORDS_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the reports of a roll call are waited for.
pub(crate) const ROLL_WAIT: Duration = Duration::from_secs(10);
/// How often the time is looked at meanwhile.
pub(crate) const ROLL_LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long a recorded packet waits for those before it.
pub(crate) const REORDER_WAIT: Duration = Duration::from_millis(250);
/// How many packets of a stream may wait so.
pub(crate) const REORDER_PACKETS_MAX: usize = 256;
/// Bytes of one recorded frame.
pub(crate) const FRAME_RECORDED_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of a cluster, the unit in which a recording reaches the disk.
pub(crate) const CLUSTER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The length of a cluster: with the waiting above, what a killed server loses.
pub(crate) const CLUSTER_MILLIS: i64 = 400;
/// Bytes of one recorded file.
pub(crate) const PART_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The length of one recorded file.
pub(crate) const PART_MILLIS_MAX: i64 = 30 * 60 * 1000;
/// How far apart keyframes of a recording may be: a player decodes from the one before.
pub(crate) const KEYFRAME_MILLIS: i64 = 10_000;
/// How long a recorded sound waits for the picture that should come with it.
pub(crate) const PICTURE_WAIT_MILLIS: i64 = 2_000;
/// After so long without a sound a silence is written.
pub(crate) const SILENCE_MILLIS: i64 = 300;
/// How often the recorder fetches packets.
pub(crate) const RECORDER_POLL: Duration = Duration::from_millis(20);
/// How often it makes certain that they are on the disk.
pub(crate) const RECORDER_SYNC: Duration = Duration::from_millis(800);
/// Reports of the recorder that wait to be written down.
pub(crate) const RECORDER_REPORTS_MAX: usize = 1024;
/// Consoles that look at stills at the same time.
pub(crate) const STILL_CONSOLES_MAX: usize = 64;
/// Bytes of stills in one message to a console, from which on it is full.
pub(crate) const STILL_BATCH_BYTES: usize = 64 * 1024;
/// Bits a second to one console, whatever its line.
pub(crate) const STILL_BITS_PER_SECOND_MAX: u64 = 2_800_000;
/// How long a console may take to say that it has a message, before it is cut.
pub(crate) const STILL_ACK_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest pause between two messages to a console on a thin line.
pub(crate) const STILL_PAUSE_MAX: Duration = Duration::from_secs(5);
/// A room's stills that come quicker than this are left out before anything is done with them.
pub(crate) const STILL_MILLIS_MIN: i64 = 400;
/// From one still of a room to the next.
pub(crate) const STILL_EVERY_MS: u32 = 1_500;
/// The same over a thin line.
pub(crate) const STILL_EVERY_MS_THIN: u32 = 4_000;
/// How far back a person's own page goes.
pub(crate) const HOME_DAYS: i64 = 90;

/// A figure that is bad from the first of these on, and well again below the second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Margin(f32, f32);

impl Margin {
    /// Whether a figure is bad, when it `was` or was not before.
    pub(crate) fn is_over(self, figure: f32, was: bool) -> bool {
        figure > if was { self.1 } else { self.0 }
    }
}

/// Lost packets that can be heard and seen, in percent.
pub(crate) const LOSS_PERCENT: Margin = Margin(5.0, 2.0);
/// A round trip after which people begin to talk at the same time.
pub(crate) const ROUND_TRIP_MS: Margin = Margin(400.0, 300.0);
/// Packets in one measurement from which on a share of them says something.
pub(crate) const MEASURED_PACKETS_MIN: u64 = 25;
/// How often what the lines did is written down beside the log of a meeting.
pub(crate) const LINES_SAVE_EVERY: Duration = Duration::from_mins(1);
/// Lines of a meeting's record of its lines that are handed out at once: 116 points, an hour.
pub(crate) const LINE_RECORDS_MAX: i64 = 2 * 116 * 60;
/// The ceiling of a line, in thousands of bits a second: a voice at least.
pub(crate) const CEILING_KBPS_MIN: u32 = 64;
/// See [`CEILING_KBPS_MIN`].
pub(crate) const CEILING_KBPS_MAX: u32 = 20_000;
/// What a voice takes of a line, with its headers.
pub(crate) const VOICE_BPS: u32 = 64_000;
/// The thinnest picture.
pub(crate) const PICTURE_BPS_MIN: u32 = 60_000;

const _: () = assert!(LOSS_PERCENT.1 < LOSS_PERCENT.0 && ROUND_TRIP_MS.1 < ROUND_TRIP_MS.0);
const _: () = assert!(CEILING_KBPS_MIN * 1000 >= VOICE_BPS);
const _: () = assert!(LAST_WORDS_TIMEOUT.as_millis() < LOOPS_STOP_TIMEOUT.as_millis());
const _: () =
    assert!(CONNECTIONS_STOP_TIMEOUT.as_millis() + LOOPS_STOP_TIMEOUT.as_millis() < 5_000);
const _: () = assert!(2 * FRAME_RECORDED_BYTES_MAX <= CLUSTER_BYTES_MAX);
const _: () = assert!(
    Duration::from_millis(CLUSTER_MILLIS.cast_unsigned()).as_millis()
        + REORDER_WAIT.as_millis()
        + RECORDER_POLL.as_millis()
        < 1_000
);
const _: () = assert!(RECORDER_SYNC.as_millis() + RECORDER_POLL.as_millis() < 1_000);
const _: () = assert!(PASSWORD_BYTES_MAX < JSON_BYTES_MAX);
const _: () = assert!(protocol::stills::STILL_BYTES_MAX < STILL_BATCH_BYTES);
const _: () = assert!(STILL_MILLIS_MIN < STILL_EVERY_MS as i64);
const _: () = assert!(PASSWORDS_AT_ONCE <= PASSWORDS_WAITING_MAX);
const _: () = assert!(meeting::limits::TITLE_CHARS_MAX * 4 <= WORDS_BYTES_MAX);
