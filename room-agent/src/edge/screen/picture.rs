//! The moving picture: from planes to pixels of the screen.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use yuv::{YuvPlanarImage, YuvRange, YuvStandardMatrix, yuv420_to_bgra};

use super::super::media::Picture420;

/// Turns pictures into pixels, with buffers that are used again.
pub(super) struct PictureScaler {
    resizer: Resizer,
    options: ResizeOptions,
    whole: Vec<u8>,
    scaled: Image<'static>,
}

impl PictureScaler {
    pub(super) fn new() -> Self {
        Self {
            resizer: Resizer::new(),
            options: ResizeOptions::new()
                .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
                .use_alpha(false),
            whole: Vec::new(),
            scaled: Image::new(1, 1, PixelType::U8x4),
        }
    }

    /// The picture in this size: rows without gaps, blue, green, red, 255. `None` for a picture
    /// that makes no sense.
    pub(super) fn scale(&mut self, picture: &Picture420, width: u32, height: u32) -> Option<&[u8]> {
        let planes = &picture.planes;
        let size = planes.size();
        let (from_width, from_height) = (u32::from(size.width), u32::from(size.height));
        let bytes = size.pixels() * 4;
        self.whole.resize(bytes, 0);
        let image = YuvPlanarImage {
            y_plane: planes.y(),
            y_stride: from_width,
            u_plane: planes.u(),
            u_stride: from_width.div_ceil(2),
            v_plane: planes.v(),
            v_stride: from_width.div_ceil(2),
            width: from_width,
            height: from_height,
        };
        let (range, matrix) = (YuvRange::Limited, YuvStandardMatrix::Bt601);
        yuv420_to_bgra(&image, &mut self.whole, from_width * 4, range, matrix).ok()?;
        if (self.scaled.width(), self.scaled.height()) != (width, height) {
            self.scaled = Image::new(width, height, PixelType::U8x4);
        }
        let whole = ImageRef::new(from_width, from_height, &self.whole, PixelType::U8x4).ok()?;
        self.resizer.resize(&whole, &mut self.scaled, &self.options).ok()?;
        Some(self.scaled.buffer())
    }
}
