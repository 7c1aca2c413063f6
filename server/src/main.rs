//! `diemcau-server`: reads the command line, then does one thing.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use server::accounts::{self, NewAccount};
use server::config::{self, Config};
use server::demo;
use server::edge::Edge;
use server::recording;
use server::serve;

/// Server of Điểm Cầu: meetings, papers and the conference.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The configuration, see `config.example.toml`; without it every default holds.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    job: Option<Job>,
}

#[derive(Subcommand)]
enum Job {
    /// Serves until it is told to stop (the default).
    Serve,
    /// Prints a configuration with every setting, its default and what it means.
    ExampleConfig,
    /// Adds a person who can sign in; the password is read from standard input.
    AddPerson(AddPerson),
    /// Checks the folder of a recording against its hash chain, byte for byte.
    VerifyRecording {
        /// The folder with the file `chain`.
        folder: PathBuf,
    },
    /// Makes a folder with a sample province: its server, people, papers and rooms.
    DemoData(DemoData),
}

#[derive(clap::Args)]
struct AddPerson {
    /// What is typed to sign in.
    user: String,
    /// The person's name.
    #[arg(long)]
    name: String,
    /// What he is in the whole system: admin, secretary, technician. May be given several times.
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
}

#[derive(clap::Args)]
struct DemoData {
    /// An absent or empty folder.
    folder: PathBuf,
    /// Where the server will listen.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The same, its port.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Serve https on every address, with a certificate for this address of the machine.
    #[arg(long, value_name = "ADDRESS")]
    lan: Option<String>,
    /// Rooms whose device is enrolled.
    #[arg(long, default_value_t = 3)]
    agents: usize,
    /// Points that are invited to the meeting; all 116 when absent.
    #[arg(long)]
    points: Option<usize>,
    /// Seconds until the meeting should begin.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    starts_in: u32,
    /// The PDF library of the rooms; looked for in vendor/pdfium when absent.
    #[arg(long, value_name = "FILE")]
    pdfium: Option<PathBuf>,
}

/// Keeps one heap for all threads. By default the C library makes one for each, and what the
/// hundred connections of a meeting leave free in one is not used by the others.
#[expect(unsafe_code, reason = "the C library is told by a call")]
fn share_the_heap() {
    // SAFETY: it sets a number, before there is a second thread.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

fn main() -> anyhow::Result<()> {
    share_the_heap();
    let args = Args::parse();
    let config = Config::load(args.config.as_deref())?;
    let edge = Edge::real();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match args.job.unwrap_or(Job::Serve) {
        Job::Serve => runtime.block_on(serve::run(config, edge)),
        Job::ExampleConfig => Ok(write!(std::io::stdout(), "{}", config::example())?),
        Job::AddPerson(AddPerson { user, name, roles }) => {
            let mut password = String::new();
            std::io::stdin().read_line(&mut password)?;
            let password = password.trim_end_matches(['\r', '\n']).to_owned();
            let new = NewAccount { user_name: user, name, roles, password };
            let person = runtime.block_on(accounts::add(&config, edge, new))?;
            writeln!(std::io::stdout(), "{person}")?;
            Ok(())
        }
        Job::VerifyRecording { folder } => {
            let (links, head) = recording::verify(&folder)?;
            Ok(writeln!(std::io::stdout(), "{links} links, {}", hex::encode(head.0))?)
        }
        Job::DemoData(wanted) => {
            let made = runtime.block_on(demo::write(&options(wanted), edge))?;
            writeln!(std::io::stdout(), "{}", serde_json::to_string(&made)?)?;
            Ok(())
        }
    }
}

fn options(wanted: DemoData) -> demo::Options {
    demo::Options {
        folder: wanted.folder,
        host: wanted.host,
        port: wanted.port,
        lan: wanted.lan,
        agents: wanted.agents,
        points: wanted.points,
        starts_in_seconds: wanted.starts_in,
        pdfium: wanted.pdfium,
    }
}
