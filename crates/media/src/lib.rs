//! The conference's selective forwarding unit as a machine without IO.
//!
//! A [`Shard`] is told datagrams and commands and the time at which they came; it says what to
//! send and what happened. It knows peers by number and streams by `(peer, kind)`: "who receives
//! whom" is a table that comes from outside, and nothing here knows what a meeting is.
//!
//! Every receiver has a fixed set of slots, one per receiving m-line of its offer. A change of
//! floor points a slot at another stream; sequence numbers, timestamps and VP8 picture ids go on
//! without a break, so nothing is renegotiated and the decoder sees one stream.
//!
//! Invariant: never a socket, a clock, a thread, a lock, tokio or a meeting. All codec knowledge is in
//! `codec`.

pub mod allocation;
mod arrival;
pub mod bandwidth;
mod batch;
mod codec;
mod demand;
mod demux;
mod egress;
mod endpoint;
mod engine;
mod feedback;
#[cfg(fuzzing)]
pub mod fuzzing;
mod history;
mod ids;
mod incoming;
mod ingest;
mod keyframes;
mod layers;
mod level;
pub mod limits;
mod line;
mod loudest;
mod messages;
mod offer;
mod path;
mod peer;
mod recorder;
mod red;
mod redundancy;
mod repair;
mod routes;
mod shard;
mod slot;
mod srtp;
#[cfg(test)]
mod testing;

pub use batch::{Datagram, Datagrams};
pub use endpoint::{Endpoint, Transport};
pub use engine::{Identity, IdentityError, Protection};
pub use ids::{Kind, PeerId, StreamId};
pub use level::Loudness;
pub use loudest::Loudest;
pub use messages::{
    Command, Event, GoneReason, Input, Join, Output, PeerStats, Recorded, Refusal, RouteTable,
};
pub use offer::Shape;
pub use shard::{Config, Shard};
