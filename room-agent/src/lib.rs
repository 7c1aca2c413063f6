//! The machine in a room: it joins meetings by itself, shows their papers and proves itself ready.
//!
//! [`machine`] decides what to do next and does nothing; [`edge`] does it and decides nothing.
//! [`worker`] is the one loop between them, and [`supervisor`] restarts whatever dies.
//!
//! Invariant: never draws a page of a paper that was not verified in this very buffer; never
//! needs a hand after power came back.

pub mod config;
pub mod edge;
pub mod limits;
pub mod machine;
pub mod supervisor;
pub mod worker;
