//! The thread and the sockets of a forwarding unit (`media`): all IO of pictures and sound.
//!
//! One OS thread owns the sockets and the machine; it shares nothing. Commands come through a
//! bounded channel and an eventfd that wakes it, events leave through another bounded channel.

mod framing;
mod handle;
mod socket;
mod tcp;
mod thread;
mod wake;

pub(crate) use handle::{JoinError, Sfu};
