//! Reads a transport-wide feedback message (draft-holmer-rmcat-transport-wide-cc-extensions-01)
//! where it lies, without taking memory.

use std::time::Duration;

use crate::limits::FEEDBACK_STATUSES_MAX;

/// Ticks of the reference time, and of the deltas between arrivals.
const REFERENCE_MICROS: i64 = 64_000;
const DELTA_MICROS: i64 = 250;
/// The reference time has 24 bits, so the receiver's clock comes round after twelve days.
pub(super) const CLOCK_MICROS: i64 = (1 << 24) * REFERENCE_MICROS;

const HEADER_BYTES: usize = 20;
const PACKET_TYPE: u8 = 205;
const FORMAT: u8 = 15;

/// One feedback message. What it borrows is one RTCP packet, decrypted, from its header on.
#[derive(Debug, Clone, Copy)]
pub struct Feedback<'a> {
    base: u16,
    count: usize,
    reference_micros: i64,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

impl<'a> Feedback<'a> {
    /// Whether these bytes begin a transport-wide feedback message, judged by its header alone.
    #[must_use]
    pub fn is_feedback(packet: &[u8]) -> bool {
        matches!(packet, [first, PACKET_TYPE, ..] if first >> 6 == 2 && first & 0x1f == FORMAT)
    }

    /// The message in `packet`; nothing if it is another packet, cut short, or too long to be
    /// an honest report.
    #[must_use]
    pub fn parse(packet: &'a [u8]) -> Option<Self> {
        if !Self::is_feedback(packet) {
            return None;
        }
        let words = usize::from(u16::from_be_bytes([*packet.get(2)?, *packet.get(3)?]));
        let packet = packet.get(..(words + 1) * 4)?;
        let (header, rest) = packet.split_at_checked(HEADER_BYTES)?;
        let count = usize::from(u16::from_be_bytes([header[14], header[15]]));
        if count > FEEDBACK_STATUSES_MAX {
            return None;
        }
        let reference = u32::from_be_bytes([0, header[16], header[17], header[18]]);
        let (chunks, deltas) = rest.split_at_checked(chunk_bytes(rest, count)?)?;
        let reference_micros = i64::from(reference) * REFERENCE_MICROS;
        let base = u16::from_be_bytes([header[12], header[13]]);
        Some(Self { base, count, reference_micros, chunks, deltas })
    }

    /// Every packet the message speaks of, with the moment at which it arrived on the receiver's
    /// clock, if it did. That clock begins anywhere and comes round; only differences mean
    /// something. The sequence ends early where the message does.
    pub fn statuses(&self) -> impl Iterator<Item = (u16, Option<Duration>)> + use<'a> {
        let Self { base, count, reference_micros, chunks, mut deltas } = *self;
        let mut at_micros = reference_micros;
        let symbols = chunks.as_chunks().0.iter().copied().flat_map(symbols).take(count);
        symbols.zip(0_u16..).map_while(move |(symbol, index)| {
            let sequence = base.wrapping_add(index);
            let Some(delta) = take_delta(symbol, &mut deltas).ok()? else {
                return Some((sequence, None));
            };
            at_micros += delta * DELTA_MICROS;
            let on_clock = at_micros.rem_euclid(CLOCK_MICROS).unsigned_abs();
            Some((sequence, Some(Duration::from_micros(on_clock))))
        })
    }
}

/// How many bytes of chunks it takes to speak of `count` packets.
fn chunk_bytes(rest: &[u8], count: usize) -> Option<usize> {
    let mut spoken_of = 0;
    let mut chunks = rest.as_chunks().0.iter();
    let mut bytes = 0;
    while spoken_of < count {
        spoken_of += symbols_in(*chunks.next()?).max(1);
        bytes += 2;
    }
    Some(bytes)
}

fn symbols_in(chunk: [u8; 2]) -> usize {
    let word = u16::from_be_bytes(chunk);
    match word >> 14 {
        0 | 1 => usize::from(word & 0x1fff),
        2 => 14,
        _ => 7,
    }
}

/// Two bits for each packet of a chunk: 0 not received, 1 short delta, 2 long delta, 3 reserved.
fn symbols(chunk: [u8; 2]) -> impl Iterator<Item = u16> {
    let word = u16::from_be_bytes(chunk);
    (0..symbols_in(chunk)).map(move |index| match word >> 14 {
        0 | 1 => (word >> 13) & 3,
        2 => (word >> (13 - index)) & 1,
        _ => (word >> (12 - 2 * index)) & 3,
    })
}

/// Ticks since the last arrival, none for a packet that did not arrive. The error is the end of
/// the message.
fn take_delta(symbol: u16, deltas: &mut &[u8]) -> Result<Option<i64>, CutShort> {
    match symbol {
        1 => {
            let (&short, rest) = deltas.split_first().ok_or(CutShort)?;
            *deltas = rest;
            Ok(Some(i64::from(short)))
        }
        2 => {
            let (long, rest) = deltas.split_first_chunk().ok_or(CutShort)?;
            *deltas = rest;
            Ok(Some(i64::from(i16::from_be_bytes(*long))))
        }
        _ => Ok(None),
    }
}

