//! Which slots listen to which stream, kept both ways round.

use std::collections::BTreeMap;

use crate::ids::{PeerId, StreamId};

/// One slot of one receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listener {
    pub(crate) receiver: PeerId,
    pub(crate) slot: usize,
}

/// The table in force. An absent listener listens to nothing.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    sources: BTreeMap<Listener, StreamId>,
    listeners: BTreeMap<StreamId, Vec<Listener>>,
}

impl Routes {
    /// Makes the slots of `receiver` listen to `wanted` and to nothing else; what changed, so
    /// that saying the same twice changes nothing (rule 17).
    pub(crate) fn reconcile(
        &mut self,
        receiver: PeerId,
        wanted: &[Option<StreamId>],
        slots: usize,
    ) -> Vec<(usize, Option<StreamId>)> {
        let mut changed = Vec::new();
        for slot in 0..slots {
            let listener = Listener { receiver, slot };
            let want = wanted.get(slot).copied().flatten();
            if self.sources.get(&listener).copied() != want {
                self.point(listener, want);
                changed.push((slot, want));
            }
        }
        changed
    }

    /// Forgets a receiver.
    pub(crate) fn forget_receiver(&mut self, receiver: PeerId, slots: usize) {
        for slot in 0..slots {
            self.point(Listener { receiver, slot }, None);
        }
    }

    /// Who listens to `stream`.
    pub(crate) fn listeners(&self, stream: StreamId) -> &[Listener] {
        self.listeners.get(&stream).map_or(&[], Vec::as_slice)
    }

    fn point(&mut self, listener: Listener, want: Option<StreamId>) {
        let had = match want {
            Some(stream) => self.sources.insert(listener, stream),
            None => self.sources.remove(&listener),
        };
        if let Some(stream) = had
            && let Some(listeners) = self.listeners.get_mut(&stream)
        {
            listeners.retain(|other| *other != listener);
            if listeners.is_empty() {
                self.listeners.remove(&stream);
            }
        }
        if let Some(stream) = want {
            self.listeners.entry(stream).or_default().push(listener);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.listeners.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table, and what changes by it.
    type Case<'a> = (&'a [Option<StreamId>], &'a [(usize, Option<StreamId>)]);

    fn video(peer: u64) -> StreamId {
        StreamId::video(PeerId(peer))
    }

    #[test]
    fn reconciling_tells_only_what_changed() {
        let me = PeerId(9);
        let mut routes = Routes::default();
        let cases: &[Case<'_>] = &[
            (&[Some(video(1)), None], &[(0, Some(video(1)))]),
            (&[Some(video(1)), None], &[]),
            (&[Some(video(1)), Some(video(2))], &[(1, Some(video(2)))]),
            (&[Some(video(2)), Some(video(1))], &[(0, Some(video(2))), (1, Some(video(1)))]),
            // Slots beyond those of the receiver are not there, slots not named are empty.
            (&[Some(video(2)), Some(video(1)), Some(video(3))], &[]),
            (&[], &[(0, None), (1, None)]),
        ];
        for (wanted, changed) in cases {
            assert_eq!(routes.reconcile(me, wanted, 2), *changed, "{wanted:?}");
        }
        assert!(routes.is_empty());
    }

    #[test]
    fn listeners_follow_the_table() {
        let mut routes = Routes::default();
        routes.reconcile(PeerId(5), &[Some(video(1)), Some(video(1))], 2);
        routes.reconcile(PeerId(6), &[Some(video(1))], 1);
        assert_eq!(routes.listeners(video(1)).len(), 3);
        routes.forget_receiver(PeerId(5), 2);
        assert_eq!(routes.listeners(video(1)), [Listener { receiver: PeerId(6), slot: 0 }]);
    }
}
