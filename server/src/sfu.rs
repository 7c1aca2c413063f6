//! The thread and the socket of a forwarding unit (`media`): all IO of pictures and sound.
//!
//! One OS thread owns the socket and the machine; it shares nothing. Commands come through a
//! bounded channel and an eventfd that wakes it, events leave through another bounded channel.

mod handle;
mod socket;
mod thread;
mod wake;

pub(crate) use handle::{JoinError, Sfu};
