//! RTP after decryption: its header, VP8 descriptor and numbers, and writing it anew.
#![no_main]

use std::time::Instant;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| media::fuzzing::payload(beginning(), bytes));

#[expect(clippy::disallowed_methods, reason = "virtual time needs one real instant to begin with")]
fn beginning() -> Instant {
    Instant::now()
}
