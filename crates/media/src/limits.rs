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
/// Messages handed out at once, sized for one `sendmmsg`.
pub const BATCH_MAX: usize = 64;
/// Bytes of the longest datagram that leaves: what came, with what sealing it anew adds.
pub const DATAGRAM_OUT_BYTES_MAX: usize = DATAGRAM_BYTES_MAX + 64;
/// Bytes of all datagrams handed out at once: some stay in the processor's cache.
pub const BATCH_BYTES: usize = 128 * 1024;
/// Datagrams in one message; the kernel takes 64 at least.
pub const SEGMENTS_MAX: usize = 48;
/// Bytes of one message: the kernel cuts one IP packet apart.
pub const MESSAGE_BYTES_MAX: usize = 65_000;
/// Packets that came together and leave together.
pub const PENDING_MAX: usize = 1_024;
/// Packets of a stream kept for those who lose some; a power of two, more than a second of 720p.
pub const HISTORY_PACKETS: u16 = 256;
/// Lost packets taken from one message of a receiver.
pub const LOST_PER_MESSAGE_MAX: usize = 128;
/// Packets that wait to be sent again, of all receivers.
pub const RESENDS_MAX: usize = 4_096;
/// Addresses remembered per peer: its interfaces, and those it had before it moved.
pub const ADDRESSES_MAX: usize = 8;
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
/// Silence after which a peer is gone; clients send consent checks every 5 s at most (RFC 7675
/// §5.1).
pub const PEER_SILENCE: Duration = Duration::from_secs(12);
/// Silence after which a stream counts as ended: a removed track gives no other sign.
pub const STREAM_SILENCE: Duration = Duration::from_secs(5);
/// How often a receiver is told what was sent to it (RFC 3550 §6.2 asks for 5 s at most).
pub const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// How often silence and connect times are looked at. A receiver to whom nothing was sent for two
/// of these is told so: to him a second without a word means that his path is dead.
pub const TICK: Duration = Duration::from_millis(250);
/// Ticks between two reports of figures.
pub const TICKS_PER_STATS: u32 = 20;
/// No timer runs again sooner than this.
pub const TIMER_STEP_MIN: Duration = Duration::from_millis(1);

const _: () = assert!(HISTORY_PACKETS.is_power_of_two());
const _: () = assert!(BATCH_BYTES >= 2 * DATAGRAM_OUT_BYTES_MAX);
// What the estimate of a receiver's line rests on (`bandwidth`).

/// A target is never below this: sound and the smallest picture.
pub const BITRATE_MIN: u64 = 50_000;
/// Nor above: more than a receiver can be shown.
pub const BITRATE_MAX: u64 = 20_000_000;
/// Packets whose departure is remembered per receiver; a power of two.
pub const SENT_PACKETS: usize = 512;
/// Packets that one feedback message may speak of: one run of the longest.
pub const FEEDBACK_STATUSES_MAX: usize = 8_192;
/// Rounds of feedback over which rates are taken, and the time that is enough.
pub const RATE_ROUNDS: usize = 32;
/// See [`RATE_ROUNDS`].
pub const RATE_WINDOW: Duration = Duration::from_millis(300);
/// Without feedback for this long, the target is halved.
pub const FEEDBACK_SILENCE: Duration = Duration::from_secs(1);
/// Packets that leave within this are one burst, of which the quickest counts.
pub const GROUP_SPAN: Duration = Duration::from_millis(5);
/// Bursts whose delay is remembered.
pub const DELAY_GROUPS: usize = 64;
/// Over how long a queue has to stand.
pub const DELAY_WINDOW: Duration = Duration::from_millis(150);
/// A queue longer than this, and than the delay's unrest, is too long.
pub const QUEUE_THRESHOLD: Duration = Duration::from_millis(10);
/// A queue that does not go when less is sent is taken for the line's own up to this; beyond, for
/// that of others, to whom the rate is left.
pub const QUEUE_FLOOR_MAX: Duration = Duration::from_millis(80);
/// Loss while a queue is longer than this comes of the queue.
pub const QUEUE_LONG: Duration = Duration::from_millis(40);
/// A line that is sent much less than it was seen to carry is not cut for a shorter queue than this.
pub const QUEUE_LIMITED: Duration = Duration::from_millis(100);
/// Seconds over which the smallest delay is that of the empty line.
pub const BASE_SECONDS: usize = 60;
/// Packets of one judgement on losses, and the time they cover at least.
pub const LOSS_PACKETS: u64 = 50;
/// See [`LOSS_PACKETS`].
pub const LOSS_WINDOW: Duration = Duration::from_millis(200);
/// Packets that are enough once [`LOSS_WINDOW_MAX`] went by.
pub const LOSS_PACKETS_MIN: u64 = 20;
/// See [`LOSS_PACKETS_MIN`].
pub const LOSS_WINDOW_MAX: Duration = Duration::from_secs(1);
/// Loss over the line's own that is never made anything of, per mille.
pub const LOSS_EXCESS: u64 = 30;
/// Loss in a queue that others fill too is borne up to this, per mille.
pub const LOSS_CROWD: u64 = 100;
/// More loss than this is never thought to be the line's own, per mille.
pub const LOSS_INHERENT_MAX: u64 = 350;
/// How long a probe lasts on a quiet line, and on a restless one.
pub const PROBE_DURATION: Duration = Duration::from_millis(20);
/// See [`PROBE_DURATION`].
pub const PROBE_DURATION_MAX: Duration = Duration::from_millis(80);
/// Packets of a probe's padding at least, and their size at most.
pub const PROBE_PACKETS_MIN: u64 = 8;
/// See [`PROBE_PACKETS_MIN`].
pub const PROBE_PACKET_BYTES: u64 = 1_200;
/// From a probe that showed nothing to the next: doubles from the first to the second of these.
pub const PROBE_INTERVAL_MIN: Duration = Duration::from_secs(2);
/// See [`PROBE_INTERVAL_MIN`].
pub const PROBE_INTERVAL_MAX: Duration = Duration::from_secs(5);
/// A probe of which nothing is heard for this long is given up.
pub const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

