//! The server of Điểm Cầu: it schedules meetings, hands out papers and carries the conference.
//!
//! `http` has a file per endpoint, `live` the one WebSocket, `store` all SQL, `serve` the process.
//! No rule of a meeting lives here: `meeting` decides, this crate keeps and tells.

pub mod accounts;
mod app;
mod bench;
mod calls;
pub mod config;
pub mod demo;
pub mod edge;
mod http;
mod limits;
mod live;
mod meetings;
mod metrics;
mod papers;
mod people;
pub mod recording;
mod relays;
mod rooms;
pub mod serve;
mod sessions;
mod sfu;
mod stills;
mod store;
mod telemetry;
#[cfg(test)]
mod testing;