struct CutShort;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rtc::rtcp::transport_feedbacks::transport_layer_cc::{
        PacketStatusChunk, RecvDelta, RunLengthChunk, StatusChunkTypeTcc, SymbolTypeTcc,
        TransportLayerCc,
    };
    use rtc::shared::marshal::Marshal;

    use super::*;

    /// A message of `header` (base, count, reference and number), `chunks` and `deltas`.
    fn message(header: [u16; 4], chunks: &[u16], deltas: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2];
        bytes.extend(header.iter().chain(chunks).flat_map(|word| word.to_be_bytes()));
        bytes.extend(deltas);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes[3] = u8::try_from(bytes.len() / 4 - 1).unwrap();
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Vec<(u16, Option<i64>)>> {
        let micros = |at: Duration| i64::try_from(at.as_micros()).unwrap();
        let statuses = Feedback::parse(bytes)?.statuses();
        Some(statuses.map(|(sequence, at)| (sequence, at.map(micros))).collect())
    }

    #[test]
    fn chunks_of_every_kind_are_read() {
        let check = |header, chunks: &[u16], deltas: &[u8], expected: &[(u16, Option<i64>)]| {
            assert_eq!(read(&message(header, chunks, deltas)).as_deref(), Some(expected));
        };
        let run = [(65_535, Some(65_000)), (0, Some(67_000))];
        check([65_535, 2, 0, 256], &[0x2002], &[4, 8], &run);
        let bits = [(7, Some(250)), (8, None), (9, Some(750))];
        check([7, 3, 0, 0], &[0b1010_1000_0000_0000], &[1, 2], &bits);
        let pairs = [(7, Some(CLOCK_MICROS - 1_000)), (8, Some(0)), (9, None)];
        check([7, 3, 0, 0], &[0b1110_0100_0000_0000], &[0xff, 0xfc, 4], &pairs);
        check([1, 2, 0, 0], &[0x0002], &[], &[(1, None), (2, None)]);
        check([1, 9, 0, 0], &[0x2009], &[1, 1], &[(1, Some(250)), (2, Some(500))]);
    }

    #[test]
    fn what_is_no_honest_report_is_refused() {
        let good = message([1, 2, 0, 0], &[0x2002], &[1, 1]);
        let mut other_type = good.clone();
        other_type[1] = 206;
        let huge = message([1, u16::MAX, 0, 0], &[0x1fff; 8], &[]);
        for bytes in [&[], &good[..19], &other_type, &huge, &message([1, 9, 0, 0], &[], &[])] {
            assert_eq!(read(bytes), None);
        }
    }

    proptest! {
        #[test]
        fn nothing_upsets_the_reader(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let [first, kind, high, ..] = bytes.as_mut_slice() {
                (*first, *kind, *high) = (0x8f, 205, 0);
            }
            let _ = read(&bytes);
        }

        #[test]
        fn what_rtc_writes_is_read(runs in prop::collection::vec((0_u16..3, 1_u16..20), 1..20)) {
            let bytes = written_by_rtc(&runs);
            let kinds = runs.iter().flat_map(|(kind, length)| (0..*length).map(move |_| *kind));
            let mut at = 512 * REFERENCE_MICROS;
            let expected = kinds.zip(65_500_u32..).map(|(kind, sequence)| {
                at += i64::from(kind) * 1_000;
                (sequence.to_le_bytes(), (kind > 0).then_some(at))
            });
            let expected: Vec<_> = expected
                .map(|(sequence, at)| (u16::from_le_bytes([sequence[0], sequence[1]]), at))
                .collect();
            prop_assert_eq!(read(&bytes), Some(expected));
        }
    }

    /// Packets of a kind arrive as many milliseconds after one another; those of kind 0 do not.
    fn written_by_rtc(runs: &[(u16, u16)]) -> Vec<u8> {
        let symbol = |kind| match kind {
            0 => SymbolTypeTcc::PacketNotReceived,
            1 => SymbolTypeTcc::PacketReceivedSmallDelta,
            _ => SymbolTypeTcc::PacketReceivedLargeDelta,
        };
        let chunk = |&(kind, run_length)| {
            PacketStatusChunk::RunLengthChunk(RunLengthChunk {
                type_tcc: StatusChunkTypeTcc::RunLengthChunk,
                packet_status_symbol: symbol(kind),
                run_length,
            })
        };
        let deltas = runs.iter().filter(|(kind, _)| *kind > 0).flat_map(|(kind, length)| {
            let delta = i64::from(*kind) * 1_000;
            (0..*length).map(move |_| RecvDelta { type_tcc_packet: symbol(*kind), delta })
        });
        let message = TransportLayerCc {
            base_sequence_number: 65_500,
            packet_status_count: runs.iter().map(|(_, length)| length).sum(),
            reference_time: 512,
            packet_chunks: runs.iter().map(chunk).collect(),
            recv_deltas: deltas.collect(),
            ..TransportLayerCc::default()
        };
        message.marshal().unwrap().to_vec()
    }
}
