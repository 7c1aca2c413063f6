//! Whole calls on virtual time: a shard, `rtc` peer connections as clients, an emulated network.
//! Nothing sleeps and no socket is opened.

#[cfg(test)]
mod allocations;
#[cfg(test)]
mod cases;
#[cfg(test)]
#[path = "../bandwidth/chance.rs"]
mod chance;
#[cfg(test)]
mod client;
#[cfg(test)]
mod garbage;
#[cfg(test)]
mod instructions;
mod layers;
#[cfg(test)]
mod lossy;
#[cfg(test)]
mod network;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod sound;
