//! The datagrams that leave together, in one piece of memory that is used again.

use crate::endpoint::Endpoint;
use crate::limits::{
    BATCH_BYTES, BATCH_MAX, DATAGRAM_OUT_BYTES_MAX, MESSAGE_BYTES_MAX, SEGMENTS_MAX,
};

/// One message for the socket: a datagram, or several of one size to the same receiver, which
/// the kernel can cut apart again (UDP generic segmentation offload).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// To whom.
    pub to: Endpoint,
    /// The bytes of all datagrams, one after the other.
    pub bytes: &'a [u8],
    /// How many bytes each datagram has; the last may have fewer.
    pub segment: usize,
}

impl Datagram<'_> {
    /// Whether it is several datagrams.
    #[must_use]
    pub fn is_segmented(&self) -> bool {
        self.bytes.len() > self.segment
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    to: Endpoint,
    start: usize,
    end: usize,
    segment: usize,
    segments: usize,
    /// A shorter datagram can only be the last.
    is_closed: bool,
}

/// Datagrams of one `sendmmsg`: filled, handed out, used again.
#[derive(Debug)]
pub(crate) struct Batch {
    memory: Vec<u8>,
    used: usize,
    entries: Vec<Entry>,
    is_handed_out: bool,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self {
            memory: vec![0; BATCH_BYTES],
            used: 0,
            entries: Vec::with_capacity(BATCH_MAX),
            is_handed_out: false,
        }
    }

    /// Forgets what was handed out.
    pub(crate) fn recycle(&mut self) {
        if std::mem::take(&mut self.is_handed_out) {
            self.entries.clear();
            self.used = 0;
        }
    }

    /// Whether one more datagram of any size fits.
    pub(crate) fn has_room(&self) -> bool {
        self.entries.len() < BATCH_MAX && self.used + DATAGRAM_OUT_BYTES_MAX <= self.memory.len()
    }

    /// Adds a datagram that `write` puts at the beginning of the memory it is given, and of which
    /// it tells the length; whether it did.
    pub(crate) fn push(
        &mut self,
        to: Endpoint,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> bool {
        let start = self.used;
        let Some(room) = self.memory.get_mut(start..start + DATAGRAM_OUT_BYTES_MAX) else {
            return false;
        };
        let Some(length) = write(room).filter(|length| (1..=room.len()).contains(length)) else {
            return false;
        };
        self.used += length;
        if let Some(last) = self.entries.last_mut().filter(|last| last.takes(to, length)) {
            last.end += length;
            last.segments += 1;
            last.is_closed = length < last.segment;
            return true;
        }
        let end = start + length;
        let entry = Entry { to, start, end, segment: length, segments: 1, is_closed: false };
        self.entries.push(entry);
        true
    }

    /// What is in it, if anything.
    pub(crate) fn hand_out(&mut self) -> Option<Datagrams<'_>> {
        self.is_handed_out = !self.entries.is_empty();
        self.is_handed_out.then_some(Datagrams { batch: self })
    }
}

impl Entry {
    fn takes(&self, to: Endpoint, length: usize) -> bool {
        let fits = self.end - self.start + length <= MESSAGE_BYTES_MAX;
        let has_place = !self.is_closed && self.segments < SEGMENTS_MAX;
        self.to == to && length <= self.segment && fits && has_place
    }
}

/// Datagrams to send, all at once.
#[derive(Clone, Copy, Debug)]
pub struct Datagrams<'a> {
    batch: &'a Batch,
}

impl<'a> Datagrams<'a> {
    /// How many messages they are for the socket, at most [`crate::limits::BATCH_MAX`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.batch.entries.len()
    }

    /// Never: an empty batch is not handed out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.batch.entries.is_empty()
    }

    /// The messages, from the first to the last.
    #[must_use = "an iterator does nothing by itself"]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Datagram<'a>> + use<'a> {
        let batch = self.batch;
        batch.entries.iter().map(|entry| Datagram {
            to: entry.to,
            bytes: batch.memory.get(entry.start..entry.end).unwrap_or_default(),
            segment: entry.segment,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn write(length: usize) -> impl FnOnce(&mut [u8]) -> Option<usize> {
        move |room| {
            room.get_mut(..length)?.fill(u8::try_from(length % 251).unwrap());
            Some(length)
        }
    }

    #[test]
    fn what_goes_to_one_receiver_in_one_size_is_one_message() {
        let to = |port| Endpoint::udp(SocketAddr::from(([192, 0, 2, 1], port)));
        let mut batch = Batch::new();
        for (port, length) in
            [(1, 100), (1, 100), (1, 60), (1, 60), (2, 60), (2, 61), (1, 61), (1, 61)]
        {
            assert!(batch.push(to(port), write(length)));
        }
        assert!(!batch.push(to(1), |_| None), "what cannot be written is not there");
        let got: Vec<_> = batch
            .hand_out()
            .unwrap()
            .iter()
            .map(|it| (it.to.address.port(), it.bytes.len(), it.segment, it.is_segmented()))
            .collect();
        let expected = [
            (1, 260, 100, true),
            (1, 60, 60, false),
            (2, 60, 60, false),
            (2, 61, 61, false),
            (1, 122, 61, true),
        ];
        assert_eq!(got, expected);
        batch.recycle();
        assert!(batch.hand_out().is_none());
    }

    #[test]
    fn a_full_batch_takes_no_more() {
        let mut batch = Batch::new();
        let mut count = 0;
        while batch.has_room() {
            let to = Endpoint::udp(SocketAddr::from(([192, 0, 2, 1], 1 + count % 2)));
            assert!(batch.push(to, write(DATAGRAM_OUT_BYTES_MAX)));
            count += 1;
        }
        assert!(usize::from(count) <= BATCH_MAX);
        batch.hand_out();
        batch.recycle();
        assert!(batch.has_room());
    }
}
