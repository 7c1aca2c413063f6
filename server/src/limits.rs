//! Every limit of the server that no configuration changes (rule 15).

use std::time::Duration;

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
/// How far back a person's own page goes.
pub(crate) const HOME_DAYS: i64 = 90;

const _: () = assert!(LAST_WORDS_TIMEOUT.as_millis() < LOOPS_STOP_TIMEOUT.as_millis());
const _: () =
    assert!(CONNECTIONS_STOP_TIMEOUT.as_millis() + LOOPS_STOP_TIMEOUT.as_millis() < 5_000);
const _: () = assert!(PASSWORD_BYTES_MAX < JSON_BYTES_MAX);
const _: () = assert!(PASSWORDS_AT_ONCE <= PASSWORDS_WAITING_MAX);
const _: () = assert!(meeting::limits::TITLE_CHARS_MAX * 4 <= WORDS_BYTES_MAX);
