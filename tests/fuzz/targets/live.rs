//! Frames of the live channel: what can be read can be written, and is the same when read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::live::{ClientFrame, ServerFrame};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = serde_json::from_slice::<ClientFrame>(bytes) {
        let written = serde_json::to_vec(&frame).expect("it can be written");
        let again: ClientFrame = serde_json::from_slice(&written).expect("it can be read again");
        assert_eq!(frame, again);
    }
    if let Ok(frame) = serde_json::from_slice::<ServerFrame>(bytes) {
        let written = serde_json::to_vec(&frame).expect("it can be written");
        let again: ServerFrame = serde_json::from_slice(&written).expect("it can be read again");
        assert_eq!(frame, again);
    }
});
