//! The agent's configuration file (TOML), one struct per section.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// All of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The server's address: `http://…` or `https://…`, without a path.
    pub server: String,
    /// Where identity, plan, papers and `status.json` live. Made when absent.
    pub data_dir: PathBuf,
    /// The PDF library, checked against a pinned hash before it is loaded.
    #[serde(default = "default_pdfium")]
    pub pdfium: PathBuf,
    /// A certificate authority (PEM) to trust for `https`, besides the public ones.
    #[serde(default)]
    pub authority: Option<PathBuf>,
    /// Whom to call when something does not work, as the screen shows it: "Trực kỹ thuật: 108".
    #[serde(default)]
    pub helper: Option<String>,
    /// What the camera sees.
    #[serde(default)]
    pub picture: PictureConfig,
    /// What the room says and hears.
    #[serde(default)]
    pub sound: SoundConfig,
    /// What the room sees.
    #[serde(default)]
    pub screen: ScreenConfig,
}

/// What the camera sees.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PictureConfig {
    /// Where pictures come from.
    pub source: PictureSource,
    /// The V4L2 device of a camera.
    pub device: PathBuf,
    /// A Y4M file, played again and again.
    pub file: Option<PathBuf>,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Pictures a second.
    pub frames_per_second: u32,
}

/// Where pictures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureSource {
    /// A camera.
    Camera,
    /// A generated pattern that names the point and counts.
    Test,
    /// A file.
    File,
}

/// What the room says and hears.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SoundConfig {
    /// Where the room's voice comes from.
    pub microphone: MicrophoneSource,
    /// The tone's pitch in hertz.
    pub tone_hz: u32,
    /// A WAV file, played again and again.
    pub file: Option<PathBuf>,
    /// Where other voices go.
    pub loudspeaker: LoudspeakerKind,
}

/// Where the room's voice comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MicrophoneSource {
    /// The system's microphone.
    Device,
    /// A generated tone.
    Tone,
    /// A file.
    File,
    /// The room does not speak.
    None,
}

/// Where other voices go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoudspeakerKind {
    /// The system's loudspeaker.
    Device,
    /// Nowhere.
    None,
}

/// What the room sees.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScreenConfig {
    /// Where it is drawn.
    pub kind: ScreenKind,
    /// Pixels from left to right, of a window that is not `fullscreen` and of memory.
    pub width: u32,
    /// Pixels from top to bottom, likewise.
    pub height: u32,
    /// Whether a window covers the screen.
    pub fullscreen: bool,
}

/// Where the screen is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScreenKind {
    /// In a window of X11 or Wayland.
    Window,
    /// In memory; `SIGUSR1` to the worker writes it to `data_dir/screen.png`.
    Memory,
    /// Nowhere.
    None,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file says something that has no meaning.
    #[error("{path}: {source}")]
    Meaningless {
        /// Which.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// The server's address is not one.
    #[error("{0:?} is not an address like http://host:port")]
    BadServer(String),
}

impl Config {
    /// Reads and checks a file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?;
        let mut config: Self = toml::from_str(&text).map_err(|source| {
            ConfigError::Meaningless { path: path.into(), source: Box::new(source) }
        })?;
        config.server = config.server.trim_end_matches('/').to_owned();
        match config.host() {
            Some(host) if !host.is_empty() && !host.contains('/') => Ok(config),
            _ => Err(ConfigError::BadServer(config.server)),
        }
    }

    /// Host and port as the address writes them, which is what a device's proof names.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.server.strip_prefix("http://").or_else(|| self.server.strip_prefix("https://"))
    }

    /// The address of the live channel.
    #[must_use]
    pub fn live_url(&self) -> String {
        // `http` becomes `ws` and `https` becomes `wss`.
        format!("{}/live", self.server.replacen("http", "ws", 1))
    }
}

impl Default for PictureConfig {
    fn default() -> Self {
        Self {
            source: PictureSource::Camera,
            device: "/dev/video0".into(),
            file: None,
            width: 1280,
            height: 720,
            frames_per_second: 25,
        }
    }
}

impl Default for SoundConfig {
    fn default() -> Self {
        Self {
            microphone: MicrophoneSource::Device,
            tone_hz: 440,
            file: None,
            loudspeaker: LoudspeakerKind::Device,
        }
    }
}

impl Default for ScreenConfig {
    fn default() -> Self {
        Self { kind: ScreenKind::Window, width: 1920, height: 1080, fullscreen: true }
    }
}

fn default_pdfium() -> PathBuf {
    "/usr/lib/diemcau/libpdfium.so".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_decides_how_to_speak() {
        for (server, host, live) in [
            ("http://127.0.0.1:8080", Some("127.0.0.1:8080"), "ws://127.0.0.1:8080/live"),
            ("https://hop.example/", Some("hop.example"), "wss://hop.example/live"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("agent.toml");
            std::fs::write(&path, format!("server = {server:?}\ndata_dir = \"/tmp/x\"\n")).unwrap();
            let config = Config::load(&path).unwrap();
            assert_eq!(config.host(), host);
            assert_eq!(config.live_url(), live);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "server = \"ftp://x\"\ndata_dir = \"d\"",
            "server = \"http://x/y\"\ndata_dir = \"d\"",
            "server = \"http://x\"\ndata_dir = \"d\"\n[screen]\nkind = \"wall\"",
            "server = \"http://x\"",
        ] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("agent.toml");
            std::fs::write(&path, text).unwrap();
            assert!(Config::load(&path).is_err(), "{text}");
        }
    }
}
