//! The recorder's own thread: packets in, files out. It may wait for the disk; nobody waits for
//! it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use ledger::Hash;
use media::{PeerId, Recorded, StreamId};
use meeting::{MeetingId, Speaker};
use tokio::sync::mpsc;

use super::chain::Chain;
use super::tape::{Desk, Filed, Tape};
use super::webm::Shape;
use crate::edge::Edge;
use crate::limits::{RECORDER_POLL, RECORDER_SYNC};
use crate::sfu::Sfu;

/// A recording: the meeting, and the place in its log of the event that began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Which meeting.
    pub(crate) meeting: MeetingId,
    /// Where in its log.
    pub(crate) seq: i64,
}

impl Key {
    /// The folder of its files.
    pub(super) fn folder(self, root: &Path) -> PathBuf {
        root.join(self.meeting.to_string()).join(self.seq.to_string())
    }
}

/// What the recorder should be doing: all of it, so that twice the same changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Following {
    /// The recordings that are not over.
    pub(super) recordings: BTreeSet<Key>,
    /// Who is on which.
    pub(super) tapes: BTreeMap<PeerId, Wanted>,
}

/// Somebody to record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// On which recording.
    pub(super) key: Key,
    /// Who it is.
    pub(super) speaker: Speaker,
    /// What he publishes; the size of the picture is not known yet.
    pub(super) kinds: Shape,
}

/// What the recorder says.
#[derive(Debug)]
pub(super) enum Report {
    /// Something happened to a file.
    Filed {
        /// Of which recording.
        key: Key,
        /// Of whom.
        speaker: Speaker,
        /// What.
        filed: Filed,
    },
    /// A recording cannot go on, for this reason.
    Failed(Key, &'static str),
    /// A recording is over and all of it is on the disk.
    Closed {
        /// Which.
        key: Key,
        /// How many links its chain has.
        links: u64,
        /// The last of them.
        head: Hash,
    },
}

/// All that the thread owns.
pub(super) struct Recorder {
    pub(super) root: PathBuf,
    /// Recording stops when less is free.
    pub(super) free_bytes_min: u64,
    pub(super) orders: Receiver<Following>,
    pub(super) packets: Receiver<Recorded>,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) sfu: Sfu,
    pub(super) edge: Edge,
    pub(super) work: Work,
}

/// What is being recorded.
#[derive(Debug, Default)]
pub(super) struct Work {
    chains: BTreeMap<Key, Chain>,
    tapes: BTreeMap<PeerId, (Wanted, Tape)>,
    /// Those that failed, until nobody wants them any more.
    failed: BTreeSet<Key>,
    synced_at: Option<Instant>,
}