// How a receiver's line is shared among his streams (`allocation`).

/// Layers of one picture.
pub const LAYERS_MAX: usize = 3;
/// What a layer is thought to cost in bits per second until it was measured, the smallest first. A
/// picture without layers counts as the smallest: what nobody is shown is never measured.
pub const LAYER_BITRATES: [u64; LAYERS_MAX] = [120_000, 400_000, 1_500_000];
/// Where there is any picture, a line is looked into up to this, however little is sent: who speaks
/// next may send more.
pub const PICTURE_BITRATE: u64 = 500_000;
/// What a voice is thought to cost until that was measured.
pub const VOICE_BITRATE: u64 = 40_000;
/// Layers of a small picture beside the main one that are ever wanted.
pub const TILE_LAYERS: usize = 2;
/// Silence after which a layer does not come at present: another one is shown instead.
pub const LAYER_SILENCE: Duration = Duration::from_millis(700);
/// Time over which the bitrate of a layer is measured.
pub const LAYER_RATE_WINDOW: Duration = Duration::from_secs(1);
/// How long nobody has to want a layer before its publisher is told to stop it.
pub const LAYER_LINGER: Duration = Duration::from_secs(3);
/// What a line is thought to carry before anything is known of it.
pub const BITRATE_START: u64 = 3_000_000;
/// How often the streams of one receiver are shared out anew, at most.
pub const SHARE_INTERVAL: Duration = Duration::from_millis(100);
/// Bytes of IP and UDP headers of a datagram, which the line carries too.
pub const DATAGRAM_HEADER_BYTES: usize = 28;
/// What a higher layer has to fit into before it is taken, per mille of its cost and all others'.
pub const RAISE_MARGIN: u64 = 1_150;
/// For how long it has to fit, a quarter of it where there was no picture; doubled up to
/// [`RAISE_HOLD_MAX`] if the last raise did not last.
pub const RAISE_HOLD: Duration = Duration::from_secs(2);
/// See [`RAISE_HOLD`].
pub const RAISE_HOLD_MAX: Duration = Duration::from_secs(30);
/// A raise that is taken back this soon did not last.
pub const RAISE_REGRET: Duration = Duration::from_secs(10);

// What is measured of a publisher's line (`arrival`).

/// A packet that comes no later than this after a hole was seen was overtaken, not sent again.
pub const DISORDER: Duration = Duration::from_millis(10);
/// A picture that stands longer than this is seen to stand.
pub const FREEZE: Duration = Duration::from_millis(500);
/// A longer round trip is nonsense.
pub const ROUND_TRIP_MAX: Duration = Duration::from_secs(30);
/// A number that is further ahead is of a stream that counts anew.
pub const ARRIVAL_STEP_MAX: u16 = 3_000;

const _: () = assert!(REPLAY_WINDOW >= 64);
const _: () = assert!(SLOTS_MAX < SECTIONS_MAX);
const _: () = assert!(DUPLICATE_WINDOW <= 128, "the window is a u128");
const _: () = assert!(SENT_PACKETS.is_power_of_two());

// Voices (`level`, `loudest`, `red`, `redundancy`).

/// Redundant blocks in one packet of sound; browsers send one or two, at most as many as 341 ms hold.
pub const RED_BLOCKS_MAX: usize = 8;
/// Frames before its own that a forwarded packet carries at most.
pub const REDUNDANCY_MAX: usize = 3;
/// From so many of a thousand lost packets on, one frame is carried again, and two, and three. Of a
/// line that loses a fifth by chance, two of a thousand frames are lost for good then.
pub const REDUNDANCY_LOSSES: [u64; REDUNDANCY_MAX] = [10, 50, 120];
/// Less is carried only when the line was better for so long.
pub const REDUNDANCY_HOLD: Duration = Duration::from_secs(10);
/// Voices are not made more redundant than so that they still fit that often into the line.
pub const REDUNDANCY_ROOM: u64 = 2;
/// Voices that are forwarded to one receiver, the floor included.
pub const LOUDEST_MAX: usize = 3;
/// Louder than this somebody speaks: −50 dBov (RFC 6464 §3), in decibels above its −127.
pub const SPEECH_LOUDNESS: u8 = 77;
/// By how many decibels one has to be louder than another to take his place.
pub const LOUDEST_MARGIN: u8 = 6;
/// And for how long.
pub const LOUDEST_HOLD: Duration = Duration::from_millis(400);
/// Who has got a place keeps it for so long, unless he says nothing.
pub const LOUDEST_STAY: Duration = Duration::from_secs(2);
/// Who speaks is told no more often than this.
pub const LEVELS_INTERVAL: Duration = Duration::from_millis(100);
/// A voice without packets for so long is silent: it was muted, or sends only what is not silence.
pub const LEVEL_FORGET: Duration = Duration::from_millis(500);

const _: () = assert!(LOUDEST_MAX < SLOTS_MAX);
