//! What leaves to one receiver: packets written and sealed straight into the batch.

use std::time::{Duration, Instant};

use rtc::rtcp::sender_report::SenderReport;

use crate::bandwidth::Cluster;
use crate::batch::Batch;
use crate::codec::Shift;
use crate::endpoint::Endpoint;
use crate::limits::{DATAGRAM_HEADER_BYTES, ROUND_TRIP_MAX};
use crate::line::Line;
use crate::red::{self, Earlier};
use crate::shard::Flush;
use crate::slot::{Media, Numbers, Slot};
use crate::srtp::{HEADER_BYTES, Keys, Packet, Sealer, TAG_BYTES_MAX};

/// Bytes of the original sequence number in a retransmission (RFC 4588 §4).
const ORIGINAL_BYTES: usize = 2;

/// Bytes of the header extension with the transport-wide number: head, id, number and filling
/// (RFC 8285 §4.2).
const NUMBER_BYTES: usize = 8;

/// Bytes of the largest packet of padding (RFC 3550 §5.1): its last byte counts them.
pub(crate) const PADDING_PACKET_BYTES: usize =
    DATAGRAM_HEADER_BYTES + HEADER_BYTES + NUMBER_BYTES + u8::MAX as usize + TAG_BYTES_MAX;

/// What leaves to one receiver.
#[derive(Debug)]
pub(crate) struct Egress {
    pub(crate) slots: Vec<Slot>,
    pub(crate) line: Line,
    /// Where the path leads that the peer nominated last.
    to: Option<Endpoint>,
    sealer: Option<Sealer>,
    /// Packets and payload bytes sent, retransmissions included.
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    /// Packets sent again.
    pub(crate) resent: u64,
}

/// A packet that a receiver did not get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) slot: usize,
    /// The number with which it left.
    pub(crate) sequence: u16,
}

/// A packet as it leaves.
struct Leaving<'a> {
    ssrc: u32,
    payload_type: u8,
    sequence: u16,
    rollovers: u32,
    timestamp: u32,
    /// Header extension and number of transport-wide feedback.
    number: Option<(u8, u16)>,
    body: Body<'a>,
}

/// What follows the header.
enum Body<'a> {
    Media {
        /// Of a retransmission: the number with which it left first.
        original: Option<u16>,
        /// Of redundant sound: what the receiver calls the codec itself, and the frames before.
        red: Option<(u8, &'a [Earlier])>,
        picture: Shift,
        media: &'a Media,
    },
    /// So many bytes of nothing.
    Padding(u8),
}

impl Egress {
    pub(crate) fn new(slots: Vec<Slot>, line: Line) -> Self {
        Self { slots, line, to: None, sealer: None, packets: 0, bytes: 0, resent: 0 }
    }

    /// DTLS is up.
    pub(crate) fn open(&mut self, keys: &Keys) {
        self.sealer = keys.sealer();
    }

    /// From now on all leaves on the path to `to`.
    pub(crate) fn lead_to(&mut self, to: Endpoint) {
        self.to = Some(to);
    }

    /// Where the path leads, once there is one.
    pub(crate) fn leads_to(&self) -> Option<Endpoint> {
        self.to
    }

