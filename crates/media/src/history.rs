//! The last packets of one published stream, kept once however many receive them, for those who
//! lose some (RFC 4585 §6.2.1).

use crate::limits::HISTORY_PACKETS;
use crate::slot::Media;

/// A ring of packets by their number.
#[derive(Debug, Default)]
pub(crate) struct History {
    packets: Vec<Option<Media>>,
}

fn place(sequence: u16) -> usize {
    usize::from(sequence % HISTORY_PACKETS)
}

impl History {
    /// Keeps a packet instead of the one that had its place.
    pub(crate) fn keep(&mut self, media: &Media) {
        if self.packets.is_empty() {
            self.packets.resize_with(usize::from(HISTORY_PACKETS), || None);
        }
        if let Some(packet) = self.packets.get_mut(place(media.sequence)) {
            *packet = Some(media.clone());
        }
    }

    /// The packet with this number, if it is still there.
    pub(crate) fn find(&self, sequence: u16) -> Option<&Media> {
        let packet = self.packets.get(place(sequence))?.as_ref()?;
        (packet.sequence == sequence).then_some(packet)
    }

    /// Lets go of all packets.
    pub(crate) fn clear(&mut self) {
        self.packets = Vec::new();
    }
}
