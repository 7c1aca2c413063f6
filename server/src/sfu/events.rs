//! What several units say, as if it were one.

use std::future::poll_fn;
use std::task::Poll;

use media::{Event, Loudness, PeerStats};
use tokio::sync::mpsc;

/// What happens in all units.
#[derive(Debug)]
pub(crate) struct Events {
    units: Vec<mpsc::Receiver<Event>>,
    /// Who is asked first: nobody is kept waiting by one who always has something to say.
    first: usize,
    /// What each unit said last of what is told of all peers at once.
    stats: Vec<Vec<PeerStats>>,
    levels: Vec<Vec<Loudness>>,
}

impl Events {
    pub(super) fn new(units: Vec<mpsc::Receiver<Event>>) -> Self {
        let count = units.len();
        Self { units, first: 0, stats: vec![vec![]; count], levels: vec![vec![]; count] }
    }

    /// What happens next; nothing when all units have ended.
    pub(crate) async fn recv(&mut self) -> Option<Event> {
        loop {
            let (unit, event) = self.hear().await?;
            if let Some(event) = self.merge(unit, event) {
                return Some(event);
            }
        }
    }

    async fn hear(&mut self) -> Option<(usize, Event)> {
        let count = self.units.len();
        self.first = (self.first + 1) % count.max(1);
        poll_fn(|context| {
            let mut is_over = true;
            for unit in (self.first..count).chain(0..self.first) {
                let heard = self.units.get_mut(unit).map(|unit| unit.poll_recv(context));
                match heard {
                    Some(Poll::Ready(Some(event))) => return Poll::Ready(Some((unit, event))),
                    Some(Poll::Pending) => is_over = false,
                    Some(Poll::Ready(None)) | None => {}
                }
            }
            if is_over { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }

    /// What is said of all, now that a unit has spoken. Figures come at the pace of the first unit.
    fn merge(&mut self, unit: usize, event: Event) -> Option<Event> {
        match event {
            Event::Stats(stats) => {
                *self.stats.get_mut(unit)? = stats;
                (unit == 0).then(|| Event::Stats(self.stats.concat()))
            }
            Event::Levels { at, voices } => {
                *self.levels.get_mut(unit)? = voices;
                Some(Event::Levels { at, voices: self.levels.concat() })
            }
            other => Some(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use media::{PeerId, StreamId};

    use super::*;
    use crate::edge::Edge;

    #[tokio::test]
    async fn units_speak_as_one_and_are_heard_to_the_end() {
        let at = Edge::real().instant();
        let stats = |peer| PeerStats { peer, ..PeerStats::default() };
        let voice = |peer| Loudness { stream: StreamId::audio(PeerId(peer)), loudness: 90 };
        let levels = |voices: Vec<Loudness>| Event::Levels { at, voices };
        let connected = |peer| Event::Connected { peer: PeerId(peer) };
        let (first, from_first) = mpsc::channel(8);
        let (second, from_second) = mpsc::channel(8);
        let mut all = Events::new(vec![from_first, from_second]);
        for (unit, event, heard) in [
            (&second, connected(3), Some(connected(3))),
            (&second, Event::Stats(vec![stats(3)]), None),
            (&first, Event::Stats(vec![stats(2)]), Some(Event::Stats(vec![stats(2), stats(3)]))),
            (&first, levels(vec![voice(2)]), Some(levels(vec![voice(2)]))),
            (&second, levels(vec![voice(3)]), Some(levels(vec![voice(2), voice(3)]))),
            (&first, levels(vec![]), Some(levels(vec![voice(3)]))),
        ] {
            unit.send(event).await.expect("it is listened to");
            let said = tokio::time::timeout(Duration::from_millis(200), all.recv()).await;
            assert_eq!(said.ok().flatten(), heard);
        }
        drop((first, second));
        assert_eq!(all.recv().await, None);
    }
}
