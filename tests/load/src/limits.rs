//! How much the tool may ever load a machine with.

use std::time::Duration;

/// Subscribers of one run.
pub(crate) const SUBSCRIBERS_MAX: i64 = 1_000;
/// Seconds of one measured window.
pub(crate) const SECONDS_MAX: i64 = 120;
/// Bits per second of the published picture.
pub(crate) const BITRATE_MAX: i64 = 4_000_000;
/// How many join at the same time.
pub(crate) const JOINING_MAX: usize = 4;
/// From the first request to the last subscriber's first packet.
pub(crate) const JOIN_TIMEOUT: Duration = Duration::from_mins(1);
/// What one request may take.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of one response.
pub(crate) const RESPONSE_BYTES_MAX: u64 = 256 * 1024;
/// Answers to a Janus request that are read before the one that is meant.
pub(crate) const EVENTS_MAX: usize = 50;
/// What happens between the last join and the window.
pub(crate) const WARMUP: Duration = Duration::from_secs(1);
/// For how long late packets are waited for after the window.
pub(crate) const DRAIN: Duration = Duration::from_secs(1);
/// Longest wait for a socket: what else has to be done is looked at so often.
pub(crate) const WAIT_MAX: Duration = Duration::from_millis(2);
/// How often the timers of all peers are looked at.
pub(crate) const TIMERS_INTERVAL: Duration = Duration::from_millis(10);
/// Bytes of the longest datagram.
pub(crate) const DATAGRAM_BYTES_MAX: usize = 2_048;
/// Datagrams taken from one socket before the others have their turn.
pub(crate) const DATAGRAMS_AT_ONCE: usize = 64;
/// Of a subscriber's socket: so that a held up tool is not counted as loss.
pub(crate) const RECEIVE_BUFFER_BYTES: usize = 2 * 1024 * 1024;
/// How often live channels are read.
pub(crate) const CHANNELS_INTERVAL: Duration = Duration::from_millis(500);
/// Bytes of one frame of a live channel.
pub(crate) const FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;
