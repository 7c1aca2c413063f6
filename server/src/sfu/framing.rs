//! Datagrams in a stream: each behind its length in two bytes (RFC 4571).

use media::limits::DATAGRAM_BYTES_MAX;

const LENGTH_BYTES: usize = 2;

/// A frame is longer than any datagram that is looked at: nothing behind it can be read either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {0} bytes")]
pub(super) struct TooLong(usize);

/// Takes a stream apart, in whatever pieces it comes.
#[derive(Debug, Default)]
pub(super) struct Deframer {
    /// The beginning of a frame, its length included.
    begun: Vec<u8>,
}

impl Deframer {
    /// Takes the next piece of the stream and hands out each datagram that it completes. Empty
    /// ones, which only keep a stream alive, are left out.
    pub(super) fn take(
        &mut self,
        mut piece: &[u8],
        mut each: impl FnMut(&[u8]),
    ) -> Result<(), TooLong> {
        while !piece.is_empty() {
            let length = match self.begun.first_chunk::<LENGTH_BYTES>() {
                Some(length) => LENGTH_BYTES + usize::from(u16::from_be_bytes(*length)),
                None => LENGTH_BYTES,
            };
            let (part, rest) = piece.split_at(piece.len().min(length - self.begun.len()));
            self.begun.extend_from_slice(part);
            piece = rest;
            let Some((head, datagram)) = self.begun.split_first_chunk::<LENGTH_BYTES>() else {
                continue;
            };
            let length = usize::from(u16::from_be_bytes(*head));
            if length > DATAGRAM_BYTES_MAX {
                return Err(TooLong(length));
            }
            if datagram.len() == length {
                if length > 0 {
                    each(datagram);
                }
                self.begun.clear();
            }
        }
        Ok(())
    }
}

/// What a stream did not take yet: whole datagrams behind their lengths, never more than
/// [`Backlog::BYTES_MAX`].
#[derive(Debug, Default)]
pub(super) struct Backlog {
    bytes: Vec<u8>,
    /// How many of them are gone.
    gone: usize,
}

impl Backlog {
    /// A second of a picture at its largest bitrate; what does not fit is lost, as on any path
    /// that is too thin.
    pub(super) const BYTES_MAX: usize = 192 * 1024;
    /// Room that a stream without a backlog keeps.
    const BYTES_KEPT: usize = 16 * 1024;

    /// Adds a datagram, if there is room for all of it.
    pub(super) fn push(&mut self, datagram: &[u8]) -> bool {
        let Ok(length) = u16::try_from(datagram.len()) else { return false };
        if self.waiting().len() + LENGTH_BYTES + datagram.len() > Self::BYTES_MAX {
            return false;
        }
        if self.bytes.len() + LENGTH_BYTES + datagram.len() > Self::BYTES_MAX {
            self.bytes.drain(..self.gone);
            self.gone = 0;
        }
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(datagram);
        true
    }

    /// What the stream is to take next.
    pub(super) fn waiting(&self) -> &[u8] {
        self.bytes.get(self.gone..).unwrap_or_default()
    }

    /// The stream took so many bytes.
    pub(super) fn took(&mut self, count: usize) {
        self.gone += count;
        if self.gone >= self.bytes.len() {
            self.bytes.clear();
            self.bytes.shrink_to(Self::BYTES_KEPT);
            self.gone = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn datagrams_of(deframer: &mut Deframer, piece: &[u8]) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut datagrams = vec![];
        deframer.take(piece, |datagram| datagrams.push(datagram.to_vec()))?;
        Ok(datagrams)
    }

    #[test]
    fn what_cannot_be_a_datagram_is_refused() {
        let longest = u16::try_from(DATAGRAM_BYTES_MAX).unwrap();
        let mut deframer = Deframer::default();
        assert_eq!(datagrams_of(&mut deframer, &[0, 0, 0, 1, 7, 0, 0]), Ok(vec![vec![7]]));
        assert_eq!(datagrams_of(&mut deframer, &longest.to_be_bytes()), Ok(vec![]));
        let mut deframer = Deframer::default();
        let refused = datagrams_of(&mut deframer, &(longest + 1).to_be_bytes());
        assert_eq!(refused, Err(TooLong(DATAGRAM_BYTES_MAX + 1)));
        let refused = datagrams_of(&mut Deframer::default(), b"GET / HTTP/1.1\r\n");
        assert_eq!(refused, Err(TooLong(usize::from(u16::from_be_bytes(*b"GE")))));
    }

    #[test]
    fn a_full_backlog_loses_whole_datagrams() {
        let mut backlog = Backlog::default();
        let mut count = 0;
        while backlog.push(&[1; 1_000]) {
            count += 1;
        }
        assert_eq!(count, Backlog::BYTES_MAX / (1_000 + LENGTH_BYTES));
        backlog.took(1_002 + 500);
        assert!(backlog.push(&[2; 1_000]) && !backlog.push(&[2; 1_000]));
        assert!(backlog.waiting().len() <= Backlog::BYTES_MAX);
        backlog.took(backlog.waiting().len());
        assert!(backlog.waiting().is_empty() && backlog.bytes.capacity() <= Backlog::BYTES_KEPT);
    }

    proptest! {
        #[test]
        fn what_was_framed_comes_out_however_it_is_cut(
            datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..1_600), 0..20),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let mut backlog = Backlog::default();
            for datagram in &datagrams {
                prop_assert!(backlog.push(datagram));
            }
            let stream = backlog.waiting().to_vec();
            let mut cuts: Vec<_> = cuts.iter().map(|at| at.index(stream.len() + 1)).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let (mut deframer, mut got) = (Deframer::default(), vec![]);
            for pair in cuts.windows(2) {
                got.extend(datagrams_of(&mut deframer, &stream[pair[0]..pair[1]]).unwrap());
            }
            prop_assert_eq!(got, datagrams);
        }

        #[test]
        fn no_stream_makes_it_keep_more_than_a_datagram(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4_000), 0..10),
        ) {
            let mut deframer = Deframer::default();
            for piece in pieces {
                let result = datagrams_of(&mut deframer, &piece);
                prop_assert!(deframer.begun.len() <= LENGTH_BYTES + DATAGRAM_BYTES_MAX);
                if result.is_err() {
                    break;
                }
            }
        }
    }
}
