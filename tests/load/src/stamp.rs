//! What every packet carries behind its codec's header: where it belongs and when it was sent.

const MAGIC: [u8; 8] = *b"DCLOAD01";
/// The codec's header is shorter than this.
const SEARCHED: usize = 32;
/// Bytes of a written stamp.
pub(crate) const BYTES: usize = MAGIC.len() + 1 + 4 + 8;

/// A packet's mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Whether it was sent within the measured window.
    pub(crate) is_measured: bool,
    /// Counts the packets of the publisher, picture and sound together.
    pub(crate) number: u32,
    /// Nanoseconds since the tool started.
    pub(crate) sent_at: u64,
}

impl Stamp {
    pub(crate) fn write(self, payload: &mut Vec<u8>) {
        payload.extend_from_slice(&MAGIC);
        payload.push(u8::from(self.is_measured));
        payload.extend_from_slice(&self.number.to_be_bytes());
        payload.extend_from_slice(&self.sent_at.to_be_bytes());
    }

    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let head = payload.get(..payload.len().min(SEARCHED))?;
        let at = head.windows(MAGIC.len()).position(|window| window == MAGIC)?;
        let rest = payload.get(at + MAGIC.len()..)?;
        let (flag, rest) = rest.split_first()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (sent_at, _) = rest.split_first_chunk()?;
        Some(Self {
            is_measured: *flag == 1,
            number: u32::from_be_bytes(*number),
            sent_at: u64::from_be_bytes(*sent_at),
        })
    }
}

#[test]
fn what_was_stamped_is_read_and_nothing_else() {
    let stamp = Stamp { is_measured: true, number: 7, sent_at: 9 };
    let mut payload = vec![0x90; 14];
    stamp.write(&mut payload);
    assert_eq!(payload.len(), 14 + BYTES);
    assert_eq!(Stamp::read(&payload), Some(stamp));
    payload.pop();
    assert_eq!(Stamp::read(&payload), None);
    assert_eq!(Stamp::read(&[0; 100]), None);
}
