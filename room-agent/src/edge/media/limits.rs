//! Limits of the media engine (rule 15).

use std::time::Duration;

/// Commands waiting for the engine.
pub(super) const COMMANDS: usize = 16;
/// Events waiting for the worker.
pub(super) const EVENTS: usize = 32;

/// Width or height of a picture that is encoded or decoded.
pub(super) const PICTURE_SIDE_MAX: u16 = 4096;
/// Pixels of a decoded picture: 4K. A key frame that claims more is refused before libvpx
/// reserves memory for it.
pub(super) const PICTURE_PIXELS_MAX: usize = 3840 * 2160;
/// Bytes of one received compressed picture.
pub(super) const PICTURE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Layers in which the room's picture is sent at most.
pub(super) const LAYERS_MAX: usize = 3;
/// A picture narrower than this is sent in one layer, one narrower than twice as much in two.
pub(super) const LAYER_WIDTH_MIN: u16 = 480;
/// Compressed pictures waiting to be sent; the capture thread skips a picture when it is full.
pub(super) const PICTURES_TO_SEND: usize = 4 * LAYERS_MAX;
/// Received compressed pictures waiting for the decoder.
pub(super) const PICTURES_TO_DECODE: usize = 16;

/// Bits of one still: it is to be 2 to 4 kilobytes.
pub(super) const STILL_BITS: u32 = 24_000;

/// Bytes of media in one RTP packet, so that IP, UDP and SRTP fit into 1280 bytes.
pub(super) const RTP_PAYLOAD_BYTES_MAX: usize = 1160;
/// RTP packets held back while one before them is missing.
pub(super) const REORDER_PACKETS: usize = 256;
/// How long a missing RTP packet of the picture is waited for: a retransmission over a 120 ms
/// line fits.
pub(super) const REORDER_WAIT: Duration = Duration::from_millis(200);
/// At most one key frame request per this time.
pub(super) const KEYFRAME_REQUEST_EVERY: Duration = Duration::from_millis(500);
/// At most one key frame is made on request per this time, however many receivers ask.
pub(super) const KEYFRAME_EVERY: Duration = Duration::from_millis(300);

/// Samples a second of all sound in the engine.
pub(super) const SAMPLE_RATE: u32 = 48_000;
/// Samples of one frame of sound: 20 ms.
pub(super) const FRAME_SAMPLES: usize = 960;
/// One frame of sound.
pub(super) const FRAME_TIME: Duration = Duration::from_millis(20);
/// Bytes of one Opus packet.
pub(super) const OPUS_PACKET_BYTES_MAX: usize = 1275;
/// Bytes of an Opus packet that says nothing and is not sent (RFC 6716's DTX).
pub(super) const OPUS_QUIET_BYTES_MAX: usize = 2;
/// Samples of the longest Opus packet: 120 ms.
pub(super) const OPUS_PACKET_SAMPLES_MAX: usize = 5760;
/// Bits a second of the microphone.
pub(super) const VOICE_BITRATE_BPS: i32 = 32_000;
/// Share of loss that the in-band error correction is made for, in percent.
pub(super) const VOICE_LOSS_PERCENT: i32 = 10;
/// Frames of the room's voice that a packet carries again at most, and from which loss on, in 1/256,
/// it carries one, two and three: from 1 %, 5 % and 12 %.
pub(super) const REDUNDANT_FRAMES_MAX: usize = 3;
pub(super) const REDUNDANT_LOSSES: [u8; REDUNDANT_FRAMES_MAX] = [3, 13, 31];
/// Frames that a received packet carries again at most.
pub(super) const REDUNDANT_BLOCKS_MAX: usize = 8;
/// Opus packets of the microphone waiting to be sent.
pub(super) const VOICE_PACKETS_TO_SEND: usize = 10;
/// Received Opus packets on their way to the mixer.
pub(super) const VOICE_PACKETS_TO_MIX: usize = 128;
/// How long a voice waits for what is late: before much is known of its line, at least, and at most.
pub(super) const VOICE_DELAY_START: Duration = Duration::from_millis(60);
pub(super) const VOICE_DELAY_MIN: Duration = Duration::from_millis(20);
pub(super) const VOICE_DELAY_MAX: Duration = Duration::from_millis(300);
/// Packets of one voice held at most; the oldest is dropped.
pub(super) const VOICE_PACKETS_MAX: usize = 25;
/// Frames that are made up for a lost packet before the voice is called silent.
pub(super) const VOICE_CONCEALED_MAX: u32 = 5;
/// Frames of mixed sound between the mixer and the sound card.
pub(super) const FRAMES_TO_PLAY: usize = 2;

/// How often a missing device is tried again.
pub(super) const DEVICE_RETRY: Duration = Duration::from_secs(2);
/// A device through which nothing moved for so long is called silent.
pub(super) const DEVICE_SILENT_AFTER: Duration = Duration::from_secs(2);
/// How long gathering our own addresses may take.
pub(super) const GATHERING_TIME: Duration = Duration::from_secs(3);
/// How long a closed engine's threads may take to end.
pub(super) const CLOSE_TIME: Duration = Duration::from_secs(1);

const _: () =
    assert!(VOICE_DELAY_MAX.as_millis() < VOICE_PACKETS_MAX as u128 * FRAME_TIME.as_millis());
const _: () = assert!(FRAME_SAMPLES <= OPUS_PACKET_SAMPLES_MAX);
