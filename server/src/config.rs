//! The configuration: one section per file, each with its defaults, checked at boot.
//!
//! `config.example.toml` beside the crate is written by a test out of the sections' own texts.

mod bench;
mod database;
mod http;
mod live;
mod log;
mod media;
mod papers;
mod recordings;
mod rooms;
mod sessions;
mod turn;

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use bench::Bench;
pub use database::Database;
pub use http::{Http, Tls};
pub use live::Live;
pub use log::{Log, LogFormat};
pub use media::Media;
pub use papers::Papers;
pub use recordings::Recordings;
pub use rooms::Rooms;
pub use sessions::Sessions;
pub use turn::Turn;

/// Everything that can be set.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where people and rooms come in.
    pub http: Http,
    /// Where meetings are kept.
    pub database: Database,
    /// Where papers are kept.
    pub papers: Papers,
    /// Where recorded meetings are kept.
    pub recordings: Recordings,
    /// What rooms are told to be.
    pub rooms: Rooms,
    /// Where pictures and sound come in.
    pub media: Media,
    /// The relays to it.
    pub turn: Turn,
    /// Who stays signed in for how long.
    pub sessions: Sessions,
    /// The live channel.
    pub live: Live,
    /// What is written down about the running server.
    pub log: Log,
    /// Only for measuring: a throw-away meeting that a fixed token opens.
    pub bench: Option<Bench>,
}

/// One `[section]` of the file.
pub(crate) trait Section: Default + DeserializeOwned + PartialEq {
    /// The section in `config.example.toml`, with every default and a sentence for each.
    const EXAMPLE: &'static str;

    /// Says what is wrong with it.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// Every setting with its default and a sentence for each: `config.example.toml`.
#[must_use]
pub fn example() -> String {
    let sections = [
        Http::EXAMPLE,
        Database::EXAMPLE,
        Papers::EXAMPLE,
        Recordings::EXAMPLE,
        Rooms::EXAMPLE,
        Media::EXAMPLE,
        Turn::EXAMPLE,
        Sessions::EXAMPLE,
        Live::EXAMPLE,
        Log::EXAMPLE,
    ];
    let head = "# Every setting of diemcau-server with its default.\n\n";
    format!("{head}{}", sections.join("\n"))
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}")]
    Read {
        /// Which file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// It is not what the sections say.
    #[error("the configuration {path} is wrong: {source}")]
    Parse {
        /// Which file.
        path: String,
        /// What is wrong.
        source: Box<toml::de::Error>,
    },
    /// A value makes no sense.
    #[error("the configuration is wrong: {0}")]
    Value(String),
}

impl Config {
    /// Reads and checks the file; without one every default holds.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let config = match path {
            None => Self::default(),
            Some(path) => {
                let name = path.display().to_string();
                let text = std::fs::read_to_string(path)
                    .map_err(|source| ConfigError::Read { path: name.clone(), source })?;
                toml::from_str(&text)
                    .map_err(|source| ConfigError::Parse { path: name, source: Box::new(source) })?
            }
        };
        config.check().map_err(ConfigError::Value)?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        self.http.check()?;
        self.database.check()?;
        self.papers.check()?;
        self.recordings.check()?;
        self.rooms.check()?;
        self.media.check()?;
        self.turn.check()?;
        self.sessions.check()?;
        self.live.check()?;
        self.log.check()?;
        match &self.bench {
            Some(_) if !self.http.listen.ip().is_loopback() => {
                Err("[bench] opens the server to a known token: http.listen must be loopback"
                    .into())
            }
            Some(bench) => bench.check(),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_says_every_default() {
        let text = example();
        let parsed: Config = toml::from_str(&text).expect("the example parses");
        assert_eq!(parsed, Config::default());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).expect("the example is written");
        }
        assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), text, "UPDATE=1 rewrites it");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let cases = [
            ("[http]\nlisten = '0.0.0.0:80'\n[bench]\n", "loopback"),
            ("[http.tls]\ncert = ''\nkey = 'k'\n", "http.tls"),
            ("[database]\nurl = 'mysql://x'\n", "database.url"),
            ("[sessions]\nhours_max = 0\n", "sessions.hours_max"),
            ("[turn]\nurls = ['turn:h']\n", "turn.secret_file"),
            ("[turn]\nlifetime_seconds = 59\n", "turn.lifetime_seconds"),
        ];
        for (text, part) in cases {
            let config: Config = toml::from_str(text).expect("it parses");
            let refused = config.check().expect_err(text);
            assert!(refused.contains(part), "{text}: {refused}");
        }
        assert!(toml::from_str::<Config>("[http]\nlissten = 'x'").is_err(), "unknown keys");
    }
}
