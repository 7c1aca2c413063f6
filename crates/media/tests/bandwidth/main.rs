//! The bandwidth estimator on emulated lines, in virtual time.
//!
//! The paths of `scenarios` that are called the bench's are those of `rtc-interceptor`'s
//! `benches/congestion_control.rs`, measured as it measures them.

#[cfg(test)]
mod chance;
#[cfg(test)]
mod link;
#[cfg(test)]
mod measure;
#[cfg(test)]
mod run;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod sender;
#[cfg(test)]
mod table;
