//! Pictures out of a YUV4MPEG2 file, again and again.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::source::{FrameSource, SourceError};
use super::{I420, Size};

/// Bytes of the longest header line.
const LINE_BYTES_MAX: u64 = 512;

/// Reads pictures from the disk as they are wanted, and begins again at the end.
pub(super) struct Y4mFile<R> {
    reader: R,
    size: Size,
    first_frame_at: u64,
}

impl Y4mFile<BufReader<File>> {
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let missing = |source| SourceError::Missing { what: path.display().to_string(), source };
        Self::new(BufReader::new(File::open(path).map_err(missing)?))
    }
}

impl<R: BufRead + Seek> Y4mFile<R> {
    fn new(mut reader: R) -> Result<Self, SourceError> {
        let header = line(&mut reader)?;
        let size = parse_header(&header).ok_or(SourceError::Unusable { what: header })?;
        let first_frame_at = reader.stream_position().map_err(SourceError::Read)?;
        Ok(Self { reader, size, first_frame_at })
    }

    fn frame(&mut self) -> Result<Option<I420>, SourceError> {
        let header = line(&mut self.reader)?;
        if header.is_empty() {
            return Ok(None);
        }
        if !header.starts_with("FRAME") {
            return Err(SourceError::Unusable { what: header });
        }
        let mut data = vec![0; self.size.bytes()];
        match self.reader.read_exact(&mut data) {
            Ok(()) => Ok(I420::from_bytes(self.size, data)),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(SourceError::Read(error)),
        }
    }
}

impl<R: BufRead + Seek + Send> FrameSource for Y4mFile<R> {
    fn next(&mut self, _wanted: Size) -> Result<Option<I420>, SourceError> {
        if let Some(frame) = self.frame()? {
            return Ok(Some(frame));
        }
        self.reader.seek(SeekFrom::Start(self.first_frame_at)).map_err(SourceError::Read)?;
        self.frame()
    }

    fn paces_itself(&self) -> bool {
        false
    }
}

fn line(reader: &mut impl BufRead) -> Result<String, SourceError> {
    let mut line = Vec::new();
    reader.take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(SourceError::Read)?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// The size that a file's first line names, if its chroma is 4:2:0 with 8 bits.
fn parse_header(header: &str) -> Option<Size> {
    let mut words = header.split(' ');
    if words.next() != Some("YUV4MPEG2") {
        return None;
    }
    let (mut width, mut height) = (0, 0);
    for word in words {
        match word.split_at_checked(1)? {
            ("W", value) => width = value.parse().ok()?,
            ("H", value) => height = value.parse().ok()?,
            ("C", value) if !value.starts_with("420") || value.starts_with("420p") => return None,
            _ => {}
        }
    }
    Size::checked(width, height)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const WANTED: Size = Size { width: 4, height: 2 };

    fn file(header: &str, frames: &[u8]) -> Vec<u8> {
        let mut bytes = format!("{header}\n").into_bytes();
        for &value in frames {
            bytes.extend_from_slice(b"FRAME\n");
            bytes.extend_from_slice(&[value; 4 * 2 * 3 / 2]);
        }
        bytes
    }

    #[test]
    fn a_file_is_played_again_and_again() {
        let bytes = file("YUV4MPEG2 W4 H2 F25:1 Ip C420jpeg", &[1, 2, 3]);
        let mut source = Y4mFile::new(Cursor::new(bytes)).unwrap();
        let seen: Vec<u8> = (0..7).map(|_| source.next(WANTED).unwrap().unwrap().y()[0]).collect();
        assert_eq!(seen, [1, 2, 3, 1, 2, 3, 1]);
    }

    #[test]
    fn a_file_cut_short_plays_what_is_whole() {
        let mut bytes = file("YUV4MPEG2 W4 H2", &[1, 2]);
        bytes.truncate(bytes.len() - 1);
        let mut source = Y4mFile::new(Cursor::new(bytes)).unwrap();
        let seen: Vec<u8> = (0..3).map(|_| source.next(WANTED).unwrap().unwrap().y()[0]).collect();
        assert_eq!(seen, [1, 1, 1]);
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        for header in [
            "",
            "RIFF W4 H2",
            "YUV4MPEG2 W4",
            "YUV4MPEG2 W0 H2",
            "YUV4MPEG2 W99999 H2",
            "YUV4MPEG2 W4 H2 C444",
            "YUV4MPEG2 W4 H2 C420p10",
            "YUV4MPEG2 Wx H2",
        ] {
            let opened = Y4mFile::new(Cursor::new(file(header, &[1])));
            assert!(matches!(opened, Err(SourceError::Unusable { .. })), "{header:?}");
        }
    }
}
