//! A camera through V4L2.

use std::io;
use std::path::Path;
use std::time::Duration;

use v4l::buffer::Type;
use v4l::io::mmap::Stream;
use v4l::io::traits::CaptureStream;
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Device, Format, FourCC};

use super::convert::{PixelLayout, convert};
use super::source::{FrameSource, SourceError};
use super::{I420, Size};

/// Buffers shared with the driver.
const BUFFERS: u32 = 4;
/// How long a camera may take to deliver its first picture: it has to wake up.
const FIRST_PICTURE: Duration = Duration::from_millis(2500);
/// How long a running camera is waited for before the thread looks at its commands, in
/// milliseconds.
const NEXT_PICTURE_MS: i32 = 100;
/// After so many waits in vain the camera counts as lost.
const WAITS_MAX: u32 = 30;

/// Layouts in the order they are preferred: uncompressed ones cost no decoding, but USB 2 carries
/// them only in small sizes, where a driver offers the larger ones as MJPEG.
const LAYOUTS: [(&[u8; 4], PixelLayout); 3] =
    [(b"NV12", PixelLayout::Nv12), (b"YUYV", PixelLayout::Yuyv), (b"MJPG", PixelLayout::Mjpeg)];

/// An open camera that delivers.
pub(super) struct Camera {
    stream: Stream<'static>,
    layout: PixelLayout,
    size: Size,
    stride: u32,
    started: bool,
    waits: u32,
}

impl Camera {
    pub(super) fn open(
        path: &Path,
        wanted: Size,
        frames_per_second: u32,
    ) -> Result<Self, SourceError> {
        let missing = |source| SourceError::Missing { what: path.display().to_string(), source };
        let device = Device::with_path(path).map_err(missing)?;
        let (format, layout) = choose_format(&device, wanted)?;
        let size = Size::checked(format.width, format.height)
            .ok_or_else(|| SourceError::Unusable { what: format!("{format:?}") })?;
        // A camera that does not know this rate goes on with its own; the surplus is left out.
        let _ = device.set_params(&Parameters::with_fps(frames_per_second));
        let mut stream = Stream::with_buffers(&device, Type::VideoCapture, BUFFERS)
            .map_err(SourceError::Read)?;
        stream.set_timeout(FIRST_PICTURE);
        Ok(Self { stream, layout, size, stride: format.stride, started: false, waits: 0 })
    }
}

impl FrameSource for Camera {
    fn next(&mut self, _wanted: Size) -> Result<Option<I420>, SourceError> {
        if self.started {
            // Looking first keeps the driver's buffers consistent: `Stream::next` hands one back
            // before it waits, and must not be called again after it waited in vain.
            let ready = self
                .stream
                .handle()
                .poll(libc::POLLIN, NEXT_PICTURE_MS)
                .map_err(SourceError::Read)?;
            if ready == 0 {
                self.waits += 1;
                return if self.waits > WAITS_MAX {
                    Err(SourceError::Read(io::ErrorKind::TimedOut.into()))
                } else {
                    Ok(None)
                };
            }
        }
        self.started = true;
        self.waits = 0;
        let (data, about) = self.stream.next().map_err(SourceError::Read)?;
        let used = usize::try_from(about.bytesused).unwrap_or(0).min(data.len());
        Ok(convert(self.layout, &data[..used], self.size, self.stride))
    }

    fn paces_itself(&self) -> bool {
        true
    }
}

/// The first layout in which the camera delivers at least the wanted width; otherwise the one
/// that comes closest.
fn choose_format(device: &Device, wanted: Size) -> Result<(Format, PixelLayout), SourceError> {
    let mut best: Option<(Format, PixelLayout)> = None;
    for (fourcc, layout) in LAYOUTS {
        let asked = Format::new(wanted.width.into(), wanted.height.into(), FourCC::new(fourcc));
        let Ok(format) = device.set_format(&asked) else { continue };
        if format.fourcc != asked.fourcc {
            continue;
        }
        if format.width >= u32::from(wanted.width) {
            return Ok((format, layout));
        }
        if best.as_ref().is_none_or(|(best, _)| best.width < format.width) {
            best = Some((format, layout));
        }
    }
    let (format, layout) = best.ok_or_else(|| SourceError::Unusable {
        what: "the camera delivers neither NV12 nor YUYV nor MJPEG".to_owned(),
    })?;
    // Asking for the others has changed what the camera is set to.
    let format = device.set_format(&format).map_err(SourceError::Read)?;
    Ok((format, layout))
}
