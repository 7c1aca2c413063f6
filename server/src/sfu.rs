//! The threads and the sockets of the forwarding units (`media`): all IO of pictures and sound.
//!
//! One OS thread owns the sockets and the machine of a unit; it shares nothing. Where there are
//! several, each call lives in one of them. Commands come through a
//! bounded channel and an eventfd that wakes it, events leave through another bounded channel.

mod events;
mod framing;
mod handle;
mod socket;
mod tcp;
mod thread;
mod wake;

pub(crate) use events::Events;
pub(crate) use handle::{JoinError, Sfu};
