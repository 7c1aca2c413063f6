//! `diemcau-server`: reads the command line, then does one thing.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use server::config::Config;
use server::edge::Edge;
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
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let config = Config::load(args.config.as_deref())?;
    let edge = Edge::real();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match args.job.unwrap_or(Job::Serve) {
        Job::Serve => runtime.block_on(serve::run(config, edge)),
    }
}