    /// Sends the packets that its slots want, from where `flush` stands on; false when the batch
    /// was full before that was done.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        packets: &[Media],
        flush: &mut Flush,
        batch: &mut Batch,
    ) -> bool {
        let (Some(to), Some(sealer)) = (self.to, self.sealer.as_mut()) else { return true };
        while let Some(media) = packets.get(flush.packet) {
            while let Some(slot) = self.slots.get_mut(flush.slot) {
                if !batch.has_room() {
                    return false;
                }
                flush.slot += 1;
                if slot.source() != Some(media.stream) {
                    continue;
                }
                let Some(numbers) = slot.forward(now, media) else { continue };
                let leaving = Leaving::of(slot, numbers, media);
                push(now, (leaving, None), &mut self.line, (to, sealer), batch);
                self.packets += 1;
                self.bytes += media.size(numbers.redundancy) as u64;
            }
            flush.packet += 1;
            flush.slot = 0;
        }
        true
    }

    /// Sends a packet again: as a retransmission of its own where the receiver takes them, and
    /// otherwise as the very packet that was sent.
    pub(crate) fn resend(&mut self, now: Instant, lost: Lost, media: &Media, batch: &mut Batch) {
        let (Some(to), Some(sealer)) = (self.to, self.sealer.as_mut()) else { return };
        let Some(slot) = self.slots.get_mut(lost.slot) else { return };
        let Some(sent) = slot.renumber(lost.sequence, media) else { return };
        let mut leaving = Leaving::of(slot, sent, media);
        let is_sent = if let Some((ssrc, payload_type)) = slot.names.resend {
            leaving.body = Body::Media {
                original: Some(sent.sequence),
                red: None,
                picture: sent.picture,
                media,
            };
            (leaving.sequence, leaving.rollovers) = slot.number_resend();
            (leaving.ssrc, leaving.payload_type) = (ssrc, payload_type);
            push(now, (leaving, None), &mut self.line, (to, sealer), batch)
        } else {
            // Only the same packet bit by bit may be sealed under the same index, and what bears a
            // transport-wide number never is.
            self.line.gauge.is_none() && batch.push(to, |room| leaving.write(sealer, room))
        };
        if is_sent {
            self.packets += 1;
            self.bytes += media.payload.len() as u64;
            self.resent += 1;
        }
    }

    /// Whether padding can be sent: it goes where retransmissions go.
    pub(crate) fn can_pad(&self) -> bool {
        self.slots.iter().any(|slot| slot.names.resend.is_some())
    }

    /// Sends a packet of padding if one is due; whether that is all for now.
    pub(crate) fn pad(&mut self, now: Instant, batch: &mut Batch) -> bool {
        let Some((cluster, size)) = self.line.padding_due(now) else { return true };
        let slot = self.slots.iter_mut().find(|slot| slot.names.resend.is_some());
        let (Some(to), Some(sealer), Some(slot)) = (self.to, self.sealer.as_mut(), slot) else {
            self.line.end_padding();
            return true;
        };
        let Some((ssrc, payload_type)) = slot.names.resend else { return true };
        let rest = size.saturating_sub(PADDING_PACKET_BYTES - usize::from(u8::MAX));
        let (sequence, rollovers) = slot.number_resend();
        let leaving = Leaving {
            ssrc,
            payload_type,
            sequence,
            rollovers,
            timestamp: slot.timestamp_at(now).unwrap_or(0),
            number: None,
            body: Body::Padding(u8::try_from(rest).unwrap_or(u8::MAX).max(1)),
        };
        if !push(now, (leaving, Some(cluster)), &mut self.line, (to, sealer), batch) {
            self.line.end_padding();
        }
        false
    }

    /// What was sent so far, per slot that has sent (RFC 3550 §6.4.1). The clock of the reports
    /// begins at `epoch`: only differences of it are ever used.
    pub(crate) fn reports(&self, now: Instant, epoch: Instant) -> Vec<SenderReport> {
        let report = |slot: &Slot| {
            Some(SenderReport {
                ssrc: slot.names.ssrc,
                ntp_time: ntp(now, epoch),
                rtp_time: slot.timestamp_at(now)?,
                packet_count: slot.packets,
                octet_count: slot.payload_bytes,
                ..SenderReport::default()
            })
        };
        self.slots.iter().filter_map(report).collect()
    }
}

/// From a sender report to what a receiver says of it, without the time it took to say so; of
/// no report it says nothing (RFC 3550 §6.4.1, in 1/65536 s).
pub(crate) fn round_trip(
    (now, epoch): (Instant, Instant),
    last_report: u32,
    delay: u32,
) -> Option<Duration> {
    let [_, _, high, low, more, most, _, _] = ntp(now, epoch).to_be_bytes();
    let middle = u32::from_be_bytes([high, low, more, most]);
    let passed = middle.wrapping_sub(last_report).checked_sub(delay)?;
    let trip = Duration::from_secs_f64(f64::from(passed) / 65_536.0);
    (last_report != 0 && trip < ROUND_TRIP_MAX).then_some(trip)
}

