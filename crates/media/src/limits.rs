//! Every limit of the forwarding unit (rule 15).

use std::time::Duration;

/// Peers in one shard.
pub const PEERS_MAX: usize = 2_000;
/// Slots of one receiver: the main picture, content, tiles and voices.
pub const SLOTS_MAX: usize = 16;
/// M-lines of an offer; `rtc` walks all of them for every packet.
pub const SECTIONS_MAX: usize = 24;
/// Characters of an offer.
pub const OFFER_CHARS_MAX: usize = 64 * 1024;
/// Bytes of a datagram that is looked at; more than an Ethernet frame carries.
pub const DATAGRAM_BYTES_MAX: usize = 1_600;
/// Datagrams handed out at once, sized for one `sendmmsg`.
pub const BATCH_MAX: usize = 64;
/// Addresses remembered per peer: its interfaces, and those it had before it moved.
pub const ADDRESSES_MAX: usize = 8;
/// Packets kept per slot for retransmission; a power of two, more than a second of 720p video.
pub const RESEND_PACKETS: u16 = 256;
/// Packets whose sequence numbers are remembered per stream, to drop what came twice.
pub const DUPLICATE_WINDOW: u16 = 128;
/// Padding-only packets remembered per stream, so that late packets keep their numbers.
pub const RENUMBERINGS_MAX: usize = 32;
/// SRTP and DTLS replay windows, in packets (RFC 3711 §3.3.2 asks for 64 at least).
pub const REPLAY_WINDOW: usize = 256;

/// Recorded packets that wait to be handed out; they are fetched after every batch of datagrams.
pub const RECORDED_MAX: usize = 4_096;

/// Shortest time between two keyframe requests to the publisher of one stream.
pub const KEYFRAME_INTERVAL: Duration = Duration::from_millis(500);
/// How long a peer may take until ICE and DTLS are up.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Silence after which ICE calls a peer disconnected; clients send consent checks every 5 s at
/// most (RFC 7675 §5.1).
pub const ICE_DISCONNECTED: Duration = Duration::from_secs(6);
/// Further silence after which the peer is gone.
pub const ICE_FAILED: Duration = Duration::from_secs(6);
/// Silence after which a stream counts as ended: a removed track gives no other sign.
pub const STREAM_SILENCE: Duration = Duration::from_secs(5);
/// How often silence and connect times are looked at.
pub const TICK: Duration = Duration::from_secs(1);
/// Ticks between two reports of figures.
pub const TICKS_PER_STATS: u32 = 5;
/// No timer runs again sooner than this.
pub const TIMER_STEP_MIN: Duration = Duration::from_millis(1);

const _: () = assert!(RESEND_PACKETS.is_power_of_two());
const _: () = assert!(REPLAY_WINDOW >= 64);
const _: () = assert!(SLOTS_MAX < SECTIONS_MAX);
const _: () = assert!(DUPLICATE_WINDOW <= 128, "the window is a u128");
