//! What a child gives away before it looks at the document.

#![expect(unsafe_code, reason = "leaving the network's name space has no safe form")]

use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::thread::{UnshareFlags, set_no_new_privs, unshare_unsafe};

use crate::limits::{
    BITMAP_PIXELS_MAX, CHILD_CPU_SECONDS, CHILD_FILES, CHILD_MEMORY_BYTES, PIXEL_BYTES,
};

/// Narrows this process for good: memory, processor, files, privileges; the network too where the
/// system lets an ordinary process leave it.
pub(crate) fn enter() -> std::io::Result<()> {
    let file_bytes = BITMAP_PIXELS_MAX * PIXEL_BYTES as u64;
    for (resource, most) in [
        (Resource::As, CHILD_MEMORY_BYTES),
        (Resource::Cpu, CHILD_CPU_SECONDS),
        (Resource::Nofile, CHILD_FILES),
        (Resource::Fsize, file_bytes),
        (Resource::Core, 0),
    ] {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    set_no_new_privs(true)?;
    // SAFETY: the flags do not name FILES, the only one that could take a descriptor from a
    // thread that still uses it.
    let _ = unsafe { unshare_unsafe(UnshareFlags::NEWUSER | UnshareFlags::NEWNET) };
    Ok(())
}