impl Recorder {
    /// Runs until the other end of `orders` is gone.
    pub(super) fn run(mut self) {
        loop {
            let is_idle = self.work.chains.is_empty() && self.work.failed.is_empty();
            let order = if is_idle {
                self.orders.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                // Packets are fetched by the clock and not one by one, so that the media thread
                // never has to wake anybody.
                self.orders.recv_timeout(RECORDER_POLL)
            };
            let now = self.edge.instant();
            self.take_packets();
            match order {
                Ok(following) => self.follow(now, &following),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.follow_tapes(now, &BTreeMap::new());
                    return;
                }
            }
            self.write(now);
            self.sync(now);
        }
    }

    fn take_packets(&mut self) {
        while let Ok(packet) = self.packets.try_recv() {
            if let Some((_, tape)) = self.work.tapes.get_mut(&packet.stream.peer) {
                tape.take(packet);
            }
        }
    }

    fn follow(&mut self, now: Instant, following: &Following) {
        self.work.failed.retain(|key| following.recordings.contains(key));
        self.follow_tapes(now, &following.tapes);
        let over: Vec<Key> = self.work.chains.keys().copied().collect();
        for key in over.into_iter().filter(|key| !following.recordings.contains(key)) {
            self.close(key);
        }
        for key in &following.recordings {
            if self.work.chains.contains_key(key) || self.work.failed.contains(key) {
                continue;
            }
            let folder = key.folder(&self.root);
            match fs::create_dir_all(&folder).and_then(|()| Chain::open(&folder)) {
                Ok(chain) => {
                    self.work.chains.insert(*key, chain);
                }
                Err(error) => self.fail(*key, &error),
            }
        }
        self.follow_tapes(now, &following.tapes);
    }

    /// Ends the tapes that are not wanted any more and begins those that are.
    fn follow_tapes(&mut self, now: Instant, wanted: &BTreeMap<PeerId, Wanted>) {
        let ended: Vec<PeerId> = self
            .work
            .tapes
            .iter()
            .filter(|(peer, (had, _))| wanted.get(peer) != Some(had))
            .map(|(peer, _)| *peer)
            .collect();
        for peer in ended {
            self.with_tape(peer, |tape, desk| {
                tape.run(now, desk)?;
                tape.finish(desk)
            });
            self.work.tapes.remove(&peer);
        }
        for (peer, wanted) in wanted {
            if self.work.chains.contains_key(&wanted.key) && !self.work.tapes.contains_key(peer) {
                let times = (now, self.edge.now());
                let folder = wanted.key.folder(&self.root);
                let tape = Tape::new((*peer, wanted.kinds), folder, times);
                self.work.tapes.insert(*peer, (*wanted, tape));
            }
        }
    }

    fn write(&mut self, now: Instant) {
        let peers: Vec<PeerId> = self.work.tapes.keys().copied().collect();
        for peer in peers {
            self.with_tape(peer, |tape, desk| tape.run(now, desk));
        }
    }

    fn sync(&mut self, now: Instant) {
        let due =
            self.work.synced_at.is_none_or(|at| now.saturating_duration_since(at) >= RECORDER_SYNC);
        if self.work.chains.is_empty() || !due {
            return;
        }
        self.work.synced_at = Some(now);
        let peers: Vec<PeerId> = self.work.tapes.keys().copied().collect();
        for peer in peers {
            self.with_tape(peer, |tape, _| tape.sync());
        }
        let keys: Vec<Key> = self.work.chains.keys().copied().collect();
        let room = self.room();
        for key in keys {
            let synced = self.work.chains.get(&key).map_or(Ok(()), Chain::sync);
            let room = || room.as_ref().map_or_else(|error| Err(copy(error)), |()| Ok(()));
            if let Err(error) = synced.and_then(|()| room()) {
                self.fail(key, &error);
            }
        }
    }

    /// Whether there is room on the disk for more.
    fn room(&self) -> io::Result<()> {
        let disk = rustix::fs::statvfs(&self.root)?;
        if disk.f_bavail.saturating_mul(disk.f_frsize) < self.free_bytes_min {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn with_tape(
        &mut self,
        peer: PeerId,
        act: impl FnOnce(&mut Tape, &mut Desk<'_>) -> io::Result<()>,
    ) {
        let Some((wanted, tape)) = self.work.tapes.get_mut(&peer) else { return };
        let (key, speaker) = (wanted.key, wanted.speaker);
        let Some(chain) = self.work.chains.get_mut(&key) else { return };
        let (mut filed, mut keyframes): (Vec<Filed>, Vec<StreamId>) = (Vec::new(), Vec::new());
        let mint = || self.edge.uuid();
        let mut desk = Desk { chain, mint: &mint, filed: &mut filed, wanted: &mut keyframes };
        let acted = act(tape, &mut desk);
        for filed in filed {
            self.report(Report::Filed { key, speaker, filed });
        }
        if let Some(stream) = keyframes.first() {
            self.sfu.want_keyframe(*stream);
        }
        if let Err(error) = acted {
            self.fail(key, &error);
        }
    }

    /// A recording cannot go on: what there is of it is ended as well as it can be.
    fn fail(&mut self, key: Key, error: &io::Error) {
        if !self.work.failed.insert(key) {
            return;
        }
        let code = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "DISK_FULL",
            _ => "DISK",
        };
        tracing::error!(meeting.id = %key.meeting, error = %error, "a recording is interrupted");
        self.report(Report::Failed(key, code));
        self.close(key);
    }

    fn close(&mut self, key: Key) {
        let of_key = |(_, (wanted, _)): &(&PeerId, &(Wanted, Tape))| wanted.key == key;
        let peers: Vec<PeerId> =
            self.work.tapes.iter().filter(of_key).map(|(peer, _)| *peer).collect();
        for peer in peers {
            self.with_tape(peer, Tape::finish);
            self.work.tapes.remove(&peer);
        }
        let Some(chain) = self.work.chains.remove(&key) else { return };
        if let Err(error) = chain.sync() {
            tracing::error!(meeting.id = %key.meeting, error = %error, "a chain is not durable");
        }
        self.report(Report::Closed { key, links: chain.links, head: chain.head });
    }

    /// Waits for the service, which never waits for this thread.
    fn report(&self, report: Report) {
        // A server that stops reads what became of its files from the disk when it starts again.
        let _ = self.reports.blocking_send(report);
    }
}

fn copy(error: &io::Error) -> io::Error {
    error.kind().into()
}
