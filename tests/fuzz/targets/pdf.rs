//! Papers: any bytes are judged without a panic. The seeds are sealed and stamped files of
//! authorities whose keys are gone, so that what is accepted is signed by one of their signers.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use seal::{Revocation, Trust, inspect, verify};

const SIGNERS: &[u8] = include_bytes!("../anchors/signers.der");
const STAMPS: &[u8] = include_bytes!("../anchors/stamps.der");
const NAMES: [&str; 2] = ["Văn phòng", "Bị Thu Hồi"];

/// 25 November 2026.
const NOW: u64 = 1_795_564_800;

fn trust() -> &'static Trust {
    static TRUST: OnceLock<Trust> = OnceLock::new();
    TRUST.get_or_init(|| {
        Trust::new(&[SIGNERS])
            .and_then(|trust| trust.with_time_stamp_anchors(&[STAMPS]))
            .expect("the anchors are certificates")
            .with_revocation(Revocation::RefuseOnlyRevoked)
    })
}

fuzz_target!(|bytes: &[u8]| {
    let _ = inspect(bytes);
    if let Ok(verified) = verify(bytes, trust(), NOW) {
        assert!(verified.signed_bytes <= bytes.len() as u64);
        for signer in &verified.signers {
            assert!(NAMES.contains(&&*signer.common_name), "{} has no key", signer.common_name);
        }
    }
});
