//! `diemcau-agent`: the supervisor of a room, its worker, and the child that draws pages.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use room_agent::config::Config;
use room_agent::edge::screen::demo;
use room_agent::{supervisor, worker};

/// The machine in a meeting room.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(flatten)]
    supervise: Supervise,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Args)]
struct Supervise {
    /// The configuration file.
    #[arg(long)]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Role {
    /// What the supervisor starts.
    Worker {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// What the worker starts for one paper; speaks on its standard input.
    Render,
    /// Draws a state of the screen into a PNG.
    Screenshot(demo::Request),
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match arguments.role {
        Some(Role::Render) => Ok(render::child::run()?),
        Some(Role::Worker { config }) => {
            log_to_stderr();
            worker::run(Config::load(&config)?)
        }
        Some(Role::Screenshot(request)) => demo::run(&request),
        None => supervise(arguments.supervise.config),
    }
}

fn supervise(config: Option<PathBuf>) -> anyhow::Result<()> {
    let path = config.context("--config FILE is needed")?;
    log_to_stderr();
    let config = Config::load(&path)?;
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("cannot make {}", config.data_dir.display()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(supervisor::run(&path, &config.data_dir))?;
    Ok(())
}

fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,winit=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}
