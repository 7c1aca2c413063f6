//! Changing the size of pictures.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::{I420, Size};

/// Scales plane by plane; keeps its working memory between pictures.
pub(super) struct Scaler {
    resizer: Resizer,
    options: ResizeOptions,
}

impl Scaler {
    pub(super) fn new() -> Self {
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        Self { resizer: Resizer::new(), options }
    }

    /// The picture in another size; `None` if one of the sizes is empty.
    pub(super) fn scale(&mut self, picture: &I420, size: Size) -> Option<I420> {
        let mut scaled = I420::black(size);
        let (from, to) = (picture.size(), size);
        let planes = scaled.planes_mut();
        self.plane((picture.y(), from), planes.y, to)?;
        self.plane((picture.u(), from.chroma()), planes.u, to.chroma())?;
        self.plane((picture.v(), from.chroma()), planes.v, to.chroma())?;
        Some(scaled)
    }

    fn plane(&mut self, from: (&[u8], Size), to: &mut [u8], to_size: Size) -> Option<()> {
        let side = |size: Size| (u32::from(size.width), u32::from(size.height));
        let ((from_width, from_height), (to_width, to_height)) = (side(from.1), side(to_size));
        let source = ImageRef::new(from_width, from_height, from.0, PixelType::U8).ok()?;
        let mut target = Image::from_slice_u8(to_width, to_height, to, PixelType::U8).ok()?;
        self.resizer.resize(&source, &mut target, Some(&self.options)).ok()
    }
}
