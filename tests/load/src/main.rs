//! Loads a server with the peers of a whole conference and tells what that costs.
//!
//! See tests/load/README.md. Talks to addresses of this machine alone.

mod channel;
mod clock;
mod http;
mod limits;
mod loopback;
mod peer;
mod process;
mod report;
mod run;
mod signalling;
mod source;
mod stamp;
mod tally;

use std::fs;
use std::io::{Write, stdout};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand, value_parser};

use crate::limits::{BITRATE_MAX, SECONDS_MAX, SUBSCRIBERS_MAX};
use crate::run::Plan;
use crate::signalling::Target;

/// Loads a server on this machine and measures it.
#[derive(Parser)]
#[command(name = "diemcau-load")]
struct Options {
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Subcommand)]
enum Mode {
    /// One publisher by WHIP, the others by WHEP.
    Whep {
        /// As `http://127.0.0.1:8095/whip/bench?stream=load`.
        #[arg(long)]
        whip: String,
        /// As `http://127.0.0.1:8095/whep/bench?stream=load`.
        #[arg(long)]
        whep: String,
        /// The bearer token for both.
        #[arg(long)]
        bearer: Option<String>,
        #[command(flatten)]
        load: Load,
    },
    /// A meeting of our server, entered over the live channel as browsers do: its chair is seen and
    /// heard by all others.
    Conference {
        /// As `http://127.0.0.1:8080`.
        #[arg(long)]
        url: String,
        /// The meeting's id.
        #[arg(long)]
        meeting: String,
        /// `NAME:PASSWORD` of its chair, who starts it.
        #[arg(long)]
        chair: String,
        /// `NAME:PASSWORD` of who attends; several take turns, each with many channels.
        #[arg(long, required = true)]
        attendee: Vec<String>,
        #[command(flatten)]
        load: Load,
    },
    /// The same through the video room of Janus.
    Janus {
        /// As `http://127.0.0.1:8088/janus`.
        #[arg(long)]
        url: String,
        #[command(flatten)]
        load: Load,
    },
}

#[derive(Args)]
struct Load {
    /// How many subscribe.
    #[arg(long, default_value_t = 116, value_parser = value_parser!(u16).range(1..=SUBSCRIBERS_MAX))]
    subscribers: u16,
    /// Seconds of the measured window.
    #[arg(long, default_value_t = 20, value_parser = value_parser!(u16).range(1..=SECONDS_MAX))]
    seconds: u16,
    /// Bits per second of the picture.
    #[arg(long, default_value_t = 1_500_000,
        value_parser = value_parser!(u32).range(100_000..=BITRATE_MAX))]
    bitrate: u32,
    /// Of the server: its processor time and memory are read from /proc.
    #[arg(long)]
    pid: Option<u32>,
    /// Where the peers' sockets are.
    #[arg(long, default_value = "127.0.0.1")]
    address: IpAddr,
    /// Written into the report.
    #[arg(long, default_value = "")]
    label: String,
    /// Where the report goes as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> Result<()> {
    let (target, load) = match Options::parse().mode {
        Mode::Whep { whip, whep, bearer, load } => (Target::Whip { whip, whep, bearer }, load),
        Mode::Conference { url, meeting, chair, attendee, load } => {
            let chair = channel::sign_in(&url, &chair)?;
            let cookies = attendee.iter().map(|account| channel::sign_in(&url, account));
            let attendees = cookies.collect::<Result<_>>()?;
            (Target::Meeting { url, meeting, chair, attendees }, load)
        }
        Mode::Janus { url, load } => (Target::Janus { url }, load),
    };
    ensure!(load.address.is_loopback(), "{} is not of this machine", load.address);
    let plan = Plan {
        label: load.label,
        target,
        address: load.address,
        subscribers: load.subscribers.into(),
        bitrate: load.bitrate.into(),
        window: Duration::from_secs(load.seconds.into()),
        pid: load.pid,
    };
    let report = run::run(&plan)?.json();
    stdout().write_all(report::text(&report).as_bytes())?;
    if let Some(path) = load.json {
        let text = format!("{report:#}\n");
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    ensure!(report["connected"] == report["subscribers"], "not everybody received media");
    Ok(())
}
