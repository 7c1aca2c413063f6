//! A WAV file instead of a microphone, again and again.

use std::path::Path;

use super::super::limits::FRAME_SAMPLES;
use super::microphone::{Frame, SoundError, SoundSource};
use super::resample::Resampler;

/// Bytes of the largest file that is read.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// `WAVE_FORMAT_PCM`.
const PCM: u16 = 1;
/// `WAVE_FORMAT_IEEE_FLOAT`.
const FLOAT: u16 = 3;

/// A file in memory, mono at 48 kHz.
pub(super) struct WavFile {
    samples: Vec<f32>,
    next: usize,
}

impl WavFile {
    pub(super) fn open(path: &Path) -> Result<Self, SoundError> {
        let missing =
            |error: std::io::Error| SoundError::Missing(format!("{}: {error}", path.display()));
        if std::fs::metadata(path).map_err(missing)?.len() > FILE_BYTES_MAX {
            return Err(SoundError::Unusable(format!("{}: too large", path.display())));
        }
        let bytes = std::fs::read(path).map_err(missing)?;
        let samples = parse(&bytes).filter(|samples| !samples.is_empty()).ok_or_else(|| {
            SoundError::Unusable(format!("{}: not 16-bit or float WAV", path.display()))
        })?;
        Ok(Self { samples, next: 0 })
    }
}

impl SoundSource for WavFile {
    fn read(&mut self) -> Option<Frame> {
        let mut frame = [0.0; FRAME_SAMPLES];
        for sample in &mut frame {
            *sample = self.samples[self.next];
            self.next = (self.next + 1) % self.samples.len();
        }
        Some(frame)
    }

    fn paces_itself(&self) -> bool {
        false
    }
}

/// The samples of a RIFF WAVE file.
fn parse(bytes: &[u8]) -> Option<Vec<f32>> {
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let mut rest = &bytes[12..];
    let mut format = None;
    loop {
        let (name, length) = (rest.get(..4)?, u32_at(rest, 4)?);
        let length = usize::try_from(length).ok()?;
        let body = &rest[8..];
        let chunk = &body[..length.min(body.len())];
        match name {
            b"fmt " => format = Some((u16_at(chunk, 0)?, u16_at(chunk, 2)?, u32_at(chunk, 4)?)),
            b"data" => return samples(chunk, format?),
            _ => {}
        }
        // Chunks begin at even places.
        rest = body.get(length.checked_add(length % 2)?..)?;
    }
}

fn samples(data: &[u8], (format, channels, rate): (u16, u16, u32)) -> Option<Vec<f32>> {
    if !(1..=8).contains(&channels) || !(4_000..=384_000).contains(&rate) {
        return None;
    }
    let mut resampler = Resampler::new(channels, rate);
    let mut out = Vec::new();
    match format {
        PCM => data.chunks_exact(2).for_each(|bytes| {
            let sample = f32::from(i16::from_le_bytes([bytes[0], bytes[1]])) / 32_768.0;
            resampler.push(sample, |sample| out.push(sample));
        }),
        FLOAT => data.chunks_exact(4).for_each(|bytes| {
            let sample = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            resampler.push(sample.clamp(-1.0, 1.0), |sample| out.push(sample));
        }),
        _ => return None,
    }
    Some(out)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(format: u16, channels: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        bytes.extend_from_slice(&format.to_le_bytes());
        bytes.extend_from_slice(&channels.to_le_bytes());
        bytes.extend_from_slice(&48_000_u32.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(b"data");
        bytes.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(data);
        bytes
    }

    #[test]
    fn files_are_read_and_others_refused() {
        let pcm: Vec<u8> = [0, 16_384, -16_384_i16].iter().flat_map(|s| s.to_le_bytes()).collect();
        let float: Vec<u8> = [0.25_f32, 9.0].iter().flat_map(|s| s.to_le_bytes()).collect();
        // The first sample is reached from silence.
        assert_eq!(parse(&file(PCM, 1, &pcm)), Some(vec![0.0, 0.0, 0.5]));
        assert_eq!(parse(&file(FLOAT, 1, &float)), Some(vec![0.0, 0.25]));
        assert_eq!(parse(&file(FLOAT, 2, &float)).map(|samples| samples.len()), Some(1));
        assert_eq!(parse(&file(2, 1, &pcm)), None);
        assert_eq!(parse(&file(PCM, 0, &pcm)), None);
        let whole = file(PCM, 1, &pcm);
        for length in 0..whole.len() - pcm.len() - 8 {
            assert_eq!(parse(&whole[..length]), None, "{length} bytes");
        }
    }
}
