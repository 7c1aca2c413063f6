//! Every limit of the crate (rule 15).

/// Bytes of one message on the socket between parent and child.
pub(crate) const MESSAGE_BYTES_MAX: usize = 4096;
/// Pixels of one side of a bitmap.
pub(crate) const SIDE_PIXELS_MAX: u32 = 8192;
/// Pixels of one bitmap: enough for a whole screen of 3840 × 2160 twice.
pub(crate) const BITMAP_PIXELS_MAX: u64 = 16 * 1024 * 1024;
/// Address space of a child: the library, a scanned page of 600 dpi, its caches.
pub(crate) const CHILD_MEMORY_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Processor seconds in the whole life of a child.
pub(crate) const CHILD_CPU_SECONDS: u64 = 600;
/// Open files of a child: its socket, the document, the library and a few fonts.
pub(crate) const CHILD_FILES: u64 = 64;
/// Bytes per pixel: blue, green, red, unused.
pub(crate) const PIXEL_BYTES: usize = 4;

const _: () = assert!(BITMAP_PIXELS_MAX * (PIXEL_BYTES as u64) < CHILD_MEMORY_BYTES / 4);
