//! How much of everything (rule 15).

/// The longest way from a leaf to the root: a tree of 2⁶⁴ entries, which no server reaches.
pub(crate) const PATH_HASHES_MAX: usize = 64;

/// The longest consistency proof: a path and the node it starts from.
pub(crate) const CONSISTENCY_HASHES_MAX: usize = PATH_HASHES_MAX + 1;

/// The longest context of a signature; its length is written in one byte.
pub(crate) const CONTEXT_BYTES_MAX: usize = 255;

const _: () = assert!(CONTEXT_BYTES_MAX <= u8::MAX as usize);
