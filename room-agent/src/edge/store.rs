//! What a room remembers over a reboot: who it is, its plan, what it saw of its meeting.
//!
//! | File of the data folder | What |
//! |---|---|
//! | `device.key` | the device's Ed25519 key, PKCS#8 in DER ([`super::key`]); mode 0600 |
//! | `identity.json` | [`Enrolled`], as the server gave it; absent until somebody typed the code |
//! | `plan.json` | the last accepted plan, with its signature |
//! | `view.json` | what the room saw last of the meeting it sits in |
//! | `papers/` | `{sha256}.pdf`, and `{sha256}.part` while it comes |
//! | `status.json` | what the room is ([`super::status`]), for others |

use std::path::{Path, PathBuf};

use protocol::room::{Enrolled, Signed};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::disk;
use crate::machine::{Memory, RememberedView};

/// The small files of the data folder.
#[derive(Clone, Debug)]
pub struct Store {
    data_dir: PathBuf,
}

const IDENTITY: &str = "identity.json";
const PLAN: &str = "plan.json";
const VIEW: &str = "view.json";

impl Store {
    /// The store of a data folder, which is made when it is not there.
    pub fn open(data_dir: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(data_dir)?;
        Ok(Self { data_dir: data_dir.into() })
    }

    /// Who the room is.
    #[must_use]
    pub fn identity(&self) -> Option<Enrolled> {
        self.read(IDENTITY)
    }

    /// Keeps who the room is.
    pub fn keep_identity(&self, identity: &Enrolled) -> std::io::Result<()> {
        self.write(IDENTITY, identity)
    }

    /// What the room remembers. What cannot be read is not remembered: the server says it anew.
    #[must_use]
    pub fn memory(&self) -> Memory {
        Memory { plan: self.read(PLAN), view: self.read(VIEW) }
    }

    /// Keeps a plan.
    pub fn keep_plan(&self, plan: &Signed) -> std::io::Result<()> {
        self.write(PLAN, plan)
    }

    /// Keeps what is seen of the meeting, or forgets it.
    pub fn keep_view(&self, view: Option<&RememberedView>) -> std::io::Result<()> {
        let path = self.data_dir.join(VIEW);
        match view {
            // Written again and again while a meeting goes on; the server has it after a power cut.
            Some(view) => disk::replace_unsynced(&path, &serde_json::to_vec(view)?),
            None => match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let bytes = std::fs::read(self.data_dir.join(name)).ok()?;
        match serde_json::from_slice(&bytes) {
            Ok(value) => Some(value),
            Err(error) => {
                tracing::error!(file = name, %error, "what the room remembers cannot be read");
                None
            }
        }
    }

    fn write(&self, name: &str, value: &impl Serialize) -> std::io::Result<()> {
        disk::replace(&self.data_dir.join(name), &serde_json::to_vec(value)?)
    }
}
