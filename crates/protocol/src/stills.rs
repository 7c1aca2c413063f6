//! Small stills of the points' cameras, on their way to the server and to a director's console.
//!
//! A room sends one as a binary frame on its live channel: 16 bytes of the meeting's id, then a
//! lossy WebP picture. A console reads `GET /api/meetings/{meeting}/stills`, a stream of records:
//! 16 bytes of the point's id, 8 bytes of the moment it arrived in UTC milliseconds, 4 bytes of
//! its length (both big-endian), then the picture.

use meeting::{MeetingId, PointId, Timestamp};
use uuid::Uuid;

/// The largest width of a still.
pub const STILL_WIDTH_MAX: u32 = 192;
/// The largest height of a still.
pub const STILL_HEIGHT_MAX: u32 = 108;
/// The most bytes of a still.
pub const STILL_BYTES_MAX: usize = 8 * 1024;
/// Bytes before the picture in a record of a console's stream.
pub const RECORD_HEAD_BYTES: usize = 28;

/// The frame in which a room sends a still.
#[must_use]
pub fn to_server(meeting: MeetingId, still: &[u8]) -> Vec<u8> {
    [meeting.uuid().as_bytes(), still].concat()
}

/// The meeting and the picture of a room's frame; `None` when it is too short or too long.
#[must_use]
pub fn from_room(frame: &[u8]) -> Option<(MeetingId, &[u8])> {
    let (meeting, still) = frame.split_first_chunk::<16>()?;
    let fits = (1..=STILL_BYTES_MAX).contains(&still.len());
    fits.then(|| (MeetingId::new(Uuid::from_bytes(*meeting)), still))
}

/// The head of a record for a console.
#[must_use]
pub fn record_head(point: PointId, at: Timestamp, length: u32) -> [u8; RECORD_HEAD_BYTES] {
    let mut head = [0; RECORD_HEAD_BYTES];
    head[..16].copy_from_slice(point.uuid().as_bytes());
    head[16..24].copy_from_slice(&at.millis().to_be_bytes());
    head[24..].copy_from_slice(&length.to_be_bytes());
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_a_room_is_bounded() {
        let meeting = MeetingId::new(Uuid::from_u128(7));
        let cases = [(0, false), (1, true), (STILL_BYTES_MAX, true), (STILL_BYTES_MAX + 1, false)];
        for (length, fits) in cases {
            let still = vec![1; length];
            let frame = to_server(meeting, &still);
            assert_eq!(from_room(&frame), fits.then_some((meeting, still.as_slice())), "{length}");
        }
        assert_eq!(from_room(&[1; 15]), None);
    }
}
