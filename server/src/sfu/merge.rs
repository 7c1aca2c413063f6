//! What several units say, as if it were one.

use std::sync::{Arc, Mutex, PoisonError};

use media::{Event, Loudness, PeerStats};
use tokio::sync::mpsc;

/// What each unit said last of what is told of all peers at once.
#[derive(Debug)]
struct Merge {
    stats: Vec<Vec<PeerStats>>,
    levels: Vec<Vec<Loudness>>,
}

impl Merge {
    fn new(units: usize) -> Self {
        Self { stats: vec![vec![]; units], levels: vec![vec![]; units] }
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

/// One channel of what all units say. It ends when they all have.
pub(super) fn merged(
    units: Vec<mpsc::Receiver<Event>>,
    waiting_max: usize,
) -> mpsc::Receiver<Event> {
    let (all, events) = mpsc::channel(waiting_max);
    let merge = Arc::new(Mutex::new(Merge::new(units.len())));
    for (unit, mut heard) in units.into_iter().enumerate() {
        let (all, merge) = (all.clone(), Arc::clone(&merge));
        tokio::spawn(async move {
            while let Some(event) = heard.recv().await {
                let event = merge.lock().unwrap_or_else(PoisonError::into_inner).merge(unit, event);
                if let Some(event) = event
                    && all.send(event).await.is_err()
                {
                    return;
                }
            }
        });
    }
    events
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
        let mut all = merged(vec![from_first, from_second], 8);
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
