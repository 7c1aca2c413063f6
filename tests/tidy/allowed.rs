//! What is excepted from a rule, each with its reason. These lists may only shrink: an entry that
//! is not needed any more is a finding too.

/// The files that may hold `unsafe` code.
pub(crate) const UNSAFE: &[&str] = &[
    // An allocator that counts: the trait is unsafe.
    "crates/media/tests/call/allocations.rs",
    // Takes over the memory files and the pipe that its parent left open for it.
    "crates/render/src/sandbox.rs",
    // libvpx has no safe binding that encodes in real time.
    "room-agent/src/edge/media/vp8.rs",
    // Tells the C library to keep one heap for all threads.
    "server/src/main.rs",
    // recvmmsg and sendmmsg: a system call for a batch of packets.
    "server/src/sfu/socket.rs",
];

/// Files that may be larger than 600 lines.
pub(crate) const LONG_FILES: &[&str] = &[
    // Generated from the Rust types.
    "web/src/api/generated/protocol.ts",
];

/// Files with a test that is not run with the others.
pub(crate) const IGNORED: &[&str] = &[
    // The second process of the test beside it, which starts it by name.
    "room-agent/tests/media/playback.rs",
];
