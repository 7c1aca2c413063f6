//! Every limit of the server that no configuration changes (rule 15).

use std::time::Duration;

/// Bytes of a JSON request body.
pub(crate) const JSON_BYTES_MAX: usize = 256 * 1024;
/// Characters of a user name.
pub(crate) const USER_CHARS_MAX: usize = 64;
/// Bytes of a password: longer ones only cost hashing time.
pub(crate) const PASSWORD_BYTES_MAX: usize = 512;
/// How long a graceful stop may take before what is left is cut.
pub(crate) const STOP_TIMEOUT: Duration = Duration::from_secs(4);

const _: () = assert!(PASSWORD_BYTES_MAX < JSON_BYTES_MAX);