/// Seconds and fractions since `epoch`, as an NTP timestamp.
fn ntp(now: Instant, epoch: Instant) -> u64 {
    let passed = now.saturating_duration_since(epoch);
    // One second more, for a zero means that there is no time.
    let fraction = (u64::from(passed.subsec_nanos()) << 32) / 1_000_000_000;
    ((passed.as_secs() + 1) << 32) | fraction
}

/// Writes and seals a packet into the batch, under the next transport-wide number where there is
/// one.
fn push(
    now: Instant,
    (mut leaving, probe): (Leaving<'_>, Option<Cluster>),
    line: &mut Line,
    (to, sealer): (Endpoint, &mut Sealer),
    batch: &mut Batch,
) -> bool {
    let gauge = line.gauge.as_mut();
    leaving.number = gauge.as_ref().map(|gauge| (gauge.extension, gauge.next()));
    let mut length = 0;
    let is_written = batch.push(to, |room| {
        length = leaving.write(sealer, room)?;
        Some(length)
    });
    if is_written && let Some(gauge) = gauge {
        gauge.sent(now, length + DATAGRAM_HEADER_BYTES, probe);
    }
    is_written
}

impl<'a> Leaving<'a> {
    fn of(slot: &Slot, numbers: Numbers, media: &'a Media) -> Self {
        let names = slot.names;
        let before = media.before.get(..numbers.redundancy).unwrap_or_default();
        let red = names.red.filter(|_| !before.is_empty());
        Self {
            ssrc: names.ssrc,
            payload_type: red.unwrap_or(names.payload_type),
            sequence: numbers.sequence,
            rollovers: numbers.rollovers,
            timestamp: numbers.timestamp,
            number: None,
            body: Body::Media {
                original: None,
                red: red.map(|_| (names.payload_type, before)),
                picture: numbers.picture,
                media,
            },
        }
    }

    /// Writes and seals it at the beginning of `room`; its length, if there is room.
    fn write(&self, sealer: &mut Sealer, room: &mut [u8]) -> Option<usize> {
        let (head, rest) = room.split_first_chunk_mut::<HEADER_BYTES>()?;
        let marker = matches!(self.body, Body::Media { media, .. } if media.marker);
        let is_padding = matches!(self.body, Body::Padding(_));
        let is_numbered = self.number.is_some();
        head[0] = 0x80 | u8::from(is_padding) << 5 | u8::from(is_numbered) << 4;
        head[1] = self.payload_type | u8::from(marker) << 7;
        head[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        head[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        head[8..].copy_from_slice(&self.ssrc.to_be_bytes());
        let mut header = HEADER_BYTES;
        if let Some((id, number)) = self.number {
            let [high, low] = number.to_be_bytes();
            let extension = [0xbe, 0xde, 0, 1, id << 4 | 1, high, low, 0];
            *rest.first_chunk_mut::<NUMBER_BYTES>()? = extension;
            header += NUMBER_BYTES;
        }
        let room_left = room.get_mut(header..)?;
        let length = header + self.body.write(room_left)?;
        sealer.seal(room, Packet { header, length, rollovers: self.rollovers })
    }
}

impl Body<'_> {
    fn write(&self, room: &mut [u8]) -> Option<usize> {
        match self {
            Self::Media { original, red, picture, media } => {
                let mut start = 0;
                if let Some(original) = original {
                    room.get_mut(..ORIGINAL_BYTES)?.copy_from_slice(&original.to_be_bytes());
                    start = ORIGINAL_BYTES;
                }
                let Media { payload, read, .. } = media;
                let room = room.get_mut(start..)?;
                let written = match red {
                    Some((frame_type, before)) => red::write(*frame_type, payload, before, room)?,
                    None => picture.write(payload, read, room)?,
                };
                Some(start + written)
            }
            Self::Padding(count) => {
                let padding = room.get_mut(..usize::from(*count))?;
                padding.fill(0);
                *padding.last_mut()? = *count;
                Some(padding.len())
            }
        }
    }
}
