//! One recorded file while it is written.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use uuid::Uuid;

use super::chain::{Chain, path_of};
use super::webm::{self, AUDIO, Cluster, Cue, Shape, VIDEO};
use crate::limits::{CLUSTER_BYTES_MAX, CLUSTER_MILLIS};

/// Cues are not closer to one another.
const CUE_MILLIS: i64 = 1_000;

/// A file that is being written.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) id: Uuid,
    pub(super) shape: Shape,
    file: File,
    header: Vec<u8>,
    /// Bytes written.
    pub(super) length: u64,
    cluster: Option<Cluster>,
    cues: Vec<Cue>,
    /// The last moment of each track.
    last: [i64; 2],
    /// How long it is.
    pub(super) millis: i64,
}

impl Part {
    /// Begins a file.
    pub(super) fn begin(
        folder: &Path,
        id: Uuid,
        shape: Shape,
        chain: &mut Chain,
    ) -> io::Result<Self> {
        let options = OpenOptions::new().create_new(true).write(true).clone();
        let mut file = options.open(path_of(folder, id))?;
        let header = webm::header(shape);
        file.write_all(&header)?;
        chain.append(id, 0, &header)?;
        // The name of the file must survive a power cut as its bytes do.
        File::open(folder)?.sync_all()?;
        let length = header.len() as u64;
        let (cluster, cues) = (None, Vec::new());
        Ok(Self { id, shape, file, header, length, cluster, cues, last: [-1; 2], millis: 0 })
    }

    /// Adds a frame; `lasts` is how long it is to be seen or heard.
    pub(super) fn push(
        &mut self,
        (track, is_key): (u8, bool),
        (millis, lasts): (i64, i64),
        data: &[u8],
        chain: &mut Chain,
    ) -> io::Result<()> {
        let Some(last) = self.last.get_mut(usize::from(track == AUDIO)) else { return Ok(()) };
        let millis = millis.max(*last + 1);
        *last = millis;
        let begins = is_key && track == VIDEO;
        let is_full = |cluster: &Cluster| {
            begins
                || !(-CLUSTER_MILLIS..CLUSTER_MILLIS).contains(&(millis - cluster.base))
                || cluster.len() + data.len() > CLUSTER_BYTES_MAX
        };
        if self.cluster.as_ref().is_some_and(is_full) {
            self.flush(chain)?;
        }
        let cluster = self.cluster.get_or_insert_with(|| Cluster::new(millis));
        let cue_track = if self.shape.video.is_some() { VIDEO } else { AUDIO };
        if is_key && track == cue_track && cluster.cue.is_none() {
            cluster.cue = Some((millis, track));
        }
        cluster.push(track, millis, is_key, data);
        self.millis = self.millis.max(millis + lasts);
        Ok(())
    }

    /// Writes the cluster when it is older than clusters may be.
    pub(super) fn flush_old(&mut self, now: i64, chain: &mut Chain) -> io::Result<()> {
        match &self.cluster {
            Some(cluster) if now - cluster.base >= CLUSTER_MILLIS => self.flush(chain),
            _ => Ok(()),
        }
    }

    fn flush(&mut self, chain: &mut Chain) -> io::Result<()> {
        let Some(cluster) = self.cluster.take() else { return Ok(()) };
        let is_apart =
            |millis| self.cues.last().is_none_or(|cue| millis - cue.millis >= CUE_MILLIS);
        if let Some((millis, track)) = cluster.cue.filter(|(millis, _)| is_apart(*millis)) {
            self.cues.push(Cue { millis, track, offset: self.length });
        }
        self.write(&cluster.finish(), chain)
    }

    fn write(&mut self, bytes: &[u8], chain: &mut Chain) -> io::Result<()> {
        self.file.write_all(bytes)?;
        chain.append(self.id, self.length, bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Makes what was written durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Ends the file: cues, and a head that says where they are.
    pub(super) fn finish(&mut self, chain: &mut Chain) -> io::Result<()> {
        self.flush(chain)?;
        let cues_at = self.length;
        self.write(&webm::cues(&self.cues), chain)?;
        let at = (!self.cues.is_empty()).then_some(cues_at);
        seal(&mut self.file, self.id, &mut self.header, (self.length, self.millis, at), chain)
    }
}

/// Writes the head of a file that is complete: first the rest must be on the disk for certain, so
/// that a head never promises what is not there.
pub(super) fn seal(
    file: &mut File,
    id: Uuid,
    header: &mut [u8],
    (length, millis, cues_at): (u64, i64, Option<u64>),
    chain: &mut Chain,
) -> io::Result<()> {
    file.sync_data()?;
    webm::complete(header, length, millis, cues_at);
    file.seek(SeekFrom::Start(0))?;
    file.write_all(header)?;
    chain.append(id, 0, header)?;
    file.sync_all()?;
    chain.sync()
}
