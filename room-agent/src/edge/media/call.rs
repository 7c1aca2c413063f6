//! The call: one peer connection with a fixed set of transceivers, and what travels on it.

mod assembly;
mod codecs;
mod connection;
mod outlet;
mod payload;
mod reception;
mod red;
mod reports;

pub(super) use connection::{Call, CallEvent, CallSettings};
pub(super) use reception::{Decoding, Loss, Reception, extend};
