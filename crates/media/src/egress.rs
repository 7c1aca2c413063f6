//! What leaves to one receiver: packets written and sealed straight into the batch.

use std::net::SocketAddr;
use std::time::Instant;

use rtc::rtcp::sender_report::SenderReport;

use crate::batch::Batch;
use crate::codec::Shift;
use crate::shard::Flush;
use crate::slot::{Media, Numbers, Slot};
use crate::srtp::{HEADER_BYTES, Keys, Packet, Sealer};

/// Bytes of the original sequence number in a retransmission (RFC 4588 §4).
const ORIGINAL_BYTES: usize = 2;

/// What leaves to one receiver.
#[derive(Debug)]
pub(crate) struct Egress {
    pub(crate) slots: Vec<Slot>,
    /// Where the path that ICE chose leads.
    to: Option<SocketAddr>,
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
    /// What the receiver calls the codec itself, which redundant blocks name.
    frame_type: u8,
    sequence: u16,
    rollovers: u32,
    timestamp: u32,
    /// Of a retransmission: the number with which it left first.
    original: Option<u16>,
    picture: Shift,
    media: &'a Media,
}

impl Egress {
    pub(crate) fn new(slots: Vec<Slot>) -> Self {
        Self { slots, to: None, sealer: None, packets: 0, bytes: 0, resent: 0 }
    }

    /// DTLS is up.
    pub(crate) fn open(&mut self, keys: &Keys) {
        self.sealer = keys.sealer();
    }

    /// Notes where `rtc` sends what it sends on the chosen path.
    pub(crate) fn lead_to(&mut self, to: SocketAddr) {
        self.to = Some(to);
    }

    /// Whether packets can leave on the path to `from`.
    pub(crate) fn leads_to(&self, from: SocketAddr) -> bool {
        self.to == Some(from)
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
                batch.push(to, |room| leaving.write(sealer, room));
                self.packets += 1;
                self.bytes += media.payload.len() as u64;
            }
            flush.packet += 1;
            flush.slot = 0;
        }
        true
    }

    /// Sends a packet again: as a retransmission of its own where the receiver takes them, and
    /// otherwise as the very packet that was sent.
    pub(crate) fn resend(&mut self, lost: Lost, media: &Media, batch: &mut Batch) {
        let (Some(to), Some(sealer)) = (self.to, self.sealer.as_mut()) else { return };
        let Some(slot) = self.slots.get_mut(lost.slot) else { return };
        let Some(sent) = slot.renumber(lost.sequence, media) else { return };
        let mut leaving = Leaving::of(slot, sent, media);
        if let Some((ssrc, payload_type)) = slot.names.resend {
            leaving.original = Some(sent.sequence);
            (leaving.sequence, leaving.rollovers) = slot.number_resend();
            (leaving.ssrc, leaving.payload_type) = (ssrc, payload_type);
        }
        if batch.push(to, |room| leaving.write(sealer, room)) {
            self.packets += 1;
            self.bytes += media.payload.len() as u64;
            self.resent += 1;
        }
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

/// Seconds and fractions since `epoch`, as an NTP timestamp.
fn ntp(now: Instant, epoch: Instant) -> u64 {
    let passed = now.saturating_duration_since(epoch);
    // One second more, for a zero means that there is no time.
    let fraction = (u64::from(passed.subsec_nanos()) << 32) / 1_000_000_000;
    ((passed.as_secs() + 1) << 32) | fraction
}

impl<'a> Leaving<'a> {
    fn of(slot: &Slot, numbers: Numbers, media: &'a Media) -> Self {
        let names = slot.names;
        Self {
            ssrc: names.ssrc,
            payload_type: names
                .red
                .filter(|_| media.read.red.is_some())
                .unwrap_or(names.payload_type),
            frame_type: names.payload_type,
            sequence: numbers.sequence,
            rollovers: numbers.rollovers,
            timestamp: numbers.timestamp,
            original: None,
            picture: numbers.picture,
            media,
        }
    }

    /// Writes and seals it at the beginning of `room`; its length, if there is room.
    fn write(&self, sealer: &mut Sealer, room: &mut [u8]) -> Option<usize> {
        let (head, rest) = room.split_first_chunk_mut::<HEADER_BYTES>()?;
        head[0] = 0x80;
        head[1] = self.payload_type | u8::from(self.media.marker) << 7;
        head[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        head[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        head[8..].copy_from_slice(&self.ssrc.to_be_bytes());
        let mut start = 0;
        if let Some(original) = self.original {
            rest.get_mut(..ORIGINAL_BYTES)?.copy_from_slice(&original.to_be_bytes());
            start = ORIGINAL_BYTES;
        }
        let Media { payload, read, .. } = self.media;
        let rest = rest.get_mut(start..)?;
        let payload = match read.red {
            Some(red) if self.payload_type == self.frame_type => {
                let frame = payload.get(red.primary()..)?;
                rest.get_mut(..frame.len())?.copy_from_slice(frame);
                frame.len()
            }
            Some(red) => red.write(payload, self.frame_type, rest)?,
            None => self.picture.write(payload, read, rest)?,
        };
        let length = HEADER_BYTES + start + payload;
        sealer.seal(room, Packet { header: HEADER_BYTES, length, rollovers: self.rollovers })
    }
}
