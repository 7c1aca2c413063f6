//! What cameras deliver, as planar pictures.

use yuv::{
    BufferStoreMut, YuvConversionMode, YuvPackedImage, YuvPlanarImageMut, YuvRange,
    YuvStandardMatrix, rgb_to_yuv420, yuyv422_to_yuv420,
};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{I420, Size};

/// How the bytes of a camera's picture are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PixelLayout {
    /// Packed 4:2:2: Y U Y V.
    Yuyv,
    /// A luma plane, then one of alternating U and V, 4:2:0.
    Nv12,
    /// One JPEG file per picture.
    Mjpeg,
}

/// A camera's picture as planes; `None` when its bytes are not what they should be, which USB
/// cameras deliver now and then. `stride` is the bytes from one row to the next.
pub(super) fn convert(layout: PixelLayout, data: &[u8], size: Size, stride: u32) -> Option<I420> {
    match layout {
        PixelLayout::Yuyv => from_yuyv(data, size, stride),
        PixelLayout::Nv12 => from_nv12(data, size, stride),
        PixelLayout::Mjpeg => from_jpeg(data),
    }
}

fn from_yuyv(data: &[u8], size: Size, stride: u32) -> Option<I420> {
    let row = usize::from(size.width.div_ceil(2)) * 4;
    let stride_bytes = usize::try_from(stride).ok()?.max(row);
    if data.len() < stride_bytes * (usize::from(size.height) - 1) + row {
        return None;
    }
    let mut picture = I420::black(size);
    let packed = YuvPackedImage {
        yuy: data,
        yuy_stride: u32::try_from(stride_bytes).ok()?,
        width: u32::from(size.width),
        height: u32::from(size.height),
    };
    yuyv422_to_yuv420(&mut planar(&mut picture), &packed).ok()?;
    Some(picture)
}

fn from_nv12(data: &[u8], size: Size, stride: u32) -> Option<I420> {
    let (width, height) = (usize::from(size.width), usize::from(size.height));
    let stride = usize::try_from(stride).ok()?.max(width);
    let (luma, chroma) = data.split_at_checked(stride * height)?;
    let chroma_size = size.chroma();
    let chroma_width = usize::from(chroma_size.width);
    if chroma.len() < stride * (usize::from(chroma_size.height) - 1) + 2 * chroma_width {
        return None;
    }
    let mut picture = I420::black(size);
    let planes = picture.planes_mut();
    for (target, source) in planes.y.chunks_exact_mut(width).zip(luma.chunks(stride)) {
        target.copy_from_slice(&source[..width]);
    }
    let rows = planes.u.chunks_exact_mut(chroma_width).zip(planes.v.chunks_exact_mut(chroma_width));
    for ((u, v), source) in rows.zip(chroma.chunks(stride)) {
        for ((u, v), pair) in u.iter_mut().zip(v).zip(source.chunks_exact(2)) {
            (*u, *v) = (pair[0], pair[1]);
        }
    }
    Some(picture)
}

fn from_jpeg(data: &[u8]) -> Option<I420> {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(data), options);
    decoder.decode_headers().ok()?;
    let info = decoder.info()?;
    let size = Size::checked(u32::from(info.width), u32::from(info.height))?;
    let pixels = decoder.decode().ok()?;
    if pixels.len() < size.pixels() * 3 {
        return None;
    }
    let mut picture = I420::black(size);
    rgb_to_yuv420(
        &mut planar(&mut picture),
        &pixels,
        u32::from(size.width) * 3,
        YuvRange::Limited,
        YuvStandardMatrix::Bt601,
        YuvConversionMode::Balanced,
    )
    .ok()?;
    Some(picture)
}

fn planar(picture: &mut I420) -> YuvPlanarImageMut<'_, u8> {
    let size = picture.size();
    let chroma_width = u32::from(size.chroma().width);
    let planes = picture.planes_mut();
    YuvPlanarImageMut {
        y_plane: BufferStoreMut::Borrowed(planes.y),
        y_stride: u32::from(size.width),
        u_plane: BufferStoreMut::Borrowed(planes.u),
        u_stride: chroma_width,
        v_plane: BufferStoreMut::Borrowed(planes.v),
        v_stride: chroma_width,
        width: u32::from(size.width),
        height: u32::from(size.height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 4, height: 2 };

    #[test]
    fn each_layout_becomes_the_same_planes() {
        // A JPEG file of 16 × 16 pixels of this grey, from `convert -size 16x16 xc:gray50`.
        let cases: [(PixelLayout, Vec<u8>, u32); 3] = [
            (PixelLayout::Yuyv, [90, 100, 90, 200].repeat(4), 8),
            (PixelLayout::Yuyv, [[90, 100, 90, 200].repeat(2), vec![0; 4]].concat().repeat(2), 12),
            (PixelLayout::Nv12, [vec![90; 8], [100, 200].repeat(2)].concat(), 4),
        ];
        for (layout, data, stride) in cases {
            let picture = convert(layout, &data, SIZE, stride).unwrap();
            assert_eq!(picture.y(), [90; 8], "{layout:?}");
            assert_eq!(picture.u(), [100; 2], "{layout:?}");
            assert_eq!(picture.v(), [200; 2], "{layout:?}");
        }
    }

    #[test]
    fn a_short_or_broken_picture_is_left_out() {
        for layout in [PixelLayout::Yuyv, PixelLayout::Nv12, PixelLayout::Mjpeg] {
            for data in [&[][..], &[1; 11], &[0xff, 0xd8, 0xff, 0xe0]] {
                assert!(convert(layout, data, SIZE, 8).is_none(), "{layout:?} {}", data.len());
            }
        }
    }
}
