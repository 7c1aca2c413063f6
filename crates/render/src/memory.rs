//! Memory files: bytes that cross a process border without a path.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// A file of these very bytes that nobody can change any more, its writer included.
pub(crate) fn sealed(name: &str, bytes: &[u8]) -> std::io::Result<OwnedFd> {
    let mut file = File::from(memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?);
    file.write_all(bytes)?;
    file.seek(SeekFrom::Start(0))?;
    fcntl_add_seals(
        &file,
        SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL,
    )?;
    Ok(file.into())
}

/// Reads exactly `length` bytes. A child that lies about the length, or cuts the file meanwhile,
/// makes an error and nothing worse: the file is read, never mapped.
pub(crate) fn read_exactly(file: OwnedFd, length: usize) -> std::io::Result<Vec<u8>> {
    let mut file = File::from(file);
    if file.metadata()?.len() != length as u64 {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_bytes_stay_as_they_are() {
        let fd = sealed("test", b"verified").unwrap();
        let mut file = File::from(fd.try_clone().unwrap());
        assert!(file.write_all(b"forged").is_err());
        assert!(file.set_len(3).is_err());
        assert_eq!(read_exactly(fd, 8).unwrap(), b"verified");
    }

    #[test]
    fn a_wrong_length_is_an_error() {
        for length in [0, 7, 9] {
            assert!(read_exactly(sealed("test", b"verified").unwrap(), length).is_err());
        }
    }
}
